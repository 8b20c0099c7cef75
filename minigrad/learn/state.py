"""What is remembered of a learner: one JSON file in the learner's folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .. import __version__
from ..errors import MinigradError
from ..storage.atomic import write_whole
from ..tutorials.sources import functions, source_of

NAME = ".minigrad-learn.json"
_IDLE = 600.0  # seconds between two checks beyond which the learner was away


class LearnError(MinigradError):
    """Something that a learner or a lecturer can put right."""


def digest(content: str | bytes) -> str:
    """What tells a text or a file from others."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:16]


@dataclass
class State:
    """What is remembered. All keys are text, as JSON wants it.

    Attributes:
        version: of minigrad, when the folder was made or last updated.
        seed: of the numbers in the checks.
        solutions: whether the runner may show them.
        only: the numbers of the chapters that are to be worked through; all, if there are none.
        current: the chapter that is open.
        passed: of each chapter the holes that passed, each with a digest of the function that did.
        hints: of each chapter how many hints of each hole were taken.
        predictions: of each chapter what the learner expected.
        seconds: that were spent on each chapter.
        shipped: of each file that was copied a digest.
        engine: a digest of ``mine/engine.py``, as it was written last.
        touched: when the last check was, in seconds since 1970.
    """

    version: str = __version__
    seed: int = 0
    solutions: bool = True
    only: list[int] = field(default_factory=list)
    current: int = 1
    passed: dict[str, dict[str, str]] = field(default_factory=dict)
    hints: dict[str, dict[str, int]] = field(default_factory=dict)
    predictions: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    shipped: dict[str, str] = field(default_factory=dict)
    engine: str = ""
    touched: float = 0.0

    @classmethod
    def read(cls, path: Path) -> State:
        """The state in a file.

        Raises:
            LearnError: the file is damaged.
        """
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (ValueError, TypeError) as wrong:
            raise LearnError(
                f"{path} is damaged ({wrong}): delete it, and `minigrad learn init .` makes it anew"
            ) from None

    def write(self, path: Path) -> None:
        """Write it, whole or not at all."""
        write_whole(path, (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode())

    def holes_passed(self, chapter: int, text: str) -> set[str]:
        """The holes of a chapter that passed, as they now stand in its exercise.

        Args:
            chapter: its number.
            text: of the exercise; a hole that was changed since it passed does not count.
        """
        known = self.passed.get(str(chapter), {})
        try:
            there = functions(text)
        except SyntaxError:
            return set()
        return {name for name, mark in known.items() if name in there and digest(source_of(text, name)) == mark}

    def note_passed(self, chapter: int, text: str, names: list[str]) -> None:
        """Remember which holes of an exercise passed."""
        self.passed[str(chapter)] = {name: digest(source_of(text, name)) for name in names}

    def spend(self, chapter: int, now: float) -> None:
        """Count the time since the last check, unless it was long ago."""
        passed = now - self.touched
        if 0 < passed < _IDLE:
            self.seconds[str(chapter)] = self.seconds.get(str(chapter), 0.0) + passed
        self.touched = now
