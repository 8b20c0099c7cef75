"""The limits of what an exercise may take, and of what it may print."""

from __future__ import annotations

import _thread
import faulthandler
import io
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..tutorials.asking import last_line

SECONDS = 10.0  # for the checks of a hole
PICTURE = 60.0  # for a picture, for which a network may be trained
GRACE = 5.0  # seconds more, after which the process is ended
MEMORY = 1 << 30  # bytes
LINES = 200  # printed
_CHARACTERS = 20_000  # printed


class LateError(Exception):
    """The time is over."""


class AbortedError(Exception):
    """The exercise raised ``KeyboardInterrupt``, though there was time left."""


@contextmanager
def limited(seconds: float, last_words: int = 2) -> Iterator[None]:
    """Interrupt what takes longer than ``seconds``; if that has not helped after ``GRACE``, end the process.

    Args:
        seconds: that it may take.
        last_words: where it is written which lines were running when the process was ended, a file descriptor.

    Raises:
        LateError: it did; the message names the line of the exercise that was running.
        AbortedError: it raised ``KeyboardInterrupt``.
    """
    late = threading.Event()

    def interrupt() -> None:
        late.set()
        _thread.interrupt_main()

    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=last_words)
    try:
        yield
    except KeyboardInterrupt as interruption:
        line = last_line(interruption, "exercise.py")
        where = f" It was in line {line.lineno}: {line.line}" if line else ""
        if late.is_set():
            raise LateError(f"It takes more than {seconds:g} s: does a loop never end?{where}") from None
        raise AbortedError(f"the exercise raises KeyboardInterrupt.{where}") from None
    finally:
        timer.cancel()
        faulthandler.cancel_dump_traceback_later()


def limit_memory() -> None:
    """Refuse this process more than ``MEMORY`` bytes beyond what it has taken already; only Linux can."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Capped(io.TextIOBase):
    """What an exercise prints: the first lines of it."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self._lines = LINES
        self._characters = _CHARACTERS

    def write(self, text: str) -> int:
        """Keep the text, as long as there is room."""
        if self._lines > 0 and self._characters > 0:
            kept = "".join(text.splitlines(keepends=True)[: self._lines])[: self._characters]
            self.kept.append(kept)
            self._lines -= text.count("\n")
            self._characters -= len(text)
            if self._lines <= 0 or self._characters <= 0:
                self.kept.append("\n… (more was printed)\n")
        return len(text)

    @property
    def text(self) -> str:
        """What was kept."""
        return "".join(self.kept)
