"""The states of a graph of cells: those of the operations inside, whose places in a cell say nothing."""

from __future__ import annotations

from .cells import Cells
from .rows import Row, Rows
from .states import States


class InnerStates(States):
    """The states that were found before operations became cells.

    Args:
        cells: the graph of cells, and what is inside.
        rows: its rows.
    """

    def __init__(self, cells: Cells, rows: Rows) -> None:
        graph, self._opened, self._states = cells.graph, cells.opened, cells.states
        self._map: dict[Row, Row] = {}
        for i, row in self._states.of.items():
            if i in rows.slot_of:
                self._map[row] = min(rows.slot_of[i], self._map.get(row, rows.slot_of[i]))
        super().__init__(graph, rows)

    def place(self, i: int, position: int) -> Row | None:
        """The state that a cell takes as an operand, judging by what is inside."""
        node = self._graph.nodes[i]
        source = node.operands[position].source
        for member in node.module.members if node.module else (i,):
            for place, operand in enumerate(self._opened.nodes[member].operands):
                row = self._states.place(member, place) if operand.source == source else None
                if row in self._map:
                    return self._map[row]
        return None

    def _find(self) -> list[Row]:
        states = self._states
        self.of = {i: self._map[row] for i, row in states.of.items() if i in self._graph.nodes and row in self._map}
        return sorted(set(self.of.values()))

    def _find_starts(self) -> None:
        node_of, known = self._graph.node_of, self._map
        for start in self._states.starts.values():
            if start.row in known:
                target = node_of[start.target]
                self.starts[start.leaf, target] = start._replace(target=target, row=known[start.row])
        self.strangers = [
            each._replace(target=node_of[each.target], row=known[each.row])
            for each in self._states.strangers
            if each.row in known
        ]

    def _find_copies(self) -> dict[int, int]:
        return {i: source for i, source in self._states.copies.items() if i in self._graph.leaves}
