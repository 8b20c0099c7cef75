"""The reading: what a picture says of a graph, made once and handed to all that draw it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from ...engine.tensor import Leaf as Input
from ...errors import ArgumentError
from ..graph.cells import Cells
from ..graph.inner_states import InnerStates
from ..graph.memory import Kept, kept_bytes
from ..graph.model import Graph, Key, Leaf, in_loop
from ..graph.rows import Rows
from ..graph.states import States
from ..graph.sums import Sum, find_sums
from ..graph.walks import Walk, apart, euclidean_norm, find_walks
from .lanes import Lane, make_lanes
from .names import Names
from .view import Steps, View, make_view

SHOWN = ("op", "name", "shape", "grad", "bytes")


class Reach(NamedTuple):
    """The steps of a walk: those whose losses it counted, and the oldest one that the tape held.

    Attributes:
        walk: its number.
        border: the oldest step that it could reach.
        first, last: the oldest and the newest step with a loss that no earlier walk had counted.
        losses: those losses.
    """

    walk: int
    border: int
    first: int
    last: int
    losses: tuple[int, ...]


class Reading:
    """What is said of a graph, without positions.

    Args:
        graph: the graph, whose steps are known.
        cells: what is inside of its nodes, if they are cells.
        steps: the steps to show.
        unfolded: whether steps are shown one by one.
        show: the kinds of facts that are shown.
        lane: the number of the walk whose gradients are shown, or whether those of the newest have lanes.
        memory: whether the bytes that each column keeps are shown.

    Raises:
        ValueError: there is no such walk, or none of the steps.

    Attributes:
        rows, states, walks, sums: what was found in the graph.
        view: what of it is shown.
        names: what everything is called.
        track: the newest walk, and older ones that went over other records: the walks that are shown, newest first.
        lanes: the cotangents of states in these walks.
        kept: the bytes that each column keeps.
        reaches: the steps of each walk that started from losses of steps, oldest first.
        k: (k1, k2) if the walks follow that scheme, else ``None``.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        cells: Cells | None = None,
        steps: Steps = None,
        unfolded: bool = True,
        show: Collection[str] = SHOWN,
        lane: int | bool = True,
        memory: bool = True,
    ) -> None:
        self.graph = graph
        self.unfolded = unfolded
        self.show = show
        self.walks: list[Walk] = cells.walks if cells else find_walks(graph.tape)
        rows = Rows(graph)
        self.sums: list[Sum] = find_sums(graph, self.walks, rows) if graph.marked else []
        self._sum_of = {each.walk: each for each in reversed(self.sums)}
        self._newest: dict[int, int] = {}
        gathers = {i for each in self.sums for i in each.gathers}
        self.rows = Rows(graph, gathers) if gathers else rows
        self.cells = cells
        self.states = States(graph, self.rows) if cells is None else InnerStates(cells, self.rows)
        self.names = Names(graph, self.rows, self.states, self.sums)
        self.view: View = make_view(graph, self.rows, steps, unfolded=unfolded)
        self.track: list[Walk] = apart(self.walks) if isinstance(lane, bool) else [self._asked(lane)]
        self._has_lanes = "grad" in show and graph.tape.inspect and graph.marked and lane is not False
        self.lanes: list[Lane] = self._make_lanes()
        self.kept: dict[Key, Kept] = {}
        if "bytes" in show and graph.marked and memory:
            self.kept = kept_bytes(graph, self.walks)
        self.reaches = self._find_reaches()
        self.k = self._find_k()

    def show_at_most(self, columns: int) -> None:
        """Show fewer columns, of those that were not asked for."""
        self.view = make_view(self.graph, self.rows, unfolded=self.unfolded, most=columns)
        self.lanes = self._make_lanes()

    def _make_lanes(self) -> list[Lane]:
        return make_lanes(self.graph, self.states, self.track, self.view.shown) if self._has_lanes else []

    def _asked(self, lane: int) -> Walk:
        """The walk of a lane."""
        if not self.graph.tape.inspect:
            raise ArgumentError(
                f"draw(lane={lane}): this tape keeps no gradients of its walks; record it with Tape(inspect=True)"
            )
        if lane not in (walk.number for walk in self.walks):
            there = f"walks 1 to {len(self.walks)}" if self.walks else "no walks"
            raise ArgumentError(f"draw(lane={lane}): there are {there} on this tape")
        return self.walk(lane)

    def walk(self, number: int) -> Walk:
        """The walk of that number."""
        return next(walk for walk in self.walks if walk.number == number)

    @cached_property
    def overlapping(self) -> bool:
        """Whether some walk went over steps that a walk before an earlier cut had gone over."""
        window = self.graph.window
        if not self.graph.tape.inspect:
            return window is not None and window.border < window.first_step
        ends: dict[int, int] = {}
        for walk in self.walks:
            ends[walk.cuts] = max((*walk.reached[:1], ends.get(walk.cuts, -1)))
        return any(walk.border <= end for walk in self.walks for cuts, end in ends.items() if cuts < walk.cuts)

    @cached_property
    def last_step(self) -> int:
        """The number of the newest step."""
        return max((key.step for key in self.graph.columns if in_loop(key)), default=0)

    def grad(self, leaf: Leaf) -> float | None:
        """The norm of what lies in the ``.grad`` of a parameter."""
        grad = leaf.tensor.grad if isinstance(leaf.tensor, Input) else None
        return None if grad is None else euclidean_norm(grad)

    def newest(self, walk: Walk) -> int:
        """The newest step that the targets of a walk were computed in, or from."""
        if walk.number not in self._newest:
            self._newest[walk.number] = self._find_newest(walk)
        return self._newest[walk.number]

    def _find_newest(self, walk: Walk) -> int:
        nodes, steps = self.graph.whole.nodes, self.graph.nodes
        pending, seen = [-i for i in walk.targets], set(walk.targets)
        heapify(pending)
        while pending:  # the newest first, so that the first step is the newest
            node = nodes.get(-heappop(pending))
            if node is None or node.id < walk.border:
                continue
            key = steps[self.graph.node_of[node.id]].key
            if in_loop(key):
                return key.step
            for source in {o.source for o in node.operands if o.source is not None} - seen:
                seen.add(source)
                heappush(pending, -source)
        return 0

    @cached_property
    def border(self) -> int:
        """The first id that the tape holds."""
        records = self.graph.tape.records
        return records[0].out if records else max(self.graph.whole.nodes, default=-1) + 1

    def is_zero(self, i: int) -> bool:
        """Whether every entry of an id is known to have been 0, and there is one."""
        value = self.graph.value(i)
        return value is not None and value.size > 0 and not value.any()

    def walks_over(self, segment: int) -> int:
        """How many walks were made while a stretch of the tape was the newest one, as far as that is known."""
        return sum(walk.cuts - self.graph.forgotten == segment for walk in self.walks if walk.targets)

    def newest_walk_over(self, segment: int) -> int:
        """The number of the newest of these walks, or 0."""
        over = (walk.number for walk in self.walks if walk.cuts - self.graph.forgotten == segment and walk.targets)
        return max(over, default=0)

    def shown_walk(self, i: int) -> Walk | None:
        """The walk whose cotangent of an id is shown, if there is one."""
        return next((walk for walk in self.track if i in walk.received), None)

    def sum_of(self, walk: int) -> Sum | None:
        """What a walk differentiates, if it started from scalars."""
        return self._sum_of.get(walk)

    # -- truncation ----------------------------------------------------------------------------

    def _find_reaches(self) -> list[Reach]:
        nodes = self.graph.nodes
        counted: set[int] = set()
        found = []
        for each in self.sums:
            if not each.walk:
                continue
            walk = self.walk(each.walk)
            new = [i for i in each.losses if i not in counted and in_loop(nodes[i].key)]
            counted.update(walk.received)
            steps, border = [nodes[i].key.step for i in new], self._oldest(walk)
            if steps and border:
                found.append(Reach(each.walk, border, min(steps), max(steps), tuple(new)))
        return found

    def _find_k(self) -> tuple[int, int] | None:
        """How many new steps each walk counted, and how many it went back over, if that is the same for all.

        The last walk may count fewer. Nothing is said before some walk went back over fewer steps than there were.
        """
        oldest = min((key.step for key in self.graph.columns if in_loop(key)), default=0)
        spans = [(self._oldest(walk), self.newest(walk)) for walk in self.walks if walk.received]
        if self.graph.forgotten or not self.graph.tape.inspect or not spans or not all(map(all, spans)):
            return None
        new = [last - before for before, last in zip([oldest - 1, *(last for _, last in spans)], [b for _, b in spans])]
        deep = [last - first + 1 for first, last in spans]
        most = [last - oldest + 1 for _, last in spans]
        k1 = new[0]
        k2 = max(deep[:-1] or deep)
        short = k1 - new[-1]
        regular = all(n == k1 for n in new[:-1]) and 0 <= short < k1
        full = all(n == min(k2, m) for n, m in zip(deep[:-1], most))
        if k2 >= k1 and regular and full and deep[-1] in (min(k2, most[-1]), min(k2 - short, most[-1])):
            return (k1, k2) if any(n < m for n, m in zip(deep, most)) else None
        return None

    def _oldest(self, walk: Walk) -> int:
        """The oldest step of which a walk found something on the tape."""
        held = (key.step for key, ids in self.graph.columns.items() if in_loop(key) and ids[-1] >= walk.border)
        return min(held, default=0)
