"""The mutants of a module: where its source may be changed, and their names.

A name shows the line and the change in it, ``minigrad.engine.rows:product: total ⟦+= → =⟧ …``, and no line number, so
that it still holds when something else in the file changes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import CodeType
from typing import Any

from tests.mutants.operators import deleted, replacements

_SILENT = {"__repr__", "__str__", "_repr_mimebundle_"}  # what people read is tested where it is written
_UNUSED_FIELDS = {"annotation", "returns", "decorator_list", "bases"}


@dataclass(eq=False)
class Mutant:
    """One change of one module.

    Attributes:
        source: the module.
        name: what tells it from all others.
        function: the qualified name of the function that it is in; empty at the level of the module.
        lines: those of the changed statement.
    """

    source: Source
    name: str
    function: str
    lines: range
    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST

    def code(self) -> CodeType:
        """The module with the change, compiled."""
        with self._changed() as tree:
            return compile(tree, self.source.path, "exec", dont_inherit=True)

    def text(self) -> str:
        """The module with the change, without its comments."""
        with self._changed() as tree:
            return ast.unparse(tree)

    @contextmanager
    def _changed(self) -> Iterator[ast.Module]:
        old = _get(self.parent, self.field, self.index)
        new = self.new if hasattr(self.new, "lineno") else ast.copy_location(self.new, old)
        _put(self.parent, self.field, self.index, ast.fix_missing_locations(new))
        try:
            yield self.source.tree
        finally:
            _put(self.parent, self.field, self.index, old)


class Source:
    """A module with its syntax tree, which mutants change and put right again."""

    def __init__(self, module: str, path: Path | None = None) -> None:
        self.module = module
        self.path = str(path or _path_of(module))
        self.tree = ast.parse(Path(self.path).read_text("utf-8"))

    def code(self) -> CodeType:
        """The module as it is, compiled."""
        return compile(self.tree, self.path, "exec", dont_inherit=True)

    def mutants(self) -> list[Mutant]:
        """All mutants, in the order of the source."""
        made: dict[str, Mutant] = {}
        for statement, function, parent, field, index, new in _changes(self.tree.body, "", self.tree):
            name = f"{self.module}:{function}: {_shown(statement, parent, field, index, new)}"
            twins = 1
            while (unique := name if twins == 1 else f"{name} ({twins})") in made:
                twins += 1
            lines = range(statement.lineno, _header_end(statement) + 1)
            made[unique] = Mutant(self, unique, function, lines, parent, field, index, new)
        return list(made.values())


def _path_of(module: str) -> Path:
    """The file of a module in a package, which is not to be imported here."""
    package, *inside = module.split(".")
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.joinpath(*inside).with_suffix(".py")


Change = tuple[ast.stmt, str, ast.AST, str, int | None, ast.AST]


def _changes(body: list[ast.stmt], function: str, parent: ast.AST, field: str = "body") -> Iterator[Change]:
    """(statement, function, parent, field, index, replacement) for each change of some statements."""
    for index, statement in enumerate(body):
        if _is_silent(statement):
            continue
        assigned = _bound_before(parent, body[:index]) if function else set()
        last = isinstance(parent, ast.FunctionDef) and index == len(body) - 1
        whole = [*replacements(statement), *([] if last else [deleted(statement, assigned)])]
        yield from ((statement, function, parent, field, index, new) for new in whole if new is not None)
        yield from _inside(statement, statement, function)


def _inside(node: ast.AST, statement: ast.stmt, function: str) -> Iterator[Change]:
    """The changes below a node, expressions first, then the statements that it holds."""
    inner = function
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        inner = f"{function}.{node.name}" if function else node.name
    for field, value in ast.iter_fields(node):
        if field in _UNUSED_FIELDS:
            continue
        items = value if isinstance(value, list) else [value]
        if items and isinstance(items[0], ast.stmt):
            yield from _changes(items, inner, node, field)
            continue
        for index, item in enumerate(items):
            if not isinstance(item, ast.AST) or _is_message(item) or _is_rest(node, item):
                continue
            place = index if isinstance(value, list) else None
            if not isinstance(item, ast.stmt):
                yield from ((statement, function, node, field, place, new) for new in replacements(item))
            yield from _inside(item, statement, function)


def _is_silent(statement: ast.stmt) -> bool:
    match statement:
        case ast.Raise() | ast.Assert() | ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.FunctionDef(name=name, decorator_list=decorators):
            return name in _SILENT or any(ast.unparse(each) == "overload" for each in decorators)
        case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
            return True
        case ast.Assign(value=ast.Subscript() | ast.BinOp(op=ast.BitOr())) if statement.col_offset == 0:
            return True  # the name of a type
    return False


def _is_message(node: ast.AST) -> bool:
    """Whether a node makes text for people, or an error."""
    match node:
        case ast.JoinedStr() | ast.keyword(arg="strict" | "stacklevel"):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="errors" | "warnings"))):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name.endswith("Error")
        case ast.IfExp(body=body, orelse=orelse):
            return all(isinstance(each, ast.JoinedStr) or _is_text(each) for each in (body, orelse))
    return False


def _is_rest(node: ast.AST, argument: ast.AST) -> bool:
    """Whether this is the −1 of a reshape, for which NumPy takes any negative number."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "reshape"
        and isinstance(argument, ast.UnaryOp)
    )


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _bound_before(parent: ast.AST, before: list[ast.stmt]) -> set[str]:
    """The names that are surely bound when the next statement runs: parameters, and what was just assigned."""
    names = {node.id for each in before for node in ast.walk(each) if _is_store(node)}
    if isinstance(parent, ast.FunctionDef):
        names |= {arg.arg for arg in (*parent.args.posonlyargs, *parent.args.args, *parent.args.kwonlyargs)}
    elif isinstance(parent, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
        names |= _ANY  # assigned again in a branch: it was bound before it, or else the mutant crashes
    return names


class _Any(set[str]):
    def __contains__(self, name: object) -> bool:
        return True

    def __ror__(self, other: Any) -> Any:
        return self


_ANY = _Any()


def _is_store(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _header_end(statement: ast.stmt) -> int:
    """The last line of a statement, without the statements in it."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return max(statement.lineno, body[0].lineno - 1)
    return statement.end_lineno or statement.lineno


def _shown(statement: ast.stmt, parent: ast.AST, field: str, index: int | None, new: ast.AST) -> str:
    """The line of the statement that is changed, with the change in it."""
    old = _get(parent, field, index)
    mark: ast.AST = ast.Name(f"⟦{_text(old)} → {_text(new)}⟧")
    if isinstance(old, ast.comprehension):
        mark = ast.comprehension(mark, ast.Name(""), [], 0)
    if isinstance(old, ast.stmt):
        return mark.id  # type: ignore[attr-defined]
    _put(parent, field, index, mark)
    header = copy(statement)  # without the statements in it
    for body in {"body", "orelse", "handlers", "finalbody", "decorator_list"}.intersection(header._fields):
        setattr(header, body, [ast.Pass()] if body == "body" else [])
    try:
        line = next(line for line in ast.unparse(header).splitlines() if "⟦" in line).strip()
        return line.replace("for ⟦for", "⟦for").replace("⟧ in ", "⟧") if isinstance(old, ast.comprehension) else line
    finally:
        _put(parent, field, index, old)


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node)).strip().splitlines()[0]


def _get(parent: ast.AST, field: str, index: int | None) -> Any:
    value = getattr(parent, field)
    return value if index is None else value[index]


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node
