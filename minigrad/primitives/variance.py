"""Deviations from the mean: the variance and its square root."""

from __future__ import annotations

import builtins
import math
from typing import Any

from ..engine.primitive import primitive
from .choices import zero
from .leading import over_axes
from .length import direction, length, widened
from .reduce import count_reduced, per_element, unreduce
from .values import number

__all__ = [
    "var",
    "std",
]


@primitive(public=False)
def deviation(xp, x, *, axis=None):
    """``x`` less its mean over ``axis``: exactly 0 where all elements are equal, and of float16 in float16."""
    return _deviation(xp, x, axis).astype(x.dtype)


def _deviation(xp: Any, x: Any, axis: Any) -> Any:
    x = widened(x)
    if not x.size:
        return x
    ends = [end(x, axis=axis, keepdims=True) for end in (xp.min, xp.max)]
    return x - xp.clip(xp.mean(x, axis=axis, keepdims=True), *ends)  # a mean of equal numbers may be rounded


deviation.defvjp(lambda g, axis: deviation(g, axis=axis))


@primitive
def var(xp, x, *, axis=None, ddof=0, keepdims=False):
    """The variance over ``axis``, or over all elements: squared deviations over ``count - ddof``.

    Raises:
        TypeError: ``ddof`` is no number.
    """
    return xp.var(widened(x), axis=axis, ddof=number("var: ddof", ddof), keepdims=keepdims).astype(x.dtype)


def _freedom(shape: tuple[int, ...], axis: Any, ddof: float) -> float:
    return builtins.max(count_reduced(shape, axis) - ddof, 0)


def _var_rule(g: Any, x: Any, shape: tuple[int, ...], axis: Any, ddof: float) -> Any:
    return unreduce(per_element(g, _freedom(shape, axis, ddof)), shape, axis) * (2 * deviation(x, axis=axis))


var.defvjp(lambda g, x, shape, axis, ddof: _var_rule(g, x, shape, axis, ddof))


@primitive
def std(xp, x, *, axis=None, ddof=0, keepdims=False):
    """The square root of ``var``, without squares that leave the range.

    Where all elements are equal, the derivative is 0, and those of higher order, which do not exist, are infinite or
    NaN; PyTorch's are 0.
    """
    away = _deviation(xp, x, axis)
    return length(xp, away, 2, axis, keepdims, over=_freedom(x.shape, axis, ddof)).astype(x.dtype)


def _std_rule(g: Any, x: Any, shape: tuple[int, ...], axis: Any, ddof: float) -> Any:
    freedom = _freedom(shape, axis, ddof)
    if count_reduced(shape, axis) == 1 and freedom:
        return zero(x)
    return unreduce(per_element(g, math.sqrt(freedom)), shape, axis) * direction(deviation(x, axis=axis), axis=axis)


std.defvjp(lambda g, x, shape, axis, ddof: _std_rule(g, x, shape, axis, ddof))
for _over in (deviation, var, std):
    _over.defbatch(over_axes(_over))
