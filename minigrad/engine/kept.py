"""The memory that a tape keeps alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Array
from .capture import Traced

if TYPE_CHECKING:
    from .tape import Tape


def kept_bytes(self: Tape) -> list[int]:
    """The bytes of ``nbytes`` by record: an array counts for the first that keeps it."""
    seen = {id(_owner(leaf._value)) for leaf in self.leaves.values()}
    kept = []
    for record in self.records:
        owners = {id(owner): owner.nbytes for owner in map(_owner, record.arrays()) if id(owner) not in seen}
        seen.update(owners)
        kept.append(sum(owners.values()))
    return kept


def _owner(array: Array) -> Array:
    """The array that owns the memory of a view."""
    if isinstance(array, Traced):
        array = array.array
    while getattr(array, "base", None) is not None:
        array = array.base
    return array
