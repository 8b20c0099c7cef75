"""What lecturers do with the course: ``minigrad learn grade`` and ``minigrad learn export``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..learn import grading
from ..learn.exporting import notebook
from ..learn.sandbox import Sandbox
from ..learn.state import LearnError
from ..learn.submissions import submissions as read_submissions
from ..storage.atomic import replacing
from ..tutorials.course import read_course

Add = Callable[..., Any]
_MOST_CHAPTERS = 1000  # in a range, so that a slip of the finger takes no memory


def numbers(text: str) -> list[int]:
    """The numbers of chapters in ``1,3,4`` or ``1-4,7``.

    Raises:
        ArgumentTypeError: it is nothing like that.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if not first.isdecimal() or not (last if dash else first).isdecimal():
            raise argparse.ArgumentTypeError(f"{text!r} is no list of chapters such as 1,3,4 or 1-4,7")
        chapters = range(int(first), int(last or first) + 1)
        if not 0 < len(chapters) <= _MOST_CHAPTERS:
            raise argparse.ArgumentTypeError(f"{part!r} is no range of chapters, the lower number first, such as 1-4")
        found += chapters
    return found


def seed(text: str) -> int:
    """The seed of random numbers in a text.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: a whole number, 0 or more")
    return int(text)


def grade(
    submissions: Path,
    out: Path | None,
    junit: Path | None,
    gradescope: Path | None,
    pages: Path | None,
    chapters: list[int] | None,
    points: Path | None,
    seed: int,
    strict: bool,
) -> int:
    """Grade submissions, and write what is asked for; the exit code."""
    course = read_course()
    counted = [course.chapter(n) for n in chapters] if chapters else list(course.chapters)
    worth = grading.read_points(points, counted) if points else {}
    handed_in = read_submissions(submissions, course)
    if gradescope is not None and len(handed_in) != 1:
        raise LearnError(f"--gradescope takes one submission, and {submissions} has {len(handed_in)}")
    for place in filter(None, (out, junit, gradescope)):
        if not place.parent.is_dir() or place.is_dir():
            raise LearnError(f"{place} cannot be written: {place.parent} is no folder, or it is one itself")
    if pages is not None:
        pages.mkdir(parents=True, exist_ok=True)
    grades = []
    with Sandbox(course) as sandbox:
        for student, made in handed_in.items():
            grades.append(grading.grade(student, made, counted, sandbox, seed=seed, points=worth))
            print(f"{student}: {grades[-1].points:g} of {grades[-1].most:g}", flush=True)
    if out is not None:
        write(out, grading.as_csv(grades).encode())
    if junit is not None:
        write(junit, grading.as_junit(grades))
    if gradescope is not None:
        write(gradescope, grading.as_gradescope(grades[0]).encode())
    if pages is not None:
        for each in grades:
            write(pages / f"{each.student}.html", grading.as_page(each).encode())
    return int(strict and any(each.points < each.most for each in grades))


def export(chapter: int, out: Path | None, otter: bool, nbgrader: bool) -> int:
    """Write a chapter as a notebook; the exit code.

    Raises:
        LearnError: it is to be for two graders.
    """
    if otter and nbgrader:
        raise LearnError("a notebook is for one grader: --otter or --nbgrader")
    wanted = read_course().chapter(chapter)
    path = out or Path(f"{wanted.name}.ipynb")
    write(path, notebook(wanted, "otter" if otter else "nbgrader" if nbgrader else None).encode())
    print(path)
    return 0


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with replacing(path) as file:
        file.write(content)


def of_grade(add: Add) -> None:
    """Give a parser the arguments of ``grade``."""
    add("submissions", type=Path, metavar="SUBMISSIONS", help="a folder of folders or zips, or one submission")
    add("--out", type=Path, metavar="FILE.csv", help="write a line of points for each student")
    add("--junit", type=Path, metavar="FILE.xml", help="write what JUnit writes")
    add("--gradescope", type=Path, metavar="results.json", help="write Gradescope's results of one submission")
    add("--pages", type=Path, metavar="DIR", help="write a page for each student")
    add("--chapters", type=numbers, metavar="CHAPTERS", help="those that count, such as 1,3,4 or 1-4 (default: all)")
    add(
        "--points", type=Path, metavar="FILE.toml", help="points of holes: [04_backward] backward = 3 (default: 1 each)"
    )
    add("--seed", type=seed, default=2027, metavar="N", help="of the numbers in the checks (default: %(default)s)")
    add("--strict", action="store_true", help="the exit code is 1 if any point is missing")


def of_export(add: Add) -> None:
    """Give a parser the arguments of ``export``."""
    add("chapter", type=int, metavar="CHAPTER", help="its number")
    add("--out", type=Path, metavar="FILE.ipynb", help="where to write (default: the chapter's name)")
    add("--otter", action="store_true", help="the master for otter assign")
    add("--nbgrader", action="store_true", help="the source for nbgrader")
