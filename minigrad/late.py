"""Refusals that come late: what a device is asked, and answers when values are next fetched from it.

NumPy refuses an index that is out of range; a device wraps it around, and to look at it means to wait for all that is
still being computed. So the question is put there, as a computation of its own, and its answer travels with the next
values that come to the host. The error names the line where the index was used.
"""

from __future__ import annotations

import threading
from typing import Any

from .errors import SubscriptError

_MOST = 1000  # questions that are kept before somebody has to wait


class _Questions(threading.local):
    def __init__(self) -> None:
        self.open: list[tuple[Any, Any, SubscriptError]] = []  # array module, a 0-d boolean, what to raise if it holds


_questions = _Questions()


def refuse_outside(xp: Any, index: Any, low: int, high: int, what: str) -> None:
    """Refuse, late, an integer array on a device with an element outside [low, high).

    Raises:
        SubscriptError: an earlier one was outside, and a thousand questions are open.
    """
    if not index.size:
        return
    wide = index if index.dtype.itemsize == 8 else index.astype("int64")  # whose range has both ends in it
    outside = wide >= high if index.dtype.kind == "u" else (wide < low) | (wide >= high)
    error = SubscriptError(f"{what} is outside [{low}, {high}); found when values were next fetched from the device")
    _questions.open.append((xp, outside.any(), error))
    if len(_questions.open) >= _MOST:
        settle()


def settle() -> None:
    """Wait for the answers, if there are questions.

    Raises:
        SubscriptError: the first that was outside.
    """
    if _questions.open:
        settled(_questions.open[0][0], None)


def settled(xp: Any, values: Any) -> Any:
    """A vector on a device as float64 on the host, in one copy with the answers.

    Raises:
        SubscriptError: the first index that was outside.
    """
    asked, _questions.open = _questions.open, []
    parts = [xp.stack([answer for _, answer, _ in asked])] if asked else []
    parts += [] if values is None else [values]
    fetched = xp.asnumpy(xp.concatenate([part.astype("float64") for part in parts]))
    for (_, _, error), outside in zip(asked, fetched, strict=False):
        if outside:
            raise error
    return fetched[len(asked) :]


def forget() -> list[SubscriptError]:
    """Drop the open questions; returns what they would raise."""
    asked, _questions.open = _questions.open, []
    return [error for _, _, error in asked]
