"""Chapter 7: broadcast and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mine.engine import FORWARD, RULES


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """``g`` summed over all that broadcasting had repeated, so that it has ``shape`` again."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    repeated = tuple(axis for axis, n in enumerate(shape) if n == 1 and g.shape[axis] != 1)
    return g.sum(axis=repeated, keepdims=True)


def fitted(rule: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A rule whose contributions have the shapes of their operands, however these were broadcast."""

    def fit(g: Any, out: Any, *operands: Any, **params: Any) -> list[Any]:
        contributions = rule(g, out, *operands, **params)
        return [unbroadcast(c, x.shape) for c, x in zip(contributions, operands, strict=True)]

    return fit


def sum_rule(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """What the operand of ``out = x.sum(axis, keepdims=keepdims)`` receives: ``g``, repeated to its shape."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return [np.broadcast_to(g, x.shape)]


FORWARD |= {"sum": np.sum, "divide": np.divide}


def divide_rule(g: Any, out: Any, x: Any, y: Any) -> list[Any]:
    """What the operands of ``out = x / y`` receive."""
    return [g / y, -g * out / y]


RULES |= {"sum": sum_rule, "divide": divide_rule}
RULES |= {op: fitted(RULES[op]) for op in ("add", "subtract", "multiply", "divide")}
