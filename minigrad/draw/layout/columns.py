"""What the columns of a view hold: their boxes, and the edges between them.

Most steps do the same. So the edges of a column, and the looks of boxes that say nothing of their own step, are found
once for all columns of one pattern.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from ..graph.model import Graph, Node
from ..reading.view import MORE, Column
from ..scene import Box
from .boxes import Boxes
from .template import Content, Edges, Item

_LEAF = "leaf"
_Code = object  # says of an operand what is the same in all columns of a pattern


class _Pattern(NamedTuple):
    """What columns that do the same share.

    Attributes:
        items: of their operations.
        looks: of each operation its look, ``None`` where the box says something of its own step, and the form of its
            tooltip, or "" if that names a leaf or the result.
        edges: between their items.
        data: the inputs and constants that have a box: the first operation that takes each, and as which operand.
    """

    items: list[Item]
    looks: list[tuple[Box | None, str]]
    edges: Edges
    data: list[tuple[int, int]]


class Columns:
    """Makes what the columns of a view hold.

    Args:
        graph: the graph.
        boxes: makes the boxes.
        skipped: operations that are drawn outside of the columns.
        far: for each operation the operands that are badges because they were computed far away.
    """

    def __init__(self, graph: Graph, boxes: Boxes, skipped: Container[int], far: Mapping[int, tuple[int, ...]]) -> None:
        self._graph, self._boxes, self._skipped, self._far = graph, boxes, skipped, far
        self._alone = boxes.unlike_others() | far.keys()
        self._codes: dict[int, _Code] = {i: -1 - i if leaf.parameter else _LEAF for i, leaf in graph.leaves.items()}
        self._patterns: dict[object, _Pattern] = {}
        self._looks: dict[object, tuple[Box | None, str]] = {}

    def content(self, column: Column, outside: Container[int]) -> Content:
        """The boxes and edges of a column; ``outside`` are leaves that are drawn outside of it."""
        graph, boxes = self._graph, self._boxes
        shown = {i: slot for i, slot in zip(column.ids, column.slots) if i not in self._skipped}
        role = "walk" if column.key.order else "op"
        signs = self._signs(shown, role, outside)
        key = (*signs, *shown.values())
        pattern = self._patterns.get(key)
        if pattern is None:
            pattern = self._patterns[key] = self._pattern(shown, signs, role, outside)
        content = Content({}, pattern.edges, dict(zip(shown, pattern.items)))
        for (i, item), (look, tooltip) in zip(content.item_of.items(), pattern.looks):
            if look is not None:
                content.boxes[item] = boxes.copy(graph.nodes[i], look, tooltip)
            elif i == MORE:
                content.boxes[item] = boxes.more(column.ids[0], column.hidden)
            else:
                content.boxes[item] = boxes.operation(graph.nodes[i], self._far.get(i, ()), tooltip=tooltip)
        ids = list(shown)
        for n, position in pattern.data:
            i, item = ids[n], ("data", pattern.items[n][1], position)
            operand = graph.nodes[i].operands[position]
            if operand.source is None:
                content.boxes[item] = boxes.data(f"c{i}_{position}", boxes.names.constant(operand.name))
            else:
                leaf = graph.leaves[operand.source]
                runs = boxes.names.data(leaf, column.key, operand.name)
                content.boxes[item] = boxes.data(f"d{leaf.id}_{i}", runs, leaf)
        if column.hidden:
            content.edges = dict(pattern.edges)
            _connect_hidden(graph, column, content)
        return content

    def _signs(self, shown: Mapping[int, int], role: str, outside: Container[int]) -> list[tuple[_Code, ...]]:
        """What each operation does, to what of its column, and whether its look, or its tooltip too, is its own."""
        nodes, alone, codes, names = self._graph.nodes, self._alone, self._codes, self._boxes.names
        called = self._graph.tape.names
        leaves: dict[int, int] = {}
        signs: list[tuple[_Code, ...]] = []
        for i in shown:
            if i == MORE:
                signs.append(())
                continue
            _, op, operands, _, shape, dtype, *_ = node = nodes[i]
            taken: list[_Code] = []
            for source, _, size, number, _ in operands:
                if source is None:
                    taken.append((number, size))
                elif source in shown:
                    taken.append(shown[source])
                elif (code := codes.get(source)) != _LEAF:
                    taken.append(code)
                else:
                    taken.append((_LEAF, leaves.setdefault(source, len(leaves)), source in outside))
            what = names.sign(node, exact=True) if op == "getitem" else op
            own = i in alone and ("tooltip" if i in called or node.module else "look")
            signs.append((own, role, what, shape, dtype, *taken))
        return signs

    def _pattern(
        self, shown: Mapping[int, int], signs: Sequence[tuple[_Code, ...]], role: str, outside: Container[int]
    ) -> _Pattern:
        """The pattern of a column and all that do the same."""
        graph = self._graph
        pattern = _Pattern([("op", slot, 0) for slot in shown.values()], [], {}, [])
        of_leaf: dict[int, Item] = {}
        for n, (i, target, sign) in enumerate(zip(shown, pattern.items, signs)):
            if i == MORE:
                pattern.looks.append((None, ""))
                continue
            node = graph.nodes[i]
            pattern.looks.append(self._look(node, role, sign))
            for position, (source, _, size, _, _) in enumerate(node.operands):
                item: Item = ("data", target[1], position)
                if source is not None and source in shown:
                    item = ("op", shown[source], 0)
                elif source in of_leaf:
                    item = of_leaf[source]
                elif size if source is None else self._codes.get(source) == _LEAF and source not in outside:
                    pattern.data.append((n, position))
                    if source is not None:
                        of_leaf[source] = item
                else:
                    continue
                pattern.edges[item, target] = pattern.edges.get((item, target), 0) + 1
        return pattern

    def _look(self, node: Node, role: str, sign: tuple[_Code, ...]) -> tuple[Box | None, str]:
        """The look of the operations with a sign, and what their tooltips have in common."""
        if sign not in self._looks:
            own = sign[0] == "tooltip" or any(isinstance(code, tuple) and code[:1] == (_LEAF,) for code in sign)
            look = None if sign[0] else self._boxes.look(node, role)
            self._looks[sign] = look, "" if own else self._boxes.tooltip_form(node)
        return self._looks[sign]


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
