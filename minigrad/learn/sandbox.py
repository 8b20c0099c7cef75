"""Exercises in processes of their own, one of which is always warm."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from ..tutorials.checking import Outcome
from ..tutorials.course import Chapter, Course
from .limits import GRACE, PICTURE, SECONDS
from .proving import Claim
from .state import LearnError

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_ENDED = "Python ended in the middle: does the exercise end it, or take all memory?"
_HUNG = "It takes too long, and cannot be interrupted: does a loop never end?"
_STOPPED = "the check was ended before it was done"
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
        self._busy: subprocess.Popen[str] | None = None
        self._stopped: subprocess.Popen[str] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process that waits, and the one that another thread waits for; no other is started any more."""
        self.stop()
        with self._lock:
            self._closed = True
            if self._spare is not None:
                self._spare.kill()
                self._spare.communicate()
                self._spare = None

    def stop(self) -> None:
        """End the request that another thread waits for, if there is one."""
        with self._lock:
            if self._busy is not None:
                self._busy.kill()  # what waits for it gathers it
                self._stopped = self._busy

    def warm(self) -> None:
        """Start the process of the next request, so that it is ready then."""
        with self._lock:
            if not self._closed and (self._spare is None or self._spare.poll() is not None):
                self._spare = subprocess.Popen(
                    [sys.executable, "-m", "minigrad.learn.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                    env={**os.environ, **dict.fromkeys(_THREADS, "1"), "PYTHONIOENCODING": "utf-8"},
                )

    def _taken(self) -> subprocess.Popen[str]:
        """The process that is warm, for one request.

        Raises:
            LearnError: the sandbox was closed.
        """
        self.warm()
        with self._lock:
            self._busy, self._spare = self._spare, None
            if self._busy is None:
                raise LearnError(_STOPPED)
            return self._busy

    def check(self, exercise: Exercise, holes: Sequence[str], seed: int = 0) -> Checked:
        """Check holes in order, up to the first that does not pass.

        Args:
            exercise: the learner's.
            holes: by name.
            seed: of the numbers in the checks.
        """
        return self._judged("check", exercise, holes, seed)

    def grade(self, exercise: Exercise, holes: Sequence[str], seed: int = 0) -> Checked:
        """Check each hole for itself, with all else of the solution; arguments as of ``check``."""
        return self._judged("grade", exercise, holes, seed)

    def _judged(self, kind: str, exercise: Exercise, holes: Sequence[str], seed: int) -> Checked:
        """What the checks of some holes say; where one of them ends Python, each is asked for alone."""
        settings = {"holes": list(holes), "seed": seed}
        reply, why = self._ask(kind, exercise, settings, self.seconds * (len(holes) + 1))
        if reply is not None:
            return Checked({each.pop("hole"): Outcome(**each) for each in reply["holes"]}, reply["printed"])
        if len(holes) == 1:
            return Checked({holes[0]: Outcome("", "broken", words=why)}, "")
        outcomes: dict[str, Outcome] = {}
        printed = ""
        for name in holes:
            alone = self._judged(kind, exercise, [name], seed)
            outcomes |= alone.outcomes
            printed += alone.printed
            if kind == "check" and not alone.passed:
                break
        return Checked(outcomes, printed)

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
        """The answer of the process that is warm, or why there is none.

        Raises:
            LearnError: the request was stopped meanwhile; that says nothing about the exercise.
        """
        process = self._taken()
        try:
            reply, _ = process.communicate(json.dumps(request) + "\n", timeout=seconds + GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, _HUNG
        except BrokenPipeError:
            process.communicate()
            reply = ""
        if process is self._stopped:
            raise LearnError(_STOPPED)
        try:
            return json.loads(reply), ""
        except ValueError:
            return None, _hung(reply) if reply.startswith("Timeout") else _ENDED


def _hung(words: str) -> str:
    """What is said of a process that did not heed its limit of time.

    Args:
        words: its last ones, which name the lines that were running.
    """
    found = re.search(r'exercise\.py", line (\d+)', words)
    return f"{_HUNG} It was in line {found[1]}." if found else _HUNG
