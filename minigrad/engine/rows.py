"""Sums over rows: the products, and the additions at an index, that the cotangents of a long recurrence come down to.

They work on arrays, and know nothing of tapes and cotangents. How each is done depends on what NumPy and OpenBLAS are
quick at.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .backend import Array, module_of

_ONE_THREAD = (1 << 19) - 1  # multiply-adds that OpenBLAS computes without waking other threads
_FEW_ROWS = 128  # up to here a product with the one-hot matrix is the fastest way to add up rows


def product(x: Array, g: Array) -> Array:
    """``xᵀ g`` over many rows, small products in blocks: to wake another thread takes longer than a block."""
    block = _ONE_THREAD // max(1, g.shape[1] * math.prod(x.shape[1:]))
    if block < 32 or block >= len(g):
        return x.T @ g
    total = x[:block].T @ g[:block]
    for start in range(block, len(g), block):
        total += x[start : start + block].T @ g[start : start + block]
    return total


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
    xp.add.at(target, index, g)


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


def is_basic(index: Any) -> bool:
    """True for an index of slices, integers, ``None`` and ``...`` only, which picks nothing twice."""
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is Ellipsis or isinstance(item, (int, slice)) for item in items)


def is_rows(index: Any) -> bool:
    """True for an integer array, which picks rows."""
    return getattr(index, "ndim", None) is not None and index.dtype != bool


def as_matrix(array: Array) -> Array:
    """An array or a tensor (..., n) as a matrix (rows, n)."""
    return array if array.ndim == 2 else array.reshape(math.prod(array.shape[:-1]), array.shape[-1])
