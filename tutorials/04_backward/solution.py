"""Chapter 4: walk it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mine.engine import Tape


def add_rule(g: Any, out: Any, x: Any, y: Any) -> list[Any]:
    """What the operands of ``out = x + y`` receive when ``out`` has the cotangent ``g``."""
    return [g, g]


def subtract_rule(g: Any, out: Any, x: Any, y: Any) -> list[Any]:
    """What the operands of ``out = x - y`` receive when ``out`` has the cotangent ``g``."""
    return [g, -g]


def multiply_rule(g: Any, out: Any, x: Any, y: Any) -> list[Any]:
    """What the operands of ``out = x * y`` receive when ``out`` has the cotangent ``g``.

    Returns:
        a list with the contribution to ``x`` and the one to ``y``. They are made with ``+``, ``-`` and ``*`` alone.
    """
    return [g * y, g * x]


def tanh_rule(g: Any, out: Any, x: Any) -> list[Any]:
    """What the operand of ``out = tanh(x)`` receives when ``out`` has the cotangent ``g``.

    Returns:
        a list with the contribution to ``x``. It is made of ``g`` and ``out``, with ``+``, ``-`` and ``*`` alone.
    """
    return [g * (1 - out * out)]


RULES: dict[str, Callable[..., list[Any]]] = {
    "add": add_rule,
    "subtract": subtract_rule,
    "multiply": multiply_rule,
    "tanh": tanh_rule,
}


def accumulate(cotangents: dict[int, Any], i: int, contribution: Any) -> None:
    """Add a contribution to the cotangent of id ``i``, which may not have received any yet.

    Args:
        cotangents: by id, of those ids that have received something; it is changed.
        i: an id.
        contribution: a number or an array.
    """
    cotangents[i] = cotangents[i] + contribution if i in cotangents else contribution


def backward(tape: Tape, *targets: int) -> dict[int, Any]:
    """The cotangents, by id, of all that the sum of the targets depends on, and of nothing else.

    Args:
        tape: it stays as it is. The rule of a record's ``op`` is called with its ``params`` as keyword arguments.
        targets: ids. Each of them begins with a contribution of ones, in the shape of its value, and one that stands
            there twice with two of them.

    Returns:
        a dict with the targets, what they were computed from, and the results on the way.
    """
    cotangents: dict[int, Any] = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [tape.values[i] for i in inputs]
        contributions = RULES[op](cotangents[out], tape.values[out], *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents
