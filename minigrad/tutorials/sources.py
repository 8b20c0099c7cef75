"""Python files as text that is cut and joined at its definitions, so that comments and lines stay as they are."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

_IMPORTS = (ast.Import, ast.ImportFrom)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OF_THE_COURSE = ("mine", "__future__")


@dataclass(frozen=True)
class Piece:
    """A top-level statement, with the comments directly above it.

    Attributes:
        names: that it defines, or adds to.
        text: its lines.
        node: it, parsed.
    """

    names: tuple[str, ...]
    text: str
    node: ast.stmt

    @property
    def imports(self) -> bool:
        """Whether it is an import."""
        return isinstance(self.node, _IMPORTS)


@cache
def _tree(text: str) -> ast.Module:
    """A file, parsed."""
    return ast.parse(text)


@cache
def pieces(text: str) -> tuple[Piece, ...]:
    """The top-level statements of a file, in order, without its docstring."""
    lines = text.splitlines(keepends=True)
    found = []
    for node in _tree(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        first, last = _span(node)
        while first > 0 and lines[first - 1].startswith("#"):
            first -= 1
        found.append(Piece(tuple(_names(node)), "".join(lines[first:last]), node))
    return tuple(found)


@cache
def functions(text: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a file and the methods of its classes (``Class.method``)."""
    found = {}
    for node in _tree(text).body:
        if isinstance(node, _FUNCTIONS):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}": each for each in node.body if isinstance(each, _FUNCTIONS)}
    return found


def source_of(text: str, name: str) -> str:
    """The lines of one of the ``functions``."""
    first, last = _span(functions(text)[name])
    return "".join(text.splitlines(keepends=True)[first:last])


def grafted(text: str, donor: str, names: Collection[str]) -> str:
    """A file in which the functions ``names`` are those of another file, with what else that one defines for them.

    Helpers, constants and imports of the donor that the file does not have come along; whatever both define stays as
    it is, unless it is named.
    """
    lines = text.splitlines(keepends=True)
    here, there = functions(text), functions(donor)
    for name in sorted((each for each in names if each in there), key=lambda each: -here[each].lineno):
        first, last = _span(here[name])
        lines[first:last] = [source_of(donor, name)]
    known = {name for piece in pieces(text) for name in piece.names}
    extras = [piece for piece in pieces(donor) if piece.names and not known & set(piece.names) and not _ours(piece)]
    if not extras:
        return "".join(lines)
    last_import = max((_span(piece.node)[1] for piece in pieces(text) if piece.imports), default=0)
    added = [f"\n\n{piece.text}" if not piece.imports else piece.text for piece in sorted(extras, key=_imports_first)]
    return "".join([*lines[:last_import], *added, *lines[last_import:]])


def stubbed(text: str, holes: Mapping[str, str]) -> str:
    """A file whose functions ``holes`` have a signature and a docstring, and raise ``Todo`` with a message."""
    opened = rewritten(text, {name: [f'raise Todo("{message}")'] for name, message in holes.items()})
    lines = opened.splitlines(keepends=True)
    last_import = max((_span(piece.node)[1] for piece in pieces(opened) if piece.imports), default=0)
    lines.insert(last_import, "from minigrad.tutorials import Todo\n")
    return "".join(lines)


def rewritten(text: str, bodies: Mapping[str, Sequence[str]]) -> str:
    """A file whose functions have other bodies, given by lines without indentation; docstrings stay."""
    lines = text.splitlines(keepends=True)
    here = functions(text)
    for name in sorted(bodies, key=lambda each: -here[each].lineno):
        node = here[name]
        indent = " " * (node.col_offset + 4)
        lines[_body_from(node) : node.end_lineno] = [f"{indent}{line}\n" if line else "\n" for line in bodies[name]]
    return "".join(lines)


def body_of(text: str, name: str) -> list[str]:
    """The lines of one of the ``functions``, without its docstring and without indentation."""
    node = functions(text)[name]
    lines = text.splitlines()[_body_from(node) : node.end_lineno]
    return [line[node.col_offset + 4 :] for line in lines]


def _body_from(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The line, from 0, at which what a function does begins: after its docstring."""
    return (node.body[0].end_lineno or 0) if ast.get_docstring(node) else node.body[0].lineno - 1


def _ours(piece: Piece) -> bool:
    """Whether an import is of the course, which each file makes by itself."""
    return isinstance(piece.node, ast.ImportFrom) and (piece.node.module or "").startswith(_OF_THE_COURSE)


def _imports_first(piece: Piece) -> bool:
    return not piece.imports


def _span(node: ast.stmt) -> tuple[int, int]:
    """The first line of a statement, from 0, and the one after its last."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)]) - 1
    return first, node.end_lineno or node.lineno


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, _IMPORTS):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
