"""Arrays in a picture: a few numbers as numbers, more as a heat map, very many as a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.backend import REAL, Array, to_host
from ..scene import Cells
from ..text import SMALL, Line, line, number
from ..theme import Theme

MOST_NUMBERS = 4
MOST_MAPPED = 4096  # entries of an array that becomes a heat map
ROOM = (64, 30)  # of a heat map
_LEVELS = 8  # shades on each side of zero
_BINS, _STEPS = 16, 6  # of a histogram

Host = np.ndarray[Any, Any]


def value_parts(array: Array | None, theme: Theme, *, head: str, missing: str, ink: str) -> Line | Cells:
    """An array as a line of numbers or as cells; a line with ``missing`` where there is none."""
    prefix = f"{head} " if head else ""
    if array is None:
        return line(f"{prefix}{missing}", size=SMALL, ink=ink)
    host = to_host(array)
    if host.size <= MOST_NUMBERS or host.dtype.kind not in REAL:
        entries = host.ravel()[:MOST_NUMBERS].tolist()
        text = ", ".join(number(float(entry)) for entry in entries)
        return line(f"{prefix}{text}" if host.ndim == 0 else f"{prefix}[{text}]", size=SMALL, ink=ink)
    values = host.astype(float)
    rows = heat_map(values, theme) if host.size <= MOST_MAPPED else histogram(values, theme)
    size = (max(ROOM[0] // len(rows[0]), 2), max(min(ROOM[1] // len(rows), 10), 3))
    return Cells(rows, size, line(head, size=SMALL, ink=ink))


def heat_map(values: Host, theme: Theme) -> tuple[tuple[str, ...], ...]:
    """Colours by value on a scale that is symmetric about zero; neighbours are averaged to fit."""
    grid = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(1, -1)
    grid = _averaged(_averaged(grid, 16).T, 8 if values.ndim > 1 else 1).T if values.ndim > 1 else _averaged(grid, 16)
    scale = float(np.abs(grid[np.isfinite(grid)]).max(initial=0.0)) or 1.0
    return tuple(tuple(shade(float(entry) / scale, theme) for entry in row) for row in grid)


def _averaged(grid: Host, most: int) -> Host:
    """At most ``most`` columns, each the mean of neighbours."""
    if grid.shape[1] <= most:
        return grid
    parts: Sequence[Host] = np.array_split(grid, most, axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def histogram(values: Host, theme: Theme) -> tuple[tuple[str, ...], ...]:
    """How often values occur: columns from the smallest to the largest value, each in its shade."""
    finite = values[np.isfinite(values)]
    counts, edges = np.histogram(finite, bins=_BINS)
    scale = float(np.abs(edges).max()) or 1.0
    heights = np.ceil(counts / max(counts.max(), 1) * _STEPS).astype(int).tolist()
    centres = ((edges[1:] + edges[:-1]) / 2 / scale).tolist()
    return tuple(
        tuple(_strong(centre, theme) if height >= level else "" for height, centre in zip(heights, centres))
        for level in range(_STEPS, 0, -1)
    )


def shade(value: float, theme: Theme) -> str:
    """The colour of a value between -1 and 1; of what is no number, that of a cut."""
    if not np.isfinite(value):
        return theme.boxes["cut"].stroke
    below, zero, above = theme.ramp
    share = round(abs(max(-1.0, min(1.0, value))) * _LEVELS) / _LEVELS
    return mixed(zero, above if value > 0 else below, share)


def _strong(value: float, theme: Theme) -> str:
    """A shade that is visible near zero too."""
    return shade(max(abs(value), 0.45) * (1 if value >= 0 else -1), theme)


def mixed(first: str, second: str, share: float) -> str:
    """The colour between two, from 0 for the first to 1 for the second."""
    channels = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)
