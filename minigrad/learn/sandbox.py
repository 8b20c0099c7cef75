"""Exercises in processes of their own, one of which is always warm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from ..tutorials.checking import Outcome
from ..tutorials.course import Chapter, Course
from .limits import GRACE, PICTURE, SECONDS
from .proving import Claim

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_ENDED = "Python ended in the middle: does the exercise end it, or take all memory?"
_HUNG = "It takes too long, and cannot be interrupted: does a loop never end?"
_PROOF = 300.0  # seconds for all claims


class Exercise(NamedTuple):
    """What is run.

    Attributes:
        chapter: of the exercise.
        text: of it.
        path: that its errors name.
        engine: the text of what it builds on.
    """

    chapter: Chapter
    text: str
    path: Path
    engine: str


class Checked(NamedTuple):
    """What the checks said.

    Attributes:
        outcomes: by the name of the hole, in order.
        printed: what the exercise printed.
    """

    outcomes: dict[str, Outcome]
    printed: str

    @property
    def passed(self) -> list[str]:
        """The holes that passed."""
        return [name for name, outcome in self.outcomes.items() if outcome.state == "passed"]


class Sandbox:
    """Processes, each of which runs one exercise.

    Args:
        course: that the exercises are of.
        seconds: that the checks of a hole may take.
    """

    def __init__(self, course: Course, seconds: float = SECONDS) -> None:
        self.course = course
        self.seconds = seconds
        self._spare: subprocess.Popen[str] | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process that waits."""
        if self._spare is not None:
            self._spare.kill()
            self._spare.communicate()
            self._spare = None

    def warm(self) -> None:
        """Start the process of the next request, so that it is ready then."""
        if self._spare is None or self._spare.poll() is not None:
            self._spare = subprocess.Popen(
                [sys.executable, "-m", "minigrad.learn.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                env={**os.environ, **dict.fromkeys(_THREADS, "1"), "PYTHONIOENCODING": "utf-8"},
            )

    def check(self, exercise: Exercise, holes: Sequence[str], seed: int = 0) -> Checked:
        """Check holes in order, up to the first that does not pass.

        Args:
            exercise: the learner's.
            holes: by name.
            seed: of the numbers in the checks.
        """
        reply, why = self._ask("check", exercise, {"holes": list(holes), "seed": seed}, self.seconds * (len(holes) + 1))
        if reply is None:
            return Checked({holes[0]: Outcome("", "broken", words=why)}, "")
        return Checked({each.pop("hole"): Outcome(**each) for each in reply["holes"]}, reply["printed"])

    def grade(self, exercise: Exercise, holes: Sequence[str], seed: int = 0) -> Checked:
        """Check each hole for itself, with all else of the solution; arguments as of ``check``."""
        reply, why = self._ask("grade", exercise, {"holes": list(holes), "seed": seed}, self.seconds * (len(holes) + 1))
        if reply is not None:
            return Checked({each.pop("hole"): Outcome(**each) for each in reply["holes"]}, reply["printed"])
        if len(holes) == 1:
            return Checked({holes[0]: Outcome("", "broken", words=why)}, "")
        alone = [self.grade(exercise, [name], seed) for name in holes]
        return Checked(
            {name: outcome for each in alone for name, outcome in each.outcomes.items()},
            "".join(each.printed for each in alone),
        )

    def picture(self, exercise: Exercise) -> tuple[str | None, str]:
        """The chapter's picture of an exercise as SVG, or ``None`` and why there is none."""
        reply, why = self._ask("picture", exercise, {"seconds": PICTURE}, PICTURE)
        return (None, why) if reply is None else (reply["picture"], reply["why"])

    def prove(self, engine: str, path: Path) -> list[Claim]:
        """What is true of an engine; a claim that it did, if it ended Python."""
        reply, why = self._asked(
            {"kind": "prove", "course": str(self.course.path), "engine": engine, "engine_path": str(path)}, _PROOF
        )
        return [Claim("the engine can be run", False, why)] if reply is None else [Claim(**c) for c in reply["claims"]]

    def _ask(
        self, kind: str, exercise: Exercise, settings: dict[str, Any], seconds: float
    ) -> tuple[dict[str, Any] | None, str]:
        request = {
            "kind": kind,
            "seconds": self.seconds,
            "course": str(self.course.path),
            "chapter": exercise.chapter.number,
            "text": exercise.text,
            "path": str(exercise.path),
            "engine": exercise.engine,
            "engine_path": str(exercise.path.parent.parent / "mine" / "engine.py"),
            **settings,
        }
        return self._asked(request, seconds)

    def _asked(self, request: dict[str, Any], seconds: float) -> tuple[dict[str, Any] | None, str]:
        """The answer of the process that is warm, or why there is none."""
        self.warm()
        assert self._spare is not None
        process, self._spare = self._spare, None
        try:
            reply, _ = process.communicate(json.dumps(request) + "\n", timeout=seconds + GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, _HUNG
        except BrokenPipeError:
            return None, _ENDED
        try:
            return json.loads(reply), ""
        except ValueError:
            return None, _ENDED
