"""Roles of operations: which are losses, how the losses become one number, which leaves start a state."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...engine.backend import to_host
from ...engine.record import Walked
from ..layout.values import euclidean_norm
from .model import Graph, Key, Node, Segment

_STACKS = frozenset({"stack", "_stack", "concatenate", "_concatenate"})
_SCALES = frozenset({"multiply", "divide"})


@dataclass(frozen=True, slots=True)
class Total:
    """What a walk started from, and how far it went.

    Attributes:
        number: of the walk, from 1: the number of cuts before it, plus 1.
        border, first, last: the oldest step that it could reach, the oldest and the newest one whose loss it counted.
        losses: the losses of the single steps, in order.
        gathers: the recorded operations that add them up, in order; none if the walk started from
            the losses themselves.
        target: the id of the recorded total; ``None`` if the walk started from several losses.
        rule: how several targets make up the total, such as ``Σ`` or ``mean``; "" where not known.
        value: of the total, where it is known.
    """

    number: int
    border: int
    first: int
    last: int
    losses: tuple[int, ...]
    gathers: tuple[int, ...]
    target: int | None
    rule: str
    value: float | None


def find_totals(graph: Graph) -> list[Total]:
    """The total of each walk that is known, or that a window would have; oldest first."""
    stretches = _targets(graph)
    segments = {segment.keys[0].segment: segment for segment in graph.segments}
    borders = _borders(graph, len(stretches))
    totals = []
    previous: tuple[int, ...] = ()
    for position, walked in enumerate(stretches):
        targets = [i for i in walked if i in graph.nodes] if walked != previous else []
        previous = walked
        if not targets and graph.marked and not graph.overlapping and position in segments:
            counted = {i for earlier in stretches[:position] for i in earlier}
            targets = [i for i in _sinks(graph, segments[position]) if i not in counted]
        if targets:
            totals.append(_total(graph, graph.forgotten + position + 1, borders[position], targets))
    return totals


def _targets(graph: Graph) -> list[tuple[int, ...]]:
    """What each window was walked back from: its last walk, or all of a lag mask, which walks from each loss alone."""
    targets = [*(past.targets for past in graph.tape.history), graph.tape.targets]
    together: dict[tuple[int, int], list[Walked]] = {}  # walks with nothing recorded in between
    for walk in graph.tape.walks:
        together.setdefault((walk.cuts - graph.forgotten, walk.ids), []).append(walk)
    for (position, _), walks in together.items():
        starts = [i for walk in walks for i in walk.targets]
        losses = [graph.nodes[i] for i in starts if i in graph.nodes and i not in graph.uses]
        steps = {node.key.step for node in losses if node.shape == () and node.key.order == 0} - {0}
        if len(steps) == len(starts) == len(walks) > 1 and len({node.op for node in losses}) == 1:
            targets[position] = tuple(starts)
    return targets


def _borders(graph: Graph, count: int) -> list[int]:
    """For each stretch of tape between two cuts the oldest step that the tape held then."""
    oldest = {segment.keys[0].segment: segment.steps[0] for segment in graph.segments}
    borders = [0] * count
    for position in reversed(range(count)):
        borders[position] = oldest.get(position, borders[position + 1] if position + 1 < count else 0)
    return borders


def _total(graph: Graph, number: int, border: int, targets: list[int]) -> Total:
    rule, target = "", None
    losses: tuple[int, ...] = tuple(targets)
    gathers: tuple[int, ...] = ()
    if len(targets) == 1:
        (target,) = targets
        gathers, losses = _gathered(graph, target)
        value = scalar(graph, target)
    else:
        rule, value = _combination(graph, targets)
    steps = [graph.nodes[i].key.step for i in losses]
    return Total(number, border, min(steps), max(steps), losses, gathers, target, rule, value)


def find_other_losses(graph: Graph, totals: list[Total]) -> set[int]:
    """Losses that belong to no total that is drawn: of overlapping windows, those that earlier walks counted."""
    if not graph.overlapping:
        return set()
    counted = {i for total in totals for i in (*total.losses, *total.gathers)}
    return {i for segment in graph.segments for i in _sinks(graph, segment)} - counted


def scalar(graph: Graph, i: int) -> float | None:
    """The value of a scalar id, where it is known."""
    value = graph.value(i)
    if value is None or value.size != 1:
        return _window_loss(graph, i)
    return float(to_host(value).reshape(()))


def norm(graph: Graph, i: int) -> float | None:
    """The Euclidean norm of the cotangent of an id; ``None`` if it was not computed."""
    cotangent = graph.cotangent(i)
    return None if cotangent is None else euclidean_norm(cotangent)


def _window_loss(graph: Graph, i: int) -> float | None:
    """The value of a loss that the tape did not keep but the window reports."""
    if graph.window is None or i not in graph.tape.targets or i not in graph.nodes:
        return None
    return graph.window.losses.get(graph.nodes[i].key.step)


def _sinks(graph: Graph, segment: Segment) -> list[int]:
    """The scalars of a window that nothing in it uses; those that were walked, if any were."""
    sinks = [
        node.id
        for key in segment.keys
        if key.order == 0
        for node in (graph.nodes[i] for i in graph.columns[key])
        if node.shape == () and str(node.dtype).startswith(("float", "bfloat")) and not _used_within(graph, node)
    ]
    walked = [i for i in sinks if i in graph.tape.cotangents]
    return walked or sinks


def _used_within(graph: Graph, node: Node) -> bool:
    """Whether an operation of the same window uses it."""
    keys = (graph.nodes[use.target].key for use in graph.uses.get(node.id, ()))
    return any(key.segment == node.key.segment and key.order == 0 for key in keys)


def _gathered(graph: Graph, target: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The operations that add up ``target`` from losses of several steps, and those losses."""
    nodes = graph.nodes
    segment = nodes[target].key.segment
    sources: dict[int, list[int]] = {}
    pending = [target]
    while pending:
        i = pending.pop()
        if i not in sources and _gathers(graph, nodes[i]):
            inside = [o.source for o in nodes[i].operands if o.source in nodes]
            sources[i] = [s for s in inside if s is not None and nodes[s].key.segment == segment]
            pending += sources[i]
    kept: set[int] = set()
    for i in sorted(sources):
        crosses = any(s in kept or nodes[s].key != nodes[i].key for s in sources[i])
        starts = nodes[i].op == "add" and len(sources[i]) <= 1
        if crosses or starts:
            kept.add(i)
    losses = sorted({s for i in kept for s in sources[i]} - kept)
    if target not in kept or len({nodes[i].key for i in losses}) < 2:
        return (), (target,)
    reached = _reached(target, kept, sources)
    return tuple(sorted(reached)), tuple(i for i in losses if any(i in sources[r] for r in reached))


def _reached(target: int, kept: set[int], sources: dict[int, list[int]]) -> set[int]:
    reached: set[int] = set()
    pending = [target]
    while pending:
        i = pending.pop()
        if i in kept and i not in reached:
            reached.add(i)
            pending += sources[i]
    return reached


def _gathers(graph: Graph, node: Node) -> bool:
    """Whether an operation only collects or scales scalars."""
    if node.key.order or node.module or node.place:
        return False
    if node.op == "add":
        return node.shape == () and all(o.shape in ((), None) for o in node.operands)
    if node.op in _SCALES:
        return node.shape == () and any(o.source is None for o in node.operands)
    if node.op in _STACKS:
        return len(node.shape) == 1
    if node.op in ("sum", "mean"):
        source = node.operands[0].source
        return node.shape == () and source in graph.nodes and graph.nodes[source].op in _STACKS
    return False


def _combination(graph: Graph, targets: Sequence[int]) -> tuple[str, float | None]:
    """How several losses make up the total of a walk, by the cotangents that they were seeded with."""
    values = [scalar(graph, i) for i in targets]
    seeds = [graph.tape.cotangents.get(i) for i in targets]
    weights = [float(to_host(seed).sum()) for seed in seeds if seed is not None]
    if len(weights) < len(targets):
        return "", None
    value = None
    if all(v is not None for v in values):
        value = sum(w * v for w, v in zip(weights, values) if v is not None)
    if all(math.isclose(w, 1.0, rel_tol=1e-5) for w in weights):
        return "Σ", value
    if all(math.isclose(w * len(targets), 1.0, rel_tol=1e-5) for w in weights):
        return "mean", value
    return "weighted Σ", value


def find_initial_states(graph: Graph, totals: list[Total]) -> dict[int, int]:
    """Leaves that start a recurrence, each with the result that takes its place one step later.

    A leaf is an initial state if one step alone uses it, and the same operation of the next step uses
    instead what that step has computed. A sum of losses is no state.
    """
    summed = {i for total in totals for i in (*total.losses, *total.gathers)}
    keys = list(graph.columns)
    following = {
        key: later for key, later in itertools.pairwise(keys) if later.order == key.order
    }  # fmt: skip
    initial: dict[int, int] = {}
    for i in graph.leaves:
        uses = [use for use in graph.uses.get(i, []) if not graph.nodes[use.target].key.order]
        used_in = {graph.nodes[use.target].key for use in uses}
        if len(used_in) != 1:
            continue
        (key,) = used_in
        later = following.get(key)
        if later is None or (key.step == 0 and later.step > 0):
            continue
        for use in uses:
            successor = _successor(graph, use.target, use.position, key, later)
            if successor is not None and successor not in summed:
                initial[i] = successor
                break
    return initial


def _successor(graph: Graph, target: int, position: int, key: Key, later: Key) -> int | None:
    """What the same operation one step later uses as its operand, if this step computed it."""
    column, next_column = graph.columns[key], graph.columns[later]
    node = graph.nodes[target]
    place = column.index(target)
    alike = [i for i in next_column if graph.nodes[i].op == node.op]
    occurrence = sum(graph.nodes[i].op == node.op for i in column[:place])
    candidates = [next_column[place]] if place < len(next_column) else []
    candidates += alike[occurrence : occurrence + 1]
    for candidate in candidates:
        other = graph.nodes[candidate]
        if other.op == node.op and position < len(other.operands):
            source = other.operands[position].source
            if source in graph.nodes and graph.nodes[source].key == key:
                return source
    return None
