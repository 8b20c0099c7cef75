"""``python -m tests.tutorials.pictures 4``: write picture.svg of chapter 4 anew; without numbers, of all."""

from __future__ import annotations

import sys

from minigrad.tutorials.checking import beside, module
from minigrad.tutorials.course import Chapter, read_course
from minigrad.tutorials.pictures import picture_of
from tests.tutorials.proof import engine_for


def made_from_the_solution(chapter: Chapter) -> bytes:
    """The picture of a chapter."""
    with beside(engine_for(chapter)):
        return picture_of(chapter, module("exercise", chapter.solution, chapter.folder / "exercise.py"))


if __name__ == "__main__":
    for each in read_course().chapters:
        if len(sys.argv) == 1 or str(each.number) in sys.argv[1:]:
            (each.folder / "picture.svg").write_bytes(made_from_the_solution(each))
            print(each.folder / "picture.svg")
