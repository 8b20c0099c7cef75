"""Crossings from one column to another: an edge between neighbours, a badge from afar."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.model import Use
from ..reading.reading import Reading
from ..reading.view import Column, Gap
from .template import Template

Row = tuple[str, int]


class Crossings:
    """The uses across columns of one view.

    Attributes:
        near: the uses that are drawn as edges: into the next column, or between a column and a gap beside it.
        far: for each operation the positions of the operands that become badges.
        entering: what enters the first column from outside, with the operations that use it: initial
            states, and values from before a cut whose records are gone.
        detached: of the edges those whose value passes as a constant, with the leaf that it is then.
        tracks: for each id that crosses, the number of the track in which it travels, once the templates are known;
            what has the same row has the same track.
    """

    def __init__(self, reading: Reading) -> None:
        self._graph = graph = reading.graph
        self._view = view = reading.view
        self._names = names = reading.names
        self._states = reading.states
        self._row_of = reading.rows.of
        self._index = {i: k for k, item in enumerate(view.items) if isinstance(item, Column) for i in item.ids}
        self.near: list[Use] = []
        self.far: dict[int, tuple[int, ...]] = {}
        self.detached: dict[tuple[int, int], int] = {}
        self._classify()
        self._find_detached()
        far = (graph.nodes[i].operands[place].source for i, places in self.far.items() for place in places)
        names.cited |= {source for source in far if source is not None}
        self.entering = self._find_entering()
        self._rows = {use.source: self.row(use.source, use.target) for use in self.near}
        self._rows |= {i: self.row(i, targets[0]) for i, targets in self.entering.items()}
        self.tracks: dict[int, int] = {}

    def _classify(self) -> None:
        nodes, shown = self._graph.nodes, self._view.shown
        gathers = self._names.gathers
        summed = self._names.losses | gathers
        for node in nodes.values():
            uses = self._graph.uses.get(node.id, ())
            for use in uses:
                target = nodes[use.target]
                above = use.source in gathers or use.target in gathers
                if target.key == node.key and not above:
                    continue
                inside = target.key.segment == node.key.segment
                if use.target in gathers and use.source in summed and inside:
                    continue  # it is drawn above the steps
                shared = above or (node.key.step == 0 and len({nodes[other.target].key for other in uses}) > 1)
                if not shared and self._is_near(use):
                    self.near.append(use)
                elif target.id in shown:
                    self.far[target.id] = (*self.far.get(target.id, ()), use.position)

    def _find_detached(self) -> None:
        """States that go on into the next column as constants."""
        for start in self._states.starts.values():
            if start.source is None or start.first:
                continue
            node = self._graph.nodes[start.target]
            position = next(k for k, operand in enumerate(node.operands) if operand.source == start.leaf)
            use = Use(start.source, start.target, position)
            here, there = self._index.get(start.source), self._index.get(start.target)
            if here is not None and there == here + 1:
                self.near.append(use)
                self.detached[start.source, start.target] = start.leaf

    def _is_near(self, use: Use) -> bool:
        here, there = self._graph.nodes[use.source].key, self._graph.nodes[use.target].key
        if here.order or there.order:
            return False
        items = self._view.items
        k, j = self._index.get(use.source), self._index.get(use.target)
        if k is not None and j is not None:
            return j == k + 1
        if j is not None and j > 0:
            before = items[j - 1]
            return isinstance(before, Gap) and before.keys[-1] == here
        if k is not None and k + 1 < len(items):
            after = items[k + 1]
            return isinstance(after, Gap) and after.keys[0] == there
        return False

    def _find_entering(self) -> dict[int, list[int]]:
        first = next(iter(self._view.items), None)
        entering: dict[int, list[int]] = {}
        for i in first.ids if isinstance(first, Column) else []:
            if i >= 0 and i not in self._names.gathers:
                for operand in self._graph.nodes[i].operands:
                    source = operand.source
                    if source is not None and (source in self._names.starts or source in self._graph.lost):
                        entering.setdefault(source, []).append(i)
        return entering

    def row(self, i: int, target: int) -> Row:
        """The row of what travels as ``i`` to ``target``, or of what would be in its place elsewhere."""
        if i in self._row_of:
            return self._row_of[i]
        if i in self._names.starts:
            return self._states.row_at(self._names.starts[i], self._graph.nodes[target].key)
        slot = self._row_of[target]
        position = next(p for p, o in enumerate(self._graph.nodes[target].operands) if o.source == i)
        for use in self.near:
            if use.position == position and self._row_of.get(use.target) == slot:
                row = self._row_of.get(use.source)
                if row is not None:
                    return row
        return slot

    def assign_tracks(self, templates: Mapping[str, Template]) -> None:
        """A track for each row, from the bottom up; those that leave one level in the order from left to right."""
        order = {row: track for track, row in enumerate(sorted(set(self._rows.values())))}
        level: dict[tuple[str, int], list[Row]] = {}
        for group, slot in order:
            item = ("op", slot, 0)
            if group in templates and item in templates[group].number:
                level.setdefault((group, templates[group].level(item)), []).append((group, slot))
        for rows in level.values():
            across = sorted(rows, key=lambda row: templates[row[0]].centre(("op", row[1], 0))[0])
            order |= dict(zip(across, [order[row] for row in rows]))
        self.tracks = {i: order[row] for i, row in self._rows.items()}
