"""Primitives that move elements without changing them."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from ..cotangent import unbroadcast
from ..primitive import primitive

__all__ = [
    "reshape",
    "transpose",
    "swapaxes",
    "broadcast_to",
    "expand_dims",
    "squeeze",
    "concatenate",
    "stack",
]


@primitive
def reshape(xp, x, *, shape):
    """``x`` in another shape; one size may be -1."""
    return xp.reshape(x, shape)


reshape.defvjp(lambda g, shape: reshape(g, shape=shape))


@primitive
def transpose(xp, x, *, axes=None):
    """``x`` with its axes permuted, or reversed by default."""
    return xp.transpose(x, axes)


transpose.defvjp(lambda g, axes: transpose(g, axes=_inverse(axes)))


def _inverse(axes: Sequence[int] | None) -> tuple[int, ...] | None:
    if axes is None:
        return None
    count = len(axes)
    return tuple(sorted(range(count), key=lambda k: axes[k] % count))


@primitive
def swapaxes(xp, x, *, axis1, axis2):
    """``x`` with two axes exchanged."""
    return xp.swapaxes(x, axis1, axis2)


swapaxes.defvjp(lambda g, axis1, axis2: swapaxes(g, axis1=axis1, axis2=axis2))


@primitive
def broadcast_to(xp, x, *, shape):
    """``x`` repeated along new axes and axes of size 1."""
    return xp.broadcast_to(x, shape)


broadcast_to.defvjp(lambda g, shape: unbroadcast(g, shape))


@primitive
def expand_dims(xp, x, *, axis):
    """``x`` with axes of size 1 inserted at ``axis``."""
    return xp.expand_dims(x, axis)


expand_dims.defvjp(lambda g, shape: reshape(g, shape=shape))


@primitive
def squeeze(xp, x, *, axis=None):
    """``x`` without the axes of size 1 at ``axis``, or without any of them."""
    return xp.squeeze(x, axis)


squeeze.defvjp(lambda g, shape: reshape(g, shape=shape))


@primitive(name="concatenate", public=False)
def _concatenate(xp, *arrays, axis):
    return xp.concatenate(arrays, axis=axis)


_concatenate.defvjp(lambda g, argnum, shapes, axis: _part(g, argnum, shapes, axis))


def _part(g: Any, argnum: int, shapes: tuple[Any, ...], axis: int) -> Any:
    """The slice of ``g`` that operand ``argnum`` of a concatenation filled."""
    ndim = len(shapes[argnum])
    sizes = [shape[axis] for shape in shapes]
    start = builtins.sum(sizes[:argnum])
    index = [slice(None)] * ndim
    index[axis] = slice(start, start + sizes[argnum])
    return g[tuple(index)]


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Tensors or arrays joined along an existing axis, or flattened and joined with ``axis=None``."""
    if axis is None:
        arrays, axis = [reshape(array, shape=(-1,)) for array in arrays], 0
    return _concatenate(*arrays, axis=axis)


@primitive(name="stack", public=False)
def _stack(xp, *arrays, axis):
    return xp.stack(arrays, axis=axis)


_stack.defvjp(lambda g, argnum, axis: g[(slice(None),) * (axis % g.ndim) + (argnum,)])


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Tensors or arrays of one shape joined along a new axis."""
    return _stack(*arrays, axis=axis)
