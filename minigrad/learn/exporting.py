"""A chapter as a notebook, plain or for a grader, by jupytext and from the same source."""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..errors import ExtraError
from ..tutorials.course import Chapter, Hole
from ..tutorials.sources import Piece, body_of, pieces, rewritten

GRADERS = ("otter", "nbgrader")


class Cell(NamedTuple):
    """A cell: "markdown", "raw" or "" for code, its text, and its metadata."""

    kind: str
    text: str
    metadata: dict[str, Any]


def notebook(chapter: Chapter, grader: str | None = None) -> str:
    """The notebook of a chapter, as JSON.

    Args:
        chapter: that it is made of.
        grader: ``None`` for learners; "otter" or "nbgrader" for the master of which that makes the students' version.

    Raises:
        ExtraError: jupytext is not installed.
    """
    try:
        import jupytext
    except ImportError as missing:
        raise ExtraError("notebooks need jupytext: pip install 'minigrad[teach]'") from missing
    text = "\n".join(_percent(cell) for cell in cells(chapter, grader))
    made = jupytext.reads(text, fmt="py:percent")
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, cell in enumerate(made.cells):
        cell["id"] = f"cell-{number}"  # so that the same chapter is the same file
    return str(jupytext.writes(made, fmt="ipynb"))


def cells(chapter: Chapter, grader: str | None = None) -> list[Cell]:
    """The cells: the page, what is given, and each hole with its checks, in the order of the solution."""
    found = [Cell("raw", "# ASSIGNMENT CONFIG\nrequirements: [minigrad]", {})] if grader == "otter" else []
    found.append(Cell("markdown", _page(chapter), {}))
    begin = ["from minigrad.learn.notebook import begin", "from minigrad.tutorials import Todo"]
    begin += ["", f"check = begin({chapter.number})"]
    found.append(Cell("", "\n".join(begin), _locked(chapter, "begin", grader)))
    text = _solved(chapter, "###" if grader == "nbgrader" else "#") if grader else chapter.stub
    for number, part in enumerate(each for each in pieces(text) if not _is_of_the_course(each)):
        inside = [hole for hole in chapter.holes if hole.name.split(".")[0] in part.names]
        if inside:
            found += _question(chapter, part.text.rstrip(), inside, grader)
        else:
            found.append(Cell("", part.text.rstrip(), _locked(chapter, f"given {number}", grader)))
    found.append(Cell("", "check.picture()", _locked(chapter, "picture", grader)))
    return found


def _page(chapter: Chapter) -> str:
    page = (chapter.folder / "README.md").read_text("utf-8")
    picture = base64.b64encode((chapter.folder / "picture.svg").read_bytes()).decode()
    return page.replace("(picture.svg)", f"(data:image/svg+xml;base64,{picture})")


def _is_of_the_course(part: Piece) -> bool:
    return isinstance(part.node, ast.ImportFrom) and part.node.module in ("__future__", "minigrad.tutorials")


def _solved(chapter: Chapter, mark: str) -> str:
    """The solution, with the marks between which a grader takes it out."""
    bodies = {
        hole.name: [f"{mark} BEGIN SOLUTION", *body_of(chapter.solution, hole.name), f"{mark} END SOLUTION"]
        for hole in chapter.holes
    }
    return rewritten(chapter.solution, bodies)


def _question(chapter: Chapter, text: str, inside: Sequence[Hole], grader: str | None) -> Iterator[Cell]:
    """The cell of a definition with holes, and the cells of their checks."""
    if grader == "nbgrader":
        yield Cell("", text, {"nbgrader": _nbgrader(chapter, inside[0].name, solution=True)})
        for hole in inside:
            settings = _nbgrader(chapter, f"check {hole.name}", points=hole.points)
            yield Cell("", _check(hole, strict=True), {"nbgrader": settings})
    elif grader == "otter":
        points = sum(hole.points for hole in inside)
        yield Cell("raw", f"# BEGIN QUESTION\nname: {_slug(inside[0].name)}\npoints: {points:g}", {})
        yield Cell("raw", "# BEGIN SOLUTION", {})
        yield Cell("", text, {})
        yield Cell("raw", "# END SOLUTION", {})
        yield Cell("raw", "# BEGIN TESTS", {})
        yield from (Cell("", _check(hole, strict=True), {}) for hole in inside)
        yield Cell("raw", "# END TESTS", {})
        yield Cell("raw", "# END QUESTION", {})
    else:
        yield Cell("", text, {})
        yield from (Cell("", _check(hole), {}) for hole in inside)


def _check(hole: Hole, strict: bool = False) -> str:
    return f'check("{hole.name}"{", strict=True" if strict else ""})'


def _locked(chapter: Chapter, name: str, grader: str | None) -> dict[str, Any]:
    return {"nbgrader": _nbgrader(chapter, name)} if grader == "nbgrader" else {}


def _nbgrader(chapter: Chapter, name: str, *, solution: bool = False, points: float | None = None) -> dict[str, Any]:
    """The metadata of a cell of nbgrader's."""
    grade = points is not None
    settings = {
        "grade": grade,
        "grade_id": _slug(f"{chapter.name}-{name}"),
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return {**settings, "points": points} if grade else settings


def _slug(name: str) -> str:
    return name.replace(".", "-").replace("_", "-").replace(" ", "-").strip("-")


def _percent(cell: Cell) -> str:
    """A cell as jupytext reads it."""
    kind = f" [{cell.kind}]" if cell.kind else ""
    settings = "".join(f" {name}={json.dumps(value)}" for name, value in cell.metadata.items())
    text = cell.text
    if cell.kind:
        text = "\n".join(f"# {line}".rstrip() for line in text.splitlines())
    return f"# %%{kind}{settings}\n{text}\n"
