"""Modules as boxes: the operations of a scope in one step become one node.

They follow each other on the tape, so nothing outside can lie between them and the graph stays acyclic; ``cells.py``
has boxes that are found without scopes. Only what leaves a module is shown of it: results that are used elsewhere, that
a walk started from, or that nothing uses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ...engine.tape import Tape
from .model import Graph, Key, Module, Node, Operand

Chain = tuple[int, ...]  # the positions of scopes on the tape, from the outside in


@dataclass(slots=True)
class Run:
    """Operations of one call that follow each other in one step.

    Attributes:
        path: the titles of the scopes around the call and its own.
        nodes: the operations.
        part: its number, if the step has more of the same call, else 0.
    """

    path: tuple[str, ...]
    nodes: list[Node]
    part: int = 0

    def kind(self) -> Hashable:
        """What makes two runs the same: the path, the operations, and how they are joined inside."""
        place: dict[int | None, int] = {node.id: k for k, node in enumerate(self.nodes)}
        joined = tuple((node.op, *(place.get(o.source) for o in node.operands)) for node in self.nodes)
        return (self.path, self.part, joined)


def collapse(graph: Graph, depth: int) -> Graph:
    """The graph in which a module that lies ``depth`` deep is one node; the modules around it are open."""
    runs = _runs(graph, depth)
    boxes = boxed(graph, runs)
    inside = {node.id for run in runs for node in run.nodes}
    collapsed = with_boxes(
        graph,
        (shown for node in graph.nodes.values() for shown in (boxes.get(node.id, []) if node.id in inside else [node])),
    )
    collapsed.depth = depth
    return collapsed


def with_boxes(graph: Graph, nodes: Iterable[Node]) -> Graph:
    """The graph with some modules as nodes; other nodes take from them what they hide."""
    nodes = list(nodes)
    home = {i: node.id for node in nodes if node.module for i in node.module.members}
    home.update((node.id, node.id) for node in nodes)
    return graph.with_nodes(_rewired(node, home) for node in nodes)


def _rewired(node: Node, home: dict[int, int]) -> Node:
    """The node, whose operands come from modules where what computed them is hidden."""
    operands = (o if o.source is None else o._replace(source=home.get(o.source, o.source)) for o in node.operands)
    return node._replace(operands=tuple(operands))


# -- which operations belong together --------------------------------------------------------------


def _runs(graph: Graph, depth: int) -> list[Run]:
    """The runs, in the order of the tape."""
    scopes = graph.tape.scopes
    calls: dict[tuple[int, Key], list[Run]] = {}
    runs: list[Run] = []
    chains = zip(graph.nodes.values(), _chains(graph.tape, graph.nodes))
    for (chain, key), group in groupby(chains, lambda pair: (pair[1][:depth], pair[0].key)):
        if len(chain) == depth:
            run = Run(tuple(scopes[k].title for k in chain), [node for node, _ in group])
            calls.setdefault((chain[-1], key), []).append(run)
            runs.append(run)
    for parts in calls.values():
        for number, run in enumerate(parts, 1):
            run.part = number if len(parts) > 1 else 0
    return runs


def _chains(tape: Tape, ids: Iterable[int]) -> Iterator[Chain]:
    """The scopes around each id."""
    scopes = tape.scopes
    # Of two that begin and end together, the one that ended later is the outer one.
    waiting = sorted(range(len(scopes)), key=lambda k: (-scopes[k].first, scopes[k].end, k))
    chain: Chain = ()
    for i in ids:
        if chain and any(scopes[k].end <= i for k in chain):
            chain = tuple(k for k in chain if scopes[k].end > i)
        while waiting and scopes[waiting[-1]].first <= i:
            k = waiting.pop()
            if scopes[k].end > i:
                chain = (*chain, k)
        yield chain


# -- what is shown of them -------------------------------------------------------------------------


def boxed(graph: Graph, runs: Iterable[Run]) -> dict[int, list[Node]]:
    """For each run what is shown of it, by the id of its first operation: runs of one kind look the same."""
    alike: dict[Hashable, list[Run]] = {}
    for run in runs:
        alike.setdefault(run.kind(), []).append(run)
    tape = graph.tape
    starts = [tape.targets, *(past.targets for past in tape.history), *(walk.targets for walk in tape.walks)]
    targets = {i for start in starts for i in start}
    return {
        run.nodes[0].id: nodes for group in alike.values() for run, nodes in zip(group, _boxed(graph, group, targets))
    }


def _boxed(graph: Graph, runs: Sequence[Run], targets: set[int]) -> Iterator[list[Node]]:
    """The nodes of runs of one kind: all have the same operands, and the same results at the same places."""
    results: set[int] = set()
    asked: set[int] = set()
    for run in runs:
        for place, kind in enumerate(_departures(graph, run, targets)):
            if kind:
                (results if kind == "result" else asked).add(place)
    slots = _slots(runs)
    for run in runs:
        ids = [node.id for node in run.nodes]
        shown = tuple(ids[place] for place in sorted(results))
        hidden = [i for i in ids if i not in shown]
        alone = len(shown) == 1 and asked <= results
        if not alone and not hidden:
            yield run.nodes  # there is nothing to hide
            continue
        module = Module(run.path, tuple(ids), tuple(node.op for node in run.nodes), shown, run.part)
        operands = tuple(run.nodes[place].operands[position] for place, position in slots)
        last = run.nodes[ids.index(shown[0])]
        box = last._replace(op=run.path[-1], operands=operands, module=module)
        if alone:
            yield [box]
            continue
        box = box._replace(id=hidden[0], shape=())
        inside = (Operand(box.id, "module", ()),)
        pills = [run.nodes[ids.index(i)] for i in shown]
        yield [
            box,
            *(
                pill._replace(
                    op=f"result {place}{f' of part {run.part}' * bool(run.part)}", operands=inside, place=place
                )
                for place, pill in enumerate(pills, 1)
            ),
        ]


def _departures(graph: Graph, run: Run, targets: set[int]) -> Iterator[str]:
    """For each operation whether its result leaves the run, as a "result", or "asked" for by a recorded walk, or ""."""
    inside = {node.id for node in run.nodes}
    for node in run.nodes:
        users = [graph.nodes[use.target] for use in graph.uses.get(node.id, ())]
        forward = [user for user in users if user.key.order == node.key.order]
        if node.id in targets or not forward or any(user.id not in inside for user in forward):
            yield "result"
        else:
            yield "asked" if len(users) > len(forward) else ""


def _slots(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """(operation, position) of what enters runs of one kind; what is the same thing in each of them counts once.

    Numbers stay inside, unless another run has a tensor there.
    """
    slots: dict[Hashable, tuple[int, int]] = {}
    inside = {node.id for node in runs[0].nodes}
    for place, node in enumerate(runs[0].nodes):
        for position, operand in enumerate(node.operands):
            if operand.source in inside:
                continue
            entering = [run.nodes[place].operands[position] for run in runs]
            if all(each.source is None and not each.shape for each in entering):
                continue
            sources = tuple(each.source for each in entering)
            slots.setdefault((place, position) if None in sources else sources, (place, position))
    return list(slots.values())
