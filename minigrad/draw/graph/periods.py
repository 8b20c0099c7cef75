"""Time steps of a loop without marks: the records that repeat.

Operations are alike if they do the same with the same parameters. A loop is the longest stretch in which each
operation is like the one a period before it, and takes its operands from the same distance or from the same place.
Candidates for the period are the distances of operations that are alike, so the work grows with the tape, not with
its square.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .model import Graph, Node

_LOOKS_BACK = 6  # operations alike whose distances are counted
_CANDIDATES = 12  # periods that are tried
_JOINED = 0.75  # the share of operations that must be joined alike: the first step may differ

Operands = tuple[int | None, ...]  # for each operand its distance, or None for what no operation computed


class Stretch(NamedTuple):
    """Operations ``start`` to ``end``, which is not part of it, repeat after ``period``."""

    start: int
    end: int
    period: int


def with_steps(graph: Graph) -> Graph:
    """The graph with the steps of its loop where nobody marked them, or the same graph if nothing repeats."""
    if any(key.step for key in graph.columns):
        return graph
    segments: dict[int, list[Node]] = {}
    for node in graph.nodes.values():
        if not node.key.order:
            segments.setdefault(node.key.segment, []).append(node)
    found = {segment: find_steps(graph, nodes) for segment, nodes in segments.items()}
    if not any(found.values()):
        return graph
    begins = {nodes[k].id for segment, nodes in segments.items() for k in found[segment] or [0]}
    step = 0
    nodes = []
    for node in graph.nodes.values():
        step += node.id in begins
        nodes.append(node._replace(key=node.key._replace(step=step)))
    stepped = graph.with_nodes(nodes)
    stepped.found_steps = True
    return stepped


def find_steps(graph: Graph, nodes: Sequence[Node]) -> list[int]:
    """Where the steps of a loop begin, as positions in ``nodes``; nothing if there is none.

    What comes after the loop belongs to its last step, as it does on a tape with marks.
    """
    kinds = _kinds(graph, nodes)
    wires = _wires(nodes)
    stretch = _longest(kinds, wires)
    if stretch is None:
        return []
    start, end, period = stretch
    first, phase = _first_step(kinds, wires, stretch)
    starts = list(range(start + phase, end - period + 1, period))
    rest = starts[-1] + period
    if end - rest >= max(period / 2, 1):
        starts.append(rest)  # the last step lacks something
    return [first, *starts] if first < starts[0] else starts


# -- what is alike ---------------------------------------------------------------------------------


def _kinds(graph: Graph, nodes: Sequence[Node]) -> list[int]:
    """A number for each operation, the same for those that are alike."""
    numbers: dict[Hashable, int] = {}
    parameters = {i for i, leaf in graph.leaves.items() if leaf.parameter}
    signatures = (
        (
            node.module.path if node.module else node.op,
            *(o.source if o.source in parameters else -1 for o in node.operands),
        )
        for node in nodes
    )
    return [numbers.setdefault(signature, len(numbers)) for signature in signatures]


def _wires(nodes: Sequence[Node]) -> list[Operands]:
    place: dict[int | None, int] = {node.id: k for k, node in enumerate(nodes)}
    return [
        tuple(k - place[o.source] if o.source in place else None for o in node.operands) for k, node in enumerate(nodes)
    ]


def _joined_alike(here: Operands, before: Operands, period: int) -> bool:
    """Whether two operations a period apart take their operands from the same distance, or the same place."""
    return all(a is None or b is None or a == b or a == b + period for a, b in zip(here, before))


# -- the loop --------------------------------------------------------------------------------------


def _longest(kinds: list[int], wires: list[Operands]) -> Stretch | None:
    """The longest stretch that is a loop; of equally long ones that with the shortest period."""
    array = np.array(kinds)
    stretches = [stretch for period in _candidates(kinds) for stretch in _repeating(array, period)]
    stretches.sort(key=lambda each: (each.start - each.end, each.period, each.start))
    return next((stretch for stretch in stretches if _is_loop(wires, stretch)), None)


def _candidates(kinds: list[int]) -> list[int]:
    """The most frequent distances of operations that are alike."""
    votes: Counter[int] = Counter()
    recent: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=_LOOKS_BACK))
    for k, kind in enumerate(kinds):
        votes.update(k - before for before in recent[kind])
        recent[kind].append(k)
    return [period for period, _ in sorted(votes.items(), key=lambda item: (-item[1], item[0]))[:_CANDIDATES]]


def _repeating(kinds: np.ndarray[Any, np.dtype[np.int_]], period: int) -> list[Stretch]:
    """Where operations are like the ones a period before, for a period at least."""
    alike = np.concatenate(([False], kinds[period:] == kinds[:-period], [False]))
    changes = np.flatnonzero(alike[1:] != alike[:-1]).tolist()
    return [
        Stretch(low, high + period, period) for low, high in zip(changes[::2], changes[1::2]) if high - low >= period
    ]


def _is_loop(wires: list[Operands], stretch: Stretch) -> bool:
    """Whether a stretch is joined alike all along, carries something on, and is no mere coincidence.

    What is there only twice is a loop if it is long enough, and most of what was recorded.
    """
    start, end, period = stretch
    if end - start < 3 * period and (period < 3 or 2 * (end - start) < len(wires)):
        return False
    joined = sum(_joined_alike(wires[k], wires[k - period], period) for k in range(start + period, end))
    if joined < _JOINED * (end - start - period):
        return False
    second = range(start + period, start + 2 * period)
    return any(d is not None and start <= k - d < second.start for k in second for d in wires[k])


def _first_step(kinds: list[int], wires: list[Operands], stretch: Stretch) -> tuple[int, int]:
    """Where an irregular first step begins, and where in the period that is.

    Such a step lacks something, so it ends before the stretch or reaches into it: its operations are those of the
    period, from the end backwards, but for a few.
    """
    start, _, period = stretch
    place, template = start, period
    missing = 0
    while place > 0 and template > 0:
        wanted = kinds[place - 1]
        found = next((t for t in range(template - 1, -1, -1) if kinds[start + t] == wanted), None)
        if found is None or missing + template - 1 - found > max(2, period // 2):
            break
        missing += template - 1 - found
        place, template = place - 1, found
    taken = start - place
    phase = template % period
    if not taken or (place > 0 and taken < missing) or (phase == 0 and taken < period / 2):
        return start, 0
    alive = _alive(wires, stretch)
    return (place, phase) if alive[phase] <= alive[0] else (start, 0)


def _alive(wires: list[Operands], stretch: Stretch) -> list[int]:
    """For each place in the period the number of results that are still used from there on."""
    start, _, period = stretch
    last = list(range(period))
    for k in range(start, start + 2 * period):
        for distance in wires[k]:
            if distance is not None and 0 <= k - distance - start < period:
                last[k - distance - start] = k - start
    changes = [0] * (2 * period + 2)
    for made, used in enumerate(last):
        changes[made + 1] += 1
        changes[used + 1] -= 1
    counts = np.cumsum(changes).tolist()
    return [counts[place] + counts[place + period] for place in range(period)]
