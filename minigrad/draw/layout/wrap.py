"""A layered placement that runs from left to right, broken into lines like a text where it is too wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from ..scene import Point
from .layers import Edge, Layers

WIDEST = 1800.0
MOST_AROUND = 4  # no line ends where the edges of more sources than this would go around to the next one
LEAD = 16.0  # distance of the first edge that goes around from the boxes
TRACK = 10.0  # distance of two edges that go around
_PRICE = 0.1  # of a line: how much shorter or longer a line may be to save an edge that goes around


@dataclass(slots=True)
class _Line:
    """Levels side by side, and the sources of the edges that go on in the next line, the highest one first.

    A line begins at ``start`` along the flow and takes what lies from ``low`` to ``high`` across it; ``top`` is where
    its upper border is in the picture.
    """

    levels: range
    around: list[int]
    start: float
    low: float
    high: float
    top: float = 0.0


class Wrapped:
    """The placement in lines; places are counted from its upper left corner.

    Args:
        layers: the placement.
        edges: (source, target) pairs.
        heights: of each item, across the flow.
        widest: how long a line may be.

    Attributes:
        width, height: of it all.
    """

    def __init__(self, layers: Layers, edges: Sequence[Edge], heights: Sequence[float], widest: float = WIDEST) -> None:
        self._layers = layers
        self._heights = heights
        leaving = _leaving(layers, edges)
        for around in range(MOST_AROUND + 1):
            room = widest - 2 * (LEAD + TRACK * around)
            self._lines = [self._line(levels, leaving) for levels in _broken(layers, leaving, widest, room)]
            if max((len(line.around) for line in self._lines), default=0) <= around:
                break
        self._line_of = {level: line for line in self._lines for level in line.levels}
        tracks = max((len(line.around) for line in self._lines), default=0)
        self._indent = LEAD + TRACK * tracks if tracks else 0.0
        self.height = 0.0
        for line in self._lines:
            line.top = self.height
            room = 2 * LEAD + TRACK * len(line.around) if line.around else 0.0
            self.height += line.high - line.low + room
        ends = [layers.bands[line.levels[-1]][1] - line.start for line in self._lines]
        self.width = max(ends, default=0.0) + 2 * self._indent

    def _line(self, levels: range, leaving: Sequence[dict[int, float]]) -> _Line:
        layers = self._layers
        items = [item for level in levels for item in layers.order[level]]
        sides = [layers.across[i] + side * self._heights[i] / 2 for i in items for side in (-1, 1)]
        sides += [across for level in levels for across in leaving[level].values()]
        end = leaving[levels[-1]] if levels[-1] + 1 < len(layers.bands) else {}
        return _Line(levels, sorted(end, key=end.__getitem__), layers.bands[levels[0]][0], min(sides), max(sides))

    def at(self, level: int, along: float, across: float) -> Point:
        """Where a point of a level lies."""
        line = self._line_of[level]
        return self._indent + along - line.start, line.top + across - line.low

    def centre(self, item: int) -> Point:
        """The centre of an item."""
        layers = self._layers
        return self.at(layers.level[item], layers.along[item], layers.across[item])

    def route(self, edge: Edge, beside: float = 0.0) -> list[Point]:
        """The points of an edge between the levels of its ends; it arrives ``beside`` the centre of its target."""
        layers, (source, target) = self._layers, edge
        first, last = layers.level[source], layers.level[target]
        passed = [across for across, _ in layers.bends[edge][::2]]
        points = [self.at(first, layers.bands[first][1], layers.across[source])]
        for level, across in enumerate([*passed, layers.across[target] + beside], first + 1):
            start, end = (self.at(level, along, across) for along in layers.bands[level])
            before = self._line_of[level - 1]
            if before is not self._line_of[level]:
                points += _way_around(before, source, points[-1], start)
            points += [start, end] if level < last else [start]
        return points


def _way_around(line: _Line, source: int, end: Point, start: Point) -> list[Point]:
    """From the end of a line down, back, and to the start of the next; no two of these ways cross."""
    rank = line.around.index(source)
    outer = LEAD + TRACK * (len(line.around) - 1 - rank)
    right, left = end[0] + outer, start[0] - LEAD - TRACK * rank
    between = line.top + line.high - line.low + outer
    return [(right, end[1]), (right, between), (left, between), (left, start[1])]


def _leaving(layers: Layers, edges: Sequence[Edge]) -> list[dict[int, float]]:
    """For each level the sources of the edges that leave it for the next, and where across the flow."""
    leaving: list[dict[int, float]] = [{} for _ in layers.bands]
    for source, target in edges:
        first, last = layers.level[source], layers.level[target]
        leaving[first][source] = layers.across[source]
        for level, (across, _) in zip(range(first + 1, last), layers.bends[source, target][::2]):
            leaving[level][source] = across
    return leaving


def _broken(layers: Layers, leaving: Sequence[dict[int, float]], widest: float, room: float) -> list[range]:
    """The levels of each line: one if that is not too wide, else about equally long, ended where few edges go around.

    Args:
        layers: the placement.
        leaving: what leaves each level.
        widest: how long a single line may be.
        room: how long each of several lines may be.
    """
    bands = layers.bands
    lines = []
    first = 0
    while bands and bands[-1][1] - bands[first][0] > (room if first else widest):
        left = bands[-1][1] - bands[first][0]
        wished = left / ceil(left / room)
        ends = {level: bands[level][1] - bands[first][0] for level in range(first, len(bands) - 1)}
        costs = {
            level: abs(length - wished) + _PRICE * wished * len(leaving[level])
            for level, length in ends.items()
            if wished / 2 <= length <= room and len(leaving[level]) <= MOST_AROUND
        }
        if not costs:
            break
        last = min(costs, key=costs.__getitem__)
        lines.append(range(first, last + 1))
        first = last + 1
    return [*lines, range(first, len(bands))] if bands else []
