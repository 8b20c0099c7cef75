"""Placement in time: columns are steps, rows are operations.

Linear in what is shown. Everything has its place by what it is: states travel in tracks between the
columns, losses rise into rows above them, gradients return in lanes below.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from ..graph.model import in_loop
from ..reading.captions import step_caption, window_caption
from ..reading.reading import Reach, Reading
from ..reading.view import MORE, Column, Gap
from ..scene import Box, Frame, Path, Point, Scene, Text
from ..text import SMALL, line
from .across import PAD, Across, Broken, Cut, Placed
from .boxes import Boxes
from .columns import Columns
from .crossings import Crossings
from .fold import DELAY, Fold
from .lanes import BRACKET, LANE, MEMORY, Lanes, rows_of_brackets
from .norms import norm_box
from .states import GATE, States
from .sums import BAND, SumRows
from .template import Content, Item, Template, make_template
from .totals import make_sum_boxes, place_sums

CAPTION = 26.0  # height of a caption inside a frame
MOST_LANES = 4


def _step(placed: Placed) -> int:
    return placed.column.key.step


class Timeline:
    """Places the columns of one view, and everything between, above and below them.

    Args:
        reading: what to draw.
        boxes: makes the boxes.
        scene: receives the boxes, paths and frames.
        crossings: the uses across columns.
        folds: the folded steps, which share the rows of the others.
        tight: make each column as wide as its own content, not as the widest one of its kind.

    Attributes:
        templates: the placement inside the columns of each group.
        right, bottom: where the columns end.
        step_top, step_bottom: the vertical extent of the steps.
        rows: how the columns are broken into rows.
    """

    def __init__(
        self,
        reading: Reading,
        boxes: Boxes,
        scene: Scene,
        crossings: Crossings,
        folds: Sequence[Fold] = (),
        *,
        tight: bool = False,
    ) -> None:
        self.reading = reading
        self.graph = reading.graph
        self.view = reading.view
        self.names = reading.names
        self.boxes = boxes
        self.scene = scene
        self.theme = boxes.theme
        self.tight = tight
        self.rows = Broken()
        self.right = self.gutter = self.margin = self.entering_x = 0.0
        self.entering_boxes: dict[int, Box] = {}
        self.crossings = crossings
        self.placed: dict[int, Placed] = {}
        self.gaps: dict[int, tuple[float, float]] = {}
        self.cuts: dict[int, Cut] = {}
        self.box_of: dict[int, Box] = {}
        self.item_of: dict[int, tuple[Placed, Item]] = {}
        self.sums = place_sums(reading)
        self.sum_boxes = make_sum_boxes(boxes, self.sums, self.crossings.far)
        self.templates: dict[str, Template] = {}
        self._fill_columns(folds)
        self.lane_rows = list(dict.fromkeys(lane.row for lane in sorted(reading.lanes, key=lambda lane: lane.row)))
        self.lane_rows = self.lane_rows[:MOST_LANES]
        shown = (lane for lane in reading.lanes if lane.row in self.lane_rows)
        self.pills = {
            i: norm_box(reading, i, lane, self.theme, f"g{i}", tight=tight)
            for lane in shown
            for i in lane.norms
            if i in self.box_of
        }
        self.lanes = Lanes(self)
        self.lane_height = LANE + max((pill.height for pill in self.pills.values()), default=0.0) + self.lanes.deep
        steps = any(in_loop(placed.column.key) for placed in self.placed.values())
        self.memory = reading.kept if steps and any(kept.size for kept in reading.kept.values()) else {}
        self._routes: dict[tuple[object, ...], list[tuple[Item, Item, list[Point]]]] = {}
        self._delays = max((len(fold.delays) for fold in folds), default=0)
        self._notes = 16.0 * max((len(fold.notes()) for fold in folds), default=0)
        self.brackets: dict[Reach, int] = {}
        self.band = max([BAND, *(box.height + 16 for box in self.sum_boxes.values())])
        self._levels = max((each.level + 1 for each in self.sums.values()), default=0)
        self._levels = max(self._levels, int(any(fold.sums for fold in folds)))

    def place(self, left: float, top: float, before: Sequence[float] = (), room: float | None = None) -> None:
        """Give everything its place, from a left and an upper border on.

        Args:
            left, top: the borders.
            before: the widths of what stands to the left of the columns.
            room: the width of a row of columns, if they are to be broken into rows.
        """
        self._fix_heights(top)
        Across(self).place(left, before, room)
        if self.reading.overlapping or any(map(self._passes_a_cut, self.reading.reaches)):
            self.brackets = rows_of_brackets(self)
            self.bottom += 10 + BRACKET * (1 + max(self.brackets.values(), default=-1))
        self._draw_windows()
        self._draw_columns()
        States(self).draw()
        SumRows(self).draw()
        self.lanes.draw()

    # -- what is in the columns ----------------------------------------------------------------

    def _fill_columns(self, folds: Sequence[Fold]) -> None:
        leaving = {use.source for use in self.crossings.near}
        rising = {i for each in self.sums.values() for i in each.sources if i not in self.sums}
        groups: dict[str, list[int]] = {}
        contents: dict[int, Content] = {}
        drawn_outside = set(self.crossings.detached.values())
        columns = Columns(self.graph, self.boxes, self.names.gathers, self.crossings.far)
        for k, column in enumerate(self.view.items):
            if isinstance(column, Column):
                outside = drawn_outside if k else drawn_outside | self.crossings.entering.keys()
                contents[k] = columns.content(column, outside)
                groups.setdefault(column.group, []).append(k)
        by_group = {fold.group: fold for fold in folds}
        for group in by_group:
            groups.setdefault(group, [])
        for group, members in groups.items():
            exits = {item for k in members for i, item in contents[k].item_of.items() if i in rising}
            parts = [contents[k] for k in members]
            if group in by_group:
                exits.update(by_group[group].sums)
                parts.append(by_group[group].content)
            ways_out = {item for k in members for i, item in contents[k].item_of.items() if i in leaving}
            self.templates[group] = template = make_template(parts, exits, ways_out, equal=not self.tight)
            for k in members:
                column = self.view.items[k]
                assert isinstance(column, Column)
                self.placed[k] = Placed(column, contents[k], template)
        self.crossings.assign_tracks(self.templates)
        self.placed = dict(sorted(self.placed.items()))
        self._in_time = [p for p in self.placed.values() if in_loop(p.column.key)]
        for placed in self.placed.values():
            for i, item in placed.content.item_of.items():
                if i != MORE:
                    self.box_of[i] = placed.content.boxes[item]
                    self.item_of[i] = (placed, item)

    # -- heights and widths --------------------------------------------------------------------

    def _fix_heights(self, top: float) -> None:
        height = max((template.height for template in self.templates.values()), default=60.0)
        height = max(height, DELAY * self._delays, GATE * self._most_gates() - 2 * PAD)
        any_cut = (
            self.lost_cut() > 0 or self.last_cut() > 0 or any(self.cut_before(k) for k in range(len(self.view.items)))
        )
        self.frame_top = top + (28.0 if any_cut else 0.0)
        self.step_top = self.frame_top + 36.0 + self._levels * self.band
        self.base = self.step_top + PAD + height
        self.step_bottom = self.base + CAPTION + 6
        below = len(self.lane_rows) * self.lane_height + (MEMORY if self.memory else 0.0)
        self.frame_bottom = self.step_bottom + 10 + max(below, self._notes) + (6 if below or self._notes else 4)
        self.bottom = self.frame_bottom + (16.0 if any_cut else 0.0)

    def _most_gates(self) -> int:
        """The number of states that pass a cut at most."""
        leaving = Counter(self.graph.nodes[i].key for i in {use.source for use in self.crossings.near})
        before = (self.placed[k - 1].column.key for k in self.placed if self.cut_before(k))
        return max((leaving[key] for key in before), default=0)

    def cut_before(self, k: int) -> bool:
        """Whether a visible cut lies just before an item of the view."""
        before, after = self.view.items[k - 1] if k else None, self.view.items[k]
        return isinstance(before, Column) and isinstance(after, Column) and before.key.segment != after.key.segment

    def lost_cut(self) -> int:
        """The number of the cut before the first column, if that is where the kept records begin."""
        first = next(iter(self.view.items), None)
        begins = isinstance(first, Column) and first.key == next(iter(self.graph.columns))
        return self.graph.forgotten if begins else 0

    def last_cut(self) -> int:
        """The number of the newest cut, if nothing was recorded after it and the steps before it are shown."""
        tape = self.graph.tape
        return tape.cuts if self.reading.unfolded and not tape.records else 0

    def _passes_a_cut(self, reach: Reach) -> bool:
        """Whether a walk went over steps that a cut has separated since."""
        return len({placed.column.key.segment for placed in self._steps(reach.border, reach.last)}) > 1

    def extent(self, reach: Reach) -> tuple[float, float, float] | None:
        """Where a walk's oldest step, its oldest loss and its newest loss are, as far as they are shown."""
        over = self._steps(reach.border, reach.last)
        new = self._steps(max(reach.border, reach.first), reach.last)
        return (over[0].left, new[0].left, over[-1].right) if new else None

    def _steps(self, first: int, last: int) -> list[Placed]:
        """The columns of a range of steps."""
        return self._in_time[
            bisect_left(self._in_time, first, key=_step) : bisect_right(self._in_time, last, key=_step)
        ]

    # -- frames --------------------------------------------------------------------------------

    def _draw_windows(self) -> None:
        runs: list[list[int]] = []
        records: dict[int, list[int]] = {}
        for i, node in self.graph.whole.nodes.items():
            records.setdefault(node.key.segment, []).append(i)
        for k, placed in self.placed.items():
            segment = placed.column.key.segment
            together = runs and self.placed[runs[-1][-1]].column.key.segment == segment
            if together and self.rows.first.isdisjoint(range(runs[-1][-1] + 1, k + 1)):
                runs[-1].append(k)
            else:
                runs.append([k])
        self.window_of: dict[int, str] = {}
        for number, run in enumerate(runs):
            key = self.placed[run[0]].column.key
            left, right = self._ends(run)
            stepless = not any(in_loop(self.placed[k].column.key) for k in run) and bool(self.view.loops)
            window = self.graph.segment_of(key).number
            goes_on = number > 0 and self.placed[runs[number - 1][0]].column.key.segment == key.segment
            caption = window_caption(self.reading, key, right - left - 24, stepless=stepless, goes_on=goes_on)
            style = self.theme.windows[(window - 1) % len(self.theme.windows)]
            name = f"window{number}"
            at = ((left + right) / 2, self.frame_top + 19)
            frame = Frame(name, style, left, self.frame_top, right, self.frame_bottom, caption, at, kind="window")
            frame.ids = tuple(records.get(key.segment, ()))
            frame.walk = self.reading.newest_walk_over(key.segment)
            frame.cut = 0 if self.graph.segment_of(key).current else window
            self.scene.frames.append(frame)
            self.window_of.update(dict.fromkeys(run, name))

    def _ends(self, run: Sequence[int]) -> tuple[float, float]:
        """Where the frame around columns begins and ends: around a gap too that its row begins or ends with."""
        first, last = run[0], run[-1]
        left, right = self.placed[first].left, self.placed[last].right
        if first - 1 in self.rows.first and self._inside_a_window(first - 1):
            left = self.gaps[first - 1][0]
        if last + 2 in self.rows.first and self._inside_a_window(last + 1):
            right = self.gaps[last + 1][1]
        return left - self.margin, right + self.margin

    def _inside_a_window(self, k: int) -> bool:
        """Whether an item of the view is a gap with columns of one window on both sides."""
        sides = [self.placed[side].column.key.segment for side in (k - 1, k + 1) if side in self.placed]
        return k in self.gaps and len(sides) == 2 and sides[0] == sides[1]

    def _draw_columns(self) -> None:
        for k, placed in self.placed.items():
            style = self.theme.boxes["walk step" if placed.column.key.order else "step"]
            caption = step_caption(self.reading, placed.column.key)
            at = (placed.left + 14 + caption.width / 2, self.step_bottom - 15)
            frame = f"step{k}"
            self.scene.frames.append(
                Frame(
                    frame,
                    style,
                    placed.left,
                    self.step_top,
                    placed.right,
                    self.step_bottom,
                    caption if caption.plain else None,
                    at,
                    self.window_of[k],
                    "step",
                    tuple(sorted({*placed.column.ids, *placed.column.left_out} - {MORE})),
                )
            )
            boxes, template, left = placed.content.boxes, placed.template, placed.left + placed.inset
            centres, base = template.centres, self.base
            for item, box in boxes.items():
                across, along = centres[item]
                box.x, box.y, box.frame = left + across, base - along, frame
            self.scene.boxes += boxes.values()
            self.scene.paths += self.inside(placed.content, template, left)
        for k, (left, right) in self.gaps.items():
            gap = self.view.items[k]
            assert isinstance(gap, Gap)
            self._draw_gap(k, gap, left, right)

    def inside(self, content: Content, template: Template, left: float) -> list[Path]:
        """The edges inside a column, each as often as the operand is used; routes are the same where sizes are."""
        boxes = content.boxes
        sizes = [(box.width, box.height) for box in boxes.values()]
        routes = self._routes.setdefault((id(template), id(content.edges), *sizes), [])
        if not routes:
            for (source, target), count in content.edges.items():
                a, b = boxes[source], boxes[target]
                routes += [(source, target, each) for each in self._inside(a, b, template, left, source, target, count)]
        stroke, at = self.theme.strokes["flow"], (left, 0.0)
        return [
            Path(stroke, route, True, boxes[source].name, boxes[target].name, at=at) for source, target, route in routes
        ]

    def _inside(
        self, a: Box, b: Box, template: Template, left: float, source: Item, target: Item, count: int
    ) -> Iterator[list[Point]]:
        """The points of each copy of an edge, x from the left of the template."""
        for copy in range(count):
            shift = (copy - (count - 1) / 2) * 8
            if template.beside(source, target):
                ends = (a.right, b.left) if a.x < b.x else (a.left, b.right)
                yield [(x - left, y + shift) for x, y in zip(ends, (a.y, b.y))]
            else:
                between = [(x + shift, self.base - y) for x, y in template.bends(source, target)]
                yield [(a.x - left + shift, a.top), *between, (b.x - left + shift, b.bottom)]

    def _draw_gap(self, k: int, gap: Gap, left: float, right: float) -> None:
        style = self.theme.boxes["gap"]
        self.scene.frames.append(Frame(f"gap{k}", style, left, self.step_top, right, self.step_bottom))
        steps = gap.steps
        many = f"{len(steps):,} step{'s' if len(steps) > 1 else ''}" if steps else "not shown"
        lines = [line(f"⋯ {many} ⋯", size=13, ink="muted")]
        lines.append(line(f"{steps[0]} to {steps[-1]}" if len(steps) > 1 else "", size=SMALL, ink="muted"))
        if gap.cuts:
            lines.append(line(f"{gap.cuts:,} cut{'s' if gap.cuts > 1 else ''}", size=SMALL, ink="cut"))
        beside = self.view.items[k + 1] if k + 1 < len(self.view.items) else None
        after = beside.key if isinstance(beside, Column) else gap.keys[-1]
        cut = self.graph.segment_of(after).number - 1 if gap.cuts else 0
        ids = tuple(i for key in gap.keys for i in self.graph.columns[key])
        y = (self.step_top + self.step_bottom) / 2 - 10
        for each in lines:
            if each.plain:
                text = Text(each, (left + right) / 2, y, "gap", ids, cut=cut if each.ink == "cut" else 0)
                self.scene.texts.append(text)
                y += each.height + 2
