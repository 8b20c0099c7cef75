"""Placement of a graph without steps: layers from left to right, by the longest path, in several lines if
one would be very wide."""

from __future__ import annotations

from collections import Counter

from ..graph.model import Graph
from ..reading.view import MORE, Column
from ..scene import Box, Path, Scene
from .boxes import Boxes
from .layers import Extent, arrange
from .wrap import Wrapped

SPACING = 16.0
CHANNEL = 34.0


class Expression:
    """Places a whole tape as one layered graph.

    Args:
        graph: the graph.
        column: what is shown of it.
        boxes: makes the boxes.
        widest: how long a line may be.

    Attributes:
        width, height: of the whole.
    """

    def __init__(self, graph: Graph, column: Column | None, boxes: Boxes, widest: float) -> None:
        self._graph = graph
        self._boxes = boxes
        self._items: list[Box] = []
        self._edges: Counter[tuple[int, int]] = Counter()
        if column is not None:
            self._collect(column)
        extents = [Extent(box.height, box.width) for box in self._items]
        edges = sorted(self._edges)
        layers = arrange(extents, edges, spacing=SPACING, channel=CHANNEL)
        self._wrapped = Wrapped(layers, edges, [box.height for box in self._items], widest)
        self.width, self.height = self._wrapped.width, self._wrapped.height

    def place(self, scene: Scene, left: float, top: float) -> None:
        """Put the graph into the scene."""
        for i, box in enumerate(self._items):
            x, y = self._wrapped.centre(i)
            box.x, box.y = left + x, top + y
            scene.boxes.append(box)
        for edge, count in self._edges.items():
            a, b = (self._items[end] for end in edge)
            for copy in range(count):
                shift = (copy - (count - 1) / 2) * 9
                between = [(left + x, top + y) for x, y in self._wrapped.route(edge, shift)]
                points = [(a.right, a.y), *between, (b.left, b.y + shift)]
                scene.paths.append(Path(self._boxes.theme.strokes["flow"], points, source=a.name, target=b.name))

    def _collect(self, column: Column) -> None:
        """Leaves first, then operations in the order of the tape: so every edge leads to a higher number."""
        graph, boxes = self._graph, self._boxes
        number: dict[int, int] = {}
        shown = [i for i in column.ids if i != MORE]
        for i in shown:
            for position, operand in enumerate(graph.nodes[i].operands):
                source = operand.source
                if source is None and operand.shape:
                    box = boxes.data(f"c{i}_{position}", boxes.names.constant(operand.name))
                    number[-2 - len(self._items)] = len(self._items)
                    self._items.append(box)
                elif source in graph.leaves and source not in number and self._is_node(source):
                    leaf = graph.leaves[source]
                    runs = (
                        boxes.names.parameter(leaf)
                        if leaf.parameter
                        else boxes.names.data(leaf, column.key, operand.name)
                    )
                    number[source] = len(self._items)
                    self._items.append(boxes.data(f"d{source}", runs, leaf))
        constants = iter([n for i, n in number.items() if i < -1])
        for i in column.ids:
            number[i] = len(self._items)
            node = None if i == MORE else graph.nodes[i]
            self._items.append(boxes.more(0, column.hidden) if node is None else boxes.operation(node))
            for operand in node.operands if node else ():
                if operand.source in number:
                    self._edges[number[operand.source], number[i]] += 1
                elif operand.source is None and operand.shape:
                    self._edges[next(constants), number[i]] += 1
        if column.hidden:
            self._connect_hidden(shown, number)

    def _is_node(self, source: int | None) -> bool:
        assert source is not None
        return not self._graph.leaves[source].parameter or source in self._boxes.as_nodes

    def _connect_hidden(self, shown: list[int], number: dict[int, int]) -> None:
        middle = number[MORE]
        first = max(i for i in shown if number[i] < middle)
        last = min(i for i in shown if number[i] > middle)
        for i in shown:
            if i <= first and any(first < use.target < last for use in self._graph.uses.get(i, ())):
                self._edges[number[i], middle] += 1
            sources = (o.source for o in self._graph.nodes[i].operands)
            if i >= last and any(s in self._graph.nodes and first < s < last for s in sources if s is not None):
                self._edges[middle, number[i]] += 1
