"""The tape that a script used last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from ..engine.tape import Tape
from ..engine.watch import Watcher, everywhere


class Watch(Watcher):
    """Remembers the last tape that was entered, the one before it that holds something, and what a cut took.

    A loop that reads its stream to the end cuts after its last window, and leaves an empty tape behind: then the
    tape is drawn as it was before that cut.
    """

    def __init__(self, inspected: bool) -> None:
        self._inspected = inspected
        self._newest: Tape | None = None
        self._filled: Tape | None = None
        self._before: tuple[Tape, Tape] | None = None

    def entering(self, tape: Tape) -> None:
        if self._inspected and not tape.records and not tape.cuts:
            tape.inspect = True
        if tape is not self._newest:
            self._filled = self.tape()
            self._newest = tape

    def cutting(self, tape: Tape) -> None:
        if tape.records and not tape.inspect:  # one that inspects keeps everything itself
            self._before = (tape, copy(tape))

    def whole(self, tape: Tape) -> Tape:
        """A tape, or what it was before a cut left nothing of it."""
        if not tape.records and not tape.history and self._before is not None and self._before[0] is tape:
            return self._before[1]
        return tape

    def tape(self) -> Tape | None:
        """The tape to draw, or ``None`` if nothing was recorded."""
        newest = None if self._newest is None else self.whole(self._newest)
        return newest if newest is not None and (newest.records or newest.history) else self._filled

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See every tape that is entered or cut inside this block."""
        everywhere.append(self)
        try:
            yield
        finally:
            everywhere.remove(self)
