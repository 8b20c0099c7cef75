"""The learner's engine: the file ``mine/engine.py``, put together from the holes that passed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import NamedTuple

from .course import Chapter, Course
from .sources import Piece, functions, grafted, pieces, source_of

HEADER = (
    '"""Your engine, put together from the chapters. Change your exercises, not this file: it is written anew."""\n'
)
FILLED = "# from the solution"


class Work(NamedTuple):
    """What a learner has of a chapter: the text of the exercise, and the holes in it that passed."""

    text: str
    passed: Collection[str]


class Engine(NamedTuple):
    """The text of an engine, its lines that are not blank, and how many of those the learner wrote."""

    text: str
    lines: int
    yours: int

    def __str__(self) -> str:
        return f"mine/engine.py: {self.lines} lines, {self.yours} of them yours"


def chapters_before(course: Course, number: int, finished: Collection[int] = ()) -> list[Chapter]:
    """The chapters that the exercise of chapter ``number`` builds on: the optional ones only if they are finished."""
    return [each for each in course.chapters if each.number < number and (each.number in finished or not each.optional)]


def solved_engine(course: Course, number: int) -> str:
    """The text of the engine that the exercise of chapter ``number`` builds on, all of it of the solution."""
    return assemble(chapters_before(course, number), lambda _: None).text


class _Part(NamedTuple):
    """A definition that goes into an engine, and its lines that the learner wrote."""

    chapter: Chapter
    piece: Piece
    yours: int


def assemble(chapters: Iterable[Chapter], work: Callable[[Chapter], Work | None]) -> Engine:
    """The engine of some chapters. What did not pass is of the solution, and marked so.

    Args:
        chapters: in order; a later one replaces what it defines anew.
        work: the learner's, or ``None`` for a chapter that is all of the solution and says so nowhere.
    """
    parts: list[_Part] = []
    imported: list[Piece] = []
    for chapter in chapters:
        if not chapter.engine:
            continue
        own = work(chapter)
        known = {name for piece in pieces(chapter.solution) for name in piece.names}
        wanted = set(chapter.engine)
        passed = set(own.passed) if own else set()
        for piece in pieces(_filled(chapter, own) if own else chapter.solution):
            names = set(piece.names)
            if piece.imports:
                imported.append(piece)
            elif names and (names & wanted or not names & known):
                _put(parts, _Part(chapter, piece, _yours(piece, passed, known)))
    text = _text(parts, imported)
    return Engine(text, _lines(text), sum(part.yours for part in parts))


def _put(parts: list[_Part], part: _Part) -> None:
    """Add a definition, in the place of the one that it replaces, if there is one."""
    if not isinstance(part.piece.node, ast.AugAssign):
        for place, each in enumerate(parts):
            if set(each.piece.names) & set(part.piece.names) and not isinstance(each.piece.node, ast.AugAssign):
                parts[place] = part._replace(chapter=each.chapter)
                return
    parts.append(part)


def _filled(chapter: Chapter, own: Work) -> str:
    """The chapter with the holes that passed, and a comment above each other one: it is of the solution."""
    text = grafted(chapter.solution, own.text, own.passed)
    lines = text.splitlines(keepends=True)
    here = functions(text)
    for node in sorted(
        (here[h.name] for h in chapter.holes if h.name not in own.passed), key=lambda each: -each.lineno
    ):
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
        lines.insert(first, f"{' ' * node.col_offset}{FILLED}\n")
    return "".join(lines)


def _yours(piece: Piece, passed: Collection[str], known: Collection[str]) -> int:
    """The lines of a definition that the learner wrote: holes that passed, and helpers that the solution has not."""
    if not set(piece.names) & set(known):
        return _lines(piece.text)
    inside = functions(piece.text)
    return sum(_lines(source_of(piece.text, name)) for name in inside.keys() & set(passed))


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def _text(parts: list[_Part], imported: list[Piece]) -> str:
    used = {name for part in parts for name in _read(part.piece)}
    text = [HEADER, "\nfrom __future__ import annotations\n\n", _imports(imported, used)]
    chapter = None
    for part in parts:
        if part.chapter is not chapter:
            chapter = part.chapter
            text.append(f"\n\n# ---- chapter {chapter.number}: {chapter.title} ----\n")
        gap = "\n" if isinstance(part.piece.node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else "\n\n"
        text.append(f"{gap}{part.piece.text}")
    return "".join(text)


@cache
def _read(piece: Piece) -> frozenset[str]:
    """The names in a definition."""
    return frozenset(node.id for node in ast.walk(piece.node) if isinstance(node, ast.Name))


def _imports(imported: list[Piece], used: Collection[str]) -> str:
    """The imports that are used, each once."""
    whole: set[str] = set()
    parts: dict[str, set[str]] = {}
    for piece in imported:
        node = piece.node
        assert isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names:
            if (alias.asname or alias.name.split(".")[0]) not in used:
                continue
            named = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
            if isinstance(node, ast.Import):
                whole.add(f"import {named}\n")
            elif node.module not in ("mine.engine", "__future__", "minigrad.tutorials"):
                parts.setdefault(node.module or "", set()).add(named)
    return "".join(
        [
            *sorted(whole),
            *(f"from {module} import {', '.join(sorted(names))}\n" for module, names in sorted(parts.items())),
        ]
    )
