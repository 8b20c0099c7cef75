"""The checks of an exercise: loaded beside an engine, one test run after the other, and a failure explained."""

from __future__ import annotations

import importlib.abc
import importlib.util
import inspect
import re
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from .asking import Todo, Wrong, place_of
from .course import Chapter, Hole
from .sources import functions, grafted

Test = Callable[..., None]


class Text(importlib.abc.InspectLoader):
    """A loader of a module whose text is here, and not looked for in a cache.

    Args:
        text: of the module.
        path: that its tracebacks name.
    """

    def __init__(self, text: str, path: Path) -> None:
        self.text = text
        self.path = str(path)

    def get_source(self, fullname: str) -> str:
        """The text."""
        return self.text

    def get_code(self, fullname: str) -> CodeType:
        """The text, compiled."""
        return self.source_to_code(self.text, self.path)


def module(name: str, text: str, path: Path) -> ModuleType:
    """A module of that text, in ``sys.modules`` under its name.

    Raises:
        Exception: what the text raises when it is run, a ``SyntaxError`` among others.
    """
    spec = importlib.util.spec_from_loader(name, Text(text, path), origin=str(path))
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    found.__file__ = str(path)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def install_engine(text: str, path: Path = Path("mine/engine.py")) -> ModuleType:
    """A fresh module of that text, which is ``mine.engine`` from now on."""
    package = ModuleType("mine")
    package.__path__ = []
    sys.modules["mine"] = package
    package.engine = found = module("mine.engine", text, path)  # type: ignore[attr-defined]
    return found


@contextmanager
def beside(engine: str, path: Path = Path("mine/engine.py")) -> Iterator[ModuleType]:
    """A fresh module of the text ``engine``, which is ``mine.engine`` as long as this lasts."""
    known = {name: sys.modules.get(name) for name in ("mine", "mine.engine")}
    try:
        yield install_engine(engine, path)
    finally:
        for name, before in known.items():
            if before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = before


def loaded(chapter: Chapter, text: str, engine: str, path: Path | None = None) -> ModuleType:
    """The exercise of a chapter with that text, on an engine with that text.

    Raises:
        Exception: what either raises when it is run.
    """
    with beside(engine):
        return module(f"exercise_{chapter.name}", text, path or chapter.folder / "exercise.py")


def checks_module(chapter: Chapter) -> ModuleType:
    """The file with the tests of a chapter, loaded."""
    return module(f"tests_{chapter.name}", chapter.tests.read_text("utf-8"), chapter.tests)


def checks(chapter: Chapter) -> dict[str, Test]:
    """The tests of a chapter, in order."""
    return {
        name: each for name, each in vars(checks_module(chapter)).items() if name.startswith("test_") and callable(each)
    }


def checks_of(chapter: Chapter, hole: Hole) -> dict[str, Test]:
    """The tests of a hole, in order."""
    return {name: each for name, each in checks(chapter).items() if name.startswith(hole.prefix)}


@dataclass
class Outcome:
    """What a test said.

    Attributes:
        test: its name.
        state: "passed", "open" (a hole raised ``Todo``), "wrong" (an answer was) or "broken" (something else failed).
        asked, yours, right: of a wrong answer.
        means: what that usually means, if it is known.
        place: the end of ``yours`` that names the line of an error.
        words: of all else.
        trace: the traceback, from the exercise on.
    """

    test: str
    state: str
    asked: str = ""
    yours: str = ""
    right: str = ""
    means: str = ""
    place: str = ""
    words: str = ""
    trace: str = field(default="", repr=False)

    def __str__(self) -> str:
        """The failure in at most four lines."""
        if self.state != "wrong":
            return self.words
        lines = [("asked", self.asked), ("yours", self.yours), ("right", self.right), ("means", self.means)]
        return "\n".join(f"{name}  {said}" for name, said in lines if said)


def run(name: str, test: Test, exercise: Any, seed: int = 0) -> Outcome:
    """Run a test on an exercise.

    Args:
        name: of the test.
        test: a function of ``exercise`` and, if it wants it, ``rng``: a generator of NumPy's.
        exercise: the module, or what has its names as attributes.
        seed: of that generator, together with the name.
    """
    fixtures = {"exercise": exercise, "rng": generator(name, seed)}
    try:
        with np.errstate(all="ignore"):
            test(**{each: fixtures[each] for each in inspect.signature(test).parameters})
    except Todo as todo:
        return Outcome(name, "open", words=str(todo))
    except Wrong as wrong:
        place = place_of(wrong.error) if wrong.error else ""
        return Outcome(
            name, "wrong", wrong.asked, wrong.yours, wrong.right, place=place, trace=_trace(wrong.error or wrong)
        )
    except Exception as error:
        return Outcome(name, "broken", words=f"{type(error).__name__}: {error}", trace=_trace(error))
    return Outcome(name, "passed")


def generator(name: str, seed: int) -> np.random.Generator:
    """The random numbers of a test: the same at each run, others for each seed and each test."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners give, from a file in ``wrong/``.

    Attributes:
        path: of the file.
        hole: that it fills, by name.
        means: what the failure says.
        text: the function.
    """

    path: Path
    hole: str
    means: str
    text: str


def mistakes(chapter: Chapter) -> list[Mistake]:
    """The known wrong answers of a chapter.

    Each is a file whose first two lines are ``# hole: NAME`` and ``# says: WORDS``, and which defines the functions
    that are wrong, as they would stand in ``exercise.py``.
    """
    found = []
    for path in sorted((chapter.folder / "wrong").glob("*.py")):
        text = path.read_text("utf-8")
        head = dict(line.removeprefix("# ").split(": ", 1) for line in text.splitlines()[:2])
        found.append(Mistake(path, head["hole"], head["says"], text))
    return found


def meaning(chapter: Chapter, engine: str, outcome: Outcome, seed: int = 0) -> str:
    """What a wrong answer usually means: the words of the first known mistake that gives the same one.

    A mistake that fails in an earlier test of the hole cannot be the learner's, whose answer has passed that.

    Args:
        chapter: of the test.
        engine: what the exercise builds on, of the solution.
        outcome: of the learner's.
        seed: of the numbers.
    """
    every = checks(chapter)
    for mistake in mistakes(chapter):
        prefix = chapter.hole(mistake.hole).prefix
        if outcome.test.startswith(prefix):
            tests = {name: test for name, test in every.items() if name.startswith(prefix)}
            exercise = made(chapter, mistake, engine)
            answer = run(outcome.test, tests[outcome.test], exercise, seed)
            earlier = takewhile(lambda name: name != outcome.test, tests)
            if (
                answer.state == "wrong"
                and _answer(answer) == _answer(outcome)
                and all(run(name, tests[name], exercise, seed).state == "passed" for name in earlier)
            ):
                return mistake.means
    returned = outcome.yours == "None" and re.match(r"[\w.]+\(", outcome.asked)
    return "did you forget `return`?" if returned else ""


def _answer(outcome: Outcome) -> tuple[str, str]:
    """What was asked and answered; of an error without its line, which no two learners write alike."""
    return outcome.asked, outcome.yours.removesuffix(outcome.place)


def made(chapter: Chapter, mistake: Mistake, engine: str) -> ModuleType:
    """The solution with a mistake in it."""
    names = functions(mistake.text).keys() & functions(chapter.solution).keys()
    return loaded(chapter, grafted(chapter.solution, mistake.text, names), engine, mistake.path)
