"""The boxes in the lanes of gradients: the norm of the cotangent of a state."""

from __future__ import annotations

from ..reading.captions import norm_lines
from ..reading.lanes import Lane
from ..reading.reading import Reading
from ..scene import Box
from ..theme import Theme
from .boxes import size_of


def norm_box(reading: Reading, i: int, lane: Lane, theme: Theme, name: str, *, tight: bool) -> Box:
    """The box of the norm of a cotangent, of a name; a tight one has two lines."""
    lines = norm_lines(reading, i, lane.walk.number, lane.norms[i], tight=tight)
    style = theme.boxes["faint" if i in lane.faint else "gradient"]
    width, height = size_of(lines, ())
    high = height + 6 if tight else 25.0
    return Box(name, style, "round", lines, width + 14, high, kind="norm", ids=(i,), walk=lane.walk.number)
