"""Chapter 7: broadcast and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mine.engine import FORWARD, RULES, rule_error


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """What an operand of that shape receives, where ``g`` is the cotangent of the operand as it was broadcast.

    The result has ``shape``, and in each place the sum of all of ``g`` that this place was repeated to. It is made with
    ``g.shape``, ``g.ndim`` and ``g.sum(axis=..., keepdims=...)`` alone: in chapter 17 ``g`` is no array but an object
    of your own, which has only these.
    """
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(axis for axis, n in enumerate(shape) if n == 1), keepdims=True)


def fitted(rule: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A rule whose contributions have the shapes of their operands, however these were broadcast."""

    def fit(g: Any, out: Any, *operands: Any, **params: Any) -> list[Any]:
        contributions = rule(g, out, *operands, **params)
        return [unbroadcast(c, x.shape) for c, x in zip(contributions, operands, strict=True)]

    return fit


def sum_rule(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """What the operand of ``out = np.sum(x, axis=axis, keepdims=keepdims)`` receives: a list with one array.

    The array has the shape of ``x``. It may be made with any function of NumPy's.

    Args:
        axis: a number, several in a tuple, or ``None`` for all axes.
        keepdims: whether ``out`` and ``g`` have the axes that were summed over, with length 1.
    """
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return [np.broadcast_to(g, x.shape)]


def divide_rule(g: Any, out: Any, x: Any, y: Any) -> list[Any]:
    """What the operands of ``out = x / y`` receive."""
    return [g / y, -g * out / y]


FORWARD |= {"sum": np.sum, "divide": np.divide}
RULES |= {"sum": sum_rule, "divide": divide_rule}
RULES |= {op: fitted(RULES[op]) for op in ("add", "subtract", "multiply", "divide")}


def broadcast_error(op: str, one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """``rule_error`` of an operation whose operands have these shapes."""
    x, y = (1.5 + np.cos(n + np.arange(np.prod(shape))).reshape(shape) for n, shape in enumerate((one, other)))
    return rule_error(op, x, y)
