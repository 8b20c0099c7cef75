"""Lists, values and texts from elsewhere, as messages show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_SIDE = 4  # items named at each end of a long list
_LONGEST = 60  # characters of a value in a message


def listed(items: Sequence[Any], name: Callable[[Any], str] = str) -> str:
    """The names of ``items``; a long list loses its middle, and says so."""
    if len(items) <= 2 * _SIDE + 1:
        return ", ".join(map(name, items))
    between = f"… {len(items) - 2 * _SIDE:,} more …"
    return ", ".join([*map(name, items[:_SIDE]), between, *map(name, items[-_SIDE:])])


def shown(value: Any) -> str:
    """``repr(value)``, of a long one the two ends."""
    if isinstance(value, int) and value.bit_length() > 10_000:  # from where on Python refuses to write it
        return f"a number of {value.bit_length():,} bits"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"


def printable(text: object) -> str:
    """``text`` with control characters, which could steer a terminal, made visible."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in str(text))
