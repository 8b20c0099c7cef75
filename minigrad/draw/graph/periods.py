"""Time steps of loops without marks: the records that repeat.

Operations are alike if they do the same with the same parameters. A loop is the longest stretch in which each
operation is like the one a period before it, and takes its operands from the same distance or from the same place.
What comes before and after it may hold other loops. Additions alone are a sum, not a loop. Candidates for the period
are the distances of operations that are alike, so the work grows with the tape, not with its square.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from math import log2
from typing import Any, NamedTuple

import numpy as np

from .model import Graph, Key, Node
from .rows import signs

_LOOKS_BACK = 6  # operations alike whose distances are counted
_CANDIDATES = 12  # periods that are tried
_JOINED = 0.75  # the share of operations that must be joined alike: the first step may differ
_DOUBT = 7  # a graph of operations at random is taken for a loop once in two to the power of this
_LIKELY = 0.25  # that two operations are alike by chance, at most, whatever a short tape suggests

Operands = tuple[int | None, ...]  # for each operand its distance, or None for what no operation computed


class Stretch(NamedTuple):
    """Operations ``start`` to ``end``, which is not part of it, repeat after ``period``."""

    start: int
    end: int
    period: int


class Loop(NamedTuple):
    """Where the steps of a loop begin, and the end of the last one, as positions in a sequence of operations."""

    starts: tuple[int, ...]
    end: int


def with_found_steps(graph: Graph) -> Graph:
    """The graph with the steps of its loops where nobody marked them, or the same graph if nothing repeats."""
    if any(key.step for key in graph.columns):
        return graph
    segments: dict[int, list[Node]] = {}
    for node in graph.nodes.values():
        if not node.key.order:
            segments.setdefault(node.key.segment, []).append(node)
    keys: dict[int, Key] = {}
    step = 0
    for segment, nodes in segments.items():
        for part, loop in enumerate(find_loops(graph, nodes)):
            bounds = [*loop.starts, loop.end]
            for first, last in itertools.pairwise(bounds):
                step += 1
                inside = Key(segment, step, 0, 2 * part + 1)
                keys.update(dict.fromkeys([node.id for node in nodes[first:last]], inside))
            behind = [node.id for node in nodes[loop.end :]]
            keys.update(dict.fromkeys(behind, Key(segment, 0, 0, 2 * part + 2)))
    if not step:
        return graph
    stepped = graph.with_keys({i: keys.get(i, node.key) for i, node in graph.nodes.items()})
    stepped.found_steps = True
    return stepped


def find_loops(graph: Graph, nodes: Sequence[Node]) -> list[Loop]:
    """The loops among operations that follow each other, in their order."""
    kinds, wires = _kinds(graph, nodes), _wires(nodes)
    loops = _joined(kinds, _loops(kinds, wires, 0, len(nodes)))
    return [loop for loop in loops if any(node.op != "add" for node in nodes[loop.starts[0] : loop.end])]


def _joined(kinds: list[int], loops: Iterable[Loop]) -> list[Loop]:
    """Loops of the same steps, with less than a step between them, as one: a step in the middle had something more."""
    found: list[Loop] = []
    for loop in loops:
        before = found[-1] if found else None
        if before is not None and loop.starts[0] - before.end < before.end - before.starts[-1]:
            here, there = kinds[loop.starts[-1] : loop.end], kinds[before.starts[-1] : before.end]
            if Counter(here) == Counter(there):
                found[-1] = Loop((*before.starts, *loop.starts), loop.end)
                continue
        found.append(loop)
    return found


def _loops(kinds: list[int], wires: list[Operands], low: int, high: int) -> Iterable[Loop]:
    """The longest loop between two places, and those before and after it."""
    stretch = _longest(kinds[low:high], wires[low:high], len(kinds))
    if stretch is None:
        return
    start, end, period = stretch
    first, phase = _first_step(kinds[low:high], wires[low:high], stretch)
    starts = list(range(start + phase, end - period + 1, period))
    rest = starts[-1] + period
    if end - rest >= max(period / 2, 1):
        starts.append(rest)  # the last step lacks something
        rest = end
    else:
        rest = _with_torn_step(kinds[low:high], starts, rest, period)
    if first < starts[0]:
        starts.insert(0, first)
    yield from _loops(kinds, wires, low, low + starts[0])
    yield Loop(tuple(low + k for k in starts), low + rest)
    yield from _loops(kinds, wires, low + rest, high)


# -- what is alike ---------------------------------------------------------------------------------


def _kinds(graph: Graph, nodes: Sequence[Node]) -> list[int]:
    """A number for each operation, the same for those that are alike."""
    numbers: dict[Hashable, int] = {}
    told = signs(graph, [node.id for node in nodes])
    return [numbers.setdefault((sign.kind, sign.parameters), len(numbers)) for sign in told]


def _wires(nodes: Sequence[Node]) -> list[Operands]:
    place: dict[int | None, int] = {node.id: k for k, node in enumerate(nodes)}
    return [
        tuple(k - place[o.source] if o.source in place else None for o in node.operands) for k, node in enumerate(nodes)
    ]


def _joined_alike(here: Operands, before: Operands, period: int) -> bool:
    """Whether two operations a period apart take their operands from the same distance, or the same place."""
    return all(a is None or b is None or a == b or a == b + period for a, b in zip(here, before))


# -- the loop --------------------------------------------------------------------------------------


def _longest(kinds: list[int], wires: list[Operands], whole: int) -> Stretch | None:
    """The longest stretch that is a loop; of equally long ones that with the shortest period."""
    array = np.array(kinds)
    stretches = [stretch for period in _candidates(kinds) for stretch in _repeating(array, period)]
    stretches.sort(key=lambda each: (each.start - each.end, each.period, each.start))
    return next((stretch for stretch in stretches if _is_loop(kinds, wires, stretch, whole)), None)


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


def _is_loop(kinds: list[int], wires: list[Operands], stretch: Stretch, whole: int) -> bool:
    """Whether a stretch is joined alike all along, carries something on, and is no mere coincidence.

    What is there only twice is a loop if it is most of the ``whole`` that was recorded.
    """
    start, end, period = stretch
    if end - start < 3 * period and 2 * (end - start) <= whole:
        return False
    later = range(start + period, end)
    joined = sum(_joined_alike(wires[k], wires[k - period], period) for k in later)
    if joined < _JOINED * len(later):
        return False
    second = range(start + period, start + 2 * period)
    if not any(d is not None and start <= k - d < second.start for k in second for d in wires[k]):
        return False
    return _surprise(kinds, wires, stretch) >= _DOUBT + log2(_CANDIDATES * len(wires))


def _surprise(kinds: list[int], wires: list[Operands], stretch: Stretch) -> float:
    """How unlikely it is, in bits, that operations chosen and joined at random would be alike."""
    start, end, period = stretch
    distances = [d for each in wires for d in each if d is not None]
    by_kind, by_wire = _bits(kinds), _bits(distances)
    bits = by_kind * (end - start - period)
    for k in range(start + period, end):
        pairs = ((a, b) for a, b in zip(wires[k], wires[k - period]) if a is not None and b is not None)
        bits += sum(by_wire if a in (b, b + period) else -by_wire for a, b in pairs)
    return bits


def _bits(values: Sequence[int]) -> float:
    """The bits that two equal ones of these values tell."""
    share = sum(count * count for count in Counter(values).values()) / max(len(values), 1) ** 2
    return -log2(min(share, _LIKELY) or 1.0)


def _with_torn_step(kinds: list[int], starts: list[int], rest: int, period: int) -> int:
    """Where the last step ends, which is noted if most of it is like the others, in another order."""
    usual = Counter(kinds[starts[-1] : rest])
    last = max((k for k in range(rest, min(rest + 2 * period, len(kinds))) if usual[kinds[k]]), default=rest - 1)
    torn = Counter(kinds[rest : last + 1])
    if 2 * (usual & torn).total() <= max(period, last + 1 - rest):
        return rest
    starts.append(rest)
    return last + 1


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
