"""Stages of one step: which operations carry a state on, which lead there, and which come after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from .model import Graph
from .one_step import Carried, OneStep

_ADDITIVE = frozenset({"add", "subtract", "multiply"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a step that one state, or several that depend on each other, go through.

    Attributes:
        states: these parts of the state.
        conveyor: the operations by which one of them becomes its next value, in their order.
        carried: that one; ``None`` without a conveyor.
        body: the operations that depend on no part of the conveyor.
        after: those that depend on it.
    """

    states: tuple[Carried, ...]
    conveyor: tuple[int, ...]
    carried: Carried | None
    body: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def ids(self) -> set[int]:
        """All its operations."""
        return {*self.conveyor, *self.body, *self.after}


def find_stages(graph: Graph, one: OneStep) -> list[Stage]:
    """The stages of a step, in the order of the tape: one begins where a state is first used after others are done."""
    spans = []
    for each in one.states:
        if each.after in graph.nodes:
            ids = [each.after, *(use.target for use in graph.uses.get(each.before, ()))]
            spans.append((min(ids[1:], default=ids[0]), ids[0], each))
    spans = sorted((min(first, last), max(first, last), each) for first, last, each in spans)
    groups: list[tuple[int, list[Carried]]] = []
    for first, last, each in spans:
        if groups and first <= groups[-1][0]:
            groups[-1] = (max(groups[-1][0], last), [*groups[-1][1], each])
        else:
            groups.append((last, [each]))
    ids, stages, begin = list(graph.nodes), list[Stage](), -1
    for number, (end, states) in enumerate(groups or [(-1, [])]):
        last = number == max(len(groups) - 1, 0)
        members = [i for i in ids if begin < i and (last or i <= end)]
        stages.append(_stage(graph, members, states))
        begin = end
    return stages


def _stage(graph: Graph, members: list[int], states: list[Carried]) -> Stage:
    inside = set(members)
    for wanted in (lambda i: graph.nodes[i].op in _ADDITIVE, lambda i: True):
        for each in states:
            way = _way(graph, each, inside, wanted)
            if way:
                after = _following(graph, way, inside) - set(way)
                if not after & _leading(graph, way, inside):
                    body = tuple(i for i in members if i not in after and i not in way)
                    return Stage(tuple(states), way, each, body, tuple(i for i in members if i in after))
    return Stage(tuple(states), (), None, tuple(members), ())


def _way(graph: Graph, state: Carried, inside: Collection[int], wanted: Callable[[int], bool]) -> tuple[int, ...]:
    """The fewest operations from the leaf of a state to its next value."""
    came: dict[int, int] = {}
    ahead = [state.before]
    while ahead and state.after not in came:
        following = []
        for i in ahead:
            for use in graph.uses.get(i, ()):
                if use.target in inside and use.target not in came and wanted(use.target):
                    came[use.target] = i
                    following.append(use.target)
        ahead = following
    way: list[int] = []
    at = state.after
    while at is not None and at in came:
        way.append(at)
        at = came[at]
    return tuple(reversed(way))


def _following(graph: Graph, ids: Iterable[int], inside: Collection[int]) -> set[int]:
    """What is computed from some operations."""
    found, ahead = set[int](), list(ids)
    while ahead:
        new = {use.target for use in graph.uses.get(ahead.pop(), ()) if use.target in inside} - found
        found |= new
        ahead += new
    return found


def _leading(graph: Graph, ids: Iterable[int], inside: Collection[int]) -> set[int]:
    """What some operations are computed from."""
    found, ahead = set[int](), list(ids)
    while ahead:
        sources = {o.source for o in graph.nodes[ahead.pop()].operands if o.source is not None and o.source in inside}
        ahead += sources - found
        found |= sources
    return found
