"""Indexing and sorting: what picks and orders elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import errors, late
from ..checks import integer
from ..engine.capture import capturing
from ..engine.cotangents import Scatter
from ..engine.primitive import primitive
from ..engine.scatter import scatter_add
from ..engine.tensor import Tensor
from .indices import Picked, frozen_index, of_each, plain_index, where_x_is
from .leading import of_last_axes
from .moving import moving, pick, place
from .shape import moveaxis, ravel, reshape
from .values import behind, constant, module_behind, one_axis, raw, shape_of

__all__ = [
    "getitem",
    "take",
    "take_along_axis",
    "take_rows",
    "compress",
    "extract",
    "delete",
    "sort",
    "partition",
    "argsort",
    "one_hot",
]


@primitive(name="getitem", public=False)
def _getitem(xp, x, *, index):
    """The elements of ``x`` at an index."""
    return x[index]


_getitem.defvjp(lambda g, index, shape: scattered(g, index, shape))
_getitem.defbatch(lambda batched, x, index: _getitem_batch(x, of_each(index, x.ndim - 1)))


def _getitem_batch(x: Any, picked: Picked) -> Any:
    found = _getitem(x, index=picked.items)
    return moveaxis(found, picked.place, 0) if picked.place else found


def getitem(x: Any, index: Any) -> Any:
    """``x[index]`` with NumPy's basic, integer and boolean indexing.

    Raises:
        IndexError: an index is outside; if it is in an array on a GPU, when values are next fetched.
    """
    return _picked(x, frozen_index(x, index))


def _picked(x: Any, index: Any) -> Any:
    """``x[index]``, the index an operand where a program takes it anew at each run."""
    if capturing.get() is not None and (held := moving(index)) is not None:
        return pick(x, held[0], pattern=held[1])
    return _getitem(x, index=index)


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements of ``x`` at integer ``indices`` along ``axis``, or of the flattened array."""
    if axis is None:
        x, axis = ravel(x), 0
    return getitem(x, (*(slice(None),) * one_axis(axis, len(shape_of(x))), indices))


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    """The elements of ``x`` at ``indices`` along ``axis``, each in its own row, as ``argsort`` and ``argmax`` give.

    Args:
        x: any shape.
        indices: integers with as many axes as ``x``; all but ``axis`` broadcast against it.
        axis: the axis to pick along.

    Raises:
        ShapeError: another number of axes.
    """
    xp, shape = module_behind(x), shape_of(x)
    indices = plain_index(xp, indices)
    indices = indices if isinstance(indices, Tensor) else xp.asarray(indices)
    if indices.dtype.kind not in "iu":
        raise errors.DTypeError(f"take_along_axis: the indices must be integers, not {indices.dtype}")
    if len(shape) != indices.ndim:
        raise errors.ShapeError(
            f"take_along_axis: x of shape {shape} needs indices of as many axes, not of shape {indices.shape}"
        )
    axis = one_axis(axis, len(shape))
    if xp is not np and not isinstance(indices, Tensor):
        late.refuse_outside(xp, indices, -shape[axis], shape[axis], f"take_along_axis: an index for axis {axis}")
    return _along_axis(x, indices, axis)


def _along_axis(x: Any, indices: Any, axis: int) -> Any:
    """``take_along_axis`` with an array of integers that are in range."""
    grid = list(sparse_grid(module_behind(x), shape_of(x)))
    grid[one_axis(axis, len(grid))] = indices
    return _picked(x, tuple(grid))


def sparse_grid(xp: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """An index array for each axis, that counts along it."""
    if len(shape) == 1:  # as targets are at a time step: quicker
        return (xp.arange(shape[0]),)
    return tuple(xp.arange(n).reshape((-1,) + (1,) * (len(shape) - k - 1)) for k, n in enumerate(shape))


@primitive
def take_rows(xp, table, index):
    """Rows ``table[index]`` of a table (n, ...) at integers ``index`` in [0, n): an embedding lookup.

    Raises:
        IndexError: an index is not an integer in [0, n); on a GPU when values are next fetched.
    """
    check_range(index, len(table), "row")
    if type(index) is np.ndarray and index.dtype.kind == "i":
        return table.take(index, axis=0)  # faster than by brackets; before NumPy 2.1 it refuses uint64
    return table[index]


take_rows.defvjp(lambda g, index, shape: scattered(g, index, shape), None)


def _take_rows_batch(batched: Sequence[bool], table: Any, index: Any) -> Any:
    if not batched[0]:
        return take_rows(table, index)
    size, rows, *row = table.shape
    if not batched[1]:
        return moveaxis(take_rows(moveaxis(table, 1, 0), index), len(shape_of(index)), 0)
    xp = module_behind(table)
    index = take_rows(xp.arange(rows), index)  # itself, and refused if it is outside of its own table
    first = xp.arange(0, size * rows, rows) if rows else xp.zeros(size, int)
    index = index + first.reshape((-1,) + (1,) * (index.ndim - 1))
    return take_rows(reshape(table, shape=(size * rows, *row)), index)


take_rows.defbatch(_take_rows_batch)


def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """The parts of ``x`` along ``axis``, or of the flattened array, at which the vector ``condition`` holds.

    Raises:
        ShapeError: the condition is no vector.
        IndexError: it holds at a place that ``x`` does not have; on a GPU when values are next fetched.
    """
    chosen = _booleans(x, condition)
    if len(chosen.shape) != 1:
        raise errors.ShapeError(
            f"compress: the condition must be a vector, not of shape {chosen.shape}; mg.extract takes any shape"
        )
    return take(x, module_behind(x).nonzero(chosen)[0], axis)


def extract(condition: Any, x: Any) -> Any:
    """The elements of ``x`` at which ``condition``, of as many elements, holds, as a vector."""
    return compress(_booleans(x, condition).reshape(-1), x)


def delete(x: Any, obj: Any, axis: int | None = None) -> Any:
    """``x`` without the parts at ``obj`` along ``axis``; without elements of the flattened array for ``None``.

    Args:
        x: any shape.
        obj: an integer, a slice, or an array of integers or booleans.
        axis: the axis.

    Raises:
        IndexError: an integer is outside; if it is in an array on a GPU, when values are next fetched.
    """
    if axis is None:
        x, axis = ravel(x), 0
    xp = module_behind(x)
    kept = xp.ones(shape_of(x)[one_axis(axis, len(shape_of(x)))], bool)
    try:
        kept[frozen_index(x, obj, kept.shape)] = False
    except IndexError as failure:
        raise errors.SubscriptError(f"delete: obj={obj!r}: {failure.args[0]}") from None
    return compress(kept, x, axis)


def _booleans(x: Any, condition: Any) -> Any:
    xp, known = module_behind(x), raw(condition)
    return xp.asarray(where_x_is(xp, known) if hasattr(known, "dtype") else known, dtype=bool)


@primitive(name="scatter", public=False)
def _scatter(xp, x, *, index, shape):
    """Zeros with ``x`` added at an index."""
    total = xp.zeros(shape, x.dtype)
    scatter_add(total, index, x)
    return total


_scatter.defvjp(lambda g, index: _getitem(g, index=index))
_scatter.defbatch(lambda batched, x, index, shape: _scatter_batch(x, of_each(index, len(shape)), shape))


def _scatter_batch(x: Any, picked: Picked, shape: tuple[int, ...]) -> Any:
    placed = moveaxis(x, 0, picked.place) if picked.place else x
    return _scatter(placed, index=picked.items, shape=(x.shape[0], *shape))


def scattered(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with ``g`` added at ``index``: unevaluated for arrays, recorded for tensors."""
    if not isinstance(g, Tensor):
        return Scatter(g, index, shape)
    if capturing.get() is not None and (held := moving(index)) is not None:
        return place(g, held[0], pattern=held[1], shape=shape)
    return _scatter(g, index=index, shape=shape)


# -- sorting -----------------------------------------------------------------------------------


@primitive
def argsort(xp, x, *, axis=-1):
    """The indices that sort ``x`` along ``axis``, equal elements in their order; they have no derivative."""
    return xp.argsort(x, axis=axis, kind="stable")


argsort.defvjp(None)
argsort.defbatch(lambda batched, x, axis: _argsort_batch(x, axis))


def _argsort_batch(x: Any, axis: int | None) -> Any:
    """Flat over all axes, and of a number, of which NumPy's result has an axis."""
    if axis is not None and x.ndim > 1:
        return argsort(x, axis=behind(axis, x.ndim - 1))
    return argsort(reshape(x, shape=(x.shape[0], math.prod(x.shape[1:]))), axis=1)


def sort(x: Any, axis: int | None = -1) -> Any:
    """``x`` sorted along ``axis``, or flattened and sorted with ``axis=None``.

    The cotangent goes back along the permutation; equal elements keep their order.
    """
    if axis is None:
        x, axis = ravel(x), 0
    return _along_axis(x, argsort(constant(x), axis=axis), axis)


@primitive(name="argpartition", public=False)
def _parted(xp, x, *, kth, axis):
    """The indices that bring the elements of ``x`` at ``kth`` along ``axis`` where sorting would put them."""
    return xp.argpartition(x, kth, axis)


_parted.defvjp(None)
_parted.defbatch(lambda batched, x, kth, axis: _parted(x, kth=kth, axis=behind(axis, x.ndim - 1)))


def partition(x: Any, kth: Any, axis: int | None = -1) -> Any:
    """``x`` rearranged so that the elements at ``kth`` along ``axis`` are where sorting would put them.

    Smaller ones come before, larger ones behind. The cotangent goes back along the permutation.

    Raises:
        ShapeError: there is no such place, or no such axis.
    """
    if axis is None:
        x, axis = ravel(x), 0
    try:
        order = _parted(constant(x), kth=kth, axis=axis)
    except TypeError as failure:
        raise errors.MisuseError(f"partition: kth={kth!r}: {failure}") from None
    except ValueError as failure:
        raise errors.ShapeError(f"partition of shape {shape_of(x)}: {failure}") from None
    return _along_axis(x, order, axis)


@primitive
def one_hot(xp, index, *, classes, dtype="float64"):
    """Ones at integers ``index`` (...) in [0, classes), and zeros elsewhere, (..., classes).

    Raises:
        IndexError: an index is outside; on a GPU when values are next fetched.
    """
    check_range(index, integer("one_hot: classes", classes), "class", indexes=False)
    return xp.asarray(xp.asarray(index)[..., None] == xp.arange(classes), dtype=dtype)


one_hot.defvjp(None)
one_hot.defbatch(of_last_axes(one_hot))


def check_range(index: Any, count: int, what: str, indexes: bool = True) -> None:
    """Refuse an integer array with an element outside [0, count); on a device late, see ``late.py``.

    Args:
        index: an integer or an array.
        count: the end of the range.
        what: what the index counts.
        indexes: the caller goes on to index with it, and so NumPy itself refuses what is beyond the end, but for
            unsigned integers, of which it makes signed ones.

    Raises:
        IndexError: naming the element and the range.
    """
    if not hasattr(index, "dtype"):
        index = np.asarray(index)
    if index.dtype.kind not in "iu":
        raise errors.DTypeError(f"the {what} index must hold integers, not {index.dtype}")
    if not index.size:
        return
    if type(index) is not np.ndarray and module_behind(index) is not np:
        late.refuse_outside(module_behind(index), index, 0, count, f"a {what}")
        return
    low = index.item(index.argmin())  # faster than min() on the short rows of a time step
    if low < 0:
        raise IndexError(f"{what} {int(low)} is outside [0, {count})")
    if (index.dtype.kind == "u" or not indexes) and index.max() >= count:
        raise IndexError(f"{what} {int(index.max())} is outside [0, {count})")
