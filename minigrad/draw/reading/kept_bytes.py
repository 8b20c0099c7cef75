"""Kept bytes over a run: what the records up to each one kept alive, measured when the next walk or cut came.

An inspected tape remembers what each record kept alive before every walk and every cut. Between two of these moments
nothing is freed, so the records up to some place kept what they kept at the next moment.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from ...engine.inspection import kept_by_record
from ...engine.record import Record
from ...engine.tape import Tape
from ...statements import Statement
from .reading import Reading

MOST_BARS = 200
MOST_STRETCHES = 24


class Event(NamedTuple):
    """A walk or a cut.

    Attributes:
        walk, cut: its number, from 1; the other one is 0, and both are at the end of the run.
        ids: how many ids there were.
    """

    walk: int
    cut: int
    ids: int

    @property
    def words(self) -> str:
        """What it is called."""
        return f"walk {self.walk}" if self.walk else f"cut {self.cut}" if self.cut else "now"


class Bar(NamedTuple):
    """What the records up to one kept.

    Attributes:
        last: the id of that record.
        ids: the records for which the bar stands.
        steps: the first and the last step of these records, 0 for none.
        size: the bytes.
        region: whether one of these records is a region, which holds a function.
    """

    last: int
    ids: tuple[int, ...]
    steps: tuple[int, int]
    size: int
    region: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was recorded between two events.

    Attributes:
        bars: in order.
        events: those that ended it; the sizes were measured at the first of them.
    """

    bars: tuple[Bar, ...]
    events: tuple[Event, ...]

    @property
    def ended(self) -> bool:
        """Whether a walk or a cut came, and not the end of the run."""
        return bool(self.events[0].walk or self.events[0].cut)


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """What a picture of kept bytes shows.

    Attributes:
        stretches: in the order of time.
        end: what the tape keeps now, if it holds records and an event came last.
        left_out: how many stretches at the beginning are not shown.
        records: how many records a bar stands for at most.
    """

    stretches: tuple[Stretch, ...]
    end: Bar | None
    left_out: int
    records: int

    @property
    def bars(self) -> list[Bar]:
        """All bars, in order."""
        end = [] if self.end is None else [self.end]
        return [bar for stretch in self.stretches for bar in stretch.bars] + end

    def statements(self) -> Iterator[Statement]:
        """What it claims."""
        for stretch in self.stretches:
            measured = stretch.events[0]
            for bar in stretch.bars:
                yield Statement("nbytes", (bar.last,), bar.size, walk=measured.walk, cut=measured.cut)
        if self.end is not None:
            yield Statement("nbytes", (self.end.last,), self.end.size)


def find_kept_bytes(reading: Reading) -> KeptBytes:
    """What an inspected tape kept, over the whole run."""
    tape = reading.graph.tape
    moments = _moments(tape)
    records = [record for past in tape.history for record in past.records] + tape.records
    outs = [record.out for record in records]
    parts: list[tuple[list[Record], list[Event], Mapping[int, int]]] = []
    begin = 0
    for event, kept in moments:
        stop = bisect_left(outs, event.ids)
        if parts and stop == begin:
            parts[-1][1].append(event)
        elif stop > begin:
            parts.append((records[begin:stop], [event], kept))
        begin = stop
    *_, now = parts[-1][1] if parts else [Event(0, 0, 0)]
    left_out = max(len(parts) - MOST_STRETCHES, 0)
    parts = parts[left_out:]
    each = -(-sum(len(part) for part, _, _ in parts) // MOST_BARS) or 1
    stretches = []
    for part, events, kept in parts:
        ended = events[:-1] if events[-1] is now and len(events) > 1 else events
        stretches.append(Stretch(tuple(_bars(reading, part, kept, each)), tuple(ended)))
    end = None
    if parts and len(parts[-1][1]) > 1 and tape.records:
        last = tape.records[-1]
        end = Bar(last.out, (), _steps(reading, [last.out]), sum(moments[-1][1].values()), False)
    return KeptBytes(tuple(stretches), end, left_out, each)


def _moments(tape: Tape) -> list[tuple[Event, Mapping[int, int]]]:
    """The walks and the cuts in the order of time, and the end, with what each record kept alive then."""
    forgotten = tape.cuts - len(tape.history)
    found: list[tuple[Event, Mapping[int, int]]] = []
    cuts = [(Event(0, past.cut.number, past.ids), past.kept) for past in tape.history]
    for number, walked in enumerate(tape.walks, 1):
        while cuts and walked.cuts - forgotten > len(tape.history) - len(cuts):
            found.append(cuts.pop(0))
        found.append((Event(number, 0, walked.ids), walked.kept))
    return [*found, *cuts, (Event(0, 0, tape._next_id), kept_by_record(tape))]


def _bars(reading: Reading, part: Sequence[Record], kept: Mapping[int, int], each: int) -> Iterator[Bar]:
    before = sum(size for i, size in kept.items() if i < part[0].out)
    sizes = [before + size for size in accumulate(kept.get(record.out, 0) for record in part)]
    for first in range(0, len(part), each):
        members = part[first : first + each]
        ids = tuple(record.out for record in members)
        region = any(not record.plan.primitive.rules and record.plan.joint is not None for record in members)
        yield Bar(ids[-1], ids, _steps(reading, ids), sizes[first + len(members) - 1], region)


def _steps(reading: Reading, ids: Sequence[int]) -> tuple[int, int]:
    graph = reading.graph
    steps = [step for i in ids if i in graph.node_of and (step := graph.nodes[graph.node_of[i]].key.step)]
    return (min(steps), max(steps)) if steps else (0, 0)
