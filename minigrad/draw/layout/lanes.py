"""The lanes below the steps: gradients on their way back, memory, and how far each walk went."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from ..graph.memory import bytes_text
from ..reading.lanes import Lane, Stop
from ..reading.reading import Reach, Reading
from ..scene import Box, Path, Text
from ..text import SMALL, Line, Run, line
from ..theme import Stroke

if TYPE_CHECKING:
    from .timeline import Timeline

LANE = 13.0  # height of a lane of gradients beyond that of what stands in it
LEVEL, MOST_LEVELS = 6.0, 4  # distance of ways past columns, and how many there are side by side
MEMORY = 24.0  # height of the lane of memory
BRACKET = 36.0  # height of a row of brackets


def fading_notes(reading: Reading) -> list[Line]:
    """Where the gradients of the newest walk that became faint did so."""
    nodes = reading.graph.nodes
    notes = []
    for lane in reading.lanes:
        total = reading.sum_of(lane.walk.number)
        faint = [i for i in lane.faint if nodes[i].key.step]
        if not faint or total is None or lane.walk is not reading.track[0]:
            continue
        i, newest = max(faint), max(lane.norms)
        lag = reading.states.lag(i, newest)
        name, ends = reading.names, f"‖ is below 1 % of its newest value at lag {lag:,} (t = {nodes[i].key.step:,})."
        notes.append(line("‖∂", *name.total(total), "/∂", *name.of_state(lane.row), ends, size=12, ink="muted"))
    return notes


class Lanes:
    """Draws what lies below the steps of a timeline whose columns have their places.

    Attributes:
        deep: how much room ways past columns need in a lane, so that they do not lie on each other.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.at = timeline
        self._into_gaps: set[tuple[int, int]] = set()
        self._bars: set[str] = set()
        self._shown = list(timeline.placed)
        self._number = {placed.column.key: k for k, placed in timeline.placed.items()}
        self._order = {
            i: (k, n)
            for k, placed in timeline.placed.items()
            for n, i in enumerate(placed.column.ids)
            if i in timeline.pills
        }
        self._levels: dict[tuple[int, int], int] = {}
        for lane in timeline.reading.lanes:
            self._find_levels(lane)
        self.deep = LEVEL * max(self._levels.values(), default=0)

    def draw(self) -> None:
        """The norm at each step, and the way back between them; then memory; then the walks."""
        y = self.at.step_bottom + 10
        for row in self.at.lane_rows:
            for lane in self.at.reading.lanes:
                if lane.row == row:
                    self._draw_lane(lane, y + (self.at.lane_height - self.deep) / 2)
            y += self.at.lane_height
        if self.at.memory:
            self._draw_memory(y + MEMORY / 2)
        self._draw_brackets(self.at.frame_bottom + 18)

    # -- gradients -----------------------------------------------------------------------------

    def _draw_lane(self, lane: Lane, y: float) -> None:
        """The norms of one walk, and how the cotangents went from one to the other."""
        shown = sorted((i for i in lane.norms if i in self._order), key=self._order.__getitem__)
        columns = {i: self._order[i][0] for i in shown}
        for i, k in columns.items():
            placed, pill = self.at.placed[k], self.at.pills[i]
            pill.x, pill.y, pill.frame = (placed.left + placed.right) / 2, y, self.at.window_of[k]
            self.at.scene.boxes.append(pill)
        for source, target in lane.ways:
            if source in columns:
                self._draw_way(source, target, columns, lane.walk.number)
        for stop in lane.stops:
            self._draw_stop(stop, lane, columns)

    def _find_levels(self, lane: Lane) -> None:
        """How deep the ways past columns run that leave a state: as high as those of other states leave room."""
        first: dict[int, int] = {}
        for source, target in lane.ways:
            if source in self._order and target in self._order:
                k, j = self._order[source][0], self._order[target][0]
                if self._passes_columns(j, k):
                    first[source] = min(j, first.get(source, j))
        ends: list[int] = []
        for source in sorted(first, key=self._order.__getitem__):
            level = next((n for n, end in enumerate(ends) if end <= first[source]), len(ends))
            if level == MOST_LEVELS:
                level = len(self._levels) % MOST_LEVELS
            ends[level : level + 1] = [self._order[source][0]]
            self._levels[lane.walk.number, source] = level

    def _draw_way(self, source: int, target: int, columns: dict[int, int], walk: int) -> None:
        """The way of a cotangent back to an earlier state: past those between, or into a gap."""
        stroke, pill = self.at.theme.strokes["gradient"], self.at.pills[source]
        low = pill.y + pill.height / 2 + 4 + LEVEL * self._levels.get((walk, source), 0)
        if target in columns:
            other = self.at.pills[target]
            points = [(pill.left, pill.y), (other.right, other.y)]
            if self._passes_columns(columns[target], columns[source]):
                points = [(pill.x - 8, pill.bottom), (pill.x - 8, low), (other.x + 8, low), (other.x + 8, other.bottom)]
            name = other.name
        else:
            gap = max((k for k, (_, right) in self.at.gaps.items() if right <= pill.left), default=None)
            if gap is None or (source, gap) in self._into_gaps:
                return
            self._into_gaps.add((source, gap))
            end = self.at.gaps[gap][1]
            points, name = [(pill.left, pill.y), (end, pill.y)], ""
            if self._passes_columns(gap, columns[source]):
                points = [(pill.x - 8, pill.bottom), (pill.x - 8, low), (end, low)]
        path = Path(stroke, points, source=pill.name, target=name, kind="gradient", ids=(source, target))
        path.walk = walk
        self.at.scene.paths.append(path)

    def _passes_columns(self, first: int, last: int) -> bool:
        """Whether columns are shown between two items of the view."""
        return bisect_right(self._shown, first) < bisect_left(self._shown, last)

    def _draw_stop(self, stop: Stop, lane: Lane, columns: dict[int, int]) -> None:
        """A bar where a walk did not go on."""
        key = self.at.graph.nodes[self.at.graph.node_of[stop.target]].key
        below = [i for i in columns if self.at.graph.nodes[i].key == key]
        k = self._number.get(key)
        if not below or k is None or any(source in below for source, _ in lane.ways):
            return  # not shown, or it did go on in another way
        pill = self.at.pills[below[0]]
        x = self.at.cuts[k].x if k in self.at.cuts else self.at.placed[k].left - self.at.gutter / 2
        name, style = f"bar{lane.walk.number}_{below[0]}", self.at.theme.boxes["bar"]
        if name in self._bars:
            return
        self._bars.add(name)
        bar = Box(
            name, style, "box", (), 7.0, 26.0, x=x, y=pill.y, kind="stops", ids=(stop.target,), walk=lane.walk.number
        )
        why = "the gradient stops at the cut" if stop.cut else "the gradient stops: a constant took the state's place"
        bar.tooltip = why
        self.at.scene.boxes.append(bar)
        points = [(pill.left, pill.y), (bar.right, pill.y)]
        stroke = self.at.theme.strokes["gradient"]
        path = Path(stroke, points, source=pill.name, target=bar.name, kind="stops", ids=bar.ids, walk=bar.walk)
        self.at.scene.paths.append(path)

    # -- memory --------------------------------------------------------------------------------

    def _draw_memory(self, y: float) -> None:
        """A bar for each column, as long as its share of the largest; hollow once a walk has freed it."""
        memory = self.at.memory
        known = {k: memory[p.column.key] for k, p in self.at.placed.items() if p.column.key in memory}
        largest = max((kept.size for kept in memory.values()), default=0) or 1
        texts = {k: line(bytes_text(kept.size), size=SMALL, ink="muted") for k, kept in known.items()}
        widest = max((text.width for text in texts.values()), default=0.0)
        for k, kept in known.items():
            placed = self.at.placed[k]
            width = max((placed.right - placed.left - widest - 18) * kept.size / largest, 1.0)
            kind = "freed" if kept.walk or kept.cut else "memory"
            style = self.at.theme.boxes[kind]
            box = Box(f"memory{k}", style, "box", (), width, 9.0, x=placed.left + 4 + width / 2, y=y)
            box.frame, box.kind, box.ids = self.at.window_of[k], kind, kept.ids
            box.walk, box.cut = kept.walk, kept.cut
            by = f"walk {kept.walk}" if kept.walk else f"cut {kept.cut}"
            then = "kept for a walk" if kind == "memory" else f"kept until {by}, which freed them"
            box.tooltip = f"{kept.size:,} bytes {then}"
            if kept.size:
                self.at.scene.boxes.append(box)
            text, x = texts[k], placed.left + 4 + (width + 6 if kept.size else 0)
            self.at.scene.texts.append(Text(text, x + text.width / 2, y, kind, kept.ids, kept.walk, kept.cut))

    # -- walks that overlap --------------------------------------------------------------------

    def _draw_brackets(self, top: float) -> None:
        """How far each walk went back: thick where its losses are, thin behind them."""
        shown = {placed.column.key.step for placed in self.at.placed.values()}
        for reach, row in self.at.brackets.items():
            y = top + row * BRACKET
            span = self.at.extent(reach)
            assert span is not None
            left, first, right = span
            style = self.at.theme.windows[(reach.walk - 1) % len(self.at.theme.windows)]
            ends = [(left, y), (right, y)]
            if reach.border in shown:
                ends.insert(0, (left, y - 6))
            if reach.last in shown:
                ends.append((right, y - 6))
            self.at.scene.paths.append(Path(Stroke(style.stroke, 1.6), ends, arrow=False, kind="walk", walk=reach.walk))
            new = [(first, y), (right, y)]
            self.at.scene.paths.append(
                Path(Stroke(style.stroke, 5.0), new, arrow=False, kind="counts", ids=reach.losses, walk=reach.walk)
            )
            self.at.scene.texts.append(Text(bracket_label(reach), (left + right) / 2, y + 13, "walk", walk=reach.walk))


def bracket_label(reach: Reach) -> Line:
    """What is written at the bracket of a walk."""
    losses = f"ℓ at {reach.first}" if reach.first == reach.last else f"ℓ at {reach.first} to {reach.last}"
    return line(Run(f"walk {reach.walk}", bold=True), f"  {losses}, back to {reach.border}", size=SMALL)


def rows_of_brackets(timeline: Timeline) -> dict[Reach, int]:
    """The row of each bracket: the highest that is free there."""
    taken: list[float] = []
    rows: dict[Reach, int] = {}
    for reach in timeline.reading.reaches:
        span = timeline.extent(reach)
        if span is None:
            continue
        half = max((span[2] - span[0]) / 2, bracket_label(reach).width / 2)
        left, right = (span[0] + span[2]) / 2 - half, (span[0] + span[2]) / 2 + half
        row = next((n for n, end in enumerate(taken) if end + 8 < left), len(taken))
        taken[row : row + 1] = [right]
        rows[reach] = row
    return rows
