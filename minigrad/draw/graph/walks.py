"""Backward walks: the records that each went over, as far as a tape still knows.

A tape that inspects remembers every walk with the cotangents that it computed. Another one knows what its last
walk started from: which records that reached follows from the residuals that it freed, or else from what depends
on the parameters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from ...engine.record import Record
from ...engine.tape import Tape
from ..layout.values import euclidean_norm

MOST_WALKS = 60


@dataclass(frozen=True, slots=True)
class Walk:
    """A backward walk.

    Attributes:
        number: from 1, of those that are known.
        position: of the window that it walked: the number of kept windows before it.
        after: the newest id that existed when it began.
        targets: the ids that it started from.
        reached: the ids of the records that it went over, in its own order: the newest first.
        received: the ids of everything that received a cotangent.
        norms: of these cotangents, where they are kept.
    """

    number: int
    position: int
    after: int
    targets: tuple[int, ...]
    reached: tuple[int, ...]
    received: frozenset[int]
    norms: Mapping[int, float] = field(default_factory=dict)


def find_walks(tape: Tape) -> list[Walk]:
    """The walks that are known, oldest first: those of a tape that inspects, else the last one.

    Of very many the oldest and the newest; their numbers say which.
    """
    if not tape.walks:
        return _concluded(tape)
    recorded = {record.out for past in tape.history for record in past.records}
    recorded.update(record.out for record in tape.records)
    walks = list(enumerate((walk for walk in tape.walks if walk.cotangents), 1))
    if len(walks) > MOST_WALKS:
        walks = walks[: MOST_WALKS // 2] + walks[-MOST_WALKS // 2 :]
    forgotten = tape.cuts - len(tape.history)
    return [
        Walk(
            number,
            walk.cuts - forgotten,
            walk.ids - 1,
            walk.targets,
            tuple(sorted(recorded.intersection(walk.cotangents), reverse=True)),
            frozenset(walk.cotangents),
            {i: euclidean_norm(cotangent) for i, cotangent in walk.cotangents.items()},
        )
        for number, walk in walks
    ]


def _concluded(tape: Tape) -> list[Walk]:
    """The last walk over the records that the tape holds, from what it left behind."""
    targets = tape.targets
    newest = max(targets, default=-1)
    records = tape.records[: bisect_right(tape.records, newest, key=attrgetter("out"))]
    if not any(record.out in targets for record in records):
        return []
    parameters = frozenset(i for i, leaf in tape.leaves.items() if leaf.wants_grad)
    walked = _evidence(records, parameters)
    received = set(targets)
    order: list[int] = []
    for record in reversed(records):
        if record.out in received and walked(record):
            order.append(record.out)
            received.update(i for argnum, _, _ in record.plan.rules if (i := record.inputs[argnum]) is not None)
    return [Walk(1, len(tape.history), newest, targets, tuple(order), frozenset(order) | (received & parameters))]


def _evidence(records: Sequence[Record], parameters: frozenset[int]) -> Callable[[Record], bool]:
    """What tells whether a record that lies behind the targets was walked."""
    if any(record.residuals is None for record in records):
        return lambda record: record.residuals is None
    dependent = set(parameters)
    for record in records:
        if record.plan.rules and not dependent.isdisjoint(record.inputs):
            dependent.add(record.out)
    return lambda record: record.out in dependent
