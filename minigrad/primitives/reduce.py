"""Primitives that reduce over axes."""

from __future__ import annotations

from typing import Any

from ..primitive import primitive
from .elementwise import equal, exp, not_equal, where
from .shape import broadcast_to, reshape

__all__ = [
    "sum",
    "mean",
    "max",
    "min",
    "logsumexp",
]


def kept_shape(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """``shape`` with size 1 at the reduced axes, as ``keepdims=True`` leaves it."""
    if axis is None or not shape:
        return (1,) * len(shape)
    axes = {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(1 if k in axes else size for k, size in enumerate(shape))


def unreduce(reduced: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """A reduced array with its axes put back as size 1, so that it broadcasts against ``shape``."""
    return reshape(reduced, shape=kept_shape(shape, axis))


def spread(g: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """A reduced array repeated over the axes that were reduced: the adjoint of ``sum``."""
    return broadcast_to(unreduce(g, shape, axis), shape=shape)


def count_reduced(shape: tuple[int, ...], axis: Any) -> int:
    """How many elements each result of a reduction comes from."""
    count = 1
    for size, kept in zip(shape, kept_shape(shape, axis), strict=True):
        count *= size if kept == 1 else 1
    return count


@primitive
def sum(xp, x, *, axis=None, keepdims=False):
    """The sum over ``axis``, or over all elements."""
    return xp.sum(x, axis=axis, keepdims=keepdims)


sum.defvjp(lambda g, shape, axis: spread(g, shape, axis))


@primitive
def mean(xp, x, *, axis=None, keepdims=False):
    """The mean over ``axis``, or over all elements."""
    return xp.mean(x, axis=axis, keepdims=keepdims)


mean.defvjp(lambda g, shape, axis: spread(g / count_reduced(shape, axis), shape, axis))


@primitive
def max(xp, x, *, axis=None, keepdims=False):
    """The largest element; NaN if there is one. Ties share the cotangent evenly."""
    return xp.max(x, axis=axis, keepdims=keepdims)


@primitive
def min(xp, x, *, axis=None, keepdims=False):
    """The smallest element; NaN if there is one. Ties share the cotangent evenly."""
    return xp.min(x, axis=axis, keepdims=keepdims)


def _shared(g: Any, x: Any, out: Any, shape: tuple[int, ...], axis: Any) -> Any:
    out = unreduce(out, shape, axis)
    chosen = where(not_equal(out, out), not_equal(x, x), equal(x, out)).astype(g.dtype)
    return unreduce(g, shape, axis) * (chosen / sum(chosen, axis=axis, keepdims=True))


max.defvjp(lambda g, x, out, shape, axis: _shared(g, x, out, shape, axis))
min.defvjp(lambda g, x, out, shape, axis: _shared(g, x, out, shape, axis))


@primitive
def logsumexp(xp, x, *, axis=None, keepdims=False):
    """``log(sum(exp(x)))`` without overflow. Over nothing but -inf it is -inf, with gradient 0."""
    top = xp.max(x, axis=axis, keepdims=True)
    top = xp.where(xp.isfinite(top), top, 0)
    total = xp.sum(xp.exp(x - top), axis=axis, keepdims=True)
    out = xp.log(xp.where(total == 0, 1, total)) + top
    out = xp.where(total == 0, -xp.inf, out)
    return out if keepdims else xp.squeeze(out, axis=axis if axis is not None else tuple(range(xp.ndim(x))))


logsumexp.defvjp(lambda g, x, out, shape, axis: unreduce(g, shape, axis) * exp(x - _finite(unreduce(out, shape, axis))))


def _finite(out: Any) -> Any:
    return where(equal(out, -float("inf")), 0, out)
