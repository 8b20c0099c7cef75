"""Choices out of random bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

LENGTH = 400  # more bytes than a program takes


class Choices:
    """Choices, a byte each or two, where 0 means the first and simplest; behind the end of the bytes there are zeros.

    All choices of a program are *one* draw for Hypothesis, which shrinks the bytes. Of a hundred draws it would
    make four examples of five by repeating a part of an earlier one.
    """

    def __init__(self, data: bytes) -> None:
        self._bytes = iter(data)

    def number(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``."""
        value, bound = 0, 1
        while bound <= high - low:
            value, bound = value * 256 + next(self._bytes, 0), bound * 256
        return low + value % (high - low + 1)

    def one_in(self, n: int) -> bool:
        return self.number(1, n) == n

    def choice(self, items: Iterable[T]) -> T:
        listed = list(items)
        return listed[self.number(0, len(listed) - 1)]


def drawn(make: Callable[[Choices], T]) -> st.SearchStrategy[T]:
    """What ``make`` makes of random choices, as a strategy."""

    @st.composite
    def strategy(draw: st.DrawFn) -> Any:
        return make(Choices(draw(st.binary(min_size=LENGTH, max_size=LENGTH))))

    return strategy()
