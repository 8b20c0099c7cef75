"""Exercise 2: a tape of your own. README.md explains, hints.md helps; fill the holes in order."""

from __future__ import annotations

import math
from typing import NamedTuple

from minigrad.tutorials import Todo

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
    raise Todo("hole 1: compute the value, append it and its record")


def contributions(op: str, g: float, inputs: list[float], out: float) -> list[float]:
    """What each operand of one operation receives: its *values* are ``inputs``, the result's value is ``out``."""
    raise Todo("hole 2: the rules of add, multiply and tanh")


def accumulate(cotangents: dict[int, float], i: int, contribution: float) -> None:
    """Add a contribution to the cotangent of id ``i``, which may not have received any yet."""
    raise Todo("hole 3: add, do not overwrite")


def backward(tape: Tape, target: int) -> dict[int, float]:
    """The cotangents of everything that ``target`` depends on, by id."""
    raise Todo("hole 4: walk over the records in reverse")
