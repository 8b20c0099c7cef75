"""The picture of a cell: what is carried on goes from left to right in one line, gates side by side below it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from ..graph.one_step import OneStep
from ..graph.stages import Stage, find_stages
from ..reading.reading import Reading
from ..reading.step_names import StepNames
from ..scene import Box, Frame, Path, Point, Scene, Text
from ..subscripts import plain
from ..text import line
from ..theme import Theme
from .boxes import Boxes
from .layers import Extent, Layers, arrange, separated
from .legend import place_legend
from .page import MARGIN, heading_of, in_lines, place_heading
from .panel import make_panel

SPACING = 20.0
CHANNEL = 30.0
_GUTTER = 12.0  # between two upright lines
_SIDE = 30.0  # between the frame and what enters or leaves
_PAD = 16.0
_BETWEEN = 34.0  # between two stages


def place_cell(reading: Reading, one: OneStep, theme: Theme, title: str | None) -> Scene:
    """The picture of one step.

    Args:
        reading: of its tape.
        one: the step.
        theme: the colours.
        title: the heading; "" for none.
    """
    names = StepNames(reading, one)
    boxes = Boxes(reading, theme, names=names)
    heading = heading_of(title, f"{one.title}: one step")
    scene = Scene(plain(heading.runs), theme)
    panel = make_panel(reading, boxes)
    top = MARGIN + (46.0 if heading.plain else 0.0)
    left = MARGIN + (panel.width + 28 if panel else 0.0)
    parts = [_Stage(number, stage, boxes, names, one) for number, stage in enumerate(find_stages(reading.graph, one))]
    inner = max(part.width for part in parts)
    y = top
    for part in reversed(parts):  # the first stage lies at the bottom
        part.place(scene, left, y, inner)
        y += part.height + _BETWEEN
    bottom = y - _BETWEEN
    right = left + inner
    if panel:
        middle = max((top + bottom) / 2, top + panel.height / 2)
        panel.place(scene, MARGIN, middle)
        bottom = max(bottom, middle + panel.height / 2)
    note = line("recorded by running the step once", size=12, ink="muted")
    right = max(right, MARGIN + heading.width, MARGIN + note.width)
    bottom = place_legend(scene, MARGIN, right, bottom + 14)
    scene.texts.append(Text(note, (MARGIN + right) / 2, bottom + 14))
    place_heading(scene, in_lines(heading, math.inf), (MARGIN + right) / 2)
    scene.width, scene.height = right + MARGIN, bottom + 14 + MARGIN
    return scene


class _Layer:
    """Items placed in layers, at an offset.

    Attributes:
        boxes: by item.
        number: the items by the id of what they stand for.
        edges: pairs of items.
        layers: where they are.
    """

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.number: dict[int, int] = {}
        self.edges: dict[tuple[int, int], int] = {}
        self.layers: Layers

    def add(self, i: int, box: Box) -> int:
        self.number[i] = len(self.boxes)
        self.boxes.append(box)
        return self.number[i]

    def connect(self, source: int, target: int) -> None:
        self.edges[source, target] = self.edges.get((source, target), 0) + 1

    def arrange(self, *, early: bool, on_top: Iterable[int] = ()) -> None:
        extents = [Extent(box.width, box.height) for box in self.boxes]
        self.layers = arrange(
            extents, sorted(self.edges), spacing=SPACING, channel=CHANNEL, on_top=frozenset(on_top), early=early
        )

    def band(self, item: int) -> tuple[float, float]:
        return self.layers.bands[self.layers.level[item]]

    def last_in_row(self, item: int) -> bool:
        """Whether nothing lies to the right of an item, nor passes there."""
        row = self.layers.order[self.layers.level[item]]
        return row[-1] == item


class _Stage:
    """One stage of the step.

    Attributes:
        width, height: of all of it, with what enters and leaves.
    """

    def __init__(self, number: int, stage: Stage, boxes: Boxes, names: StepNames, one: OneStep) -> None:
        self.number, self.stage, self.boxes, self.names = number, stage, boxes, names
        self.graph = boxes.graph
        self.theme = boxes.theme
        self._made = 0
        self.leaves = {each.before: self._leaf(each.before) for each in stage.states}
        self.results = {each.after: self._result(each.after) for each in stage.states if each.after in self.graph.nodes}
        self.below, self.right = _Layer(), _Layer()
        self._fill(self.below, [*self._ordered(stage.body), *stage.conveyor])
        self._fill(self.right, stage.after)
        row = [self.below.number[i] for i in stage.conveyor]
        for pair in [(a, b) for a in row for b in row]:
            self.below.edges.pop(pair, None)
        self.below.arrange(early=True, on_top=row)
        self.right.arrange(early=False)
        self._crossings = [
            (source, i)
            for i in stage.after
            for source in dict.fromkeys(o.source for o in self.graph.nodes[i].operands)
            if source is not None and source in self.below.number and source not in self.right.number
        ]
        self._measure()

    # -- what there is -------------------------------------------------------------------------

    def _leaf(self, i: int) -> Box:
        leaf = self.graph.leaves[i]
        runs = self.names.data(leaf, next(iter(self.graph.columns)), "")
        box = self.boxes.data(f"d{i}", runs, leaf)
        box.style = self.theme.boxes["state"]
        return box

    def _result(self, i: int) -> Box:
        text = line(*self.names.state(i))
        style = self.theme.boxes["state"]
        return Box(f"r{i}", style, "ellipse", (text,), text.width + 26, 30.0, kind="state", ids=(i,))

    def _ordered(self, ids: Iterable[int]) -> list[int]:
        """The operations by where on the conveyor they lead to, in an order in which each comes after its sources."""
        lead = {i: k for k, i in enumerate(self.stage.conveyor)}
        for i in sorted(ids, reverse=True):
            uses = [lead.get(use.target, len(lead)) for use in self.graph.uses.get(i, ())]
            lead[i] = min(uses, default=len(self.stage.conveyor))
        return sorted(ids, key=lambda i: (lead[i], i))

    def _fill(self, layer: _Layer, ids: Iterable[int]) -> None:
        """Boxes for operations, and before them for the inputs of any of them."""
        graph, boxes, ids = self.graph, self.boxes, list(ids)
        inside = self.stage.ids
        constants: dict[tuple[int, int], int] = {}
        for i in ids:
            for position, operand in enumerate(graph.nodes[i].operands):
                source = operand.source
                if source is None and operand.shape:
                    box = boxes.data(f"c{i}_{position}", self.names.constant(operand.name))
                    constants[i, position] = layer.add(-2 - len(layer.boxes), box)
                elif source is None or source in layer.number or source in inside:
                    continue
                elif source in graph.nodes:
                    layer.add(source, self._port(source))
                elif source in graph.leaves and not self._is_apart(source, layer):
                    leaf = graph.leaves[source]
                    runs = self.names.data(leaf, graph.nodes[i].key, operand.name)
                    layer.add(source, boxes.data(self._name("d", source), runs, leaf))
        for i in ids:
            target = layer.add(i, boxes.operation(graph.nodes[i]))
            for position, operand in enumerate(graph.nodes[i].operands):
                if (i, position) in constants:
                    layer.connect(constants[i, position], target)
                elif operand.source is not None and operand.source in layer.number:
                    layer.connect(layer.number[operand.source], target)

    def _is_apart(self, leaf: int, layer: _Layer) -> bool:
        """Whether a leaf is no item of a layer: a parameter, which is a badge, or a part of the state at the left."""
        return self.graph.leaves[leaf].parameter or (leaf in self.leaves and layer is self.below)

    def _port(self, source: int) -> Box:
        """What an earlier stage computed, where this one takes it."""
        style, runs, kind = self.boxes.reference(self.graph.nodes[source])
        text = line(*runs)
        return Box(self._name("p", source), style, "ellipse", (text,), text.width + 26, 30.0, kind=kind)

    def _name(self, kind: str, i: int) -> str:
        """A name for one of several boxes that stand for the same thing."""
        self._made += 1
        return f"{kind}{i}_{self.number}_{self._made}"

    # -- sizes ---------------------------------------------------------------------------------

    def _measure(self) -> None:
        below, row = self.below, [self.below.number[i] for i in self.stage.conveyor]
        widths = [below.boxes[item].width for item in row]
        distances = [(a + b) / 2 + _SIDE for a, b in pairwise(widths)]
        places = separated([below.layers.across[item] for item in row], distances)
        shift = max(0.0, widths[0] / 2 - places[0]) if places else 0.0
        self.line = [place + shift for place in places]
        self._straighten(row)
        ends = [x + box.width / 2 for x, box in zip(below.layers.across, below.boxes)]
        self.body = max([below.layers.width, *ends, *(x + w / 2 for x, w in zip(self.line, widths))])
        self.entry = max((box.width for box in self.leaves.values()), default=0.0)
        self.exit = max((box.width for box in self.results.values()), default=0.0)
        self.head = max((below.boxes[item].height for item in row), default=0.0)
        zone = self.right.layers
        self.zone = zone.width + _GUTTER * (len(self._crossings) + 1) if self.stage.after else 0.0
        frame = 2 * _PAD + _GUTTER * (len(self.leaves) + len(self.results)) + self.body + self.zone
        self.width = self.entry + frame + self.exit + 2 * _SIDE
        hanging = self.head + CHANNEL + zone.length if self.stage.after else 0.0
        lowest = {use.target for leaf in self.leaves for use in self.graph.uses.get(leaf, ())} - {
            *self.stage.conveyor[:1]
        }
        under = any(not below.layers.level[below.number[i]] for i in lowest if i in below.number)
        self.inside = max(below.layers.length + CHANNEL * under, hanging)
        self.height = self.inside + 2 * _PAD

    def _straighten(self, row: list[int]) -> None:
        """Move all that lies below the conveyor where it leads straight up to it, if one distance does that for all."""
        across, to = self.below.layers.across, dict(zip(row, self.line))
        moves = {round(to[target] - across[source], 3) for source, target in self.below.edges if target in to}
        if len(moves) == 1:
            move = max(moves)
            left = min(across[item] - box.width / 2 for item, box in enumerate(self.below.boxes) if item not in to)
            if left + move >= 0:
                self.below.layers.across = [x + move for x in across]
                bends = self.below.layers.bends
                self.below.layers.bends = {edge: [(x + move, y) for x, y in way] for edge, way in bends.items()}

    # -- places --------------------------------------------------------------------------------

    def place(self, scene: Scene, left: float, top: float, width: float) -> None:
        """Put the stage into the scene; it may be wider than it has to be."""
        self.scene = scene
        self.base = top + _PAD + self.below.layers.length
        self.frame_left, self.frame_right = left + self.entry + _SIDE, left + width - self.exit - _SIDE
        self.left = self.frame_left + _PAD + _GUTTER * len(self.leaves)
        self.zone_left = self.left + self.body + _GUTTER * (len(self._crossings) + 1)
        style = self.theme.boxes["step"]
        frame = Frame(f"stage{self.number}", style, self.frame_left, top, self.frame_right, top + self.height)
        scene.frames.append(frame)
        for item, box in enumerate(self.below.boxes):
            box.x = self.left + self.below.layers.across[item]
            box.y = self.base - self.below.layers.along[item]
        for i, x in zip(self.stage.conveyor, self.line):
            self._box(i).x = self.left + x
        self.zone_top = top + _PAD + self.head + CHANNEL
        for item, box in enumerate(self.right.boxes):
            box.x = self.zone_left + self.right.layers.across[item]
            box.y = self.zone_top + self.right.layers.along[item]
        scene.boxes += [*self.below.boxes, *self.right.boxes]
        self._draw_below()
        self._draw_line()
        self._draw_states()
        self._draw_right()
        self._draw_crossings()
        self._draw_results()

    def _box(self, i: int) -> Box:
        layer = self.below if i in self.below.number else self.right
        return layer.boxes[layer.number[i]]

    def _add(self, points: list[Point], source: Box, target: Box, kind: str = "") -> None:
        stroke = self.theme.strokes["state" if kind else "flow"]
        self.scene.paths.append(Path(stroke, points, source=source.name, target=target.name, kind=kind))

    def _under(self, item: int, shift: float = 0.0) -> float:
        """The height just below the row of an item."""
        return self.base - self.below.band(item)[0] + 11.0 + shift

    def _draw_below(self) -> None:
        """Edges upwards; those to the conveyor turn to it just below its row."""
        layer = self.below
        row = {layer.number[i]: k for k, i in enumerate(self.stage.conveyor)}
        for (source, target), count in layer.edges.items():
            a, b = layer.boxes[source], layer.boxes[target]
            bends = [(self.left + x, self.base - y) for x, y in layer.layers.bends[source, target]]
            for copy in range(count):
                shift = (copy - (count - 1) / 2) * 8
                points = [(a.x + shift, a.top), (a.x + shift, self.base - layer.band(source)[1]), *bends]
                if target in row:
                    y = self._under(target, 5.0 * (row[target] % 3))
                    points += [(points[-1][0], y), (b.x + shift, y)]
                else:
                    points.append((b.x + shift, self.base - layer.band(target)[0]))
                self._add([*points, (b.x + shift, b.bottom)], a, b)

    def _draw_line(self) -> None:
        """The conveyor."""
        line_ = [self._box(i) for i in self.stage.conveyor]
        if self.stage.carried is not None:
            entering = self.leaves[self.stage.carried.before]
            entering.y = line_[0].y
            line_.insert(0, entering)
            entering.x = self.frame_left - _SIDE - entering.width / 2
        for a, b in pairwise(line_):
            self._add([(a.right, a.y), (b.left, b.y)], a, b, "carried")

    def _draw_states(self) -> None:
        """The parts of the state at the left, and how they get to where they are used below the conveyor."""
        carried = self.stage.carried
        taken = [] if carried is None else [self.leaves[carried.before].y]
        for k, (leaf, box) in enumerate(self.leaves.items()):
            first = self.stage.conveyor[:1] if carried is not None and leaf == carried.before else ()
            uses = [use.target for use in self.graph.uses.get(leaf, ()) if use.target not in first]
            uses = [i for i in dict.fromkeys(uses) if i in self.below.number]
            heights = [self._under(self.below.number[i], 6.0 * (k % 3)) for i in uses]
            if not first:
                box.x = self.frame_left - _SIDE - box.width / 2
                box.y = max(heights, default=self.base)
                while any(abs(box.y - y) < box.height + 6 for y in taken):
                    box.y -= box.height + 8
                taken.append(box.y)
            self.scene.boxes.append(box)
            gutter = self.frame_left + _PAD + _GUTTER * k
            for i, y in zip(uses, heights):
                target = self._box(i)
                x = target.x - min(9.0, target.head_width / 4)
                points = [(box.right, box.y), (gutter, box.y), (gutter, y), (x, y), (x, target.bottom)]
                self._add(points, box, target, "carried")

    def _draw_right(self) -> None:
        """Edges downwards among what comes after."""
        layer = self.right
        for (source, target), count in layer.edges.items():
            a, b = layer.boxes[source], layer.boxes[target]
            bends = [(self.zone_left + x, self.zone_top + y) for x, y in layer.layers.bends[source, target]]
            for copy in range(count):
                shift = (copy - (count - 1) / 2) * 8
                low, high = self.zone_top + layer.band(source)[1], self.zone_top + layer.band(target)[0]
                points = [(a.x + shift, a.bottom), (a.x + shift, low), *bends, (b.x + shift, high)]
                self._add([*points, (b.x + shift, b.top)], a, b)

    def _draw_crossings(self) -> None:
        """Edges from the conveyor and from the gates to what comes after."""
        last = self.stage.conveyor[-1:]
        for k, (source, target) in enumerate(self._crossings, 1):
            a, b = self._box(source), self._box(target)
            gutter = self.left + self.body + _GUTTER * k
            item, there = self.below.number[source], self.right.number[target]
            low = self.zone_top + self.right.band(there)[0]
            if source in last and not self.right.layers.level[there]:
                self._add([(a.right, a.y), (b.x, a.y), (b.x, b.top)], a, b)
                continue
            if source in last or (source not in self.stage.conveyor and self.below.last_in_row(item)):
                points = [(a.right, a.y), (gutter, a.y)]
            elif source in self.stage.conveyor:
                y = self._under(item, 13.0)
                points = [(a.x + 5, a.bottom), (a.x + 5, y), (gutter, y)]
            else:
                y = self.base - self.below.band(item)[1] - 8
                points = [(a.x, a.top), (a.x, y), (gutter, y)]
            if self.right.layers.order[self.right.layers.level[there]][0] == there:
                y = points[-1][1] if abs(points[-1][1] - b.y) < b.height / 2 - 6 else b.y
                points += [(gutter, y), (b.left, y)]
            else:
                points += [(gutter, low - 10), (b.x + 6, low - 10), (b.x + 6, b.top)]
            self._add(points, a, b)

    def _draw_results(self) -> None:
        """The parts of the next state at the right."""
        ways: list[tuple[Box, list[Point], Box]] = []
        for i, box in self.results.items():
            a = self._box(i)
            if i in self.stage.conveyor[-1:] or (
                i in self.right.number and self.right.last_in_row(self.right.number[i])
            ):
                points = [(a.right, a.y)]
            elif i in self.right.number:
                y = self.zone_top + self.right.band(self.right.number[i])[1] + 9
                points = [(a.x, a.bottom), (a.x, y)]
            else:
                y = self.base - self.below.band(self.below.number[i])[1] - 8
                points = [(a.x, a.top), (a.x, y)]
                if self.stage.after and i not in self.stage.conveyor:  # over what comes after
                    points += [(self.zone_left - 5, y), (self.zone_left - 5, self.zone_top - 9)]
            ways.append((a, points, box))
        ways.sort(key=lambda way: way[1][-1][1])
        heights = separated([way[1][-1][1] for way in ways], [38.0] * (len(ways) - 1))
        for k, ((a, points, box), y) in enumerate(zip(ways, heights)):
            box.x, box.y = self.frame_right + _SIDE + box.width / 2, y
            turn = self.frame_right - 6 - _GUTTER * k
            self.scene.boxes.append(box)
            self._add([*points, (turn, points[-1][1]), (turn, y), (box.left, y)], a, box, "carried")
