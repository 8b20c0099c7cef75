"""The solution of exercise 2."""

from __future__ import annotations

import math
from typing import NamedTuple

FORWARD = {
    "add": lambda x, y: x + y,
    "multiply": lambda x, y: x * y,
    "tanh": math.tanh,
}


class Record(NamedTuple):
    """One operation: plain data."""

    op: str
    inputs: tuple[int, ...]
    out: int


class Tape:
    """The values, by id, and the records of the operations that computed them."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.records: list[Record] = []

    def leaf(self, value: float) -> int:
        """Put a value on the tape that no operation computed, and return its id."""
        self.values.append(value)
        return len(self.values) - 1


def record(tape: Tape, op: str, *inputs: int) -> int:
    """Apply the operation to the values with the ids ``inputs``, append a record, return the result's id."""
    out = tape.leaf(FORWARD[op](*[tape.values[i] for i in inputs]))
    tape.records.append(Record(op, inputs, out))
    return out


def contributions(op: str, g: float, inputs: list[float], out: float) -> list[float]:
    """What each operand of one operation receives: its *values* are ``inputs``, the result's value is ``out``."""
    if op == "add":
        return [g, g]
    if op == "multiply":
        x, y = inputs
        return [g * y, g * x]
    return [g * (1 - out**2)]


def accumulate(cotangents: dict[int, float], i: int, contribution: float) -> None:
    """Add a contribution to the cotangent of id ``i``, which may not have received any yet."""
    cotangents[i] = cotangents.get(i, 0.0) + contribution


def backward(tape: Tape, target: int) -> dict[int, float]:
    """The cotangents of everything that ``target`` depends on, by id."""
    cotangents = {target: 1.0}
    for op, inputs, out in reversed(tape.records):
        g = cotangents.get(out)
        if g is None:
            continue
        values = [tape.values[i] for i in inputs]
        for i, contribution in zip(inputs, contributions(op, g, values, tape.values[out]), strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents
