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
        target: the operation at which a cotangent arrived.
        cut: the number of the cut that made it a constant; 0 if none did.
    """

    source: int | None
    target: int
    cut: int


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


def make_lanes(
    graph: Graph, states: States, rows: Sequence[Row], walks: Sequence[Walk], shown: Collection[int]
) -> list[Lane]:
    """The lanes of some states: of each the newest walk, and older ones as far as they went over other steps.

    A lane shows one walk. Two walks share its place in a picture only where they went over different steps.
    """
    records = {record.out: record for past in graph.tape.history for record in past.records}
    records.update((record.out, record) for record in graph.tape.records)
    members: dict[Row, list[int]] = {row: [] for row in rows}
    for i, row in states.row_of.items():
        if row in members and graph.nodes[i].has_result:
            members[row].append(i)
    lanes = []
    for row in rows:
        taken: set[object] = set()
        for walk in reversed(walks):
            reached = [i for i in members[row] if i in walk.received]
            places = {graph.nodes[i].key for i in reached}
            if not reached or not taken.isdisjoint(places):
                continue
            taken |= places
            norms = {i: size for i in reached if i in shown and (size := walk.norm(i)) is not None}
            newest = norms[max(norms)] if norms else 0.0
            faint = frozenset(i for i, size in norms.items() if size < FAINT * newest)
            passed = tuple((i, j) for i, j in ways(walk, records, members[row]) if i in shown)
            lanes.append(Lane(row, walk, norms, passed, tuple(_stops(graph, states, row, walk)), faint))
    return lanes


def _stops(graph: Graph, states: States, row: Row, walk: Walk) -> list[Stop]:
    """Where a cotangent arrived at what takes a state, and did not go on to it."""
    stops = []
    for i in walk.reached:
        node = graph.nodes.get(graph.node_of.get(i, -1))
        if node is None:
            continue
        for position, operand in enumerate(node.operands):
            source = operand.source
            if source is None or source >= walk.border or source in graph.leaves:
                continue
            place = states.row_of.get(source) or states.places.get((states.row_of.get(node.id, ("", -1)), position))
            if place == row:
                stops.append(Stop(source, node.id, cut_of(graph, source)))
    stops += [
        Stop(start.source, start.target, 0)
        for start in states.starts.values()
        if start.row == row and not start.first and start.target in walk.received
    ]
    stops += [
        Stop(None, stranger.target, 0)
        for stranger in states.strangers
        if stranger.row == row and not stranger.first and stranger.target in walk.received
    ]
    return stops


def cut_of(graph: Graph, i: int) -> int:
    """The number of the cut that dropped what computed an id."""
    node = graph.nodes.get(i)
    return graph.forgotten + (node.key.segment + 1 if node is not None else 0)
