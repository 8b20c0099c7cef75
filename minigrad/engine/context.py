"""The active tape: where operations are recorded. Each thread, and each context, has its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from .. import errors

if TYPE_CHECKING:
    from .tape import Tape

active_tape: ContextVar[Tape | None] = ContextVar("active_tape", default=None)
recording = active_tape.get  # what every operation asks first
paused: ContextVar[bool] = ContextVar("paused", default=False)  # whether no tape is active because it was asked for


@contextmanager
def activated(tape: Tape | None) -> Iterator[None]:
    """Record on ``tape``, or with ``None`` nowhere, inside this block."""
    token, before = active_tape.set(tape), paused.set(tape is None)
    try:
        yield
    finally:
        active_tape.reset(token)
        paused.reset(before)


def current_tape() -> Tape:
    """The active tape.

    Raises:
        TapeError: none is active.
    """
    tape = active_tape.get()
    if tape is None:
        raise errors.TapeError("no tape is active: compute inside `with mg.Tape() as tape:`")
    return tape
