"""The inside of a column: one layered placement that all columns of a group share.

The union of their operations is placed once, so the same operation of each step lies in the same row and
at the same place.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from functools import cached_property

from ..scene import Box, Point
from .layers import Extent, Layers, arrange

Item = tuple[str, int, int]  # ("data", slot of its first use, operand), ("op", slot, 0) or ("exit", slot, 0)
Edges = dict[tuple[Item, Item], int]  # each as often as the operand is used

SPACING = 16.0
CHANNEL = 22.0


@dataclass(slots=True)
class Content:
    """What a column holds: a box for each of its items, the edges between them, the ids they stand for.

    Columns of which one has the items and the edges of the other may share the latter.
    """

    boxes: dict[Item, Box] = field(default_factory=dict)
    edges: Edges = field(default_factory=dict)
    item_of: dict[int, Item] = field(default_factory=dict)

    def connect(self, source: Item, target: Item) -> None:
        """Add an edge; the same one twice is counted."""
        self.edges[source, target] = self.edges.get((source, target), 0) + 1


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
