"""States: what a loop carries from step to step, what it starts with, and where a constant takes its place.

A row is a state if a later step uses what it computed, and computes from it what the row is next: if an edge that goes
from one step to a later one lies on a cycle of rows. To be used later is not enough. Rows of one cycle of which each
step has one at most, as of cells that alternate, are one state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from ...engine.backend import Array, to_host
from .model import Graph, Key, Node, in_loop
from .rows import Row, Rows

_LOOKED_AT = 1000  # entries of an array
_FOLLOWED = 3  # of the newest states of a row that a value was computed from


class Start(NamedTuple):
    """A leaf in the place where other steps take a state.

    Attributes:
        leaf: its id.
        target: the operation that takes it.
        row: of the state.
        first: whether it is what the state begins with: no step before could have computed one.
        source: the state of an earlier step that has the same value; ``None`` for none, or where it is not known.
        lag: how many steps before that was computed; without a source, how many steps before the state that other steps
            take there was.
        known: whether the values are known.
    """

    leaf: int
    target: int
    row: Row
    first: bool
    source: int | None
    lag: int
    known: bool


class Stranger(NamedTuple):
    """A constant that is no tensor in the place where other steps take a state.

    Attributes:
        target: the operation that takes it.
        position: of the operand.
        row: of the state.
        first: whether it is what the state begins with.
    """

    target: int
    position: int
    row: Row
    first: bool


class States:
    """The states of a graph whose steps are known.

    Args:
        graph: the graph.
        rows: its rows.

    Attributes:
        rows: the rows of the states, from the bottom up; of several rows that are one state the lowest.
        of: the state that an operation computes, by its id.
        starts: the leaves in the place of states, by leaf and target.
        strangers: other constants there.
        copies: constants elsewhere that have the value of an earlier state, each with that state.
        places: the state that the operations of a row take as an operand, by (row, position).
    """

    def __init__(self, graph: Graph, rows: Rows) -> None:
        self._graph = graph
        self._rows = rows
        self._row_of = rows.slot_of
        self._members = rows.in_slot
        self._time = _times(graph)
        self.of: dict[int, Row] = {}
        self._by_state: dict[Row, list[int]] = {}
        self.rows = self._find()
        self.starts: dict[tuple[int, int], Start] = {}
        self.strangers: list[Stranger] = []
        self.places: dict[tuple[Row, int], Row] = {}
        self._by_value = self._find_values()
        self._find_starts()
        self.copies = self._find_copies()

    def lag(self, source: int, target: int) -> int | None:
        """How many steps lie between two operations of one loop; ``None`` if they are not in one."""
        here, there = self._time.get(source), self._time.get(target)
        if here is None or there is None or here[0] != there[0]:
            return None
        return there[1] - here[1]

    def place(self, i: int, position: int) -> Row | None:
        """The state that an operation takes as an operand, judging by the same operation of other steps."""
        row = self._row_of.get(i)
        return None if row is None else self.places.get((row, position))

    def cell(self, i: int) -> int:
        """The number of the cell that computes a state: those whose rows are in one cycle have the same one."""
        return self._component[self._row_of[i]]

    def row_at(self, state: Row, key: Key) -> Row:
        """The row in which a state is computed in a column, or in the first one that has it."""
        members = self.members(state)
        return self._rows.of[next((i for i in members if self._graph.nodes[i].key == key), members[0])]

    def members(self, row: Row) -> list[int]:
        """The operations that compute a state, in the order of the tape."""
        if not self._by_state:
            for i in sorted(self.of):
                self._by_state.setdefault(self.of[i], []).append(i)
        return self._by_state.get(row, [])

    def _find(self) -> list[Row]:
        """The rows from which an edge of a cycle leads into a later step."""
        graph, of = self._graph, self._row_of
        edges: dict[Row, set[Row]] = {}
        later: set[tuple[Row, Row]] = set()
        for i, uses in graph.uses.items():
            source = of.get(i)
            here = self._time.get(i)
            if source is None or here is None:
                continue
            for use in uses:
                target, there = of.get(use.target), self._time.get(use.target)
                if target is not None and there is not None and here[0] == there[0]:
                    edges.setdefault(source, set()).add(target)
                    if here[1] != there[1]:
                        later.add((source, target))
        component = self._component = _components(edges)
        rows = sorted({source for source, target in later if component[source] == component[target]})
        joined = self._joined(rows, component)
        linked = self._linked()
        alive = {self._row_of[i] for i in linked}
        self.of = {i: row for i, row in self.of.items() if self._row_of[i] in alive}
        return [row for row in joined if row in self.of.values()]

    def _linked(self) -> set[int]:
        """The states that were computed from an earlier one of their row, and those: others in between do not count."""
        newest: dict[int, dict[Row, frozenset[int]]] = {}
        linked: set[int] = set()
        for i, node in self._graph.nodes.items():
            above: dict[Row, frozenset[int]] = {}
            for operand in node.operands:
                found = newest.get(operand.source) if operand.source is not None else None
                if found is not None and found is not above:
                    above = _merged(above, found) if above else found
            own = self.of.get(i)
            if own is not None:
                earlier = [j for j in above.get(own, ()) if (self.lag(j, i) or 0) > 0]
                linked.update(earlier, [i] if earlier else [])
                above = {**above, own: frozenset([i])}
            if above:
                newest[i] = above
        return linked

    def _joined(self, rows: list[Row], component: Mapping[Row, int]) -> list[Row]:
        """The states that rows of cycles are."""
        times: dict[Row, set[Key]] = {}
        shapes: dict[Row, tuple[int, ...]] = {}
        for row in rows:
            members = self._members[row]
            shape, here = self._graph.nodes[members[0]].shape, {self._graph.nodes[i].key for i in members}
            for other, there in times.items():
                if component[other] == component[row] and shapes[other] == shape and there.isdisjoint(here):
                    there |= here
                    self.of.update(dict.fromkeys(members, other))
                    break
            else:
                times[row], shapes[row] = here, shape
                self.of.update(dict.fromkeys(members, row))
        return list(times)

    # -- what stands in their place ------------------------------------------------------------

    def _find_starts(self) -> None:
        """Leaves and other constants at operands that elsewhere are a state."""
        nodes = self._graph.nodes
        for target_row, members in self._members.items():
            places: dict[int, dict[Row, int]] = {}
            for i in members:
                for position, operand in enumerate(nodes[i].operands):
                    source = operand.source
                    row = self.of.get(source) if source is not None else None
                    if source is not None and row is not None:
                        lag = self.lag(source, i)
                        if lag:
                            known = places.setdefault(position, {})
                            known[row] = min(lag, known.get(row, lag))
            for position, found in places.items():
                row, lag = next(iter(found.items()))
                self.places[target_row, position] = row
                for i in members:
                    self._judge(nodes[i], position, row, lag)
        self._drop_strangers_beside_others()

    def _drop_strangers_beside_others(self) -> None:
        """A constant is in the place of a state only if beside it stands what does beside a state in that place."""
        beside: dict[tuple[Row, int], set[tuple[tuple[bool, bool], ...]]] = {}
        for row, position in {(self._row_of[each.target], each.position) for each in self.strangers}:
            taking = (i for i in self._members[row] if self._takes_state(i, position))
            beside[row, position] = {self._beside(i, position) for i in taking}
        self.strangers = [
            each
            for each in self.strangers
            if self._beside(each.target, each.position) in beside[self._row_of[each.target], each.position]
        ]

    def _takes_state(self, i: int, position: int) -> bool:
        operands = self._graph.nodes[i].operands
        return position < len(operands) and operands[position].source in self.of

    def _beside(self, i: int, position: int) -> tuple[tuple[bool, bool], ...]:
        """Which of the other operands of an operation are constants, and which are parameters."""
        others = (o.source for place, o in enumerate(self._graph.nodes[i].operands) if place != position)
        return tuple((source is None, source in self._graph.parameters) for source in others)

    def _judge(self, node: Node, position: int, row: Row, lag: int) -> None:
        """Note what an operation takes instead of a state."""
        if position >= len(node.operands):
            return
        operand = node.operands[position]
        earlier = self._before(node, row) if operand.source is None or operand.source in self._graph.leaves else []
        first = not any(distance >= lag for _, distance in earlier)
        if operand.source is None:
            self.strangers.append(Stranger(node.id, position, row, first))
        elif operand.source in self._graph.leaves:
            same, known = self._same_value(operand.source, {i for i, _ in earlier})
            lag = lag if same is None else dict(earlier)[same]
            start = Start(operand.source, node.id, row, first, same, lag, known)
            self.starts[operand.source, node.id] = start

    def _before(self, node: Node, row: Row) -> list[tuple[int, int]]:
        """What a row computed in earlier steps of the loop, the newest first, each with its lag."""
        lags = ((i, self.lag(i, node.id)) for i in reversed(self.members(row)))
        return [(i, lag) for i, lag in lags if lag is not None and lag > 0]

    # -- values --------------------------------------------------------------------------------

    def _find_values(self) -> dict[bytes, list[int]]:
        """The states by their values, the oldest first, as far as these are known."""
        found: dict[bytes, list[int]] = {}
        if any(not leaf.parameter for leaf in self._graph.leaves.values()):
            for i in sorted(self.of):
                value = self._graph.value(i)
                if value is not None:
                    found.setdefault(_fingerprint(value), []).append(i)
        return found

    def _same_value(self, leaf: int, earlier: set[int]) -> tuple[int | None, bool]:
        """The newest of earlier states that a leaf has the value of; and whether all values are known.

        Arrays of numbers of few digits, such as 0 or 0.5, may be equal by chance: those count only if they are the
        same memory.
        """
        value = self._graph.value(leaf)
        if value is None:
            return None, False
        chance = _is_common(value)
        alike = self._by_value.get(_fingerprint(value), [])
        same = [i for i in alike if i in earlier and self._graph.value(i) is value]
        if same:
            return same[-1], True
        if alike and not chance:  # of several states with one value nothing tells which it was
            return (alike[0], True) if len(alike) == 1 and alike[0] in earlier else (None, False)
        return None, all(self._graph.value(i) is not None for i in earlier)

    def _find_copies(self) -> dict[int, int]:
        """Constants that are no start of a state, with the state whose value they have."""
        known = {leaf for leaf, _ in self.starts}
        copies = {}
        for i, leaf in self._graph.leaves.items():
            uses = self._graph.uses.get(i, ())
            if leaf.parameter or i in known or not uses:
                continue
            value = self._graph.value(i)
            alike = [] if value is None else self._by_value.get(_fingerprint(value), [])
            earlier = [j for j in alike if j < uses[0].target]
            own = [j for j in earlier if self._graph.value(j) is value]
            if own or (len(earlier) == 1 and value is not None and not _is_common(value)):
                copies[i] = (own or earlier)[-1]
        return copies


def _merged(one: Mapping[Row, frozenset[int]], other: Mapping[Row, frozenset[int]]) -> dict[Row, frozenset[int]]:
    """The newest states of each row that two values were computed from."""
    both = {**one, **other}
    for row in one.keys() & other.keys():
        both[row] = frozenset(sorted(one[row] | other[row])[-_FOLLOWED:])
    return both


def _fingerprint(value: Array) -> bytes:
    host = np.ascontiguousarray(to_host(value))
    return repr((host.shape, host.dtype.str)).encode() + host.tobytes()


def _is_common(value: Array) -> bool:
    """Whether an array is empty, or has only numbers of few digits: another one may have them by chance."""
    return all(float(f"{entry:.6g}") == entry for entry in to_host(value).ravel()[:_LOOKED_AT].tolist())


def _times(graph: Graph) -> dict[int, tuple[int, int]]:
    """For the operations of loops the part of the tape, and which step of it they are in."""
    steps: dict[int, dict[int, int]] = {}
    for key in graph.columns:
        if in_loop(key):
            numbers = steps.setdefault(key.part, {})
            numbers.setdefault(key.step, len(numbers))
    times: dict[int, tuple[int, int]] = {}
    for key, ids in graph.columns.items():
        if in_loop(key):
            times.update(dict.fromkeys(ids, (key.part, steps[key.part][key.step])))
    return times


def _components(edges: Mapping[Row, Iterable[Row]]) -> dict[Row, int]:
    """The number of each row's strongly connected component, by Tarjan's algorithm without recursion."""
    index: dict[Row, int] = {}
    low: dict[Row, int] = {}
    component: dict[Row, int] = {}
    open_rows: list[Row] = []
    for root in list(edges):
        pending = [(root, iter(edges.get(root, ())))] if root not in index else []
        while pending:
            row, following = pending[-1]
            if row not in index:
                index[row] = low[row] = len(index)
                open_rows.append(row)
            advanced = False
            for other in following:
                if other not in index:
                    pending.append((other, iter(edges.get(other, ()))))
                    advanced = True
                    break
                if other not in component:
                    low[row] = min(low[row], index[other])
            if advanced:
                continue
            pending.pop()
            if pending:
                above = pending[-1][0]
                low[above] = min(low[above], low[row])
            if low[row] == index[row]:
                while True:
                    member = open_rows.pop()
                    component[member] = index[row]
                    if member == row:
                        break
    return component
