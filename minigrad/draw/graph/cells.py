"""Cells as boxes: in each step the operations that compute states which need each other become one node.

A cell is a cycle of rows: h of an RNN, h and c of an LSTM, one for each layer. An operation belongs to the first cell,
loss or other result of its step that is computed from it. So a box takes only from boxes before it, and the graph stays
acyclic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...errors import ArgumentError
from .collapse import Run, boxed, with_boxes
from .model import Graph, Node, in_loop
from .rows import Rows
from .states import States
from .sums import find_sums
from .walks import Walk, find_walks


class Cells(NamedTuple):
    """A graph of cells, and the graph of what is inside with its rows and states; and the walks over both."""

    graph: Graph
    opened: Graph
    rows: Rows
    states: States
    walks: list[Walk]


def with_cells(graph: Graph) -> Cells:
    """The graph in which each step of a loop has one node for a cell, and one for each loss and other result.

    Raises:
        ArgumentError: the graph has no steps.
    """
    if not graph.nodes:
        raise ArgumentError("draw(compact=True): nothing is recorded on this tape, so there is no cell to draw")
    if not any(in_loop(key) for key in graph.columns):
        raise ArgumentError("draw(compact=True): this tape has no steps; call tape.mark() where each of them begins")
    rows = Rows(graph)
    walks = find_walks(graph.tape)
    sums = find_sums(graph, walks, rows)
    gathers = {i for each in sums for i in each.gathers}
    losses = {i for each in sums for i in each.losses} - gathers
    rows = Rows(graph, gathers) if gathers else rows
    states = States(graph, rows)
    found = {
        key: list(_groups(graph, [i for i in ids if i not in gathers], states, losses))
        for key, ids in graph.columns.items()
        if in_loop(key)
    }
    titles = _titles(graph, (group for groups in found.values() for group in groups), losses)
    groups = {key: _as_runs(each, titles) for key, each in found.items()}
    boxes = boxed(graph, (run for runs in groups.values() for run in runs))
    nodes: list[Node] = []
    for key, ids in graph.columns.items():
        if key not in groups:
            nodes += [graph.nodes[i] for i in ids]
            continue
        nodes += [node for run in groups[key] for node in boxes[run.nodes[0].id]]
        nodes += [graph.nodes[i] for i in ids if i in gathers]
    return Cells(with_boxes(graph, nodes), graph, rows, states, walks)


class _Group(NamedTuple):
    """The operations of a step that belong to a cell, of which this is the number, or to another result."""

    cell: int | None
    nodes: list[Node]


def _groups(graph: Graph, ids: list[int], states: States, losses: set[int]) -> Iterator[_Group]:
    """The operations of a step by the first result that is computed from them, in the order of these results."""
    inside = set(ids)
    users = {i: [use.target for use in graph.uses.get(i, ()) if use.target in inside] for i in ids}
    order: dict[tuple[int | None, int], int] = {}
    own: dict[int, int] = {}
    for i in ids:
        head = (states.cell(i), 0) if i in states.of else (None, i)
        if i in states.of or i in losses or not users[i]:
            own[i] = order.setdefault(head, len(order))
    group: dict[int, int] = {}
    for i in reversed(ids):
        group[i] = min([group[user] for user in users[i]] + ([own[i]] if i in own else []))
    for (cell, _), number in order.items():
        nodes = [graph.nodes[i] for i in ids if group[i] == number]
        if nodes:
            yield _Group(cell, nodes)


def _titles(graph: Graph, groups: Iterable[_Group], losses: set[int]) -> dict[int, tuple[str, int]]:
    """What the box of each group is called, and the number of its cell if several are called the same.

    It is called as the innermost module around all of it, of a cell at all steps; else by what it computes.
    """
    named: dict[int | None, set[str]] = {}
    titles: dict[int, tuple[int | None, str]] = {}
    for cell, nodes in groups:
        first, last = nodes[0].id, nodes[-1].id
        around = [scope for scope in graph.tape.scopes if scope.first <= first and last < scope.end]
        title = max(around, key=lambda scope: (scope.first, -scope.end)).title if around else ""
        titles[first] = (cell, title or ("loss" if last in losses else "output"))
        named.setdefault(cell, set()).add(title)
    cells = {cell: _only(names) or "cell" for cell, names in named.items() if cell is not None}
    alike = {title: [cell for cell, other in cells.items() if other == title] for title in cells.values()}
    found: dict[int, tuple[str, int]] = {}
    for first, (cell, title) in titles.items():
        if cell is None:
            found[first] = (title, 0)
        else:
            others = alike[cells[cell]]
            found[first] = (cells[cell], others.index(cell) + 1 if len(others) > 1 else 0)
    return found


def _only(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ""


def _as_runs(groups: list[_Group], titles: dict[int, tuple[str, int]]) -> list[Run]:
    """The groups of a step; of several results of one title each has a number."""
    several = Counter(titles[nodes[0].id][0] for cell, nodes in groups if cell is None)
    seen: Counter[str] = Counter()
    runs = []
    for cell, nodes in groups:
        title, part = titles[nodes[0].id]
        if cell is None and several[title] > 1:
            seen[title] += 1
            part = seen[title]
        runs.append(Run((title,), nodes, part))
    return runs
