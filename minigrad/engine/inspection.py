"""Inspection: what ``Tape(inspect=True)`` keeps, so that a drawing can show numbers and both sides of a cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .paranoid import lock
from .record import Walked
from .watch import Watcher

if TYPE_CHECKING:
    from .record import Record, Scope
    from .tape import Tape
    from .tensor import Tensor


class Inspection(Watcher):
    """Keeps the value of every id, constants that are numbers, the scopes, and the walks."""

    def admitted(self, tape: Tape, i: int, tensor: Tensor) -> None:
        tape.values[i] = tensor._value
        lock((tensor._value,))

    def recorded(self, tape: Tape, record: Record, out: Any) -> None:
        tape.values[record.out] = out
        lock((out, *(record.residuals or ())))

    def scoped(self, tape: Tape, scope: Scope) -> None:
        tape.scopes.append(scope)

    def taken(self, tape: Tape, record: Record, operands: Sequence[Any]) -> None:
        for position, (i, value) in enumerate(zip(record.inputs, operands, strict=True)):
            if i is None and getattr(value, "size", 1) == 1:
                tape.constants[record.out, position] = float(value.item() if hasattr(value, "item") else value)

    def walking(self, tape: Tape, seeds: Mapping[int, Any], sources: Iterable[int]) -> Watcher:
        border = tape.records[0].out if tape.records else tape._next_id
        began = {i: getattr(g, "_value", g) for i, g in seeds.items()}
        walked = Walked(tape.cuts, tape._next_id, border, began, frozenset(sources), kept_by_record(tape), {})
        tape.walks.append(walked)
        return _Arrivals(walked)


class _Arrivals(Watcher):
    """Keeps the cotangents of one walk, and what they replace."""

    def __init__(self, walked: Walked) -> None:
        self._walked = walked
        self._before: dict[int, Any] = {}

    def arrived(self, tape: Tape, i: int, g: Any) -> Any:
        array = getattr(g, "_value", g)
        self._walked.cotangents[i] = array
        if array is g:
            self._before.setdefault(i, tape.cotangents.get(i))
            tape.cotangents[i] = array
        return g

    def refused(self, tape: Tape) -> None:
        tape.walks[:] = [walked for walked in tape.walks if walked is not self._walked]
        for i, array in self._before.items():
            if array is None:
                del tape.cotangents[i]
            else:
                tape.cotangents[i] = array


def kept_by_record(tape: Tape) -> dict[int, int]:
    """The bytes that each record of a tape keeps alive, by its id, where it keeps any."""
    return {record.out: size for record, size in zip(tape.records, tape.kept_bytes(), strict=True) if size}


INSPECTION = Inspection()
