"""Names in a folded step, in which every step of a loop is ``t``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..graph.model import Key, Node
from ..graph.sums import Sum
from ..text import Run, symbol, without_index
from .names import Names, Runs
from .reading import Reading
from .view import Column


class FoldedNames(Names):
    """Names in which every step of a loop is ``t``.

    Attributes:
        folded: the columns of the loop.
        steady: operations that read the same index at every step.
        alike: for each operation that is shown those of all steps.
    """

    def __init__(self, reading: Reading, columns: Sequence[Column]) -> None:
        self.folded = {column.key for column in columns}
        self.steady: set[int] = set()
        self.alike: dict[int, list[int]] = {}
        super().__init__(reading.graph, reading.rows, reading.states, reading.sums)
        self.cited = reading.names.cited

    def index(self, key: Key) -> str:
        """The subscript of what belongs to a step."""
        return "t" if key in self.folded else super().index(key)

    def own_name(self, i: int) -> str:
        """The name that the user gave a result, without the number of its step."""
        return without_index(super().own_name(i))

    def sign(self, node: Node, *, exact: bool = False) -> Run:
        """The symbol of an operation, with the index it reads if that is the same at every step."""
        return super().sign(node, exact=exact or node.id in self.steady)

    def operation(self, node: Node, *, exact: bool = False) -> Runs:
        """An operation's symbol, behind the name of its result, or the numbers that others cite."""
        cited = [i for i in self.alike.get(node.id, ()) if i in self.cited]
        if self.own_name(node.id) or not cited:
            return super().operation(node, exact=exact)
        numbers = joined([(Run(f"%{i}", bold=True),) for i in cited])
        return (*numbers, Run(" = "), self.sign(node, exact=exact))

    def total(self, each: Sum, *, bold: bool = False) -> Runs:
        """The name of what a walk differentiates; of several steps the names of all of them."""
        ids = [] if each.recorded is None else self.alike.get(each.recorded, [])
        totals = [self.total_at[i] for i in ids if i in self.total_at]
        return joined([super(FoldedNames, self).total(other, bold=bold) for other in totals or [each]])

    def at(self, i: int, index: str) -> Runs:
        """What an operation computed at a step such as ``t−2`` or ``1…t−1``."""
        name = self.own_name(i)
        if self.is_state(i):
            return self.of_state(self._state_of[i], index)
        return symbol(name or "ℓ" if i in self.losses else name or f"%{i}", index)


def joined(names: Iterable[Runs]) -> Runs:
    """Names in one place: two of them, or the first and the last of more."""
    different = list(dict.fromkeys(names))
    if len(different) < 2:
        return different[0] if different else ()
    between = Run(", " if len(different) == 2 else " … ")
    return (*different[0], between, *different[-1])
