"""The grades of a class: each hole of each submission for itself, with the original checks.

Only the bodies of holes are taken from a submission, with the helpers and imports that they need; checks, given code
and all other holes are the course's. A check runs in a process of its own with limits, which keep mistakes away, not
attacks: run submissions that you do not trust in a container.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..tutorials.assembly import solved_engine
from ..tutorials.checking import Outcome
from ..tutorials.course import Chapter, Hole
from .sandbox import Exercise, Sandbox
from .state import LearnError
from .submissions import Submission


@dataclass(frozen=True)
class Mark:
    """What one hole of a submission is worth.

    Attributes:
        chapter, hole: that was checked.
        points: that it gives, of ``most``.
        most: that it could give.
        outcome: of its checks.
    """

    chapter: Chapter
    hole: Hole
    points: float
    most: float
    outcome: Outcome

    @property
    def name(self) -> str:
        """The hole, with its chapter."""
        return f"{self.chapter.number:02}.{self.hole.name}"


@dataclass(frozen=True)
class Grade:
    """A submission's marks.

    Attributes:
        student: the name of the folder or of the zip.
        marks: of every hole, in order.
    """

    student: str
    marks: tuple[Mark, ...]

    @property
    def points(self) -> float:
        """The sum of all points."""
        return sum(mark.points for mark in self.marks)

    @property
    def most(self) -> float:
        """The points that could be reached."""
        return sum(mark.most for mark in self.marks)


def grade(
    student: str,
    handed_in: Submission,
    chapters: Iterable[Chapter],
    sandbox: Sandbox,
    *,
    seed: int = 0,
    points: Mapping[str, float] | None = None,
) -> Grade:
    """The grade of one submission.

    Args:
        student: whose it is.
        handed_in: the exercises; one that is missing gives no points.
        chapters: that count.
        sandbox: that runs the checks.
        seed: of the numbers in the checks; one that students have not seen.
        points: of holes (``04.backward``) whose points are others than the course's.
    """
    marks = []
    missing = "; ".join(["nothing was handed in", *handed_in.problems])
    for chapter in chapters:
        names = [hole.name for hole in chapter.holes]
        if (text := handed_in.texts.get(chapter.name)) is None:
            outcomes = dict.fromkeys(names, Outcome("", "open", words=missing))
        else:
            solved = solved_engine(sandbox.course, chapter.number)
            place = Path(student) / chapter.name / "exercise.py"
            outcomes = sandbox.grade(Exercise(chapter, text, place, solved), names, seed).outcomes
        for hole in chapter.holes:
            most = (points or {}).get(f"{chapter.number:02}.{hole.name}", hole.points)
            passed = outcomes[hole.name].state == "passed"
            marks.append(Mark(chapter, hole, most if passed else 0.0, most, outcomes[hole.name]))
    return Grade(student, tuple(marks))


def as_csv(grades: Sequence[Grade]) -> str:
    """A line for each student: the sum, what could be reached, and the points of each hole."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["student", "points", "of", *(mark.name for mark in grades[0].marks)] if grades else [])
    for each in grades:
        writer.writerow(
            [_cell(each.student), f"{each.points:g}", f"{each.most:g}", *(f"{mark.points:g}" for mark in each.marks)]
        )
    return stream.getvalue()


def _cell(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def as_junit(grades: Sequence[Grade]) -> bytes:
    """A suite for each student and a case for each hole, as JUnit writes them."""
    root = ElementTree.Element("testsuites")
    for each in grades:
        failed = [mark for mark in each.marks if mark.outcome.state != "passed"]
        suite = ElementTree.SubElement(
            root, "testsuite", name=_plain(each.student), tests=str(len(each.marks)), failures=str(len(failed))
        )
        for mark in each.marks:
            case = ElementTree.SubElement(suite, "testcase", classname=mark.chapter.name, name=mark.hole.name)
            if mark.outcome.state != "passed":
                first = str(mark.outcome).split("\n")[0]
                failure = ElementTree.SubElement(case, "failure", message=_plain(first))
                failure.text = _plain(str(mark.outcome))
    text: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return text


def _plain(text: str) -> str:
    """A text without characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", "�", text)


def as_gradescope(one: Grade) -> str:
    """The ``results.json`` of Gradescope for one submission."""
    tests = [
        {
            "name": mark.name,
            "score": mark.points,
            "max_score": mark.most,
            "status": "passed" if mark.outcome.state == "passed" else "failed",
            "output": str(mark.outcome),
        }
        for mark in one.marks
    ]
    result: dict[str, Any] = {"score": one.points, "tests": tests, "visibility": "visible"}
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def as_page(one: Grade) -> str:
    """The page of one student, as HTML."""
    rows = "\n".join(
        f"<tr><td>{escape(mark.name)}</td><td>{mark.points:g} of {mark.most:g}</td>"
        f"<td><pre>{escape(str(mark.outcome))}</pre></td></tr>"
        for mark in one.marks
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{escape(one.student)}</title><style>body{{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;"
        "padding:0 1rem}td{vertical-align:top;padding:.3rem .8rem;border-bottom:1px solid #ccc}"
        "pre{margin:0;white-space:pre-wrap}</style></head><body>"
        f"<h1>{escape(one.student)}</h1><p>{one.points:g} of {one.most:g} points</p><table>{rows}</table>"
        "</body></html>\n"
    )


def read_points(path: Path, chapters: Iterable[Chapter]) -> dict[str, float]:
    """The points of holes in a TOML file: a table for each chapter's folder, a number for each hole.

    Args:
        path: of the file.
        chapters: that it may name.

    Raises:
        LearnError: it is no such file, or names what is not there.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise LearnError(f"{path}: {wrong}") from None
    known = {chapter.name: chapter for chapter in chapters}
    found = {}
    for folder, holes in given.items():
        if folder not in known or not isinstance(holes, dict):
            raise LearnError(f"{path}: [{folder}] is no chapter that counts")
        for name, points in holes.items():
            if name not in {hole.name for hole in known[folder].holes} or not _are_points(points):
                raise LearnError(f"{path}: [{folder}] {name} = {points!r} is no number, 0 or more, for a hole")
            found[f"{known[folder].number:02}.{name}"] = float(points)
    return found


def _are_points(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf
