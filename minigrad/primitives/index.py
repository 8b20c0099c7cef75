"""Primitives that pick elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from ..backend import find_module, module_of
from ..cotangent import Scatter, scatter_add
from ..primitive import primitive
from ..tensor import Tensor

__all__ = [
    "getitem",
    "take_rows",
]


@primitive(name="getitem", public=False)
def _getitem(xp, x, *, index):
    return x[index]


_getitem.defvjp(lambda g, index, shape: scattered(g, index, shape))


def getitem(x: Any, index: Any) -> Any:
    """``x[index]`` with NumPy's basic, integer and boolean indexing."""
    items = index if isinstance(index, tuple) else (index,)
    xp = module_of(x._value if isinstance(x, Tensor) else x)
    frozen = tuple(_frozen(xp, item) for item in items)
    return _getitem(x, index=frozen if isinstance(index, tuple) else frozen[0])


def _frozen(xp: Any, item: Any) -> Any:
    """An index that nobody else can change: tensors as their values, arrays and lists as copies."""
    if isinstance(item, Tensor):
        item = item._value
    if isinstance(item, list):
        item = xp.array(item, dtype=None if item else int)
    return item.copy() if find_module(item) is not None else item


@primitive
def take_rows(xp, table, index):
    """Rows ``table[index]`` of a table (n, ...) at integers ``index`` in [0, n): an embedding lookup.

    Raises:
        IndexError: an index is not an integer in [0, n).
    """
    check_range(xp, index, len(table), "row")
    return table[index]


take_rows.defvjp(lambda g, index, shape: scattered(g, index, shape), None)


@primitive(name="scatter", public=False)
def _scatter(xp, x, *, index, shape):
    total = xp.zeros(shape, x.dtype)
    scatter_add(total, index, x)
    return total


_scatter.defvjp(lambda g, index: _getitem(g, index=index))


def scattered(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with ``g`` added at ``index``: unevaluated for arrays, recorded for tensors."""
    return _scatter(g, index=index, shape=shape) if find_module(g) is None else Scatter(g, index, shape)


def check_range(xp: Any, index: Any, count: int, what: str) -> None:
    """Refuse an integer array with an element outside [0, count).

    Raises:
        IndexError: naming the element and the range.
    """
    kind = getattr(getattr(index, "dtype", None), "kind", "i" if type(index) is int else "?")
    if kind not in "iu":
        raise errors.DTypeError(f"the {what} index must hold integers, not {getattr(index, 'dtype', type(index))}")
    if getattr(index, "size", 1) == 0:
        return
    low = index if type(index) is int else index.min()
    if low < 0:
        raise IndexError(f"{what} {int(low)} is outside [0, {count})")
    if xp is np and type(index) is not int:
        return  # NumPy itself refuses an index beyond the end
    high = index if type(index) is int else index.max()
    if high >= count:
        raise IndexError(f"{what} {int(high)} is outside [0, {count})")
