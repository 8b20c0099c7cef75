"""Chapter 5: one walk, many walks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from mine.engine import Tape, leaf


class Parameter:
    """An array that is trained: its value, and the gradient that walks have brought since the last ``zero_grad``."""

    def __init__(self, value: Any, name: str = "") -> None:
        self.value = np.asarray(value, "float64")
        self.name = name
        self.grad: Any = None


def enter(tape: Tape, parameter: Parameter) -> int:
    """The id of the parameter's present value on the tape: one leaf, however often it enters."""
    for i, known in tape.parameters.items():
        if known is parameter and tape.values[i] is parameter.value:
            return i
    i = leaf(tape, parameter.value, parameter.name)
    tape.parameters[i] = parameter
    return i


def accumulate(cotangents: dict[int, Any], i: int, contribution: Any) -> None:
    """Add a contribution to the cotangent of id ``i``; no array that anyone holds is changed."""
    cotangents[i] = cotangents[i] + contribution if i in cotangents else contribution


def collect(tape: Tape, cotangents: dict[int, Any]) -> None:
    """Add to each parameter's ``grad`` what a walk has found for it; no array that anyone holds is changed."""
    for i, parameter in tape.parameters.items():
        if i in cotangents:
            parameter.grad = cotangents[i] if parameter.grad is None else parameter.grad + cotangents[i]


def zero_grad(parameters: Iterable[Parameter]) -> None:
    """Forget what walks have brought: each ``grad`` is ``None`` again."""
    for parameter in parameters:
        parameter.grad = None
