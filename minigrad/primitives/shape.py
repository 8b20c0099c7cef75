"""Primitives that move, repeat or drop elements without changing them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from .. import errors
from ..cotangent import unbroadcast
from ..primitive import primitive
from .values import one_axis, several_axes, shape_of

__all__ = [
    "reshape",
    "ravel",
    "transpose",
    "swapaxes",
    "moveaxis",
    "broadcast_to",
    "expand_dims",
    "squeeze",
    "flip",
    "roll",
    "pad",
    "tile",
    "repeat",
    "concatenate",
    "stack",
    "hstack",
    "vstack",
    "split",
    "diagonal",
    "diag",
    "tril",
    "triu",
]


@primitive
def reshape(xp, x, *, shape):
    """``x`` in another shape; one size may be -1."""
    return xp.reshape(x, shape)


reshape.defvjp(lambda g, shape: reshape(g, shape=shape))


def ravel(x: Any) -> Any:
    """``x`` as a vector."""
    return reshape(x, shape=(-1,))


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


def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """``x`` with axes moved from the places ``source`` to ``destination`` (integers, or equally many each)."""
    ndim = len(shape_of(x))
    from_, to = several_axes(source, ndim), several_axes(destination, ndim)
    if len(from_) != len(to):
        raise errors.ShapeError(
            f"moveaxis: source={source!r} and destination={destination!r} differ in number (at {errors.user_line()})"
        )
    order = [k for k in range(ndim) if k not in from_]
    for place, axis in sorted(zip(to, from_, strict=True)):
        order.insert(place, axis)
    return transpose(x, axes=tuple(order))


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


@primitive
def flip(xp, x, *, axis=None):
    """``x`` in reverse order along ``axis`` (``None``: all, an integer, or several)."""
    return xp.flip(x, axis)


flip.defvjp(lambda g, axis: flip(g, axis=axis))


@primitive
def roll(xp, x, *, shift, axis=None):
    """``x`` with elements moved on by ``shift`` places along ``axis``, and around; flattened for ``None``."""
    return xp.roll(x, shift, axis)


roll.defvjp(lambda g, shift, axis: roll(g, shift=_back(shift), axis=axis))


def _back(shift: Any) -> Any:
    return tuple(-each for each in shift) if isinstance(shift, tuple) else -shift


@primitive(name="pad", public=False)
def _pad(xp, x, *, widths, value):
    """``x`` with a constant added on its sides."""
    shape = [before + size + after for size, (before, after) in zip(x.shape, widths, strict=True)]
    padded = xp.full(shape, value, x.dtype)
    padded[_inside(x.shape, widths)] = x
    return padded


_pad.defvjp(lambda g, shape, widths: g[_inside(shape, widths)])


def _inside(shape: tuple[int, ...], widths: Any) -> tuple[slice, ...]:
    return tuple(slice(before, before + size) for size, (before, _) in zip(shape, widths, strict=True))


def pad(x: Any, pad_width: Any, *, constant_values: float = 0) -> Any:
    """``x`` with a constant added on its sides.

    Args:
        x: (n, ...).
        pad_width: how many elements: an integer, (before, after), or a pair for each axis.
        constant_values: a number.

    Raises:
        ShapeError: the widths do not fit, or one is negative.
    """
    ndim = len(shape_of(x))
    widths: Any = (pad_width, pad_width) if isinstance(pad_width, int) else pad_width
    pairs = [tuple(each) for each in ([widths] * ndim if isinstance(widths[0], int) else widths)]
    if len(pairs) != ndim or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise errors.ShapeError(
            f"pad: pad_width={pad_width!r} does not fit an array of {ndim} dimensions; give an integer, a pair "
            f"(before, after), or a pair for each axis, from 0 on (at {errors.user_line()})"
        )
    return _pad(x, widths=tuple(pairs), value=constant_values)


@primitive
def tile(xp, x, *, reps):
    """``x`` repeated as a whole, ``reps`` times along each axis (an integer, or one for each of the last axes)."""
    return xp.tile(x, reps)


tile.defvjp(lambda g, shape, reps: _tile_rule(g, shape, reps))


def _tile_rule(g: Any, shape: tuple[int, ...], reps: Any) -> Any:
    reps = reps if isinstance(reps, tuple) else (reps,)
    ndim = max(len(reps), len(shape))
    reps = (1,) * (ndim - len(reps)) + reps
    sizes = (1,) * (ndim - len(shape)) + shape
    blocks = reshape(g, shape=tuple(size for pair in zip(reps, sizes, strict=True) for size in pair))
    return reshape(blocks.sum(axis=tuple(range(0, 2 * ndim, 2))), shape=shape)


@primitive(name="repeat", public=False)
def _repeat(xp, x, *, count, axis):
    """Each element of ``x`` repeated ``count`` times in a row along ``axis``."""
    return xp.repeat(x, count, axis)


_repeat.defvjp(lambda g, shape, count, axis: _repeat_rule(g, shape, count, axis % len(shape)))


def _repeat_rule(g: Any, shape: tuple[int, ...], count: int, axis: int) -> Any:
    return reshape(g, shape=(*shape[: axis + 1], count, *shape[axis + 1 :])).sum(axis=axis + 1)


def repeat(x: Any, repeats: int, axis: int | None = None) -> Any:
    """Each element of ``x`` repeated ``repeats`` times in a row along ``axis``; flattened for ``None``."""
    count = operator.index(repeats)
    return _repeat(ravel(x), count=count, axis=0) if axis is None else _repeat(x, count=count, axis=axis)


@primitive(name="concatenate", public=False)
def _concatenate(xp, *arrays, axis):
    """The operands joined along an axis that they have."""
    return xp.concatenate(arrays, axis=axis)


_concatenate.defvjp(lambda g, argnum, shapes, axis: _part(g, argnum, shapes, axis))


def _part(g: Any, argnum: int, shapes: tuple[Any, ...], axis: int) -> Any:
    """The slice of ``g`` that operand ``argnum`` of a concatenation filled."""
    ndim = len(shapes[argnum])
    sizes = [shape[axis] for shape in shapes]
    start = sum(sizes[:argnum])
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
    """The operands joined along a new axis."""
    return xp.stack(arrays, axis=axis)


_stack.defvjp(lambda g, argnum, axis: g[(slice(None),) * (axis % g.ndim) + (argnum,)])


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Tensors or arrays of one shape joined along a new axis."""
    return _stack(*arrays, axis=axis)


def hstack(arrays: Sequence[Any]) -> Any:
    """Tensors or arrays joined along their second axis, or the first if they are vectors."""
    wide = [reshape(array, shape=(1,)) if not shape_of(array) else array for array in arrays]
    return concatenate(wide, axis=0 if wide and len(shape_of(wide[0])) == 1 else 1)


def vstack(arrays: Sequence[Any]) -> Any:
    """Tensors or arrays joined along their first axis; vectors are rows."""
    return concatenate([reshape(a, shape=(1, -1)) if len(shape_of(a)) < 2 else a for a in arrays], axis=0)


def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """``x`` in consecutive parts along ``axis``.

    Args:
        x: a tensor or an array.
        indices_or_sections: the number of equal parts, or the indices at which parts begin.
        axis: the axis to divide.

    Raises:
        ShapeError: the axis does not divide into equal parts.
    """
    shape = shape_of(x)
    axis = one_axis(axis, len(shape))
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if count < 1 or shape[axis] % count:
            raise errors.ShapeError(
                f"split: {shape[axis]} elements do not divide into {count} equal parts (at {errors.user_line()})"
            )
        borders = [k * (shape[axis] // count) for k in range(1, count)]
    else:
        borders = [operator.index(border) for border in indices_or_sections]
    before = (slice(None),) * axis
    return [x[(*before, slice(*ends))] for ends in zip([0, *borders], [*borders, None], strict=True)]


# -- diagonals ---------------------------------------------------------------------------------


@primitive
def diagonal(xp, x, *, offset=0, axis1=0, axis2=1):
    """The diagonal over two axes, moved to the last axis; above the main one for ``offset > 0``."""
    return xp.diagonal(x, offset, axis1, axis2)


@primitive(name="from_diagonal", public=False)
def _from_diagonal(xp, x, *, shape, offset, axis1, axis2):
    """Zeros with ``x`` on the diagonal over two axes."""
    out = xp.zeros(shape, x.dtype)
    start, steps = (max(-offset, 0), max(offset, 0)), xp.arange(x.shape[-1])
    xp.moveaxis(out, (axis1, axis2), (-2, -1))[..., start[0] + steps, start[1] + steps] = x
    return out


diagonal.defvjp(
    lambda g, shape, offset, axis1, axis2: _from_diagonal(g, shape=shape, offset=offset, axis1=axis1, axis2=axis2)
)
_from_diagonal.defvjp(lambda g, offset, axis1, axis2: diagonal(g, offset=offset, axis1=axis1, axis2=axis2))


def diag(x: Any, k: int = 0) -> Any:
    """The matrix with a vector on its ``k``-th diagonal, or the ``k``-th diagonal of a matrix.

    Raises:
        ShapeError: ``x`` is neither a vector nor a matrix.
    """
    shape = shape_of(x)
    if len(shape) == 1:
        size = shape[0] + abs(k)
        return _from_diagonal(x, shape=(size, size), offset=k, axis1=0, axis2=1)
    if len(shape) != 2:
        raise errors.ShapeError(f"diag takes a vector or a matrix, not shape {shape} (at {errors.user_line()})")
    return diagonal(x, offset=k)


@primitive
def tril(xp, x, *, k=0):
    """The lower triangles of the matrices in the last two axes, with zeros above the ``k``-th diagonal."""
    return xp.tril(x, k)


tril.defvjp(lambda g, k: tril(g, k=k))


@primitive
def triu(xp, x, *, k=0):
    """The upper triangles of the matrices in the last two axes, with zeros below the ``k``-th diagonal."""
    return xp.triu(x, k)


triu.defvjp(lambda g, k: triu(g, k=k))
