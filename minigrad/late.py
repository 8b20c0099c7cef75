"""Refusals that come late: what a device is asked, and answers when values are next fetched from it.

NumPy refuses an index that is out of range; a device wraps it around, and to look at it means to wait for all that is
still being computed. So the question is put there, as a computation of its own, and its answer travels with the next
values that come to the host, in the thread that put it, or in any once that thread has ended. The error names the line
where the index was used.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from typing import Any

from .errors import SubscriptError

_MOST = 1000  # questions that are kept before somebody has to wait


_Question = tuple[Any, Any, SubscriptError]  # array module, a 0-d boolean, what to raise if it holds
_left: deque[_Question] = deque()  # by threads that have ended


class _Asked:
    """The open questions of one thread, which goes with it."""

    def __init__(self, left: deque[_Question]) -> None:
        self.open: list[_Question] = []
        self._left = left

    def __del__(self) -> None:
        self._left.extend(self.open)


class _Here(threading.local):
    def __init__(self) -> None:
        self.asked = _Asked(_left)


_here = _Here()


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
    asked = _here.asked.open
    asked.append((xp, outside.any(), error))
    if len(asked) >= _MOST:
        settle()


def settle() -> None:
    """Wait for the answers, if there are questions.

    Raises:
        SubscriptError: the first that was outside.
    """
    asked = _taken()
    if asked:
        _answered(asked[0][0], asked, None)


def settled(xp: Any, values: Any) -> Any:
    """A vector on a device as float64 on the host, in one copy with the answers.

    Raises:
        SubscriptError: the first index that was outside.
    """
    return _answered(xp, _taken(), values)


def _answered(xp: Any, asked: list[_Question], values: Any) -> Any:
    parts = [xp.stack([answer for _, answer, _ in asked])] if asked else []
    parts += [] if values is None else [values]
    fetched = xp.asnumpy(xp.concatenate([part.astype("float64") for part in parts]))
    for (_, _, error), outside in zip(asked, fetched, strict=False):
        if outside:
            raise error
    return fetched[len(asked) :]


def forget() -> list[SubscriptError]:
    """Drop the open questions; returns what they would raise."""
    return [error for _, _, error in _taken()]


def _taken() -> list[_Question]:
    """The open questions of this thread and of those that have ended, which are open no more."""
    here = _here.asked
    asked, here.open = here.open, []
    with suppress(IndexError):  # there are none, or another thread has taken the last
        while True:
            asked.append(_left.popleft())
    return asked
