"""A chapter as a notebook, plain or for a grader, by jupytext and from the same source."""

from __future__ import annotations

import ast
import base64
import json
from typing import Any, NamedTuple

from ..errors import ExtraError
from ..tutorials.course import Chapter, Hole
from ..tutorials.sources import Piece, body_of, pieces, rewritten


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
    """The cells: the page, all definitions in the order of the solution, the checks of the holes, the picture."""
    found = [Cell("raw", "# ASSIGNMENT CONFIG\nrequirements: [minigrad]", {})] if grader == "otter" else []
    found.append(Cell("markdown", _page(chapter), {}))
    begin = [
        "from __future__ import annotations",
        "",
        "from minigrad.learn.notebook import begin",
        "from minigrad.tutorials import Todo",
    ]
    begin += ["", f"check = begin({chapter.number})"]
    found.append(Cell("", "\n".join(begin), _locked(chapter, "begin", grader)))
    text = chapter.solution if grader else chapter.stub
    parts = [each for each in pieces(text) if not _is_of_the_course(each)]
    first = min(n for n, part in enumerate(parts) if _inside(chapter, part))
    for number, part in enumerate(parts):
        if number == first and grader == "otter":
            points = [hole.points for hole in chapter.holes]
            found.append(Cell("raw", f"# BEGIN QUESTION\nname: {_slug(chapter.name)}\npoints: {points}", {}))
            found.append(Cell("raw", "# BEGIN SOLUTION", {}))
        found.append(_definition(chapter, part, number, grader))
    if grader == "otter":
        found += [Cell("raw", "# END SOLUTION", {}), Cell("raw", "# BEGIN TESTS", {})]
    found += [_check(chapter, hole, grader) for hole in chapter.holes]
    if grader == "otter":
        found += [Cell("raw", "# END TESTS", {}), Cell("raw", "# END QUESTION", {})]
    found.append(Cell("", "check.picture()", _locked(chapter, "picture", grader)))
    return found


def _inside(chapter: Chapter, part: Piece) -> list[Hole]:
    """The holes in a definition."""
    return [hole for hole in chapter.holes if hole.name.split(".")[0] in part.names]


def _definition(chapter: Chapter, part: Piece, number: int, grader: str | None) -> Cell:
    inside = _inside(chapter, part)
    if not inside:
        return Cell("", part.text.rstrip(), _locked(chapter, f"given {number}", grader))
    text = rewritten(part.text, {hole.name: _marked(chapter, hole, grader) for hole in inside}) if grader else part.text
    settings = {"nbgrader": _nbgrader(chapter, inside[0].name, solution=True)} if grader == "nbgrader" else {}
    return Cell("", text.rstrip(), settings)


def _check(chapter: Chapter, hole: Hole, grader: str | None) -> Cell:
    text = f'check("{hole.name}"{", strict=True" if grader else ""})'
    settings = {"nbgrader": _nbgrader(chapter, f"check {hole.name}", points=hole.points)}
    return Cell("", text, settings if grader == "nbgrader" else {})


def _page(chapter: Chapter) -> str:
    page = (chapter.folder / "README.md").read_text("utf-8")
    picture = base64.b64encode((chapter.folder / "picture.svg").read_bytes()).decode()
    return page.replace("(picture.svg)", f"(data:image/svg+xml;base64,{picture})")


def _is_of_the_course(part: Piece) -> bool:
    return isinstance(part.node, ast.ImportFrom) and part.node.module in ("__future__", "minigrad.tutorials")


def _marked(chapter: Chapter, hole: Hole, grader: str) -> list[str]:
    """The solution of a hole, with the marks between which a grader takes it out, and what otter puts there."""
    solution = body_of(chapter.solution, hole.name)
    if grader == "nbgrader":
        return ["### BEGIN SOLUTION", *solution, "### END SOLUTION"]
    prompt = ['""" # BEGIN PROMPT', *body_of(chapter.stub, hole.name), '""" # END PROMPT']
    return ["# BEGIN SOLUTION NO PROMPT", *solution, "# END SOLUTION", *prompt]


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
