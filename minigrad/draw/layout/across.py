"""The columns of a timeline from left to right, in one row or broken into several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..reading.captions import step_caption
from ..reading.view import Column, Gap
from ..scene import Box
from .states import TRACK
from .template import Content, Template

if TYPE_CHECKING:
    from .timeline import Timeline

PAD, TIGHT_PAD = 16.0, 8.0  # inside a step's box
CUT_WIDTH = 76.0
GAP_WIDTH = 108.0
LEAD = 9.0  # how far a line runs on at the end of a row, and before the next one


@dataclass(slots=True)
class Placed:
    """A column between ``left`` and ``right``; its template begins at ``inset`` from the left."""

    column: Column
    content: Content
    template: Template
    left: float = 0.0
    right: float = 0.0
    inset: float = 0.0


@dataclass(slots=True)
class Cut:
    """A cut in its place, with the box at which each id passes it; number 0 for states that are detached by hand."""

    number: int
    x: float
    gates: dict[int, Box] = field(default_factory=dict)


class Piece(NamedTuple):
    """What is not broken: from where to where it reaches, and whether a window begins with it.

    ``end`` lies behind the cut that follows, if one does.
    """

    start: float
    end: float
    opens: bool


@dataclass(slots=True)
class Broken:
    """Rows of columns.

    Attributes:
        at: where each row but the first begins, if all were one row.
        first: the columns that begin a row.
        below: whether all columns lie below what stands before them.
    """

    at: list[float] = field(default_factory=list)
    first: set[int] = field(default_factory=set)
    below: bool = False


class Across:
    """Gives the columns of a timeline their places, whose heights are known."""

    def __init__(self, timeline: Timeline) -> None:
        self.at = timeline
        tracks = max(timeline.crossings.tracks.values(), default=-1) + 1
        wide = 4.0 if timeline.tight else 10.0
        timeline.gutter = 14.0 + TRACK * max(tracks - 1, 0) + (wide if tracks else 0.0)
        timeline.margin = max(16.0 if not timeline.tight else 12.0, timeline.gutter)
        timeline.entering_boxes = {i: self._entering_box(i) for i in timeline.crossings.entering}
        self._least = self._least_widths()
        index = {i: k for k, placed in timeline.placed.items() for i in placed.column.ids}
        self._detached = {index[target] for _, target in timeline.crossings.detached}

    def place(self, left: float, before: Sequence[float], room: float | None) -> None:
        """Place the columns behind what stands before them.

        Args:
            left: the left border.
            before: the widths of what stands there.
            room: of a row; ``None`` for one row of any width.
        """
        x = left
        pieces: list[Piece] = []
        for width in before:
            pieces.append(Piece(x, x + width, opens=True))
            x += width
        columns = self._in_a_row(x, frozenset())
        if room is None:
            return
        begins = broken([*pieces, *columns], room)
        rows = self.at.rows
        rows.first = {k - len(before) for k in begins if k > len(before)}
        rows.below = len(before) in begins
        rows.at = [pieces[k].start for k in begins if k < len(before)] + [x] * rows.below
        columns = self._in_a_row(x, frozenset(rows.first))
        rows.at += [columns[k].start - LEAD for k in sorted(rows.first)]

    def _in_a_row(self, x: float, first: frozenset[int]) -> list[Piece]:
        """Place the columns side by side, with room for lines to leave and to enter where a row begins."""
        at, view = self.at, self.at.view
        at.cuts.clear()
        at.gaps.clear()
        pieces: list[Piece] = []
        start = x
        x = self._place_entering(x)
        segment = None
        for k, item in enumerate(view.items):
            opens = isinstance(item, Column) and item.key.segment != segment
            if k and (at.cut_before(k) or k in self._detached):
                x += at.margin if opens else at.gutter
                at.cuts[k] = Cut(self._number_of_cut(k), x + CUT_WIDTH / 2)
                x += CUT_WIDTH
            elif k in first:
                x += at.margin
            if pieces:
                pieces[-1] = pieces[-1]._replace(end=max(pieces[-1].end, x))
                start = x = x + 2 * LEAD * (k in first)
            if isinstance(item, Gap):
                x += self._before_gap(k)
                at.gaps[k] = (x, x + GAP_WIDTH)
                x += GAP_WIDTH
            else:
                wide = opens or k in first
                start -= 0.0 if wide else at.margin - at.gutter
                x += at.margin + (14.0 if opens and k - 1 in at.gaps else 0.0) if wide else at.gutter
                x = self._place_column(k, x)
                segment = item.key.segment
            pieces.append(Piece(start, x + at.margin, opens))
        if at.last_cut() and (not view.items or isinstance(view.items[-1], Column)):
            x += at.margin
            at.cuts[len(view.items)] = Cut(at.last_cut(), x + CUT_WIDTH / 2)
            x += CUT_WIDTH - at.margin
            pieces = [*pieces[:-1], Piece(pieces[-1].start if pieces else start, x + at.margin, opens=True)]
        at.right = x + (at.margin if at.placed else 0.0)
        return pieces

    def _number_of_cut(self, k: int) -> int:
        item = self.at.view.items[k]
        return (
            self.at.graph.segment_of(item.key).number - 1 if isinstance(item, Column) and self.at.cut_before(k) else 0
        )

    def _place_column(self, k: int, x: float) -> float:
        placed = self.at.placed[k]
        low, high = placed.template.span(placed.content) if self.at.tight else (0.0, placed.template.width)
        width = max(high - low + 2 * (TIGHT_PAD if self.at.tight else PAD), self._least[k])
        placed.left, placed.right = x, x + width
        placed.inset = (width - (high - low)) / 2 - low
        return x + width

    def _place_entering(self, x: float) -> float:
        """Room for what enters the first column, and for the cut that it comes from."""
        at, lost = self.at, self.at.lost_cut()
        if at.entering_boxes:
            widest = max(box.width for box in at.entering_boxes.values())
            at.entering_x = x + widest / 2
            x += widest + (10.0 if lost else 26.0)
        if lost:
            at.cuts[0] = Cut(lost, x + CUT_WIDTH / 2)
            x += CUT_WIDTH
        return x

    def _before_gap(self, k: int) -> float:
        """The distance of a gap from what lies before it: more if the window ends there."""
        items = self.at.view.items
        before = items[k - 1] if k else None
        after = items[k + 1] if k + 1 < len(items) else None
        if not isinstance(before, Column):
            return 0.0
        stays = isinstance(after, Column) and after.key.segment == before.key.segment
        return 16.0 if stays else self.at.margin + 14.0

    def _least_widths(self) -> dict[int, float]:
        """The width that each column needs for captions, sums and gradients: all of a group the same, if not tight."""
        at = self.at
        least: dict[int, float] = {}
        for k, placed in at.placed.items():
            needs = [step_caption(at.reading, placed.column.key).width + 28]
            needs += [at.pills[i].width + 20 for i in placed.column.ids if i in at.pills]
            needs += [at.sum_boxes[i].width + 16 for i, each in at.sums.items() if each.column == k]
            least[k] = max(needs)
        if at.tight:
            return least
        groups: dict[str, float] = {}
        for k, placed in at.placed.items():
            group = placed.column.group
            groups[group] = max(groups.get(group, 0.0), least[k], placed.template.width + 2 * PAD)
        return {k: groups[placed.column.group] for k, placed in at.placed.items()}

    def _entering_box(self, i: int) -> Box:
        at = self.at
        leaf = at.graph.leaves.get(i)
        first = at.placed[0].column.key
        if leaf is None:
            runs = at.names.lost(i, at.crossings.row(i, at.crossings.entering[i][0]), first)
            return at.boxes.data(f"d{i}", runs)
        return at.boxes.data(f"d{i}", at.names.data(leaf, first, "h"), leaf, zero=at.reading.is_zero(i))


def broken(pieces: Sequence[Piece], room: float) -> list[int]:
    """The pieces that begin a row but the first: where a window begins if one fits, else where most pieces fit.

    What is wider than the room has a row of its own.
    """
    begins: list[int] = []
    first, lead = 0, 0.0
    while True:
        left = pieces[first].start - lead
        if pieces[-1].end - left <= room:
            return begins
        last = max([k for k in range(first, len(pieces)) if pieces[k].end + LEAD - left <= room], default=first)
        usable = range(first + 1, min(last + 2, len(pieces)))
        if not usable:
            return begins
        first = max([k for k in usable if pieces[k].opens], default=usable[-1])
        begins.append(first)
        lead = LEAD
