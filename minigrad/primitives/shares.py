"""Logarithms of sums of exponentials, and the shares of the terms in such a sum, by which they are differentiated.

A share follows from differences of the operands, ``exp(x - y)``, never from the result: of large operands that is
rounded, and what it lost would be missing in the share.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.primitive import primitive
from .activations import sigmoid
from .leading import over_axes
from .reduce import kept_shape, sum, unreduce
from .values import axis_on

__all__ = [
    "logaddexp",
    "logaddexp2",
    "logsumexp",
    "softmax",
    "log_softmax",
]


@primitive(elementwise=True)
def logaddexp(xp, x, y):
    """``log(exp(x) + exp(y))`` without overflow.

    Equal operands have half of the gradient each, also where both are inf. Of -inf and -inf it is -inf, with
    gradient 0.
    """
    return xp.logaddexp(x, y)


@primitive(elementwise=True)
def logaddexp2(xp, x, y):
    """``log2(2 ** x + 2 ** y)`` without overflow.

    Equal operands have half of the gradient each, also where both are inf. Of -inf and -inf it is -inf, with
    gradient 0.
    """
    return xp.logaddexp2(x, y)


@primitive(elementwise=True, public=False)
def gap(xp, x, y):
    """``x - y``, in which inf - inf is 0, and -inf - -inf is -inf: neither of two such terms has a share."""
    equal = x == y
    with np.errstate(over="ignore"):
        return xp.where(equal & (x > -math.inf), 0, x) - xp.where(equal, 0, y)


gap.defvjp(lambda g: g, lambda g: -g)
logaddexp.defvjp(lambda g, x, y: g * sigmoid(gap(x, y)), lambda g, x, y: g * sigmoid(gap(y, x)))
logaddexp2.defvjp(
    lambda g, x, y: g * sigmoid(gap(x, y) * math.log(2)), lambda g, x, y: g * sigmoid(gap(y, x) * math.log(2))
)


# -- over axes -------------------------------------------------------------------------------------


def _top(xp, x, axis):
    """The largest element over ``axis`` with the axis kept; of nothing, -inf."""
    x = xp.asarray(x)
    if x.size:
        return xp.max(x, axis=axis_on(xp, x, axis), keepdims=True)
    return xp.full(kept_shape(x.shape, axis), -math.inf, x.dtype)


def total_of(xp, e, axis):
    """The sum over ``axis``, which is kept; of float16 in float32, in which many terms have room."""
    axis = axis_on(xp, e, axis)
    if e.dtype == "float16":
        return e.sum(axis=axis, keepdims=True, dtype="float32")
    return e.sum(axis=axis, keepdims=True)


def _exponentials(xp, x, axis):
    """``exp(x - top)`` and their sum; over nothing but -inf they are 0, and the sum is 1."""
    top = _top(xp, x, axis)
    e = xp.exp(x - xp.where(top == -math.inf, 0, top))
    total = total_of(xp, e, axis)
    return e, xp.where(total == 0, 1, total)


@primitive
def logsumexp(xp, x, *, axis=None, keepdims=False):
    """``log(sum(exp(x)))`` without overflow. Over nothing, or nothing but -inf, it is -inf, with gradient 0.

    Where an element is inf, the gradient is NaN.
    """
    top = _top(xp, x, axis)
    top = xp.where(xp.isfinite(top), top, 0)
    e = xp.exp(x - top)
    total = total_of(xp, e, axis)
    out = xp.log(xp.where(total == 0, 1, total)) + top
    out = xp.where(total == 0, -math.inf, out).astype(e.dtype)
    return out if keepdims or not out.ndim else xp.squeeze(out, axis=tuple(range(out.ndim)) if axis is None else axis)


@primitive(public=False)
def shares(xp, x, *, axis=None):
    """``softmax`` over any axes; 0 over nothing but -inf."""
    e, total = _exponentials(xp, x, axis)
    return (e / total).astype(e.dtype, copy=False)


@primitive
def softmax(xp, x, *, axis=-1):
    """``exp(x) / sum(exp(x))`` over ``axis``, computed without overflow; over nothing but -inf, NaN."""
    e = xp.exp(x - _top(xp, x, axis))
    return (e / total_of(xp, e, axis)).astype(e.dtype, copy=False)


@primitive
def log_softmax(xp, x, *, axis=-1):
    """``x - logsumexp(x)`` over ``axis``, computed without overflow."""
    shifted = x - _top(xp, x, axis)
    if not shifted.size:
        return shifted
    return (shifted - xp.log(total_of(xp, xp.exp(shifted), axis))).astype(shifted.dtype, copy=False)


def _share_rule(g: Any, out: Any, axis: Any) -> Any:
    """``out * (g - mean)`` with the mean of ``g`` by shares.

    Near a share of 1 the difference cancels to a rounding; that its own mean is 0 gives back what was lost.
    """
    g = g - sum(g * out, axis=axis, keepdims=True)
    return out * (g - sum(g * out, axis=axis, keepdims=True))


def _log_share_rule(g: Any, x: Any, axis: Any) -> Any:
    """``g - share * sum(g)``, whose sum is 0; see ``_share_rule``."""
    share = softmax(x, axis=axis)
    g = g - share * sum(g, axis=axis, keepdims=True)
    return g - share * sum(g, axis=axis, keepdims=True)


logsumexp.defvjp(lambda g, x, shape, axis: unreduce(g, shape, axis) * shares(x, axis=axis))
shares.defvjp(_share_rule)
softmax.defvjp(_share_rule)
log_softmax.defvjp(_log_share_rule)
for _over in (logsumexp, shares, softmax, log_softmax):
    _over.defbatch(over_axes(_over))
