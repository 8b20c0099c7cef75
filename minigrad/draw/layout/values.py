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
Rows = tuple[tuple[str, ...], ...]


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
    kind, painted = ("heat map", heat_map) if host.size <= MOST_MAPPED else ("histogram", histogram)
    rows, scale = painted(host.astype(float), theme)
    size = (max(ROOM[0] // len(rows[0]), 2), max(min(ROOM[1] // len(rows), 10), 3))
    return Cells(rows, size, line(f"{prefix}{scale}", size=SMALL, ink=ink), kind)


def heat_map(values: Host, theme: Theme) -> tuple[Rows, str]:
    """Colours by value on a scale that is symmetric about zero, and its end; neighbours are averaged to fit."""
    grid = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(1, -1)
    grid = _averaged(_averaged(grid, 16).T, 8 if values.ndim > 1 else 1).T if values.ndim > 1 else _averaged(grid, 16)
    known = grid[np.isfinite(grid)]
    largest = float(np.abs(known).max(initial=0.0))
    said = f"±{number(largest)}" if largest else "all 0" if known.size else "none finite"
    return tuple(tuple(shade(float(entry) / (largest or 1.0), theme) for entry in row) for row in grid), said


def _averaged(grid: Host, most: int) -> Host:
    """At most ``most`` columns, each the mean of neighbours."""
    if grid.shape[1] <= most:
        return grid
    parts: Sequence[Host] = np.array_split(grid, most, axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def histogram(values: Host, theme: Theme) -> tuple[Rows, str]:
    """How often values occur: columns from the smallest to the largest value, each in its shade; and these two."""
    finite = values[np.isfinite(values)]
    counts, edges = np.histogram(finite, bins=_BINS)
    scale = float(np.abs(edges).max()) or 1.0
    heights = np.ceil(counts / max(counts.max(), 1) * _STEPS).astype(int).tolist()
    centres = ((edges[1:] + edges[:-1]) / 2 / scale).tolist()
    rows = tuple(
        tuple(_strong(centre, theme) if height >= level else "" for height, centre in zip(heights, centres))
        for level in range(_STEPS, 0, -1)
    )
    return rows, f"{number(edges[0])} … {number(edges[-1])}"


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
