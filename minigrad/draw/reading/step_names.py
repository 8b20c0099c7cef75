"""Names in a picture of one step: it is step t, what it took is of step t − 1."""

from __future__ import annotations

from collections import Counter

from ..graph.model import Key, Leaf, Node
from ..graph.one_step import OneStep
from ..text import Run, symbol
from .names import Names, Runs, marked
from .reading import Reading


class StepNames(Names):
    """Names for a step.

    Args:
        reading: of the tape that holds it.
        one: the step.

    Attributes:
        before, after: the parts of the state by the ids of what the step took, and of what it returned.
    """

    def __init__(self, reading: Reading, one: OneStep) -> None:
        many, seen = Counter(each.name for each in one.states), Counter[str]()
        self.before: dict[int, tuple[str, int]] = {}
        self.after: dict[int, tuple[str, int]] = {}
        for each in one.states:
            seen[each.name] += 1
            name = each.name, seen[each.name] if many[each.name] > 1 else 0
            self.before[each.before] = name
            if each.after is not None and each.after != each.before:
                self.after[each.after] = name
        super().__init__(reading.graph, reading.rows, reading.states, reading.sums)

    def index(self, key: Key) -> str:
        """The subscript of what belongs to the step."""
        return "t"

    def is_state(self, i: int) -> bool:
        """Whether the step returned an operation's result as a part of its state."""
        return i in self.after

    def state(self, i: int, *, bold: bool = False) -> Runs:
        """The name of a part of the state that the step returned."""
        return self._part(self.after[i], "t", bold)

    def data(self, leaf: Leaf, key: Key, operand: str) -> Runs:
        """The name of an input, or of a part of the state that the step took."""
        if leaf.id in self.before:
            return self._part(self.before[leaf.id], "t−1")
        return symbol(leaf.name, "t") if leaf.name else super().data(leaf, key, operand)

    def sign(self, node: Node, *, exact: bool = False) -> Run:
        """The symbol of an operation, with the index that it reads."""
        return super().sign(node, exact=True)

    @staticmethod
    def _part(part: tuple[str, int], index: str, bold: bool = False) -> Runs:
        name, count = part
        return marked(symbol(name, index, bold=bold), count)
