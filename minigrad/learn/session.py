"""A learner at work: the hole that is open, its checks, and what comes after they pass."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ..tutorials.assembly import solved_engine
from ..tutorials.checking import Outcome, checks_module, loaded
from ..tutorials.course import Chapter, Hole
from ..tutorials.pages import hints
from ..tutorials.sources import source_of
from .folder import Folder
from .sandbox import Exercise, Sandbox
from .state import LearnError

HINTS = 3


@dataclass(frozen=True)
class Report:
    """What a check said.

    Attributes:
        chapter: that was checked.
        passed: the names of its holes that pass, in order.
        hole: the first that does not, or ``None``.
        outcome: of that hole.
        printed: what the exercise printed.
        engine: how large the learner's engine is, as text.
        finished: whether this check is the first that finds the whole chapter right.
    """

    chapter: Chapter
    passed: tuple[str, ...]
    hole: Hole | None
    outcome: Outcome
    printed: str
    engine: str
    finished: bool

    @property
    def done(self) -> bool:
        """Whether all that was checked passes."""
        return self.hole is None


class Session:
    """Work on the exercises of a folder.

    Args:
        folder: of the learner.
        sandbox: that runs the checks.
        warm: whether checks follow each other, so that a process should be ready for the next one.
    """

    def __init__(self, folder: Folder, sandbox: Sandbox, warm: bool = False) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.warm = warm

    @property
    def chapter(self) -> Chapter:
        """The chapter that is open."""
        return self.folder.course.chapter(self.folder.state.current)

    def go_to(self, number: int) -> Chapter:
        """Open a chapter.

        Raises:
            LearnError: it is not among those to be worked through.
        """
        chapter = self.folder.course.chapter(number)
        if chapter not in self.folder.chapters():
            raise LearnError(f"chapter {number} is not part of this folder")
        if self.folder.state.current != number:
            self.folder.state.current = number
            self.folder.write_engine()
            self.folder.save()
        return chapter

    def open_hole(self) -> Hole | None:
        """The first hole of the open chapter that has not passed."""
        passed = self.folder.work(self.chapter).passed
        return next((hole for hole in self.chapter.holes if hole.name not in passed), None)

    def advance(self) -> Hole | None:
        """The next open hole: of this chapter, or else of the next one that has any; ``None`` at the end."""
        chapters = self.folder.chapters()
        after = [each for each in chapters if each.number > self.chapter.number]
        for chapter in (self.chapter, *after):
            self.go_to(chapter.number)
            if (hole := self.open_hole()) is not None:
                return hole
        return None

    def check(self, upto: Hole | None = None) -> Report:
        """Check the exercise of the open chapter, hole by hole, and remember what passes.

        Args:
            upto: the last hole to check; all by default.
        """
        self.sandbox.warm()  # it starts while the engine is put together
        chapter, state = self.chapter, self.folder.state
        exercise = exercise_of(self.folder, chapter)
        known = self.open_hole() is None
        names = [hole.name for hole in chapter.holes if upto is None or hole.number <= upto.number]
        found = self.sandbox.check(exercise, names, state.seed)
        if self.warm:
            self.sandbox.warm()
        state.spend(chapter.number, time.time())
        failed = next((name for name, outcome in found.outcomes.items() if outcome.state != "passed"), None)
        later = [] if failed else [name for name in self.folder.work(chapter).passed if name not in names]
        state.note_passed(chapter.number, exercise.text, [*found.passed, *later])
        size = self.folder.write_engine()
        self.folder.save()
        return Report(
            chapter,
            tuple(found.passed),
            None if failed is None else chapter.hole(failed),
            Outcome("", "passed") if failed is None else found.outcomes[failed],
            found.printed,
            str(size),
            self.open_hole() is None and not known,
        )

    def hint(self, hole: Hole, show_last: bool = False) -> tuple[int, str] | None:
        """The next hint of a hole and its number, or ``None``: the last is nearly the code, and must be asked for.

        Args:
            hole: of the open chapter.
            show_last: whether the last one may be shown.
        """
        known = hints(self.chapter, hole)
        taken = self.folder.state.hints.setdefault(str(self.chapter.number), {})
        number = min(taken.get(hole.name, 0) + 1, len(known))
        if number == len(known) and not show_last and taken.get(hole.name, 0) < number:
            return None
        taken[hole.name] = number
        self.folder.save()
        return number, known[number - 1]

    def solution(self, hole: Hole, spoil: bool = False) -> str:
        """The solution of a hole that passed, or of any with ``spoil``.

        Raises:
            LearnError: it may not be shown.
        """
        if not self.folder.state.solutions:
            raise LearnError("this folder was made without solutions")
        if not spoil and hole.name not in self.folder.work(self.chapter).passed:
            raise LearnError(
                f"{hole.name} has not passed yet: `minigrad learn hint`, or --spoil to see it all the same"
            )
        return source_of(self.chapter.solution, hole.name)

    @property
    def question(self) -> str:
        """What the chapter asks before its code; "" if it asks nothing, was answered, or has code already."""
        chapter, state = self.chapter, self.folder.state
        asked = str(chapter.number) in state.predictions or self.folder.work(chapter).passed
        return "" if asked else chapter.predict

    def following(self) -> Chapter | None:
        """The next chapter that is to be worked through."""
        return next((each for each in self.folder.chapters() if each.number > self.chapter.number), None)

    def predict(self, words: str) -> None:
        """Remember what the learner expects."""
        self.folder.state.predictions[str(self.chapter.number)] = words
        self.folder.save()

    def predicted(self) -> tuple[str, str]:
        """What the learner expected in this chapter ("" for nothing), and what is so."""
        chapter = self.chapter
        return self.folder.state.predictions.get(str(chapter.number), ""), right_prediction(self.folder, chapter)

    def picture(self) -> Path:
        """Draw the chapter's picture from the learner's exercise, and return the file.

        Raises:
            LearnError: the exercise cannot be drawn yet.
        """
        picture, why = self.sandbox.picture(exercise_of(self.folder, self.chapter))
        if picture is None:
            raise LearnError(why)
        target = self.folder.exercise(self.chapter).with_name("mine.svg")
        target.write_text(picture, "utf-8")
        return target


def exercise_of(folder: Folder, chapter: Chapter) -> Exercise:
    """The learner's exercise of a chapter, on the learner's engine.

    Raises:
        LearnError: it cannot be read.
    """
    engine = folder.engine(chapter.number).text
    return Exercise(chapter, folder.text(chapter), folder.exercise(chapter), engine)


def right_prediction(folder: Folder, chapter: Chapter) -> str:
    """The answer to the question of a chapter, computed from the solution; "" if it asks none."""
    if not chapter.predict:
        return ""
    engine = solved_engine(folder.course, chapter.number)
    return str(checks_module(chapter).predicted(loaded(chapter, chapter.solution, engine)))
