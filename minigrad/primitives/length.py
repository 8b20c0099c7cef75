"""The length of vectors and their direction. Nothing is squared that could leave the range.

The derivative of a length is the direction, and 0 at a vector of zeros; that of a direction divides by the length, so
that at a vector of zeros, where there is none, it is infinite or NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.primitive import primitive
from .arithmetic import nonzero
from .choices import abs, sign
from .leading import over_axes
from .radius import ratio
from .reduce import sum, unreduce

__all__: list[str] = []


def widened(x: Any) -> Any:
    """``x``, of float16 as float32, in which sums of many of its squares have room."""
    return x.astype("float32") if x.dtype == "float16" else x


def length(xp: Any, x: Any, ord: float, axis: Any, keepdims: bool, over: float = 1) -> Any:
    """``(sum(abs(x) ** ord) / over) ** (1 / ord)`` over ``axis`` of an array."""
    if not x.size:
        return xp.sum(x, axis=axis, keepdims=keepdims)
    y, exponent = _scaled(xp, x, axis, least=ord < 0)
    total = xp.sum(y * y if ord == 2 else xp.abs(y) ** ord, axis=axis, keepdims=True) / over
    found = xp.ldexp(xp.sqrt(total) if ord == 2 else total ** (1 / ord), exponent).astype(x.dtype)
    return found if keepdims else xp.sum(found, axis=axis)


def _scaled(xp: Any, x: Any, axis: Any, least: bool = False) -> tuple[Any, Any]:
    """``x`` over a power of two near the largest (or the least) absolute value over ``axis``, and its exponent."""
    x = widened(x)
    size = (xp.min if least else xp.max)(xp.abs(x), axis=axis, keepdims=True)
    exponent = xp.maximum(xp.frexp(size)[1], np.finfo(x.dtype).minexp)
    return x * xp.ldexp(xp.ones_like(size), -exponent), exponent


@primitive(name="norm", public=False)
def norm(xp, x, *, ord, axis, keepdims):
    """The vector norm ``sum(abs(x) ** ord) ** (1 / ord)`` over ``axis``."""
    if ord == 1:
        return xp.sum(xp.abs(x), axis=axis, keepdims=keepdims)
    return length(xp, x, ord, axis, keepdims)


def _norm_rule(g: Any, x: Any, out: Any, shape: tuple[int, ...], axis: Any, ord: float) -> Any:
    g = unreduce(g, shape, axis)
    if ord == 1:
        return g * sign(x)
    if ord == 2:
        return g * direction(x, axis=axis)
    size, out = abs(x), unreduce(out, shape, axis)
    if ord > 1:
        return g * (sign(x) * ratio(size, out) ** (ord - 1))
    return g * (ratio(x, size) * (out / nonzero(size)) ** (1 - ord))


norm.defvjp(lambda g, x, out, shape, axis, ord: _norm_rule(g, x, out, shape, axis, ord))
norm.defbatch(over_axes(norm))


@primitive(public=False)
def direction(xp, x, *, axis=None):
    """``x`` over its length; at a vector of zeros it is 0, and its derivatives are infinite or NaN."""
    if not x.size:
        return x
    y, _ = _scaled(xp, x, axis)
    size = xp.sqrt(xp.sum(y * y, axis=axis, keepdims=True))
    return (y / xp.where(size == 0, 1, size)).astype(x.dtype)


def _across(g: Any, x: Any, out: Any, axis: Any) -> Any:
    return (g - out * sum(g * out, axis=axis, keepdims=True)) / norm(x, ord=2, axis=axis, keepdims=True)


direction.defvjp(lambda g, x, out, axis: _across(g, x, out, axis))
direction.defbatch(over_axes(direction))
