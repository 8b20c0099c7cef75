"""Which records each backward walk went over, as far as a tape still knows.

A tape remembers what its last walk started from, and for each cut what the last walk before it started
from. Which records such a walk reached follows from the cotangents that an inspecting tape keeps, from the
residuals that the walk freed, or else from what depends on the parameters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ..record import Record
from ..tape import Tape


@dataclass(frozen=True, slots=True)
class Walk:
    """A backward walk.

    Attributes:
        position: of the window that it was the last walk of: the number of kept windows before it.
        targets: the ids that it started from.
        reached: the ids of the records that it went over, in its own order: the newest first.
        sources: the ids of the leaves that received a gradient from it.
    """

    position: int
    targets: tuple[int, ...]
    reached: tuple[int, ...]
    sources: frozenset[int]

    @property
    def after(self) -> int:
        """The newest id that had to exist."""
        return max(self.targets)


def find_walks(tape: Tape) -> list[Walk]:
    """The last walk of each window that is kept, oldest first."""
    stretches = [*((past.records, past.targets) for past in tape.history), (tape.records, tape.targets)]
    walks: list[Walk] = []
    previous: tuple[int, ...] = ()
    for position, (_, targets) in enumerate(stretches):
        if targets and targets != previous:
            newest = max(targets)
            records = _up_to(newest, (later for later, _ in stretches[position:]))
            if any(record.out in targets for record in records):
                walks.append(_follow(tape, position, targets, records))
            previous = targets
    return walks


def _up_to(newest: int, stretches: Iterable[list[Record]]) -> list[Record]:
    """The records of consecutive stretches up to an id."""
    records: list[Record] = []
    for stretch in stretches:
        if stretch and stretch[0].out > newest:
            break
        records += stretch[: bisect_right(stretch, newest, key=attrgetter("out"))]
    return records


def _follow(tape: Tape, position: int, targets: tuple[int, ...], records: list[Record]) -> Walk:
    evidence, wanted = _evidence(tape, targets, records)
    reached = set(targets)
    order: list[int] = []
    for record in reversed(records):
        if record.out in reached and evidence(record):
            order.append(record.out)
            for argnum, _, _ in record.plan.rules:
                source = record.inputs[argnum]
                if source is not None:
                    reached.add(source)
    return Walk(position, targets, tuple(order), frozenset(wanted & reached))


def _evidence(
    tape: Tape, targets: tuple[int, ...], records: Sequence[Record]
) -> tuple[Callable[[Record], bool], frozenset[int]]:
    """What tells whether a record that lies behind the targets was walked, and which leaves took part."""
    parameters = frozenset(i for i, leaf in tape.leaves.items() if leaf.wants_grad)
    known = frozenset(i for i in tape.leaves if i in tape.cotangents)
    if all(target in tape.cotangents for target in targets):
        return (lambda record: record.out in tape.cotangents), known
    if any(record.residuals is None for record in records):
        return (lambda record: record.residuals is None), parameters | known
    dependent = _dependent(records, parameters)
    return (lambda record: record.out in dependent), parameters


def _dependent(records: Sequence[Record], sources: frozenset[int]) -> set[int]:
    dependent = set(sources)
    for record in records:
        if record.plan.rules and any(i in dependent for i in record.inputs):
            dependent.add(record.out)
    return dependent
