"""Sums over rows: the products that the cotangents of a long recurrence come down to.

They work on arrays, and know nothing of tapes and cotangents.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .backend import Array

_ONE_THREAD = (1 << 19) - 1  # multiply-adds that OpenBLAS computes without waking other threads


def product(x: Array, g: Array) -> Array:
    """``xᵀ g`` over many rows, small products in blocks: to wake another thread takes longer than a block."""
    if not isinstance(x, np.ndarray):
        return x.T @ g
    block = _ONE_THREAD // max(1, g.shape[1] * math.prod(x.shape[1:]))
    if block < 32 or block >= len(g):
        return x.T @ g
    total = x[:block].T @ g[:block]
    for start in range(block, len(g), block):
        total += x[start : start + block].T @ g[start : start + block]
    return total


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
