"""Watchers: one protocol for whoever looks on while tapes record, are walked and are cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from .context import active_tape

if TYPE_CHECKING:
    from .plan import Rules
    from .record import Record, Scope
    from .tape import Tape
    from .tensor import Tensor


class Watcher:
    """Somebody who looks on; each method is called at its moment, and does nothing unless it is overridden."""

    def entering(self, tape: Tape) -> None:
        """A tape is about to become active."""

    def cutting(self, tape: Tape) -> None:
        """A tape is about to drop records."""

    def admitted(self, tape: Tape, i: int, tensor: Tensor) -> None:
        """A tensor without a record has the id ``i`` on a tape now."""

    def recorded(self, tape: Tape, record: Record, out: Any) -> None:
        """A record was appended, whose result is ``out``."""

    def taken(self, tape: Tape, record: Record, operands: Sequence[Any]) -> None:
        """The record that was just appended has constants among its operands, which are these."""

    def scoped(self, tape: Tape, scope: Scope) -> None:
        """A scope has ended."""

    def walking(self, tape: Tape, seeds: Mapping[int, Any], sources: Iterable[int]) -> Watcher:
        """A reverse walk begins with these cotangents, by id, and looks for those of the sources.

        Returns who looks on at this walk.
        """
        return self

    def arrived(self, tape: Tape, i: int, g: Any) -> Any:
        """The cotangent of ``i`` is complete: an array, or a tensor if the walk is recorded; returns what goes on."""
        return g

    def ruling(self, tape: Tape, record: Record, rules: Rules, g: Any, dependent: set[int]) -> None:
        """These rules of a record are about to be run for the operands among the ``dependent`` ids."""

    def refused(self, tape: Tape) -> None:
        """The walk ended with an error, as if it had not been: no gradient comes of it."""

    def clipped(self, clip: Any) -> None:
        """Gradients that a walk over this watcher's tape computed were clipped, see ``watchers.clipping``."""


everywhere: list[Watcher] = []  # those that look at every tape
of_loops: dict[int, Watcher] = {}  # those of a loop's body, by the key of the loop's tape
_here: ContextVar[tuple[Watcher, ...]] = ContextVar("here", default=())  # those of a block


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Let a watcher look at the tapes of this block, in place of one of its kind."""
    tape = active_tape.get()
    token = _here.set((*(each for each in _here.get() if type(each) is not type(watcher)), watcher))
    if tape is not None:
        tape._look_around()
    try:
        yield
    finally:
        _here.reset(token)
        if tape is not None:
            tape._look_around()


def here() -> tuple[Watcher, ...]:
    """Those that look at any tape here and now."""
    return (*everywhere, *_here.get())
