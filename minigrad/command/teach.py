"""What ``minigrad learn grade`` and ``minigrad learn export`` do, for lecturers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..learn import grading
from ..learn.exporting import notebook
from ..learn.sandbox import Sandbox
from ..learn.state import LearnError
from ..learn.submissions import submissions as read_submissions
from ..storage.atomic import write_whole
from ..tutorials.course import read_course


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
        write_whole(out, grading.as_csv(grades).encode())
    if junit is not None:
        write_whole(junit, grading.as_junit(grades))
    if gradescope is not None:
        write_whole(gradescope, grading.as_gradescope(grades[0]).encode())
    if pages is not None:
        for each in grades:
            write_whole(pages / f"{each.student}.html", grading.as_page(each).encode())
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
    write_whole(path, notebook(wanted, "otter" if otter else "nbgrader" if nbgrader else None).encode())
    print(path)
    return 0


COMMANDS: dict[str, Callable[..., int]] = {"grade": grade, "export": export}
