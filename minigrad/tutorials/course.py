"""The course: its chapters and their holes, as ``course.toml`` and the folders beside it say."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from .sources import stubbed

_HERE = Path(__file__).resolve().parent
COURSE = _HERE.parents[1] / "tutorials"  # in a checkout; a wheel has it inside
if not (COURSE / "course.toml").is_file():
    COURSE = _HERE / "course"


@dataclass(frozen=True)
class Hole:
    """A function that a learner writes.

    Attributes:
        name: of the function, or ``Class.method``.
        number: in its chapter, from 1.
        minutes: that it takes, roughly.
        points: that it gives.
    """

    name: str
    number: int
    minutes: int
    points: float = 1

    @property
    def prefix(self) -> str:
        """How the names of its tests begin."""
        return f"test_{self.name.replace('.', '_')}__"


@dataclass(frozen=True)
class Chapter:
    """A folder of the course.

    Attributes:
        folder: with README.md, hints.md, solution.py, the tests, picture.py and the wrong answers.
        number: in the course, from 1.
        title: of the chapter.
        part: of the course, that it belongs to.
        minutes: that it takes, roughly.
        holes: in order.
        engine: the names of its solution that go into the learner's engine.
        terms: the words that it introduces.
        source: the file of minigrad that does the same.
        predict: what the learner is asked before the code.
        optional: whether one may leave it out.
    """

    folder: Path
    number: int
    title: str
    part: str
    minutes: int
    holes: tuple[Hole, ...]
    engine: tuple[str, ...]
    terms: tuple[str, ...]
    source: str
    predict: str
    optional: bool

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def tests(self) -> Path:
        """The file with the tests."""
        return self.folder / f"test_{self.name[3:]}.py"

    @cached_property
    def solution(self) -> str:
        """The text of the solution."""
        return (self.folder / "solution.py").read_text("utf-8")

    @cached_property
    def stub(self) -> str:
        """The exercise with all its holes open: the solution without their bodies."""
        return stubbed(self.solution, {hole.name: f"hole {hole.number}: {hole.name}" for hole in self.holes})

    def hole(self, name: str) -> Hole:
        """The hole of that name.

        Raises:
            ValueError: there is none.
        """
        for hole in self.holes:
            if hole.name == name:
                return hole
        raise ArgumentError(
            f"chapter {self.number} has no hole {name!r}; it has {', '.join(h.name for h in self.holes)}"
        )


@dataclass(frozen=True)
class Course:
    """All chapters, in order.

    Attributes:
        path: the folder.
        chapters: in order.
    """

    path: Path
    chapters: tuple[Chapter, ...]

    def chapter(self, number: int) -> Chapter:
        """The chapter of that number.

        Raises:
            ValueError: there is none.
        """
        for each in self.chapters:
            if each.number == number:
                return each
        raise ArgumentError(f"there is no chapter {number}: they are numbered from 1 to {len(self.chapters)}")


def read_course(path: Path = COURSE) -> Course:
    """The course in a folder.

    Raises:
        FileNotFoundError: there is no course.toml.
    """
    settings = tomllib.loads((path / "course.toml").read_text("utf-8"))
    return Course(path, tuple(_chapter(path, entry) for entry in settings["chapter"]))


def _chapter(path: Path, entry: dict[str, Any]) -> Chapter:
    holes = tuple(Hole(number=n, **hole) for n, hole in enumerate(entry["holes"], 1))
    return Chapter(
        folder=path / entry["folder"],
        number=int(entry["folder"][:2]),
        title=entry["title"],
        part=entry["part"],
        minutes=entry["minutes"],
        holes=holes,
        engine=tuple(entry["engine"]),
        terms=tuple(entry["terms"]),
        source=entry["source"],
        predict=entry["predict"],
        optional=entry.get("optional", False),
    )
