"""Additions at an index: what picks an element twice sends both cotangents to it.

They work on arrays, and know nothing of tapes and cotangents. How each is done depends on what NumPy and OpenBLAS are
quick at, and on a GPU on whether the order of the additions is to be the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .backend import Array, module_of
from .rows import is_basic, is_rows, product

_FEW_ROWS = 128  # up to here a product with the one-hot matrix is the fastest way to add up rows
_atomic: ContextVar[bool] = ContextVar("atomic", default=False)


def scatter_add(target: Array, index: Any, g: Array) -> None:
    """``target[index] += g`` in place, where an element that is picked twice receives both."""
    if is_basic(index):
        target[index] += g
        return
    xp = module_of(target)
    if xp is np and is_rows(index) and target.ndim > 1:
        width = math.prod(target.shape[1:])
        _add_rows(target.reshape(len(target), width), index.reshape(-1), g.reshape(index.size, width))
        return
    if xp is np or _atomic.get():
        xp.add.at(target, index, g)
    elif is_rows(index) and target.ndim > 1:
        width = math.prod(target.shape[1:])
        rows = index.reshape(-1).astype("int64") % len(target)
        _add_in_order(xp, target.reshape(len(target), width), rows, g.reshape(index.size, width))
    else:
        places = places_of(xp, index, target.shape).reshape(-1)
        _add_in_order(xp, target.reshape(-1, 1), places, g.reshape(-1, 1))


@contextmanager
def atomic_sums() -> Iterator[None]:
    """On a GPU, let additions at one index happen in whatever order they come, in this block.

    That is faster, and the rounding of a sum, of the gradient of an embedding say, differs from run to run. Without it
    the same program computes the same numbers.
    """
    token = _atomic.set(True)
    try:
        yield
    finally:
        _atomic.reset(token)


def places_of(xp: Any, index: Any, shape: tuple[int, ...]) -> Array:
    """The places, in the flat memory of an array of that shape, that an index picks."""
    return xp.arange(math.prod(shape)).reshape(shape)[index]


def _add_in_order(xp: Any, table: Array, index: Array, g: Array) -> None:
    """Add the rows of ``g`` to the rows of ``table`` at ``index``, those of one row in a tree of a fixed shape.

    Sorted, they lie side by side, and in each round the reach of their running sums doubles. What is then added is one
    sum for each row of the table, and zeros.
    """
    if not index.size:
        return
    order = xp.argsort(index, kind="stable")
    index, g = index[order], g[order]
    reach = 1
    while reach < len(index):
        same = index[reach:] == index[:-reach]
        g[:-reach] += xp.where(same[:, None], g[reach:], 0)
        reach *= 2
    first = xp.concatenate([xp.ones(1, bool), index[1:] != index[:-1]])
    xp.add.at(table, index, xp.where(first[:, None], g, 0))


def _add_rows(table: Array, index: Array, g: Array) -> None:
    """Add the rows of ``g`` to the rows of ``table`` at ``index``."""
    count, width = table.shape
    index = index.astype(np.intp, copy=False) % count
    if count <= _FEW_ROWS:
        one_hot = np.zeros((count, index.size), g.dtype)
        one_hot[index, np.arange(index.size)] = 1
        with np.errstate(invalid="ignore"):
            added = product(one_hot.T, g)
        if np.isfinite(added).all():  # else 0 · inf has spread NaN to rows that were not picked
            table += added
            return
    # NumPy's add.at is many times faster on one axis than on rows.
    flat = index[:, None] * width + np.arange(width)
    np.add.at(table.reshape(-1), flat.reshape(-1), g.reshape(-1))
