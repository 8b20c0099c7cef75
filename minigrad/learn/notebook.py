"""The checks of the course in a notebook: the same four lines, and the picture below the cell.

from minigrad.learn.notebook import begin
check = begin(4)
...
check("backward")
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..tutorials.assembly import assemble, chapters_before
from ..tutorials.checking import checks_of, meaning, module, run
from ..tutorials.course import Chapter, read_course
from ..tutorials.pictures import picture_of
from .show import PASSED


def begin(number: int, namespace: dict[str, Any] | None = None, seed: int = 0) -> Checker:
    """The checks of a chapter; what it builds on is in ``mine.engine`` from now on, of the solution.

    Args:
        number: of the chapter.
        namespace: where its functions are defined; by default that of the caller, which in a notebook are its cells.
        seed: of the numbers in the checks.

    Raises:
        ValueError: there is no such chapter.
    """
    chapter = read_course().chapter(number)
    engine = assemble(chapters_before(read_course(), number), lambda _: None).text
    package = ModuleType("mine")
    package.__path__ = []
    sys.modules["mine"] = package
    package.engine = module("mine.engine", engine, Path("mine/engine.py"))  # type: ignore[attr-defined]
    return Checker(chapter, engine, sys._getframe(1).f_globals if namespace is None else namespace, seed)


class Checker:
    """The checks of a chapter, on functions in a namespace.

    Args:
        chapter: of the checks.
        engine: the text of what it builds on.
        namespace: where the functions are.
        seed: of the numbers.
    """

    def __init__(self, chapter: Chapter, engine: str, namespace: dict[str, Any], seed: int) -> None:
        self.chapter = chapter
        self.engine = engine
        self.namespace = namespace
        self.seed = seed

    def __call__(self, name: str, *, strict: bool = False) -> None:
        """Check a hole, and print what the checks say.

        Args:
            name: of the hole.
            strict: whether a failure is an error, for a grader.

        Raises:
            AssertionError: a check failed, and ``strict`` was wanted.
            ValueError: there is no such hole.
        """
        hole = self.chapter.hole(name)
        exercise = self._exercise()
        for test, check in checks_of(self.chapter, hole).items():
            outcome = run(test, check, exercise, self.seed)
            if outcome.state == "wrong":
                outcome.means = meaning(self.chapter, self.engine, outcome, self.seed)
            if outcome.state != "passed":
                if strict:
                    raise AssertionError(str(outcome))
                print(outcome)
                return
        print(f"{PASSED} {name}")

    def picture(self) -> Any:
        """The chapter's picture of the functions in the namespace, for the notebook to show.

        Raises:
            Todo: it needs a hole that is still open.
        """
        return _Svg(picture_of(self.chapter, self._exercise()).decode())

    def _exercise(self) -> ModuleType:
        """The chapter's module, with the functions of the namespace instead of its own."""
        exercise = module(f"exercise_{self.chapter.name}", self.chapter.stub, Path("exercise.py"))
        known = {name: self.namespace[name] for name in vars(exercise) if name in self.namespace and name[:2] != "__"}
        vars(exercise).update(known)
        return exercise


class _Svg:
    """A picture that a notebook shows."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_svg_(self) -> str:
        return self.text
