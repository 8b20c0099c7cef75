"""Indices that are operands: while a program is captured, tensors by which it picks something else at each run.

An index of several parts is recorded as a pattern of its fixed parts, with holes, and one operand with a row of
integers for each hole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import errors
from ..engine.primitive import primitive
from ..engine.scatter import scatter_add
from ..engine.tensor import Tensor
from .indices import check_late, plain_index
from .joining import stack
from .shape import broadcast_to

__all__: list[str] = []


@dataclass(frozen=True, slots=True)
class Hole:
    """The place of an index in a pattern that is a row of the operand."""

    row: int


def moving(index: Any) -> tuple[Any, tuple[Any, ...]] | None:
    """The operand and the pattern of an index with tensors in it, or ``None`` for one without.

    Raises:
        CaptureError: one of them holds booleans, which pick another number of elements at each run.
    """
    items = index if isinstance(index, tuple) else (index,)
    held = [item for item in items if isinstance(item, Tensor)]
    if not held:
        return None
    for item in held:
        if item.dtype.kind not in "iu" or (item.dtype == "uint64" and len(held) > 1):
            raise errors.CaptureError(
                f"an index of dtype {item.dtype} was computed while a program was captured, which can pick by integers "
                "only: booleans pick another number of elements at each run. Write mg.where, or a sum times the mask"
            )
    shape = np.broadcast_shapes(*(item.shape for item in items if hasattr(item, "shape")))
    rows = [item if len(held) == 1 else broadcast_to(item, shape=shape).astype("int64") for item in held]
    holes = iter(range(len(held)))
    return stack(rows), tuple(Hole(next(holes)) if isinstance(item, Tensor) else item for item in items)


def filled(xp: Any, pattern: tuple[Any, ...], index: Any) -> tuple[Any, ...]:
    """The index of a pattern with the rows of the operand in its holes."""
    return tuple(plain_index(xp, index[item.row]) if isinstance(item, Hole) else item for item in pattern)


@primitive(name="pick", public=False)
def pick(xp, x, index, *, pattern):
    """The elements of ``x`` at an index that is an operand."""
    where = filled(xp, pattern, index)
    if xp is not np:
        check_late(xp, where, x.shape)
    return x[where]


@primitive(name="place", public=False)
def place(xp, x, index, *, pattern, shape):
    """Zeros with ``x`` added at an index that is an operand."""
    total = xp.zeros(shape, x.dtype)
    scatter_add(total, filled(xp, pattern, index), x)
    return total


pick.defvjp(lambda g, index, shape, pattern: place(g, index, pattern=pattern, shape=shape), None)
place.defvjp(lambda g, index, pattern: pick(g, index, pattern=pattern), None)
