"""The lanes below the steps: gradients on their way back, memory, and how far each walk went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..graph.memory import bytes_text
from ..graph.model import Key
from ..graph.roles import Total, norm
from ..reading.names import Names
from ..scene import Box, Path, Text
from ..text import SMALL, Line, Run, line, symbol
from ..theme import Stroke

if TYPE_CHECKING:
    from .timeline import Timeline

LANE = 38.0  # height of a lane of gradients
MEMORY = 24.0  # height of the lane of memory
BRACKET = 36.0  # height of a row of brackets
FAINT = 0.01  # of the newest gradient: below it a gradient is called faint

Row = tuple[str, int]


class Fading:
    """Where the gradient of a state became faint on its way back.

    Args:
        names: the names.
        row: of the state.

    Attributes:
        faint: the ids whose gradient is below 1 % of the newest one of its walk.
        lags: for each walk in which that happened the lag of the first such gradient and its step.
    """

    def __init__(self, names: Names, row: Row) -> None:
        graph = names.graph
        newest: dict[int, tuple[Key, float]] = {}
        self.faint: set[int] = set()
        self.lags: dict[int, tuple[int, int]] = {}
        for i in sorted((i for i, slot in names.slot_of.items() if slot == row), reverse=True):
            key = graph.nodes[i].key
            size = norm(graph, i)
            if size is None:
                continue
            walk = names.walk_of(key)
            if walk not in newest and walk in names.totals and key.step < names.totals[walk].last:
                continue  # a later walk has replaced its newest gradients
            last, largest = newest.setdefault(walk, (key, size))
            if size < FAINT * largest:
                self.faint.add(i)
                if key.step:
                    self.lags.setdefault(walk, (last.step - key.step, key.step))


def fading_notes(timeline: Timeline) -> list[Line]:
    """Where the gradients of the newest walk that became faint did so."""
    notes = []
    for row, fading in timeline.fading.items():
        if fading.lags:
            walk = max(fading.lags)
            lag, step = fading.lags[walk]
            name, count = timeline.names.states[row]
            state = (*symbol(name), *([Run(f"({count})", shift="sup")] if count else []))
            ends = f"‖ falls below 1 % of its newest value at lag {lag:,} (t = {step:,})."
            notes.append(line("‖∂", *timeline.names.total(walk), "/∂", *state, ends, size=12, ink="muted"))
    return notes


class Lanes:
    """Draws what lies below the steps of a timeline whose columns have their places."""

    def __init__(self, timeline: Timeline) -> None:
        self.at = timeline

    def draw(self) -> None:
        """The norm at each step, and the way back between them; then memory; then the walks."""
        y = self.at.step_bottom + 10
        for row in self.at.lanes:
            self._draw_lane(row, y + LANE / 2)
            y += LANE
        if self.at.memory:
            self._draw_memory(y + MEMORY / 2)
        self._draw_brackets(self.at.frame_bottom + 18)

    # -- gradients -----------------------------------------------------------------------------

    def _draw_lane(self, row: Row, y: float) -> None:
        faint = self.at.fading[row].faint
        previous: tuple[int, int] | None = None
        for k, placed in self.at.placed.items():
            i = next((i for i in placed.column.ids if i in self.at.pills and self.at.names.slot_of[i] == row), None)
            if i is None:
                continue
            pill = self.at.pills[i]
            pill.x, pill.y = (placed.left + placed.right) / 2, y
            pill.frame = self.at.window_of[k]
            if i in faint:
                pill.style = self.at.theme.boxes["faint"]
            self.at.scene.boxes.append(pill)
            if norm(self.at.graph, i) is not None:
                self._draw_return(k, i, previous)
            previous = (k, i)

    def _draw_return(self, k: int, i: int, previous: tuple[int, int] | None) -> None:
        """The gradient's way from a column back to the one before, or to the bar at the cut."""
        stroke = self.at.theme.strokes["gradient"]
        pill = self.at.pills[i]
        if k in self.at.cuts:
            bar = Box(f"bar{k}_{i}", self.at.theme.boxes["bar"], "box", (), 7.0, 26.0, x=self.at.cuts[k].x, y=pill.y)
            bar.tooltip = "the gradient stops at the cut"
            self.at.scene.boxes.append(bar)
            points = [(pill.left, pill.y), (bar.right, pill.y)]
            self.at.scene.paths.append(Path(stroke, points, source=pill.name, target=bar.name))
        elif previous is not None and norm(self.at.graph, previous[1]) is not None:
            before, here = self.at.placed[previous[0]].column.key, self.at.placed[k].column.key
            if before.segment == here.segment:
                other = self.at.pills[previous[1]]
                points = [(pill.left, pill.y), (other.right, pill.y)]
                self.at.scene.paths.append(Path(stroke, points, source=pill.name, target=other.name))

    # -- memory --------------------------------------------------------------------------------

    def _draw_memory(self, y: float) -> None:
        """A bar for each step, as long as its share of the largest; hollow once a cut has freed it."""
        memory = self.at.memory
        largest = max(memory.values()) or 1
        texts = {k: line(bytes_text(memory[p.column.key]), size=SMALL, ink="muted") for k, p in self.at.placed.items()}
        widest = max((text.width for text in texts.values()), default=0.0)
        for k, placed in self.at.placed.items():
            segment = self.at.graph.segment_of(placed.column.key)
            size = memory[placed.column.key]
            room = placed.right - placed.left - widest - 18
            width = max(room * size / largest, 1.0)
            style = self.at.theme.boxes["memory" if segment.current else "freed"]
            box = Box(f"memory{k}", style, "box", (), width, 9.0, x=placed.left + 4 + width / 2, y=y)
            box.frame = self.at.window_of[k]
            box.tooltip = f"{size:,} bytes kept for the walk{'' if segment.current else ', freed by the cut'}"
            if size:
                self.at.scene.boxes.append(box)
            text = texts[k]
            self.at.scene.texts.append(Text(text, placed.left + 4 + (width + 6 if size else 0) + text.width / 2, y))

    # -- walks that overlap --------------------------------------------------------------------

    def _draw_brackets(self, top: float) -> None:
        """How far each walk went back: thick where its losses are, thin behind them."""
        shown = {placed.column.key.step for placed in self.at.placed.values()}
        for total, row in self.at.brackets.items():
            y = top + row * BRACKET
            span = self.at.extent(total)
            assert span is not None
            left, first, right = span
            style = self.at.theme.windows[(total.number - 1) % len(self.at.theme.windows)]
            ends = [(left, y), (right, y)]
            if total.border in shown or total.border == 0:
                ends.insert(0, (left, y - 6))
            if total.last in shown:
                ends.append((right, y - 6))
            self.at.scene.paths.append(Path(Stroke(style.stroke, 1.6), ends, arrow=False))
            self.at.scene.paths.append(Path(Stroke(style.stroke, 5.0), [(first, y), (right, y)], arrow=False))
            self.at.scene.texts.append(Text(bracket_label(total), (left + right) / 2, y + 13))


def bracket_label(total: Total) -> Line:
    """What is written at the bracket of a walk."""
    losses = f"ℓ at {total.first}" if total.first == total.last else f"ℓ at {total.first} to {total.last}"
    return line(Run(f"walk {total.number}", bold=True), f"  {losses}, back to {total.border}", size=SMALL)


def rows_of_brackets(timeline: Timeline) -> dict[Total, int]:
    """The row of each bracket: the highest that is free there."""
    taken: list[float] = []
    rows: dict[Total, int] = {}
    for total in timeline.names.totals.values():
        span = timeline.extent(total)
        if span is None:
            continue
        half = max((span[2] - span[0]) / 2, bracket_label(total).width / 2)
        left, right = (span[0] + span[2]) / 2 - half, (span[0] + span[2]) / 2 + half
        row = next((n for n, end in enumerate(taken) if end + 8 < left), len(taken))
        taken[row : row + 1] = [right]
        rows[total] = row
    return rows
