"""Backward walks: what each started from, what it reached, and where it stopped.

A tape that inspects remembers every walk with the cotangents that it computed. Another one knows what its last walk
started from and looked for: which records that reached follows from the rules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from operator import attrgetter

from ...engine.backend import Array, to_host
from ...engine.record import Record, Walked
from ...engine.tape import Tape

_out_of = attrgetter("out")


@dataclass(frozen=True, slots=True)
class Walk:
    """A backward walk.

    Attributes:
        number: from 1, of those that the tape knows.
        cuts: the number of cuts before it.
        ids: the first id that did not exist when it began.
        border: the first id that the tape held; whatever was recorded before it was a constant.
        targets: the ids that it started from.
        sources: the ids whose cotangents were asked for.
        reached: the ids of the records at which a cotangent arrived, in the order of the walk: the newest first.
        received: the ids of everything at which a cotangent arrived.
        seeds: the cotangents that it began with, by target, where they are known.
        cotangents: what arrived, by id, where it is known.
        kept: the bytes that each record kept alive before it, where that is known.
    """

    number: int
    cuts: int
    ids: int
    border: int
    targets: tuple[int, ...]
    sources: frozenset[int]
    reached: tuple[int, ...]
    received: frozenset[int]
    seeds: Mapping[int, Array] = field(default_factory=dict)
    cotangents: Mapping[int, Array] = field(default_factory=dict)
    kept: Mapping[int, int] = field(default_factory=dict)

    def norm(self, i: int) -> float | None:
        """The Euclidean norm of the cotangent of an id; ``None`` where it did not arrive or is not known."""
        return euclidean_norm(self.cotangents[i]) if i in self.cotangents else None

    def derivative(self, i: int) -> float | None:
        """The cotangent of an id of one entry."""
        array = self.cotangents.get(i)
        return None if array is None or array.size != 1 else float(array.item())


def euclidean_norm(array: Array) -> float:
    """The square root of the sum of the squares; of large and small entries without overflow or underflow."""
    flat = abs(to_host(array).astype(float).ravel())
    largest = float(flat.max(initial=0.0))
    if not 0.0 < largest < float("inf"):
        return largest
    flat = flat / largest
    return largest * sqrt(float(flat @ flat))


def find_walks(tape: Tape) -> list[Walk]:
    """The walks that are known, oldest first: those of a tape that inspects, else the last one."""
    if not tape.inspect:
        return _last(tape)
    recorded = {record.out for past in tape.history for record in past.records}
    recorded.update(record.out for record in tape.records)
    return [_remembered(number, walked, recorded) for number, walked in enumerate(tape.walks, 1)]


def _remembered(number: int, walked: Walked, recorded: set[int]) -> Walk:
    return Walk(
        number,
        walked.cuts,
        walked.ids,
        walked.border,
        walked.targets,
        walked.sources,
        tuple(sorted(recorded.intersection(walked.cotangents), reverse=True)),
        frozenset(walked.cotangents),
        walked.seeds,
        walked.cotangents,
        walked.kept,
    )


def _last(tape: Tape) -> list[Walk]:
    """The last walk over the records that the tape holds, from what it left behind."""
    records = tape.records
    targets, sources = tape.targets, tape.sources
    newest = max(targets, default=-1)
    walked = records[: bisect_left(records, newest + 1, key=_out_of)]
    if not walked or not any(record.out in targets for record in walked):
        return []
    dependent = set(sources)
    for record in walked:
        if record.dtype.kind == "f" and record.plan.rules and not dependent.isdisjoint(record.inputs):
            dependent.add(record.out)
    received = dependent.intersection(targets)
    reached = []
    for record in reversed(walked):
        if record.out in received:
            reached.append(record.out)
            for argnum, _, _ in record.plan.rules:
                if (i := record.inputs[argnum]) in dependent:
                    received.add(i)
    border = records[0].out
    return [Walk(1, tape.cuts, newest + 1, border, targets, sources, tuple(reached), frozenset(received))]


def apart(walks: Sequence[Walk]) -> list[Walk]:
    """The newest walk, and older ones as far as each went over other records than those after it; newest first."""
    chosen: list[Walk] = []
    taken: set[int] = set()
    for walk in reversed(walks):
        if walk.reached and taken.isdisjoint(walk.reached):
            chosen.append(walk)
            taken.update(walk.reached)
    return chosen


def handed_on(record: Record) -> Iterator[int]:
    """The ids of the operands to which the rules of a record hand a cotangent on."""
    return (i for argnum, _, _ in record.plan.rules if (i := record.inputs[argnum]) is not None)


def ways(walk: Walk, records: Mapping[int, Record], states: Iterable[int]) -> list[tuple[int, int]]:
    """How the cotangents of states went on to others, in one walk.

    Args:
        walk: the walk.
        records: by id.
        states: ids, of which those matter that the walk reached.

    Returns:
        (from, to) pairs: by operations of which none is one of the states.
    """
    members = walk.received.intersection(states)
    oldest = min(members, default=0)
    coming: dict[int, set[int]] = {}
    found: set[tuple[int, int]] = set()
    for i in walk.reached:
        if i < oldest:
            break
        above = coming.pop(i, set())
        if i in members:
            found.update((j, i) for j in above)
            above = {i}
        if above:
            for j in handed_on(records[i]):
                if j in walk.received:
                    coming.setdefault(j, set()).update(above)
    found.update((j, i) for i in members for j in coming.get(i, ()))
    return sorted(found, reverse=True)
