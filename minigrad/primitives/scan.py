"""Products of all elements, and running sums and products along an axis.

The usual rules divide a product by its factors, which fails at a factor of 0. Here the product of the
other factors is computed by multiplications alone, in a number of operations that grows with the
logarithm of the count, so every order of derivative is right at zeros.
"""

from __future__ import annotations

import math
from typing import Any

from .. import errors
from ..engine.primitive import primitive
from .joining import stack
from .leading import over_axes
from .padding import pad
from .reduce import unreduce
from .shape import flip, ravel, reshape, swapaxes, transpose
from .values import axes_of, axis_on, module_behind, one_axis, shape_of

__all__ = [
    "prod",
    "cumsum",
    "cumprod",
    "cumulative_sum",
    "cumulative_prod",
]


@primitive
def prod(xp, x, *, axis=None, keepdims=False):
    """The product over ``axis``, or over all elements."""
    return xp.prod(x, axis=axis_on(xp, x, axis), keepdims=keepdims)


prod.defvjp(lambda g, x, shape, axis: unreduce(g, shape, axis) * _others(x, axis))
prod.defbatch(over_axes(prod))


def _others(x: Any, axis: Any) -> Any:
    """For each element, the product of the other ones over ``axis``."""
    if x.ndim == 0:
        return module_behind(x).ones((), x.dtype)
    axes = axes_of(axis, x.ndim)
    order = (*(k for k in range(x.ndim) if k not in axes), *axes)
    moved = transpose(x, axes=order)
    kept = moved.shape[: x.ndim - len(axes)]
    rows = reshape(moved, shape=(*kept, math.prod(moved.shape[len(kept) :])))
    others = reshape(others_in_rows(rows), shape=moved.shape)
    return transpose(others, axes=tuple(order.index(k) for k in range(x.ndim)))


def others_in_rows(x: Any) -> Any:
    """The same over the last axis: from the others of the products of pairs."""
    count = x.shape[-1]
    if count <= 1:
        return module_behind(x).ones(x.shape, x.dtype)
    if count % 2:
        return others_in_rows(_shifted(x, 0, 1))[..., :count]
    left, right = x[..., 0::2], x[..., 1::2]
    outside = others_in_rows(left * right)
    return reshape(stack([outside * right, outside * left], axis=-1), shape=x.shape)


def _shifted(x: Any, before: int, after: int, value: float = 1) -> Any:
    """``x`` with ``value`` before and behind it along the last axis."""
    return pad(x, [(0, 0)] * (x.ndim - 1) + [(before, after)], constant_values=value)


@primitive(name="cumsum", public=False)
def _cumsum(xp, x, *, axis):
    """The sums of the elements up to each one along ``axis``."""
    return xp.cumsum(x, axis=axis)


_cumsum.defvjp(lambda g, axis: flip(_cumsum(flip(g, axis=axis), axis=axis), axis=axis))
_cumsum.defbatch(over_axes(_cumsum))


def cumsum(x: Any, axis: int | None = None) -> Any:
    """The sums of the elements up to each one along ``axis``, or in the flattened array."""
    return _cumsum(*_row(x, axis))


@primitive(name="cumprod", public=False)
def _cumprod(xp, x, *, axis):
    """The products of the elements up to each one along ``axis``."""
    return xp.cumprod(x, axis=axis)


def _cumprod_rule(g: Any, x: Any, axis: int) -> Any:
    """Left of j times s_j, the sum over i ≥ j of g_i and the factors between: s_j = g_j + x_{j+1} s_{j+1}.

    The recurrence is a scan of the pairs (factor, sum), whose reach doubles in each round.
    """
    count = x.shape[axis]
    x, total = swapaxes(x, axis1=axis, axis2=-1), swapaxes(g, axis1=axis, axis2=-1)
    factor = _shifted(x[..., 1:], 0, 1, 0) if count else x
    reach = 1
    while reach < count:
        total = total + factor * _shifted(total[..., reach:], 0, reach, 0)
        factor = factor * _shifted(factor[..., reach:], 0, reach, 0)
        reach *= 2
    left = _cumprod(_shifted(x[..., :-1], 1, 0), axis=-1) if count else x
    return swapaxes(left * total, axis1=axis, axis2=-1)


_cumprod.defvjp(lambda g, x, axis: _cumprod_rule(g, x, axis))
_cumprod.defbatch(over_axes(_cumprod))


def cumprod(x: Any, axis: int | None = None) -> Any:
    """The products of the elements up to each one along ``axis``, or in the flattened array."""
    return _cumprod(*_row(x, axis))


def _row(x: Any, axis: int | None) -> tuple[Any, int]:
    """What is scanned, and along which axis: without one, and of a single number, a vector."""
    if axis is None:
        return ravel(x), 0
    return (x, axis) if shape_of(x) else (ravel(x), one_axis(axis, 1))


def cumulative_sum(x: Any, axis: int | None = None, include_initial: bool = False) -> Any:
    """``cumsum``, of a vector if no axis is given, and with a 0 before it if ``include_initial``."""
    return _begun(cumsum(x, _only_axis(x, axis)), axis, 0 if include_initial else None)


def cumulative_prod(x: Any, axis: int | None = None, include_initial: bool = False) -> Any:
    """``cumprod``, of a vector if no axis is given, and with a 1 before it if ``include_initial``."""
    return _begun(cumprod(x, _only_axis(x, axis)), axis, 1 if include_initial else None)


def _only_axis(x: Any, axis: int | None) -> int:
    ndim = len(shape_of(x))
    if axis is None and ndim != 1:
        raise errors.AxisError(f"an array of {ndim} dimensions needs an axis")
    return axis or 0


def _begun(x: Any, axis: int | None, initial: float | None) -> Any:
    if initial is None:
        return x
    widths = [(0, 0)] * x.ndim
    widths[axis or 0] = (1, 0)
    return pad(x, widths, constant_values=initial)
