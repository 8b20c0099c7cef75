"""Shapes: what moves or repeats elements without changing them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import errors
from ..checks import integer
from ..engine.backend import as_array
from ..engine.cotangents import unbroadcast
from ..engine.primitive import primitive
from ..engine.tensor import is_tensor
from .choices import identity, renewed
from .values import behind, is_several, several_axes, shape_of

__all__ = [
    "reshape",
    "ravel",
    "transpose",
    "permute_dims",
    "swapaxes",
    "matrix_transpose",
    "moveaxis",
    "broadcast_to",
    "expand_dims",
    "squeeze",
    "broadcast_arrays",
    "meshgrid",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "flip",
    "flipud",
    "fliplr",
    "rot90",
    "roll",
    "tile",
]


@primitive
def reshape(xp, x, *, shape):
    """``x`` in another shape; one size may be -1."""
    return xp.reshape(x, shape)


reshape.defvjp(lambda g, shape: reshape(g, shape=shape))
reshape.defbatch(lambda batched, x, shape: reshape(x, shape=(x.shape[0], *_sizes(shape, x.shape[1:]))))


def _sizes(shape: Any, own: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of ``shape``, also the one that is -1, for an array of the shape ``own``."""
    sizes = tuple(map(int, np.ravel(shape)))
    known = math.prod(size for size in sizes if size != -1)
    return tuple(math.prod(own) // known if size == -1 and known else size for size in sizes)


def ravel(x: Any) -> Any:
    """``x`` as a vector."""
    return reshape(x, shape=(-1,))


@primitive
def transpose(xp, x, *, axes=None):
    """``x`` with its axes permuted, or reversed by default."""
    return xp.transpose(x, axes)


transpose.defvjp(lambda g, axes: transpose(g, axes=_inverse(axes)))
transpose.defbatch(lambda batched, x, axes: transpose(x, axes=(0, *_permuted(axes, x.ndim - 1))))
permute_dims = transpose


def _permuted(axes: Any, ndim: int) -> list[int]:
    """The axes behind a leading one, of which each element has ``ndim``, in the order that ``axes`` gives."""
    return [k + 1 for k in (reversed(range(ndim)) if axes is None else several_axes(axes, ndim))]


def _inverse(axes: Sequence[int] | None) -> tuple[int, ...] | None:
    if axes is None:
        return None
    if not shape_of(axes):
        return None  # NumPy takes the only axis of a vector as an integer
    count = len(axes)
    return tuple(sorted(range(count), key=lambda k: axes[k] % count))


@primitive
def swapaxes(xp, x, *, axis1, axis2):
    """``x`` with two axes exchanged."""
    return xp.swapaxes(x, axis1, axis2)


swapaxes.defvjp(lambda g, axis1, axis2: swapaxes(g, axis1=axis1, axis2=axis2))
swapaxes.defbatch(
    lambda batched, x, axis1, axis2: swapaxes(x, axis1=behind(axis1, x.ndim - 1), axis2=behind(axis2, x.ndim - 1))
)


def matrix_transpose(x: Any) -> Any:
    """The matrices in the last two axes, transposed."""
    return swapaxes(x, axis1=-1, axis2=-2)


def transposed(x: Any) -> Any:
    """``matrix_transpose``, and of a single matrix ``x.T``, which of an array is no call of a primitive."""
    return x.T if x.ndim == 2 else matrix_transpose(x)


def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """``x`` with axes moved from the places ``source`` to ``destination`` (integers, or equally many each)."""
    ndim = len(shape_of(x))
    from_, to = several_axes(source, ndim), several_axes(destination, ndim)
    if len(from_) != len(to):
        raise errors.ShapeError(f"moveaxis: source={source!r} and destination={destination!r} differ in number")
    order = [k for k in range(ndim) if k not in from_]
    for place, axis in sorted(zip(to, from_, strict=True)):
        order.insert(place, axis)
    return transpose(x, axes=tuple(order))


@primitive
def broadcast_to(xp, x, *, shape):
    """``x`` repeated along new axes and axes of size 1."""
    return xp.broadcast_to(x, shape)


broadcast_to.defvjp(lambda g, shape: unbroadcast(g, shape))
broadcast_to.defbatch(lambda batched, x, shape: _broadcast_batch(x, tuple(map(int, np.ravel(shape)))))


def _broadcast_batch(x: Any, shape: tuple[int, ...]) -> Any:
    return broadcast_to(raised(x, len(shape)), shape=(x.shape[0], *shape))


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Tensors or arrays, each broadcast to the shape of all of them together.

    Raises:
        ShapeError: the shapes do not broadcast.
    """
    try:
        shape = np.broadcast_shapes(*map(shape_of, arrays))
    except ValueError:
        shapes = ", ".join(str(shape_of(array)) for array in arrays)
        raise errors.ShapeError(f"broadcast_arrays: the shapes {shapes} do not broadcast") from None
    return tuple(broadcast_to(array, shape=shape) for array in arrays)


def meshgrid(*vectors: Any, indexing: str = "xy", sparse: bool = False) -> tuple[Any, ...]:
    """The coordinates of a grid: from each vector an array that varies along one axis.

    Args:
        vectors: the coordinates along each axis; numbers count as vectors of length 1.
        indexing: ``"ij"``, the axes in the order of the vectors; ``"xy"``, the first two exchanged.
        sparse: leave every other axis at size 1.

    Raises:
        ValueError: another ``indexing``.
    """
    if indexing not in ("xy", "ij"):
        raise errors.ArgumentError(f"meshgrid: indexing={indexing!r}; use 'xy' or 'ij'")
    count = len(vectors)
    order = [1, 0, *range(2, count)] if indexing == "xy" and count > 1 else range(count)
    shapes = [(1,) * axis + (-1,) + (1,) * (count - axis - 1) for axis in order]
    grid = [reshape(x, shape=shape) for x, shape in zip(vectors, shapes, strict=True)]
    return tuple(grid) if sparse else broadcast_arrays(*grid)


@primitive
def expand_dims(xp, x, *, axis):
    """``x`` with axes of size 1 inserted at ``axis``."""
    return xp.expand_dims(x, axis)


expand_dims.defvjp(lambda g, shape: reshape(g, shape=shape))
expand_dims.defbatch(lambda batched, x, axis: expand_dims(x, axis=behind(axis, x.ndim - 1 + np.size(axis))))


def raised(x: Any, ndim: int) -> Any:
    """A batch of elements with ``ndim`` axes each, those that they lack inserted behind the leading one with size 1."""
    lacking = ndim + 1 - len(shape_of(x))
    return expand_dims(x, axis=tuple(range(1, lacking + 1))) if lacking > 0 else x


@primitive
def squeeze(xp, x, *, axis=None):
    """``x`` without the axes of size 1 at ``axis``, or without any of them."""
    return xp.squeeze(x, axis)


squeeze.defvjp(lambda g, shape: reshape(g, shape=shape))
squeeze.defbatch(lambda batched, x, axis: squeeze(x, axis=_squeezable(axis, x.shape[1:])))


def _squeezable(axis: Any, own: tuple[int, ...]) -> Any:
    return behind(tuple(k for k, size in enumerate(own) if size == 1) if axis is None else axis, len(own))


def atleast_1d(*arrays: Any) -> Any:
    """Each argument with at least one axis; a tuple if there are several arguments."""
    return _each(arrays, 1)


def atleast_2d(*arrays: Any) -> Any:
    """Each argument with at least two axes, vectors as rows; a tuple if there are several arguments."""
    return _each(arrays, 2)


def atleast_3d(*arrays: Any) -> Any:
    """Each argument with at least three axes: n becomes (1, n, 1), (m, n) becomes (m, n, 1)."""
    return _each(arrays, 3)


def _each(arrays: Sequence[Any], ndim: int) -> Any:
    made = tuple(renewed(at_least(x, ndim), x) for x in arrays)
    return made[0] if len(made) == 1 else made


def at_least(x: Any, ndim: int) -> Any:
    """A tensor, or ``x`` as an array, with 1, 2 or 3 axes at least; unchanged if it has them."""
    x = x if is_tensor(x) else as_array(x)
    if x.ndim >= ndim:
        return x
    if ndim == 3:
        return expand_dims(x, axis=-1) if x.ndim == 2 else reshape(x, shape=(1, -1, 1))
    return reshape(x, shape=(-1,) if ndim == 1 else (1, -1))


@primitive
def flip(xp, x, *, axis=None):
    """``x`` in reverse order along ``axis`` (``None``: all, an integer, or several)."""
    return xp.flip(x, axis)


flip.defvjp(lambda g, axis: flip(g, axis=axis))
flip.defbatch(lambda batched, x, axis: flip(x, axis=behind(axis, x.ndim - 1)))


def flipud(x: Any) -> Any:
    """``x`` in reverse order along its first axis."""
    return flip(x, axis=0)


def fliplr(x: Any) -> Any:
    """``x`` in reverse order along its second axis."""
    return flip(x, axis=1)


def rot90(x: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """``x`` rotated ``k`` times by 90 degrees, from the first of two axes towards the second.

    Raises:
        AxisError: the axes are not two different ones of ``x``.
    """
    first, second = several_axes(axes, len(shape_of(x)))
    k = integer("rot90: k", k)
    if k % 4 == 0:
        return identity(x)
    if k % 4 == 2:
        return flip(x, axis=(first, second))
    if k % 4 == 1:
        return swapaxes(flip(x, axis=second), axis1=first, axis2=second)
    return flip(swapaxes(x, axis1=first, axis2=second), axis=second)


@primitive
def roll(xp, x, *, shift, axis=None):
    """``x`` with elements moved on by ``shift`` places along ``axis``, and around; flattened for ``None``."""
    return xp.roll(x, _places(shift, 1), axis)


roll.defvjp(lambda g, shift, axis: roll(g, shift=_places(shift, -1), axis=axis))
roll.defbatch(lambda batched, x, shift, axis: _roll_batch(x, _places(shift, 1), axis))


def _roll_batch(x: Any, shift: Any, axis: Any) -> Any:
    if axis is not None:
        return roll(x, shift=shift, axis=behind(axis, x.ndim - 1))
    total = sum(shift) if is_several(shift) else shift
    flat = reshape(x, shape=(x.shape[0], math.prod(x.shape[1:])))
    return reshape(roll(flat, shift=total, axis=1), shape=x.shape)


def _places(shift: Any, sign: int) -> Any:
    """Python's integers, as an unsigned -1 would be a large number."""
    return tuple(_places(each, sign) for each in shift) if shape_of(shift) else sign * integer("roll: shift", shift)


@primitive
def tile(xp, x, *, reps):
    """``x`` repeated as a whole, ``reps`` times along each axis (an integer, or one for each of the last axes)."""
    return xp.tile(x, reps)


tile.defvjp(lambda g, shape, reps: _tile_rule(g, shape, _full_reps(reps, len(shape))))
tile.defbatch(lambda batched, x, reps: _tile_batch(x, _full_reps(reps, x.ndim - 1)))


def _full_reps(reps: Any, ndim: int) -> tuple[int, ...]:
    """How often along each axis of the result."""
    given = tuple(map(int, np.ravel(reps)))
    return (1,) * (ndim - len(given)) + given


def _tile_batch(x: Any, reps: tuple[int, ...]) -> Any:
    return tile(raised(x, len(reps)), reps=(1, *reps))


def _tile_rule(g: Any, shape: tuple[int, ...], reps: tuple[int, ...]) -> Any:
    ndim = len(reps)
    sizes = (1,) * (ndim - len(shape)) + shape
    blocks = reshape(g, shape=tuple(size for pair in zip(reps, sizes, strict=True) for size in pair))
    return reshape(blocks.sum(axis=tuple(range(0, 2 * ndim, 2))), shape=shape)
