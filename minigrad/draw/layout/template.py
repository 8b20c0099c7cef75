"""The inside of a column: one layered placement that all columns of a group share.

The union of their operations is placed once, so the same operation of each step lies in the same row and
at the same place.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from functools import cached_property

from ..graph.model import Graph
from ..reading.view import MORE, Column
from ..scene import Box, Point
from .boxes import Boxes
from .layers import Extent, Layers, arrange

Item = tuple[str, int, int]  # ("data", slot of its first use, operand), ("op", slot, 0) or ("exit", slot, 0)

SPACING = 16.0
CHANNEL = 22.0


@dataclass(slots=True)
class Content:
    """What a column holds: a box for each of its items, the edges between them, the ids they stand for."""

    boxes: dict[Item, Box] = field(default_factory=dict)
    edges: dict[tuple[Item, Item], int] = field(default_factory=dict)
    item_of: dict[int, Item] = field(default_factory=dict)

    def connect(self, source: Item, target: Item) -> None:
        """Add an edge; the same one twice is counted."""
        self.edges[source, target] = self.edges.get((source, target), 0) + 1


def fill(
    graph: Graph, column: Column, boxes: Boxes, *, outside: set[int], skipped: set[int], far: dict[int, tuple[int, ...]]
) -> Content:
    """Make the boxes and edges of a column.

    Args:
        graph: the graph.
        column: the column.
        boxes: makes the boxes.
        outside: leaves that are drawn outside of the column.
        skipped: operations that are drawn outside of the column.
        far: for each operation the operands that are badges because they were computed far away.
    """
    content = Content()
    item_of, parameters = content.item_of, graph.parameters
    shown = [(i, slot) for i, slot in zip(column.ids, column.slots) if i not in skipped]
    for i, slot in shown:
        item = ("op", slot, 0)
        item_of[i] = item
        if i == MORE:
            content.boxes[item] = boxes.more(column.ids[0], column.hidden)
        else:
            content.boxes[item] = boxes.operation(graph.nodes[i], far.get(i, ()))
    data: dict[int, Item] = {}
    for i, slot in shown:
        if i == MORE:
            continue
        node = graph.nodes[i]
        target = ("op", slot, 0)
        for position, operand in enumerate(node.operands):
            source = operand.source
            if source in parameters:
                continue
            if source in item_of:
                content.connect(item_of[source], target)
            elif source is None:
                if operand.shape:
                    item = ("data", slot, position)
                    content.boxes[item] = boxes.data(f"c{i}_{position}", boxes.names.constant(operand.name))
                    content.connect(item, target)
            elif source in graph.leaves and source not in outside:
                if source not in data:
                    leaf = graph.leaves[source]
                    data[source] = ("data", slot, position)
                    runs = boxes.names.data(leaf, column.key, operand.name)
                    content.boxes[data[source]] = boxes.data(f"d{source}_{i}", runs, leaf)
                content.connect(data[source], target)
    if column.hidden:
        _connect_hidden(graph, column, content)
    return content


def _connect_hidden(graph: Graph, column: Column, content: Content) -> None:
    """Edges to and from the operations of a column that are not shown."""
    middle = content.item_of[MORE]
    hidden = column.left_out
    place = column.ids.index(MORE)
    above = set(column.ids[place + 1 :])
    edges: set[tuple[Item, Item]] = set()
    for i, item in content.item_of.items():
        if i == MORE:
            continue
        if i not in above and any(use.target in hidden for use in graph.uses.get(i, ())):
            edges.add((item, middle))
        if i in above and any(o.source in hidden for o in graph.nodes[i].operands):
            edges.add((middle, item))
    for source, target in sorted(edges):
        content.connect(source, target)


@dataclass
class Template:
    """A placement: of each item, with the flow going up from ``base`` (0) and x from the left.

    Attributes:
        layers: the placement.
        number: the number of each item in it.
        width, height: of the whole.
    """

    layers: Layers
    number: dict[Item, int]

    @cached_property
    def centres(self) -> dict[Item, Point]:
        """The centre of each item, y upwards."""
        return {item: (self.layers.across[i], self.layers.along[i]) for item, i in self.number.items()}

    @property
    def width(self) -> float:
        return self.layers.width

    @property
    def height(self) -> float:
        return self.layers.length

    def centre(self, item: Item) -> Point:
        """The centre of an item, y upwards."""
        return self.centres[item]

    def level(self, item: Item) -> int:
        """The level of an item, from 0 at the bottom."""
        return self.layers.level[self.number[item]]

    def band(self, item: Item) -> tuple[float, float]:
        """The lower and the upper end of an item's row."""
        return self.layers.bands[self.layers.level[self.number[item]]]

    def bends(self, source: Item, target: Item) -> list[Point]:
        """The points of an edge between the rows of its ends, y upwards."""
        i, j = self.number[source], self.number[target]
        if self.layers.level[i] == self.layers.level[j]:
            return []
        (x0, _), (x1, _) = self.centre(source), self.centre(target)
        return [(x0, self.band(source)[1]), *self.layers.bends[i, j], (x1, self.band(target)[0])]

    def beside(self, source: Item, target: Item) -> bool:
        """Whether an edge joins two items of one row."""
        return self.layers.level[self.number[source]] == self.layers.level[self.number[target]]

    def span(self, content: Content) -> Point:
        """How far one of the columns reaches to the left and to the right."""
        sides = [self.centre(item)[0] + side * box.width / 2 for item, box in content.boxes.items() for side in (-1, 1)]
        sides += [x for source, target in content.edges for x, _ in self.bends(source, target)]
        out = ((item, ("exit", item[1], 0)) for item in content.boxes if item[0] == "op")
        sides += [x for item, way in out if way in self.number for x, _ in self.bends(item, way)]
        return min(sides, default=0.0), max(sides, default=0.0)

    def is_last(self, item: Item) -> bool:
        """Whether nothing lies to the right of an item in its row."""
        row = self.layers.order[self.layers.level[self.number[item]]]
        return row[-1] == self.number[item]

    def is_first(self, item: Item) -> bool:
        """Whether nothing lies to the left of an item in its row."""
        row = self.layers.order[self.layers.level[self.number[item]]]
        return row[0] == self.number[item]


def make_template(
    contents: Iterable[Content], exits: set[Item], leaving: Set[Item] = frozenset(), *, equal: bool = True
) -> Template:
    """Place the union of several columns.

    Args:
        contents: of the columns.
        exits: the items from which an edge leaves through the top.
        leaving: the items from which an edge leaves to the right.
        equal: widen the boxes of each row to be equal.
    """
    contents = list(contents)
    kinds = {"data": 0, "op": 1, "exit": 2}
    items = {item for content in contents for item in content.boxes}
    items |= {("exit", item[1], 0) for item in items if item in exits}
    ordered = sorted(items, key=lambda item: (kinds[item[0]], *item[1:]))
    number = {item: i for i, item in enumerate(ordered)}
    sizes = {item: Extent(0.0, 0.0) for item in ordered}
    for content in contents:
        for item, box in content.boxes.items():
            size = sizes[item]
            if box.width > size.across or box.height > size.along:
                sizes[item] = Extent(max(size.across, box.width), max(size.along, box.height))
    for content in contents if equal else ():
        for item, box in content.boxes.items():
            if box.shape != "circle":
                box.width = sizes[item].across
    pairs = {pair for content in contents for pair in content.edges}
    edges = {(number[a], number[b]) for a, b in pairs}
    edges |= {(number["op", slot, 0], number["exit", slot, 0]) for kind, slot, _ in items if kind == "exit"}
    on_top = frozenset(number[item] for item in items if item[0] == "exit")
    layers = arrange(
        [sizes[item] for item in ordered],
        sorted(edges),
        spacing=SPACING,
        channel=CHANNEL,
        beside=True,
        on_top=on_top,
        leaving=frozenset(number[item] for item in leaving),
    )
    return Template(layers, number)
