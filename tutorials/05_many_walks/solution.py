"""Chapter 5: one walk, many walks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from mine.engine import Tape, backward, leaf, record


class Parameter:
    """An array that is trained: its value, and the gradient that walks have brought since the last ``zero_grad``."""

    def __init__(self, value: Any, name: str = "") -> None:
        self.value = np.asarray(value, "float64")
        self.name = name
        self.grad: Any = None


def enter(tape: Tape, parameter: Parameter) -> int:
    """The id of the parameter's present value on the tape: one leaf, however often it enters.

    The leaf has the parameter's name, and ``tape.parameters`` (a dict) has the parameter under the leaf's id. A
    parameter whose numbers are others than its leaf's gets another leaf; the old one stays. If the value was replaced
    by an equal array, either is right.
    """
    for i, known in tape.parameters.items():
        if known is parameter and np.array_equal(tape.values[i], parameter.value):
            return i
    i = leaf(tape, parameter.value, parameter.name)
    tape.parameters[i] = parameter
    return i


def accumulate(cotangents: dict[int, Any], i: int, contribution: Any) -> None:
    """Add a contribution, a number or an array, to the cotangent of id ``i``, which may not have received any yet.

    Neither the contribution nor an array that is in ``cotangents`` already is changed: a sum is a new array.
    """
    cotangents[i] = cotangents[i] + contribution if i in cotangents else contribution


def collect(tape: Tape, cotangents: dict[int, Any]) -> None:
    """Add to the ``grad`` of each parameter on the tape what a walk has found for it.

    A parameter that the walk did not reach keeps the ``grad`` that it has, ``None`` if it has none. No array that was
    there before is changed.
    """
    for i, parameter in tape.parameters.items():
        if i in cotangents:
            parameter.grad = cotangents[i] if parameter.grad is None else parameter.grad + cotangents[i]


def zero_grad(parameters: Iterable[Parameter]) -> None:
    """Forget what walks have brought: each ``grad`` is ``None`` again."""
    for parameter in parameters:
        parameter.grad = None


def example(tape: Tape, w: Parameter, x: Any) -> int:
    """The id of ``tanh(w x) w`` on the tape: the parameter enters twice."""
    h = record(tape, "tanh", record(tape, "multiply", enter(tape, w), leaf(tape, x, "x")))
    return record(tape, "multiply", h, enter(tape, w))


def learn_from(tape: Tape, *targets: int) -> None:
    """One walk from the sum of the targets, collected."""
    collect(tape, backward(tape, *targets))
