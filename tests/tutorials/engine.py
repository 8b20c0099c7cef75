"""A small engine as a learner of the course writes one, with the mistakes that learners make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Record(NamedTuple):
    """An operation."""

    op: str
    inputs: tuple[int, ...]
    out: int
    step: int
    params: dict[str, Any]


FORWARD: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "multiply": np.multiply,
    "matmul": np.matmul,
    "tanh": np.tanh,
    "square": np.square,
    "sum": np.sum,
}
RULES: dict[str, Callable[..., list[Any]]] = {
    "add": lambda g, out, x, y: [g, g],
    "multiply": lambda g, out, x, y: [g * y, g * x],
    "matmul": lambda g, out, x, y: [g @ y.T, x.T @ g],
    "tanh": lambda g, out, x: [g * (1 - out**2)],
    "square": lambda g, out, x: [2 * g * x],
    "sum": lambda g, out, x, axis=None: [np.broadcast_to(g if axis is None else np.expand_dims(g, axis), x.shape)],
}


class Tape:
    """Records and values, by id."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.values: dict[int, Any] = {}
        self.names: dict[int, str] = {}
        self.step = 0

    def leaf(self, value: Any, name: str = "") -> int:
        i = len(self.values)
        self.values[i] = np.asarray(value, "float64")
        self.names |= {i: name} if name else {}
        return i

    def apply(self, op: str, *inputs: int, **params: Any) -> int:
        out = len(self.values)
        self.values[out] = FORWARD[op](*(self.values[i] for i in inputs), **params)
        self.records.append(Record(op, inputs, out, self.step, params))
        return out

    def mark(self) -> None:
        self.step += 1


def backward(tape: Tape, *targets: int, overwrite: bool = False, rules: Any = ()) -> dict[int, Any]:
    """The cotangents by id; ``overwrite`` and other ``rules`` make mistakes."""
    cotangents: dict[int, Any] = {}

    def accumulate(i: int, contribution: Any) -> None:
        cotangents[i] = contribution if overwrite or i not in cotangents else cotangents[i] + contribution

    for target in targets:
        accumulate(target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out in cotangents:
            values = [tape.values[i] for i in inputs]
            found = {**RULES, **dict(rules)}[op](cotangents[out], tape.values[out], *values, **params)
            for i, contribution in zip(inputs, found, strict=True):
                accumulate(i, contribution)
    return cotangents
