"""Lanes: for each state the cotangents of one walk, and how they went from step to step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..graph.model import Graph
from ..graph.rows import Row
from ..graph.states import States
from ..graph.walks import Walk, ways

FAINT = 0.01  # of the newest gradient: below it a gradient is called faint


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a walk did not go on to an earlier state.

    Attributes:
        source: the state that became a constant; ``None`` for a constant that no step computed.
        target: the record at which a cotangent arrived.
        cut: the number of the cut that made it a constant; 0 if none did.
        taken: whether it is an operand of the target; else a constant is that has its place.
    """

    source: int | None
    target: int
    cut: int = 0
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """The cotangents of a state in one walk.

    Attributes:
        row: of the state.
        walk: the walk.
        norms: of the cotangents that arrived at the shown states, by id.
        ways: (from, to) pairs of states between which a cotangent went, by operations of no other step's state.
        stops: where it did not go on.
        faint: the ids whose cotangent is below 1 % of the newest one.
    """

    row: Row
    walk: Walk
    norms: dict[int, float]
    ways: tuple[tuple[int, int], ...]
    stops: tuple[Stop, ...]
    faint: frozenset[int]


def make_lanes(graph: Graph, states: States, walks: Sequence[Walk], shown: Collection[int]) -> list[Lane]:
    """For each walk the lanes of the states that it reached.

    Args:
        graph: the graph.
        states: its states.
        walks: those that are shown.
        shown: the ids of the operations that are shown.
    """
    records = {record.out: record for past in graph.tape.history for record in past.records}
    records.update((record.out, record) for record in graph.tape.records)
    members = {i: row for i, row in states.of.items() if graph.nodes[i].has_result}
    lanes = []
    for walk in walks:
        passed = ways(walk, records, members)
        stops = _stops(graph, states, walk)
        for row in states.rows:
            norms = {i: size for i in states.members(row) if i in shown and (size := walk.norm(i)) is not None}
            if not norms:
                continue
            newest = norms[max(norms)]
            faint = frozenset(i for i, size in norms.items() if size < FAINT * newest)
            within = tuple((i, j) for i, j in passed if i in norms and members[i] == members[j] == row)
            lanes.append(Lane(row, walk, norms, within, tuple(stops.get(row, ())), faint))
    return lanes


def _stops(graph: Graph, states: States, walk: Walk) -> dict[Row, list[Stop]]:
    """Where a cotangent arrived at what takes a state, and did not go on to it, by the row of that state."""
    stops: dict[Row, list[Stop]] = {}
    for i in walk.reached:
        node = graph.nodes.get(graph.node_of.get(i, -1))
        if node is None:
            continue
        for position, operand in enumerate(node.operands):
            source = operand.source
            if source is None or source >= walk.border or source in graph.leaves or source in walk.received:
                continue
            if all(source != taken.source for taken in graph.whole.nodes[i].operands):
                continue  # another record of the module takes it
            place = states.of.get(source) or states.place(node.id, position)
            if place is not None:
                cut = cut_of(graph, source)
                stop = Stop(source, i, cut if cut <= walk.cuts else 0, taken=True)
                stops.setdefault(place, []).append(stop)
    for start in states.starts.values():
        if not start.first and graph.taker(start.leaf, start.target) in walk.received:
            stops.setdefault(start.row, []).append(Stop(start.source, start.target))
    for stranger in states.strangers:
        if not stranger.first and stranger.target in walk.received:
            stops.setdefault(stranger.row, []).append(Stop(None, stranger.target))
    return stops


def cut_of(graph: Graph, i: int) -> int:
    """The number of the cut that dropped what computed an id."""
    node = graph.nodes.get(i)
    return graph.forgotten + (node.key.segment + 1 if node is not None else 0)
