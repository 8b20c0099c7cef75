"""The states of a graph of cells: those of the operations inside, whose places in a cell say nothing."""

from __future__ import annotations

from .cells import Cells
from .rows import Row, Rows
from .states import States


class InnerStates(States):
    """The states that were found before operations became cells, with the rows that they had then.

    Args:
        cells: the graph of cells, and what is inside.
        rows: of the cells.
    """

    def __init__(self, cells: Cells, rows: Rows) -> None:
        self._opened, self._states = cells.opened, cells.states
        super().__init__(cells.graph, rows)

    def place(self, i: int, position: int) -> Row | None:
        """The state that a cell takes as an operand, judging by what is inside."""
        node = self._graph.nodes[i]
        source = node.operands[position].source
        for member in node.module.members if node.module else (i,):
            for place, operand in enumerate(self._opened.nodes[member].operands):
                row = self._states.place(member, place) if operand.source == source else None
                if row is not None:
                    return row
        return None

    def _find(self) -> list[Row]:
        self.of = {i: row for i, row in self._states.of.items() if i in self._graph.nodes}
        return [row for row in self._states.rows if row in self.of.values()]

    def _find_starts(self) -> None:
        node_of = self._graph.node_of
        for start in self._states.starts.values():
            target = node_of[start.target]
            self.starts[start.leaf, target] = start._replace(target=target)
        self.strangers = [each._replace(target=node_of[each.target]) for each in self._states.strangers]

    def _find_copies(self) -> dict[int, int]:
        return {i: source for i, source in self._states.copies.items() if i in self._graph.leaves}
