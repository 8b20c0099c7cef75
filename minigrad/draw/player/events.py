"""What happened on a tape, in order of time: records, walks and cuts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from ..graph.model import Graph, Key
from ..graph.walks import Walk
from .seen import Dropped, Seen


class Records(NamedTuple):
    """Records that follow each other: a record that is shown, copies of it in a fold, or some that are hidden."""

    ids: list[int]


Event = Records | Walk | Dropped


def events(graph: Graph, seen: Seen, keys: Mapping[int, Key]) -> Iterator[Event]:
    """What happened, oldest first.

    Walks and cuts have their place between the records by the ids that there were; among each other by their numbers.
    When a walk was made on a tape that does not inspect is not known, but that it came after its targets: it is last.

    Args:
        graph: what was recorded.
        seen: the walks and the cuts.
        keys: where each record stands in time.
    """
    newest = max(graph.nodes, default=-1) + 1
    later: list[tuple[tuple[int, int, int], Walk | Dropped]] = []
    for walk in seen.walks:
        ids = walk.ids if seen.inspected else newest
        later.append(((ids, walk.cuts, 0), walk))
    later += [((cut.ids, cut.number - 1, 1), cut) for cut in seen.cuts]
    later.sort(key=lambda each: each[0])
    rest = list(graph.nodes)
    at = 0
    for (ids, _, _), event in later:
        end = bisect_left(rest, ids, at)
        yield from _stretches(rest[at:end], seen.boxes, keys)
        at = end
        yield event
    yield from _stretches(rest[at:], seen.boxes, keys)


def _stretches(ids: list[int], shown: Collection[int], keys: Mapping[int, Key]) -> Iterator[Records]:
    """Hidden records together, those that are shown together with those of the same step."""
    for _, group in groupby(ids, key=lambda i: keys[i] if i in shown else None):
        yield Records(list(group))
