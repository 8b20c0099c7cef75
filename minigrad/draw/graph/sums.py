"""Sums: how a scalar is made of the losses of single steps, with which weights.

Only what follows from the operations is said: the weight of a loss is its derivative, which for additions, means and
products with numbers is a number. Where a factor is not known any more, the weights are not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from .model import Graph, Node
from .rows import Rows
from .walks import Walk

_STACKS = frozenset({"stack", "_stack"})
_ALONE = frozenset({"sum", "mean"})


@dataclass(frozen=True, slots=True)
class Sum:
    """What a walk differentiates, or a scalar that nothing uses: total = Σ weight · loss + constant.

    Attributes:
        walk: the number of the walk; 0 where none started from it.
        targets: what it started from.
        losses: the losses of single steps, in the order of the tape.
        weights: of them, each the derivative of the total; empty where they are not known.
        constant: the rest; ``None`` where it is not known.
        gathers: the operations that make the total of the losses, in the order of the tape.
        value: of the total; ``None`` where it is not known.
        seeds: what the walk began with, by target, where that is a number; a seed of 1 is none.
    """

    walk: int
    targets: tuple[int, ...]
    losses: tuple[int, ...]
    weights: tuple[float, ...]
    constant: float | None
    gathers: tuple[int, ...]
    value: float | None
    seeds: tuple[float, ...]

    @property
    def recorded(self) -> int | None:
        """The id of the total, if that is on the tape."""
        return self.targets[0] if len(self.targets) == 1 and self.seeds in ((), (1.0,)) else None


def find_sums(graph: Graph, walks: Iterable[Walk], rows: Rows) -> list[Sum]:
    """For each walk that started from scalars the sum that it differentiates.

    Without a walk: those of the scalars that nothing uses.
    """
    expansion = Expansion(graph, rows)
    found: list[Sum] = []
    for walk in walks:
        targets = [i for i in walk.targets if i in graph.nodes and not graph.nodes[i].shape]
        if targets and len(targets) == len(walk.targets) and not any(graph.nodes[i].key.order for i in targets):
            seeds = [float(walk.seeds[i].item()) for i in targets if i in walk.seeds]
            found.append(expansion.of(targets, seeds, walk))
    if not found:
        newest = max((key.segment for key in graph.columns), default=0)
        loose = [node for node in graph.nodes.values() if _is_loose(graph, node) and node.key.segment == newest]
        found = [expansion.of([node.id], [], None) for node in loose]
    gathers = {i for each in found for i in each.gathers}
    for i in sorted(expansion.like(gathers), reverse=True):
        if i not in gathers:
            part = expansion.of([i], [], None)
            found.append(part)
            gathers.update(part.gathers)
    return found


def _is_loose(graph: Graph, node: Node) -> bool:
    """Whether an operation of the program computes a scalar that nothing uses."""
    return not (node.shape or node.key.order or node.id in graph.uses) and node.has_result and _is_float(node)


def _is_float(node: Node) -> bool:
    return bool(node.dtype.kind == "f")


class Expansion:
    """Scalars as sums of the losses of steps.

    Args:
        graph: the graph, whose steps are known.
        rows: its rows.
    """

    def __init__(self, graph: Graph, rows: Rows) -> None:
        self._graph = graph
        self._rows = rows
        self._steps: dict[int, frozenset[object]] = {}
        self._running = self._find_running(rows)

    def of(self, targets: list[int], seeds: list[float], walk: Walk | None) -> Sum:
        """The sum that several targets, each times its seed, make."""
        factors = seeds or [1.0] * len(targets) if walk is None or len(seeds) == len(targets) else [None] * len(targets)
        border = walk.border if walk else 0
        weights: dict[int, float | None] = dict(zip(targets, factors))
        constant: float | None = 0.0
        gathers: list[int] = []
        losses: list[int] = []
        pending = [-i for i in set(targets)]
        heapify(pending)
        while pending:
            i = -heappop(pending)
            weight, node = weights[i], self._graph.nodes.get(i)
            if node is None or i < border:
                constant = _plus(constant, weight, self._constant(i))
            elif not self._gathers(node):
                losses.append(i)
            else:
                gathers.append(i)
                for source, factor, number in self._terms(node):
                    if source is None:
                        constant = _plus(constant, _times(weight, factor), number)
                    else:
                        if source not in weights:
                            heappush(pending, -source)
                        weights[source] = _plus(weights.get(source, 0.0), weight, factor)
        if not losses:
            losses, gathers, weights, constant = targets[::-1], [], dict(zip(targets, factors)), 0.0
        sizes = [weights[i] for i in reversed(losses)]
        known = tuple(size for size in sizes if size is not None)
        values = [_times(factor, self._graph.scalar(i)) for i, factor in zip(targets, factors)]
        return Sum(
            walk.number if walk else 0,
            tuple(targets),
            tuple(reversed(losses)),
            known if len(known) == len(sizes) else (),
            constant,
            tuple(sorted([*gathers, *self._vectors(gathers)])),
            None if None in values else sum(value for value in values if value is not None),
            tuple(seeds),
        )

    def _constant(self, i: int) -> float | None:
        """The value of a term that is constant to a walk, if it is known; a parameter is none."""
        leaf = self._graph.leaves.get(i)
        return None if leaf is not None and leaf.parameter else self._graph.scalar(i)

    # -- which operations gather ---------------------------------------------------------------

    def like(self, gathers: Set[int]) -> set[int]:
        """Operations of other steps in a row with some that gather, which only add up and scale too."""
        found: set[int] = set()
        for members in self._rows.members.values():
            if len(members) > 1 and not gathers.isdisjoint(members):
                found.update(i for i in members if i not in gathers and self._terms(self._graph.nodes[i]))
        return found

    def _gathers(self, node: Node) -> bool:
        """Whether an operation brings the losses of several steps together, or is on the way from or to there."""
        if not self._terms(node):
            return False
        steps = self._reaches(node.id)
        scales = node.op in ("multiply", "divide", "negative")  # of a loss it is not the loss
        return len(steps) != 1 or scales or node.key not in steps or node.id in self._running

    def _find_running(self, rows: Rows) -> set[int]:
        """Running totals: rows in which one step's result is a term of the next one's, and nothing else uses it."""
        nodes, found = self._graph.nodes, set[int]()
        for members in rows.members.values():
            if len(members) > 1 and all(self._terms(nodes[i]) for i in members):
                inside = set(members)
                if any(self._chain(i, inside) for i in members) and all(map(self._only_adds, members)):
                    found.update(members)
        return found

    def _only_adds(self, i: int) -> bool:
        """Whether what uses a scalar only adds it up, or scales it."""
        users = (self._graph.nodes[use.target] for use in self._graph.uses.get(i, ()))
        return all(user.key.order or self._terms(user) or user.op in _STACKS for user in users)

    def _chain(self, i: int, inside: Collection[int]) -> bool:
        """Whether a scalar is computed from an earlier one of its row by operations that only add and scale."""
        nodes = self._graph.nodes
        pending = [source for source, _, _ in self._terms(nodes[i])]
        for _ in range(8):
            if not pending:
                return False
            if any(source in inside and nodes[source].key != nodes[i].key for source in pending if source is not None):
                return True
            pending = [
                deeper
                for source in pending
                if source in nodes and self._terms(nodes[source])
                for deeper, _, _ in self._terms(nodes[source])
            ]
        return False

    def _reaches(self, i: int) -> frozenset[object]:
        """The columns of the losses that a scalar is made of."""
        pending = [i]
        while pending:
            here = pending[-1]
            if here in self._steps:
                pending.pop()
                continue
            node = self._graph.nodes.get(here)
            if node is None:
                self._steps[here] = frozenset()
                continue
            if not self._terms(node):
                self._steps[here] = frozenset({node.key})
                continue
            below = [source for source, _, _ in self._terms(node) if source is not None]
            missing = [source for source in below if source not in self._steps]
            if missing:
                pending += missing
            else:
                self._steps[here] = frozenset().union(*(self._steps[source] for source in below))
        return self._steps[i]

    # -- what an operation adds up -------------------------------------------------------------

    def _terms(self, node: Node) -> list[tuple[int | None, float | None, float | None]]:
        """(id, factor, number) of each term of a scalar; the id is ``None`` for a number. Nothing if it is no sum."""
        if node.shape or node.key.order or node.module or node.place or not _is_float(node):
            return []
        operands = node.operands
        if node.op in ("add", "subtract") and all(o.shape in ((), None) for o in operands):
            signs = (1.0, 1.0 if node.op == "add" else -1.0)
            return [(o.source, sign, o.number) for o, sign in zip(operands, signs)]
        if node.op == "negative":
            return [(operands[0].source, -1.0, None)]
        if node.op in ("multiply", "divide"):
            return self._scaled(node)
        if node.op in _ALONE and node.params.get("axis") is None:
            stacked = self._stacked(operands[0].source)
            factor = 1.0 if node.op == "sum" else 1.0 / max(len(stacked), 1)
            return [(i, factor, number) for i, number in stacked]
        if node.op == "getitem" and isinstance(node.params.get("index"), int):
            stacked = self._stacked(operands[0].source)
            return [(i, 1.0, number) for i, number in stacked[node.params["index"] :][:1]]
        return []

    def _scaled(self, node: Node) -> list[tuple[int | None, float | None, float | None]]:
        """The term of a product with a number, or of a quotient by one."""
        one, other = node.operands
        if one.shape not in ((), None) or other.shape not in ((), None):
            return []
        if other.source is None and one.source is not None:
            factor = other.number
            if node.op == "divide":
                factor = None if not factor else 1.0 / factor
            return [(one.source, factor, None)]
        if one.source is None and other.source is not None and node.op == "multiply":
            return [(other.source, one.number, None)]
        return []

    def _stacked(self, i: int | None) -> list[tuple[int | None, float | None]]:
        """The scalars that a vector consists of: those that were stacked, or a slice of them."""
        node = self._graph.nodes.get(-1 if i is None else i)
        if node is None or node.module or node.key.order or len(node.shape) != 1:
            return []
        if node.op in _STACKS and all(o.shape in ((), None) for o in node.operands):
            return [(o.source, o.number) for o in node.operands]
        if node.op == "getitem" and isinstance(node.params.get("index"), slice):
            index: slice = node.params["index"]
            return self._stacked(node.operands[0].source)[index]
        return []

    def _vectors(self, gathers: Iterable[int]) -> list[int]:
        """The stacks, and their slices, between scalars that gather and what they gather."""
        nodes = self._graph.nodes
        found: set[int] = set()
        for i in gathers:
            pending = [o.source for o in nodes[i].operands]
            while pending:
                source = pending.pop()
                if source is not None and self._stacked(source):
                    found.add(source)
                    if nodes[source].op == "getitem":
                        pending += [o.source for o in nodes[source].operands]
        return sorted(found)


def _times(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


def _plus(sum_: float | None, one: float | None, other: float | None) -> float | None:
    product = _times(one, other)
    return None if sum_ is None or product is None else sum_ + product
