"""Placement in time: columns are steps, rows are operations.

Linear in what is shown. Everything has its place by what it is: states travel in tracks between the
columns, losses rise into rows above them, gradients return in lanes below.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .boxes import Boxes
from .crossings import Crossings
from .layers import separated
from .model import Graph
from .names import Names
from .roles import norm
from .scene import Box, Frame, Path, Point, Scene, Text
from .template import CHANNEL, Content, Item, Template, fill, make_template
from .text import SMALL, Line, Run, clean, line, shorten
from .totals import make_sum_boxes, place_sums
from .view import MORE, Column, Gap, View

PAD = 16.0  # inside a step's box
TRACK = 11.0  # distance of two states that travel side by side
CAPTION = 26.0  # height of a caption inside a frame
BAND = 46.0  # height of a row of sums
LANE = 38.0  # height of a lane of gradients
CUT_WIDTH = 76.0
GAP_WIDTH = 108.0
MOST_LANES = 4


@dataclass(slots=True)
class Placed:
    """A column between ``left`` and ``right``; its content begins at ``inset`` from the left."""

    column: Column
    content: Content
    template: Template
    left: float = 0.0
    right: float = 0.0
    inset: float = 0.0


@dataclass(slots=True)
class Cut:
    """A cut in its place, with the box at which each id passes it."""

    number: int
    x: float
    gates: dict[int, Box] = field(default_factory=dict)


class Timeline:
    """Places the columns of one view, and everything between, above and below them.

    Args:
        graph, view, names, boxes: what to draw.
        scene: receives the boxes, paths and frames.
        left, top: where the columns begin.

    Attributes:
        right, bottom: where they end.
        step_top, step_bottom: the vertical extent of the steps.
    """

    def __init__(
        self, graph: Graph, view: View, names: Names, boxes: Boxes, scene: Scene, left: float, top: float
    ) -> None:
        self.graph = graph
        self.view = view
        self.names = names
        self.boxes = boxes
        self.scene = scene
        self.theme = boxes.theme
        self.crossings = Crossings(graph, view, names)
        self.placed: dict[int, Placed] = {}
        self.gaps: dict[int, tuple[float, float]] = {}
        self.cuts: dict[int, Cut] = {}
        self.box_of: dict[int, Box] = {}
        self.item_of: dict[int, tuple[Placed, Item]] = {}
        self.sums = place_sums(graph, view, names)
        self.sum_boxes = make_sum_boxes(graph, boxes, self.sums, self.crossings.far)
        self._fill_columns()
        self.lanes = sorted(names.states)[:MOST_LANES] if graph.tape.inspect else []
        self.pills = {i: boxes.gradient(i) for i in self.box_of if names.slot_of[i] in self.lanes}
        self._fix_heights(top)
        self._fix_columns(left)
        self._draw_windows()
        self._draw_columns()
        self._draw_cuts()
        self._draw_entering()
        self._draw_carried()
        self._draw_sums()
        self._draw_lanes()

    # -- what is in the columns ----------------------------------------------------------------

    def _fill_columns(self) -> None:
        rising = {i for each in self.sums.values() for i in each.sources if i not in self.sums}
        groups: dict[str, list[int]] = {}
        contents: dict[int, Content] = {}
        for k, column in enumerate(self.view.items):
            if isinstance(column, Column):
                contents[k] = fill(
                    self.graph,
                    column,
                    self.boxes,
                    outside=set() if k else set(self.crossings.entering),
                    skipped=self.names.gathers,
                    far=self.crossings.far,
                )
                groups.setdefault(column.group, []).append(k)
        for members in groups.values():
            exits = {item for k in members for i, item in contents[k].item_of.items() if i in rising}
            template = make_template([contents[k] for k in members], exits)
            for k in members:
                column = self.view.items[k]
                assert isinstance(column, Column)
                self.placed[k] = Placed(column, contents[k], template)
        self.placed = dict(sorted(self.placed.items()))
        for placed in self.placed.values():
            for i, item in placed.content.item_of.items():
                if i != MORE:
                    self.box_of[i] = placed.content.boxes[item]
                    self.item_of[i] = (placed, item)

    # -- heights and widths --------------------------------------------------------------------

    def _fix_heights(self, top: float) -> None:
        levels = max((each.level + 1 for each in self.sums.values()), default=0)
        height = max((placed.template.height for placed in self.placed.values()), default=60.0)
        any_cut = self._lost_cut() > 0 or any(self._cut_before(k) for k in range(len(self.view.items)))
        self.frame_top = top + (28.0 if any_cut else 0.0)
        self.step_top = self.frame_top + 36.0 + levels * BAND
        self.base = self.step_top + PAD + height
        self.step_bottom = self.base + CAPTION + 6
        self.frame_bottom = self.step_bottom + 10 + len(self.lanes) * LANE + (6 if self.lanes else 4)
        self.bottom = self.frame_bottom + (16.0 if any_cut else 0.0)

    def _fix_columns(self, left: float) -> None:
        tracks = max(self.crossings.tracks.values(), default=-1) + 1
        self.gutter = 14.0 + TRACK * max(tracks - 1, 0) + (10.0 if tracks else 0.0)
        self.margin = max(16.0, self.gutter)
        x = left
        lost = self._lost_cut()
        self.entering_boxes = {i: self._entering_box(i) for i in self.crossings.entering}
        if self.entering_boxes:
            widest = max(box.width for box in self.entering_boxes.values())
            self.entering_x = x + widest / 2
            x += widest + (10.0 if lost else 26.0)
        if lost:
            self.cuts[0] = Cut(lost, x + CUT_WIDTH / 2)
            x += CUT_WIDTH
        least = self._least_widths()
        segment = None
        for k, item in enumerate(self.view.items):
            if isinstance(item, Gap):
                x += self._before_gap(k)
                self.gaps[k] = (x, x + GAP_WIDTH)
                x += GAP_WIDTH
                continue
            opens = item.key.segment != segment
            if self._cut_before(k):
                x += self.margin
                self.cuts[k] = Cut(self.graph.segment_of(item.key).number - 1, x + CUT_WIDTH / 2)
                x += CUT_WIDTH
            x += self.margin + (14.0 if opens and k - 1 in self.gaps else 0.0) if opens else self.gutter
            placed = self.placed[k]
            width = max(placed.template.width + 2 * PAD, least[item.group])
            placed.left, placed.right = x, x + width
            placed.inset = (width - placed.template.width) / 2
            x += width
            segment = item.key.segment
        self.right = x + (self.margin if self.placed else 0.0)

    def _before_gap(self, k: int) -> float:
        """The distance of a gap from what lies before it: more if the window ends there."""
        before = self.view.items[k - 1] if k else None
        after = self.view.items[k + 1] if k + 1 < len(self.view.items) else None
        if not isinstance(before, Column):
            return 0.0
        stays = isinstance(after, Column) and after.key.segment == before.key.segment
        return 16.0 if stays else self.margin + 14.0

    def _least_widths(self) -> dict[str, float]:
        """The width that the columns of each group need for captions, sums and gradients."""
        least: dict[str, float] = {}
        for k, placed in self.placed.items():
            needs = [self._caption(placed.column).width + 28]
            needs += [self.pills[i].width + 20 for i in placed.column.ids if i in self.pills]
            needs += [self.sum_boxes[i].width + 16 for i, each in self.sums.items() if each.column == k]
            group = placed.column.group
            least[group] = max(least.get(group, 0.0), *needs)
        return least

    def _cut_before(self, k: int) -> bool:
        """Whether a visible cut lies just before an item of the view."""
        before, after = self.view.items[k - 1] if k else None, self.view.items[k]
        return isinstance(before, Column) and isinstance(after, Column) and before.key.segment != after.key.segment

    def _lost_cut(self) -> int:
        """The number of the cut before the first column, if that is where the kept records begin."""
        first = next(iter(self.view.items), None)
        begins = isinstance(first, Column) and first.key == next(iter(self.graph.columns))
        return self.graph.forgotten if begins else 0

    # -- frames --------------------------------------------------------------------------------

    def _draw_windows(self) -> None:
        runs: list[list[int]] = []
        for k, placed in self.placed.items():
            segment = placed.column.key.segment
            if runs and self.placed[runs[-1][-1]].column.key.segment == segment:
                runs[-1].append(k)
            else:
                runs.append([k])
        self.window_of: dict[int, str] = {}
        for number, run in enumerate(runs):
            key = self.placed[run[0]].column.key
            left, right = self.placed[run[0]].left - self.margin, self.placed[run[-1]].right + self.margin
            caption = self._window_caption(key.segment, right - left - 24)
            style = self.theme.windows[(self.graph.segment_of(key).number - 1) % len(self.theme.windows)]
            name = f"window{number}"
            at = ((left + right) / 2, self.frame_top + 19)
            self.scene.frames.append(Frame(name, style, left, self.frame_top, right, self.frame_bottom, caption, at))
            self.window_of.update(dict.fromkeys(run, name))

    def _window_caption(self, position: int, room: float) -> Line:
        """As much about a window as there is room for."""
        segment = next(s for s in self.graph.segments if s.keys[0].segment == position)
        first, last = segment.steps
        steps = "" if not last else f"step {first}" if first == last else f"steps {first} to {last}"
        many = self.graph.tape.cuts > 0
        parts: list[Run] = []
        if many and self.graph.overlapping and not segment.current:
            parts.append(Run(f"dropped by cut {segment.number}", bold=True))
        elif many:
            parts.append(Run(f"window {segment.number}", bold=True))
        details = [steps, f"{segment.size:,} record{'s' if segment.size != 1 else ''}"]
        window = self.graph.window
        if window is not None and self.graph.overlapping and segment.current:
            new = f" to {window.last_step}" if window.last_step > window.first_step else ""
            details.insert(1, f"new: {window.first_step}{new}")
        walked = any(i in self.graph.tape.cotangents for key in segment.keys for i in self.graph.columns[key])
        if not self.graph.overlapping and (walked or (segment.current and self.graph.tape.targets)):
            details.append("one backward walk")
        for detail in filter(None, details):
            longer = [*parts, *([Run("  ·  ")] if parts else []), Run(detail)]
            if parts and line(*longer, size=13).width > room:
                break
            parts = longer
        return line(*parts, size=13)

    def _caption(self, column: Column) -> Line:
        key = column.key
        if key.order:
            walk = "recorded walk" if key.order == 1 else f"recorded walk {key.order}"
            return line(walk, size=12, ink="muted")
        if not key.step:
            marked = any(other.step for other in self.graph.columns)
            return line("before step 1" if marked else "", size=12, ink="muted")
        name = self.graph.tape.mark_names.get(key.step)
        runs = [Run("t", italic=True), Run(f" = {key.step}")]
        if name:
            runs.append(Run(f"  {shorten(clean(name))}"))
        return line(*runs, size=12, ink="muted")

    def _draw_columns(self) -> None:
        for k, placed in self.placed.items():
            style = self.theme.boxes["walk step" if placed.column.key.order else "step"]
            caption = self._caption(placed.column)
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
                )
            )
            for item, box in placed.content.boxes.items():
                across, along = placed.template.centre(item)
                box.x, box.y = placed.left + placed.inset + across, self.base - along
                box.frame = frame
                self.scene.boxes.append(box)
            for (source, target), count in placed.content.edges.items():
                self._draw_inside(placed, source, target, count)
        for k, (left, right) in self.gaps.items():
            gap = self.view.items[k]
            assert isinstance(gap, Gap)
            self._draw_gap(k, gap, left, right)

    def _draw_inside(self, placed: Placed, source: Item, target: Item, count: int) -> None:
        """An edge inside a column, as often as the operand is used."""
        a, b = placed.content.boxes[source], placed.content.boxes[target]
        stroke = self.theme.strokes["flow"]
        beside = placed.template.beside(source, target)
        for copy in range(count):
            shift = (copy - (count - 1) / 2) * 8
            if beside:
                ends = ((a.right, a.y + shift), (b.left, b.y + shift))
                points = list(ends) if a.x < b.x else [(a.left, a.y + shift), (b.right, b.y + shift)]
            else:
                points = [(a.x + shift, a.top)]
                points += [
                    (placed.left + placed.inset + x + shift, self.base - y)
                    for x, y in placed.template.bends(source, target)
                ]
                points.append((b.x + shift, b.bottom))
            self.scene.paths.append(Path(stroke, points, source=a.name, target=b.name))

    def _draw_gap(self, k: int, gap: Gap, left: float, right: float) -> None:
        style = self.theme.boxes["gap"]
        self.scene.frames.append(Frame(f"gap{k}", style, left, self.step_top, right, self.step_bottom))
        steps = [key.step for key in gap.keys]
        many = f"{gap.steps:,} step{'s' if gap.steps > 1 else ''}"
        lines = [line(f"⋯ {many} ⋯", size=13, ink="muted")]
        lines.append(line(f"{min(steps)} to {max(steps)}" if gap.steps > 1 else "", size=SMALL, ink="muted"))
        if gap.cuts:
            lines.append(line(f"{gap.cuts:,} cut{'s' if gap.cuts > 1 else ''}", size=SMALL, ink="cut"))
        y = (self.step_top + self.step_bottom) / 2 - 10
        for each in lines:
            if each.plain:
                self.scene.texts.append(Text(each, (left + right) / 2, y))
                y += each.height + 2

    # -- cuts ----------------------------------------------------------------------------------

    def _draw_cuts(self) -> None:
        style = self.theme.boxes["cut"]
        for k, cut in self.cuts.items():
            label = line(Run(f"cut {cut.number}", bold=True), size=14, ink="cut")
            self.scene.texts.append(Text(label, cut.x, self.frame_top - 18))
            ends = [(cut.x, self.frame_top - 6), (cut.x, self.frame_bottom + 14)]
            self.scene.paths.append(Path(self.theme.strokes["cut"], ends, arrow=False))
            passing = self._passing(k)
            wished = sorted((y, i) for i, y in passing.items())
            heights = separated([y for y, _ in wished], [44.0] * max(len(wished) - 1, 0))
            for (_, i), y in zip(wished, heights):
                text = (line("", size=15, ink="cut"), line("constant", size=9, ink="cut"))
                gate = Box(f"cut{k}_{i}", style, "scissors", text, 54.0, 36.0, x=cut.x, y=y)
                gate.tooltip = "the value passes, the gradient stops"
                cut.gates[i] = gate
                self.scene.boxes.append(gate)

    def _passing(self, k: int) -> dict[int, float]:
        """What crosses the cut before an item, and at which height it arrives."""
        if k == 0:
            return {i: self._entering_y(i) for i in self.crossings.entering if i in self.graph.lost}
        ids = set(self.placed[k - 1].column.ids)
        return {use.source: self._exit(use.source)[-1][1] for use in self.crossings.near if use.source in ids}

    # -- states --------------------------------------------------------------------------------

    def _exit(self, i: int) -> list[Point]:
        """From a box to the right, through the channel above its row if something is in the way."""
        placed, item = self.item_of[i]
        box = self.box_of[i]
        if placed.template.is_last(item):
            return [(box.right, box.y)]
        x = box.x + box.width / 4
        track = self.crossings.tracks[i]
        above = self.base - placed.template.band(item)[1] - CHANNEL / 2 + (track % 3 - 1) * 4
        return [(x, box.top), (x, above), (placed.right, above)]

    def _entry(self, target: int, track: int) -> list[Point]:
        """To a box from the left, through the channel below its row if something is in the way."""
        placed, item = self.item_of[target]
        box = self.box_of[target]
        x = placed.left - 12 - TRACK * track
        if placed.template.is_first(item):
            return [(x, box.y), (box.left, box.y)]
        below = self.base - placed.template.band(item)[0] + CHANNEL / 2 + (track % 3 - 1) * 4
        foot = box.x - box.width / 4
        return [(x, below), (foot, below), (foot, box.bottom)]

    def _draw_carried(self) -> None:
        gates_drawn: set[tuple[int, int]] = set()
        drawn: set[tuple[int, int]] = set()
        index = {i: k for k, placed in self.placed.items() for i in placed.column.ids}
        for use in self.crossings.near:
            if (use.source, use.target) in drawn:
                continue
            drawn.add((use.source, use.target))
            if use.source not in self.item_of:
                if use.target in self.item_of:
                    self._draw_from_gap(use.source, use.target, index[use.target])
                continue
            stroke = self.theme.strokes["state"]
            exit_ = self._exit(use.source)
            source = self.box_of[use.source]
            if use.target not in self.item_of:
                k = index[use.source] + 1
                if k in self.gaps:
                    end = (self.gaps[k][0], exit_[-1][1])
                    self.scene.paths.append(Path(stroke, [*exit_, end], source=source.name))
                continue
            track = self.crossings.tracks[use.source]
            k = index[use.target]
            target = self.box_of[use.target]
            entry = self._entry(use.target, track)
            if k in self.cuts:
                gate = self.cuts[k].gates[use.source]
                if (k, use.source) not in gates_drawn:
                    gates_drawn.add((k, use.source))
                    x = self.placed[k - 1].right + 12 + TRACK * track
                    points = [*exit_, (x, exit_[-1][1]), (x, gate.y), (gate.left, gate.y)]
                    self.scene.paths.append(Path(stroke, points, source=source.name, target=gate.name))
                points = [(gate.right, gate.y), (entry[0][0], gate.y), *entry]
                self.scene.paths.append(Path(stroke, points, source=gate.name, target=target.name))
            else:
                points = [*exit_, (entry[0][0], exit_[-1][1]), *entry]
                self.scene.paths.append(Path(stroke, points, source=source.name, target=target.name))

    def _draw_from_gap(self, source: int, target: int, k: int) -> None:
        entry = self._entry(target, self.crossings.tracks[source])
        y = self._row_y(self.crossings.row(source, target), k, entry[0][1])
        points = [(self.gaps[k - 1][1], y), (entry[0][0], y), *entry]
        self.scene.paths.append(Path(self.theme.strokes["state"], points, target=self.box_of[target].name))

    def _row_y(self, row: tuple[str, int], k: int, otherwise: float) -> float:
        """The height of a row, if the column shares it."""
        template = self.placed[k].template
        item = ("op", row[1], 0)
        if row[0] != self.placed[k].column.group or item not in template.number:
            return otherwise
        return self.base - template.centre(item)[1]

    # -- what enters ---------------------------------------------------------------------------

    def _entering_box(self, i: int) -> Box:
        leaf = self.graph.leaves.get(i)
        first = self.placed[0].column.key
        if leaf is None:
            name = self.names.states.get(self.crossings.row(i, self.crossings.entering[i][0]), ("h", 0))[0]
            name = self.graph.tape.names.get(i, name)
            return self.boxes.data(f"d{i}", (Run(f"{name}"), Run(str(max(first.step - 1, 0)), shift="sub")))
        value = leaf.tensor.value
        zero = not leaf.parameter and bool((value == 0).all())
        return self.boxes.data(f"d{i}", self.names.data(leaf, first, "h"), leaf, zero=zero)

    def _entering_y(self, i: int) -> float:
        target = self.crossings.entering[i][0]
        placed, item = self.item_of[target]
        return self._row_y(self.crossings.row(i, target), 0, self.base - placed.template.centre(item)[1])

    def _draw_entering(self) -> None:
        wished = sorted((self._entering_y(i), i) for i in self.crossings.entering)
        heights = separated([y for y, _ in wished], [46.0] * max(len(wished) - 1, 0))
        for (_, i), y in zip(wished, heights):
            box = self.entering_boxes[i]
            box.x, box.y = self.entering_x, y
            self.scene.boxes.append(box)
            stroke = self.theme.strokes["state"]
            gate = self.cuts[0].gates.get(i) if 0 in self.cuts else None
            start: Box = box
            if gate is not None:
                x = gate.left - 16
                points = [(box.right, y), (x, y), (x, gate.y), (gate.left, gate.y)]
                self.scene.paths.append(Path(stroke, points, source=box.name, target=gate.name))
                start = gate
            for target in dict.fromkeys(self.crossings.entering[i]):
                entry = self._entry(target, self.crossings.tracks[i])
                points = [(start.right, start.y), (entry[0][0], start.y), *entry]
                self.scene.paths.append(Path(stroke, points, source=start.name, target=self.box_of[target].name))

    # -- totals --------------------------------------------------------------------------------

    def _loss_foot(self, i: int) -> list[Point]:
        """From a loss up to the top of its column."""
        placed, item = self.item_of[i]
        box = self.box_of[i]
        out = ("exit", item[1], 0)
        bends = placed.template.bends(item, out)
        return [
            (box.x, box.top),
            *((placed.left + placed.inset + x, self.base - y) for x, y in bends),
        ]

    def _draw_sums(self) -> None:
        stroke = self.theme.strokes["loss"]
        for i, each in self.sums.items():
            box = self.sum_boxes[i]
            placed = self.placed[each.column]
            own = [s for s in each.sources if s in self.item_of and self.item_of[s][0] is placed]
            below = [self.sum_boxes[s].x for s in each.sources if s in self.sums and self.sums[s].column == each.column]
            wished = self._loss_foot(own[0])[-1][0] if own else below[0] if below else (placed.left + placed.right) / 2
            reach = box.width / 2 + 6
            low, high = placed.left + reach, placed.right - reach
            box.x = min(max(wished, low), high)
            box.y = self.step_top - 10 - BAND * (each.level + 0.5)
            box.frame = self.window_of[each.column]
            self.scene.boxes.append(box)
        for i, each in self.sums.items():
            box = self.sum_boxes[i]
            for s in each.sources:
                self.scene.paths.append(Path(stroke, self._rise(s, i), source=self._name(s), target=box.name))
            if i >= 0:
                self._draw_through_gap(i)

    def _name(self, i: int) -> str:
        return (self.sum_boxes[i] if i in self.sums else self.box_of[i]).name

    def _rise(self, source: int, target: int) -> list[Point]:
        """From a loss or a sum to a sum: up, and along the row if it lies above another column."""
        box = self.sum_boxes[target]
        if source in self.sums:
            below = self.sum_boxes[source]
            if self.sums[source].column == self.sums[target].column:
                return [(below.x, below.top), (box.x, box.bottom)]
            turn = self.placed[self.sums[source].column].right + self.gutter / 2
            return [(below.right, below.y), (turn, below.y), (turn, box.y), (box.left, box.y)]
        foot = self._loss_foot(source)
        x = foot[-1][0]
        if self.item_of[source][0] is self.placed[self.sums[target].column] and abs(x - box.x) < box.width / 2 - 4:
            return [*foot, (x, box.bottom)]
        return [*foot, (x, box.y), (box.left, box.y)]

    def _draw_through_gap(self, i: int) -> None:
        """A line out of a gap for what a sum takes from hidden steps, and one into it for where it goes."""
        box, k = self.sum_boxes[i], self.sums[i].column
        stroke = self.theme.strokes["loss"]
        if self.sums[i].more and k - 1 in self.gaps:
            self.scene.paths.append(Path(stroke, [(self.gaps[k - 1][1], box.y), (box.left, box.y)], target=box.name))
        used = any(use.target in self.names.gathers - self.sums.keys() for use in self.graph.uses.get(i, ()))
        if used and k + 1 in self.gaps:
            self.scene.paths.append(Path(stroke, [(box.right, box.y), (self.gaps[k + 1][0], box.y)], source=box.name))

    # -- gradients -----------------------------------------------------------------------------

    def _draw_lanes(self) -> None:
        for lane, row in enumerate(self.lanes):
            y = self.step_bottom + 10 + LANE * (lane + 0.5)
            previous: tuple[int, int] | None = None
            for k, placed in self.placed.items():
                i = next((i for i in placed.column.ids if i in self.pills and self.names.slot_of[i] == row), None)
                if i is None:
                    continue
                pill = self.pills[i]
                pill.x, pill.y = (placed.left + placed.right) / 2, y
                pill.frame = self.window_of[k]
                self.scene.boxes.append(pill)
                if norm(self.graph, i) is not None:
                    self._draw_return(k, i, previous)
                previous = (k, i)

    def _draw_return(self, k: int, i: int, previous: tuple[int, int] | None) -> None:
        """The gradient's way from a column back to the one before, or to the bar at the cut."""
        stroke = self.theme.strokes["gradient"]
        pill = self.pills[i]
        if k in self.cuts:
            bar = Box(f"bar{k}_{i}", self.theme.boxes["bar"], "box", (), 7.0, 26.0, x=self.cuts[k].x, y=pill.y)
            bar.tooltip = "the gradient stops at the cut"
            self.scene.boxes.append(bar)
            points = [(pill.left, pill.y), (bar.right, pill.y)]
            self.scene.paths.append(Path(stroke, points, source=pill.name, target=bar.name))
        elif previous is not None and norm(self.graph, previous[1]) is not None:
            before, here = self.placed[previous[0]].column.key, self.placed[k].column.key
            if before.segment == here.segment:
                other = self.pills[previous[1]]
                points = [(pill.left, pill.y), (other.right, pill.y)]
                self.scene.paths.append(Path(stroke, points, source=pill.name, target=other.name))
