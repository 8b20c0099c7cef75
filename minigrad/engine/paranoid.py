"""Debug mode for memory that is used again: with ``MINIGRAD_PARANOID=1`` in the environment, faults show as NaN.

What is given back is poisoned at once, so that whoever still reads it computes NaN instead of a plausible number;
arrays that several owners share (cotangents, residuals) cannot be written into; and copies that are kept beside
an original are compared with it each time they are used. It costs time, and changes no result.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import errors
from .backend import Array
from .watch import Watcher, everywhere

if TYPE_CHECKING:
    from .record import Record
    from .tape import Tape
    from .tensor import Tensor

ON = os.environ.get("MINIGRAD_PARANOID", "0") not in ("", "0")


def poison(memory: Array) -> None:
    """Fill bytes that nobody may read any more: as floating-point numbers they are NaN."""
    if ON:
        memory[...] = 255


def read_only(array: Any) -> Any:
    """The same NumPy array as a view that cannot be written into; anything else unchanged."""
    if type(array) is np.ndarray and array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def lock(values: Iterable[Any]) -> None:
    """Make those of ``values`` that are NumPy arrays read-only, for everybody who holds them."""
    for value in values:
        if type(value) is np.ndarray:
            value.flags.writeable = False


class Paranoia(Watcher):
    """Lets nobody write into what a tape holds, or into a cotangent that has arrived."""

    def admitted(self, tape: Tape, i: int, tensor: Tensor) -> None:
        lock((tensor._value,))

    def recorded(self, tape: Tape, record: Record, out: Any) -> None:
        lock((out, *(record.residuals or ())))

    def arrived(self, tape: Tape, i: int, g: Any) -> Any:
        return read_only(g)


def compare(copy: Array, original: Array) -> None:
    """Compare a copy that is kept with its original.

    Raises:
        TapeError: somebody wrote into one of them.
    """
    if ON and not np.array_equal(copy, original, equal_nan=True):
        raise errors.TapeError(
            f"a recorded array of shape {original.shape} was written into after a backward walk had read it; "
            "records hold the arrays that they were computed with, so assign a new array instead"
        )


if ON:
    everywhere.append(Paranoia())
