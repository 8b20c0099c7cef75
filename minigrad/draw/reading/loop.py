"""Loops folded into one step: what repeats, what it is called there, and what is said below it.

Operations of different steps that share a row are one operation here.
"""

from __future__ import annotations

from ..graph.rows import Row
from ..text import SMALL, Line, Run, line, number
from .folded_names import FoldedNames
from .names import Runs
from .reading import Reading
from .view import MORE, Column
from .words import which_steps

MOST_BREAKS = 3  # notes about constants in the place of a state

Source = tuple[int, int]  # a row and a lag


class FoldedLoop:
    """One step that stands for all of a loop.

    Args:
        reading: what is said.
        columns: the steps of the loop.

    Attributes:
        group: of the columns.
        steps, count: the numbers of the steps that are folded, and how many there are.
        members: the operations of each row; ``MORE`` for those that are not shown.
        shown: of each row the one that stands for them.
        names: what everything is called.
        handed: the states that begin with what another loop left, or what was computed before this one, each with that.
    """

    def __init__(self, reading: Reading, columns: list[Column]) -> None:
        self.reading = reading
        self.graph = reading.graph
        self.columns = columns
        self.group = columns[0].group
        self.names = FoldedNames(reading, columns)
        self.steps = list(dict.fromkeys(column.key.step for column in columns))
        self.count = len(self.steps)
        self.members = self._find_members()
        self.shown = {slot: members[len(members) // 2] for slot, members in self.members.items()}
        self.names.alike = {i: [each for each in self.members[slot] if each != MORE] for slot, i in self.shown.items()}
        self.names.steady = {i for slot, i in self.shown.items() if len(self._signs(slot)) == 1}
        self.handed = self._find_handed()

    @property
    def depth(self) -> int:
        """The number of steps that a walk went over at most, if the tape was cut; else 0."""
        reaches = self.reading.reaches if self.graph.tape.cuts else []
        return max((reach.last - reach.border + 1 for reach in reaches), default=0)

    def notes(self) -> list[Line]:
        """What is said below the step."""
        reach = f"the gradient goes back at most {self.depth:,} step{'s' * (self.depth > 1)}"
        return [*([line(reach, size=SMALL, ink="cut")] if self.depth else []), *self._breaks()]

    def lags_of(self, row: Row) -> set[tuple[int, int]]:
        """(lag, row of the user) of each use of a state in a later step."""
        found = set()
        for i in self.reading.states.members(row):
            for use in self.graph.uses.get(i, ()):
                lag = self.reading.states.lag(i, use.target)
                if lag and use.target in self.reading.rows.of:
                    found.add((lag, self.reading.rows.of[use.target][1]))
        return found

    def _breaks(self) -> list[Line]:
        """Where a constant takes the place of a state."""
        nodes, states = self.graph.nodes, self.reading.states
        found: dict[tuple[Row, str], list[int]] = {}
        for start in states.starts.values():
            if not start.first and nodes[start.target].key in self.names.folded:
                what = "enters as a constant" if start.source is not None else "begins anew"
                found.setdefault((start.row, what), []).append(nodes[start.target].key.step)
        for stranger in states.strangers:
            if not stranger.first and nodes[stranger.target].key in self.names.folded:
                step = nodes[stranger.target].key.step
                found.setdefault((stranger.row, "is replaced by a constant"), []).append(step)
        lines = []
        for (row, what), steps in found.items():
            when = which_steps(sorted(set(steps)), self.count)
            lines.append(line("✂ ", *self.names.of_state(row), f" {what}, {when}", size=SMALL, ink="cut"))
        more = len(lines) - MOST_BREAKS
        return [*lines[:MOST_BREAKS], *([line(f"and {more} more", size=SMALL, ink="cut")] if more > 0 else [])]

    def _find_members(self) -> dict[int, list[int]]:
        """The operations of each row; ``MORE`` for those that are not shown."""
        members: dict[int, list[int]] = {}
        for column in self.columns:
            for i, slot in zip(column.ids, column.slots):
                members.setdefault(slot, []).append(i)
        return {slot: members[slot] for slot in sorted(members)}

    def _signs(self, slot: int) -> set[Run]:
        """What the copies of an operation are called, with the indices they read."""
        nodes = (self.graph.nodes.get(i) for i in self.members[slot])
        return {self.names.sign(node, exact=True) for node in nodes if node is not None}

    def source(self, source: int, target: int) -> Source | None:
        """The row and the lag of an operand that a step of the loop computed."""
        row = self.reading.rows.of.get(source)
        lag = self.reading.states.lag(source, target)
        if row is None or lag is None or row[0] != self.group or row[1] not in self.shown:
            return None
        return (row[1], lag) if lag >= 0 else None

    def state_handed_over(self, i: int, position: int) -> Row | None:
        """The state as which an operation takes what this loop did not compute."""
        operand = self.graph.nodes[i].operands[position]
        if operand.source not in self.graph.nodes or self.source(operand.source, i) is not None:
            return None
        state = self.reading.states.place(i, position)
        return state if state is not None and state[0] == self.group else None

    def _find_handed(self) -> dict[Row, int]:
        handed: dict[Row, int] = {}
        for ids in self.members.values():
            for i in ids:
                for position, operand in enumerate(self.graph.nodes[i].operands if i != MORE else ()):
                    state = self.state_handed_over(i, position)
                    if state is not None and operand.source is not None:
                        handed[state] = operand.source
        return handed

    def begins(self, i: int) -> Runs:
        """A leaf that a state begins with, with its value."""
        leaf = self.graph.leaves[i]
        runs = [*self.reading.names.data(leaf, self.columns[0].key, "h")]
        value = None if leaf.parameter else self.graph.scalar(i)
        if value is not None:
            runs.append(Run(f" = {number(value)}"))
        elif not leaf.parameter and self.reading.is_zero(i):
            runs.append(Run(" = 0"))
        return tuple(runs)
