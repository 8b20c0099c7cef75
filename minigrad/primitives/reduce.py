"""Reductions over axes: ``axis`` is ``None`` for all, an integer, or a tuple of integers."""

from __future__ import annotations

import math
from typing import Any

from ..engine.primitive import Primitive, primitive
from .choices import where
from .comparisons import equal, not_equal
from .diagonals import diagonal
from .leading import over_axes
from .shape import broadcast_to, reshape
from .values import axis_on, behind, constant

__all__ = [
    "sum",
    "mean",
    "max",
    "amax",
    "min",
    "amin",
    "argmax",
    "argmin",
    "any",
    "all",
    "trace",
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
    return xp.sum(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


sum.defvjp(lambda g, shape, axis: spread(g, shape, axis))


@primitive
def mean(xp, x, *, axis=None, keepdims=False):
    """The mean over ``axis``, or over all elements."""
    return xp.mean(x, axis=axis, keepdims=keepdims)


def per_element(g: Any, count: float) -> Any:
    """``g / count``; a count may be too large for float16, its inverse is not too small."""
    return g * (1 / count) if g.dtype == "float16" and count else g / count


mean.defvjp(lambda g, shape, axis: spread(per_element(g, count_reduced(shape, axis)), shape, axis))


@primitive
def max(xp, x, *, axis=None, keepdims=False):
    """The largest element; NaN if there is one. Ties share the cotangent evenly."""
    return xp.max(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


@primitive
def min(xp, x, *, axis=None, keepdims=False):
    """The smallest element; NaN if there is one. Ties share the cotangent evenly."""
    return xp.min(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


def _shared(g: Any, x: Any, out: Any, shape: tuple[int, ...], axis: Any) -> Any:
    x, out = constant(x), unreduce(constant(out), shape, axis)  # what is chosen has no derivative
    chosen = where(not_equal(out, out), not_equal(x, x), equal(x, out))
    share = 1 / sum(chosen, axis=axis, keepdims=True)  # in float64, as float16 could not hold a large count
    return unreduce(g, shape, axis) * (chosen.astype(g.dtype) * share.astype(g.dtype))


max.defvjp(lambda g, x, out, shape, axis: _shared(g, x, out, shape, axis))
min.defvjp(lambda g, x, out, shape, axis: _shared(g, x, out, shape, axis))
amax, amin = max, min


# -- without a derivative ----------------------------------------------------------------------


@primitive
def argmax(xp, x, *, axis=None, keepdims=False):
    """The index of the largest element along one axis, or in the flattened array; the first among ties."""
    return xp.argmax(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


argmax.defvjp(None)


@primitive
def argmin(xp, x, *, axis=None, keepdims=False):
    """The index of the smallest element along one axis, or in the flattened array; the first among ties."""
    return xp.argmin(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


argmin.defvjp(None)


@primitive
def any(xp, x, *, axis=None, keepdims=False):
    """Whether an element over ``axis`` is nonzero."""
    return xp.any(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


any.defvjp(None)


@primitive
def all(xp, x, *, axis=None, keepdims=False):
    """Whether all elements over ``axis`` are nonzero."""
    return xp.all(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


all.defvjp(None)
for _over in (sum, mean, max, min, any, all):
    _over.defbatch(over_axes(_over))
for _place in (argmax, argmin):
    _place.defbatch(lambda batched, x, axis, keepdims, place=_place: _place_batch(place, x, axis, keepdims))


def _place_batch(primitive: Primitive, x: Any, axis: Any, keepdims: bool) -> Any:
    """Over one axis, or over all, which are made one."""
    size, *own = x.shape
    if axis is not None and own:
        return primitive(x, axis=behind(axis, len(own)), keepdims=keepdims)
    found = primitive(reshape(x, shape=(size, math.prod(own))), axis=1)
    return reshape(found, shape=(size, *(1 for _ in own))) if keepdims else found


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal over two axes; see ``diagonal``."""
    return sum(diagonal(x, offset=offset, axis1=axis1, axis2=axis2), axis=-1)
