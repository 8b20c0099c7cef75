"""Indices as they are recorded: arrays where the elements are, which nobody else can change."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import errors, late
from ..engine.backend import find_module
from ..engine.capture import Traced, setting_of
from ..engine.tensor import Tensor
from .values import module_behind, shape_of

__all__: list[str] = []

_UNSIGNED = np.dtype("uint64")


def frozen_index(x: Any, index: Any, shape: tuple[int, ...] | None = None) -> Any:
    """An index that nobody else can change, once a primitive has copied it if it is an array; see ``check_late``."""
    xp = module_behind(x)
    if isinstance(index, tuple):
        items = (plain_index(xp, item) for item in index)
        index = tuple(item.copy() if find_module(item) is not None else item for item in items)
    else:
        index = plain_index(xp, index)
    if xp is not np:
        check_late(xp, index, shape_of(x) if shape is None else shape)
    return index


def plain_index(xp: Any, item: Any) -> Any:
    """One of the indices: a tensor as its value, a list as an array.

    Raises:
        DeviceError: it is an array of another module.
        IndexError: it is too large for NumPy.
    """
    if isinstance(item, Tensor):
        if isinstance(item._value, Traced):
            return item  # an operand, see ``index.py``
        item = setting_of(item)
    elif isinstance(item, list):
        item = xp.array(item, dtype=None if item else int)
    if not hasattr(item, "shape"):
        return item
    item = where_x_is(xp, item)
    if xp is np and getattr(item, "dtype", None) == _UNSIGNED and item.size and item.max() >= 1 << 63:
        raise errors.SubscriptError(f"index {int(item.max())} is out of bounds: NumPy would read it as a negative one")
    return item


def where_x_is(xp: Any, item: Any) -> Any:
    """An array of the module ``xp``; NumPy's arrays of no axis as numbers on a device.

    Raises:
        DeviceError: it is an array of another module.
    """
    other = find_module(item)
    if other is not None and other is not xp and (item.shape or xp is np):
        raise errors.DeviceError(
            f"an index is a {other.__name__} array, and what it picks from a {xp.__name__} array; nothing is moved "
            "between devices silently: use .to('cuda') or .to('cpu') on one of them"
        )
    return item.item() if other is np and xp is not np else item


def check_late(xp: Any, index: Any, shape: tuple[int, ...]) -> None:
    """Refuse index arrays on a device that are out of range; not at once, which would mean to wait for it."""
    items = index if isinstance(index, tuple) else (index,)
    axis, picked = 0, sum(map(_picked_axes, items))
    for item in items:
        if item is Ellipsis:
            axis += len(shape) - picked
        elif getattr(item, "shape", None) is not None and item.dtype.kind in "iu" and axis < len(shape):
            late.refuse_outside(xp, item, -shape[axis], shape[axis], f"an index for axis {axis}")
        axis += _picked_axes(item)


def _picked_axes(item: Any) -> int:
    """How many axes of an array one of the indices stands for."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    dtype = getattr(item, "dtype", None)
    return len(item.shape) if dtype is not None and dtype.kind == "b" else 1


# -- of a batch ------------------------------------------------------------------------------------


class Picked(NamedTuple):
    """What an index picks out of each element of a batch.

    Attributes:
        items: the index of the batch that picks it.
        place: where the leading axis is in what NumPy returns: index arrays with a slice between them come before it.
        ndim: how many axes what is picked out of one element has.
    """

    items: tuple[Any, ...]
    place: int
    ndim: int


def of_each(index: Any, ndim: int) -> Picked:
    """``index`` of arrays with ``ndim`` axes as one for a batch of them."""
    items = index if isinstance(index, tuple) else (index,)
    arrays = [item for item in items if _is_array(item)]
    kept = ndim - sum(map(_picked_axes, items)) + sum(item is None or isinstance(item, slice) for item in items)
    if not arrays:
        return Picked((slice(None), *items), 0, kept)
    joined = max(item.ndim if hasattr(item, "shape") and item.dtype.kind != "b" else 1 for item in arrays)
    chosen = [_is_array(item) or _is_integer(item) for item in items]
    first, last = chosen.index(True), len(chosen) - chosen[::-1].index(True)
    return Picked((slice(None), *items), 0 if all(chosen[first:last]) else joined, kept + joined)


def _is_array(item: Any) -> bool:
    """Whether NumPy takes it for an index array: an array of no axis is an integer, unless it is a boolean."""
    return isinstance(item, bool) or (hasattr(item, "shape") and (item.shape != () or item.dtype.kind == "b"))


def _is_integer(item: Any) -> bool:
    return item is not None and item is not Ellipsis and not isinstance(item, slice) and not _is_array(item)
