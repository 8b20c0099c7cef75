"""Where records of a recorded walk come from, and hence to which time step of the network they belong."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .record import Record
    from .tape import Tape

_out_of = attrgetter("out")


def time_of(self: Tape, record: Record) -> int:
    """The step that a record belongs to in the time of the network.

    Of what a recorded walk computed that is the step of the record that it comes from, not the step at which the walk
    ran. Where a cut has dropped that record, it is the record's own step.
    """
    origin = _record(self, record.origin)
    return record.step if origin is None else time_of(self, origin)


def time_now(tape: Tape) -> int:
    """The step to which what is being recorded belongs in the time of the network."""
    origin = _record(tape, tape._origin)
    return tape.step if origin is None else time_of(tape, origin)


def _record(tape: Tape, number: int) -> Record | None:
    """The record of that id, or ``None`` where the tape has none."""
    if number < 0:
        return None
    index = bisect_left(tape.records, number, key=_out_of)
    found = tape.records[index] if index < len(tape.records) else None
    return found if found is not None and found.out == number else None
