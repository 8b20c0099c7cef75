"""Lists in texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_SIDE = 4  # items named at each end of a long list


def listed(items: Sequence[Any], name: Callable[[Any], str] = str) -> str:
    """The names of ``items``; a long list loses its middle, and says so."""
    if len(items) <= 2 * _SIDE + 1:
        return ", ".join(map(name, items))
    between = f"… {len(items) - 2 * _SIDE:,} more …"
    return ", ".join([*map(name, items[:_SIDE]), between, *map(name, items[-_SIDE:])])
