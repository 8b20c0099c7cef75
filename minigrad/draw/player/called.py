"""Names in the player, of tensors, operands and calls: those of the picture, wherever it gives one."""

from __future__ import annotations

from ...words import listed
from ..graph.model import Graph, Node, Operand
from ..reading.names import Names
from ..reading.settings import settings_text
from ..subscripts import plain
from ..text import clean, number
from .seen import Seen


class Called:
    """Names as plain characters, for the records of a graph."""

    def __init__(self, names: Names, graph: Graph, seen: Seen) -> None:
        self._names = names
        self._graph = graph
        self._seen = seen
        self._parameters = {leaf.id: leaf for leaf in names.parameters}

    def name(self, i: int) -> str:
        """What an id is called: as in the picture, else by its own name, else by its number."""
        if i in self._parameters:
            return plain(self._names.parameter(self._parameters[i]))
        if i in self._graph.leaves or i in self._names.graph.nodes:
            return plain(self._names.result(i))
        return clean(self._seen.names.get(i, "")) or f"%{i}"

    def call(self, node: Node) -> str:
        """How an operation was called."""
        operands = listed(node.operands, self.operand)
        record = self._seen.records[node.id]
        return f"{clean(node.op)}({operands}{settings_text(record.plan, record.params)})"

    def operand(self, operand: Operand) -> str:
        """What an operand is called, or the value of a constant."""
        if operand.source is not None:
            return self.name(operand.source)
        return "const" if operand.number is None else number(operand.number)
