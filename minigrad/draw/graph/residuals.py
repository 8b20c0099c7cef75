"""Residuals that a walk freed, found again from the values that an inspected tape keeps."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

import numpy as np

from ...engine.backend import Array, module_of
from ...engine.record import Record
from ...engine.tape import Tape
from ...errors import ArgumentError

_FREED = object()  # in place of an operand that nobody kept


def with_residuals(tape: Tape, records: Iterable[Record]) -> list[Record]:
    """The records with what their rules need; the tape stays as it is.

    Raises:
        ArgumentError: a walk freed what a rule needs, and the tape does not keep it.
    """
    return [record if record.residuals is not None else _refilled(tape, record) for record in records]


def _refilled(tape: Tape, record: Record) -> Record:
    saves, params = record.plan.saves, list(record.params.values())
    beside: tuple[Any, ...] = ()
    if any(kind == "aux" for kind, _ in saves):
        beside = _beside(tape, record)
    found: list[Any] = []
    for kind, which in saves:
        if kind == "operand":
            found.append(_operand(tape, record, which))
        elif kind == "out":
            found.append(tape.values.get(record.out, _FREED))
        elif kind == "shape":
            found.append(record.in_shapes[which])
        elif kind == "shapes":
            found.append(record.in_shapes)
        elif kind == "param" and which < len(params):
            found.append(params[which])
        elif kind == "aux" and which < len(beside):
            found.append(beside[which])
        else:
            found.append(_FREED)
    if any(each is _FREED for each in found):
        raise ArgumentError(
            f"a walk freed what the derivative of {record.op} (%{record.out}, step {record.step}) needs, and the tape "
            "keeps it nowhere else; pass retain=True to that walk, or measure the gradient by lag with "
            "mg.bptt.measure_lags and draw that"
        )
    again = copy(record)
    again.residuals = tuple(found)
    return again


def _operand(tape: Tape, record: Record, place: int) -> Any:
    """The value that an operand had; of a constant, that of a Python number."""
    i = record.inputs[place]
    if i is not None:
        return tape.values.get(i, _FREED)
    return tape.constants.get((record.out, place), _FREED) if record.in_shapes[place] is None else _FREED


def _beside(tape: Tape, record: Record) -> tuple[Any, ...]:
    """The auxiliary results of a primitive, computed once more; nothing unless its result comes out the same."""
    operands = [_operand(tape, record, place) for place in range(len(record.inputs))]
    before: Array | None = tape.values.get(record.out)
    if before is None or any(each is _FREED for each in operands):
        return ()
    primitive = record.plan.primitive
    out, *beside = primitive.parts(primitive.forward(module_of(before), *operands, **record.params))
    same = np.shape(out) == before.shape and bool(np.array_equal(np.asarray(out), np.asarray(before), equal_nan=True))
    return tuple(beside) if same else ()
