"""Cells as boxes: in each step the operations that compute states which need each other become one node.

A cell is a cycle of rows: h of an RNN, h and c of an LSTM, one for each layer. An operation belongs to the first cell,
loss or other result of its step that is computed from it. So a box takes only from boxes before it, and the graph stays
acyclic.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from ...errors import ArgumentError
from .collapse import Run, boxed, with_boxes
from .model import Graph, Key, Node
from .rows import Rows
from .states import States
from .sums import find_sums
from .walks import find_walks


class Cells(NamedTuple):
    """A graph of cells, and the graph of what is inside with its rows and states."""

    graph: Graph
    opened: Graph
    rows: Rows
    states: States


def with_cells(graph: Graph) -> Cells:
    """The graph in which each step of a loop has one node for a cell, and one for each loss and other result.

    Raises:
        ArgumentError: the graph has no steps.
    """
    if not graph.nodes:
        raise ArgumentError("draw(compact=True): nothing is recorded on this tape, so there is no cell to draw")
    if not any(_in_loop(key) for key in graph.columns):
        raise ArgumentError("draw(compact=True): this tape has no steps; call tape.mark() where each of them begins")
    sums = find_sums(graph, find_walks(graph.tape), Rows(graph))
    gathers = {i for each in sums for i in each.gathers}
    losses = {i for each in sums for i in each.losses} - gathers
    rows = Rows(graph, gathers)
    states = States(graph, rows)
    groups = {
        key: list(_groups(graph, [i for i in ids if i not in gathers], states, losses))
        for key, ids in graph.columns.items()
        if _in_loop(key)
    }
    boxes = boxed(graph, (run for runs in groups.values() for run in runs))
    nodes: list[Node] = []
    for key, ids in graph.columns.items():
        if key not in groups:
            nodes += [graph.nodes[i] for i in ids]
            continue
        nodes += [node for run in groups[key] for node in boxes[run.nodes[0].id]]
        nodes += [graph.nodes[i] for i in ids if i in gathers]
    return Cells(with_boxes(graph, nodes), graph, rows, states)


def _in_loop(key: Key) -> bool:
    return bool(key.step) and not key.order


def _groups(graph: Graph, ids: list[int], states: States, losses: set[int]) -> Iterator[Run]:
    """The operations of a step by the first result that is computed from them, in the order of these results."""
    inside = set(ids)
    users = {i: [use.target for use in graph.uses.get(i, ()) if use.target in inside] for i in ids}
    order: dict[Hashable, int] = {}
    own: dict[int, int] = {}
    for i in ids:
        head: Hashable = ("cell", states.cell(i)) if i in states.of else ("result", i)
        if i in states.of or i in losses or not users[i]:
            own[i] = order.setdefault(head, len(order))
    group: dict[int, int] = {}
    for i in reversed(ids):
        group[i] = min([group[user] for user in users[i]] + ([own[i]] if i in own else []))
    for number in range(len(order)):
        nodes = [graph.nodes[i] for i in ids if group[i] == number]
        if nodes:
            yield Run((_title(graph, nodes, states),), nodes)


def _title(graph: Graph, nodes: list[Node], states: States) -> str:
    """What a box is called: as the innermost module around all of it, else a cell, or its last operation."""
    first, last = nodes[0].id, nodes[-1].id
    around = [scope for scope in graph.tape.scopes if scope.first <= first and last < scope.end]
    if around:
        return max(around, key=lambda scope: (scope.first, -scope.end)).title
    return "cell" if any(node.id in states.of for node in nodes) else nodes[-1].op
