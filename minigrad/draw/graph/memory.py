"""Memory that each step keeps for the backward walk: what is kept now, or was until a walk freed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .model import Graph, Key
from .walks import Walk


class Kept(NamedTuple):
    """Bytes that records of a column keep alive, or kept until something freed them.

    Attributes:
        ids: the records.
        size: the bytes.
        walk, cut: the number of the walk, or of the cut, that freed them; 0 and 0 if they are there still.
    """

    ids: tuple[int, ...]
    size: int
    walk: int = 0
    cut: int = 0


def kept_bytes(graph: Graph, walks: Sequence[Walk]) -> dict[Key, Kept]:
    """What each column keeps, or what the last walk or cut that freed some of it freed, as far as it is known.

    An array counts once, where it is first kept. Leaves are not counted: their owner keeps them anyway. What was freed
    is known if the tape inspects.
    """
    tape = graph.tape
    gone = {record.out for record in tape.records if record.residuals is None}
    sizes = tape.kept_bytes() if len(gone) < len(tape.records) else []
    now = {record.out: size for record, size in zip(tape.records, sizes) if size}
    past = {i: position for position, each in enumerate(tape.history) for i in (r.out for r in each.records)}
    left = {record.out for each in tape.history for record in each.records if record.residuals is not None}
    kept: dict[Key, Kept] = {}
    for key, ids in graph.columns.items():
        records = tuple(graph.records_of(ids))
        by_cut = tuple([i for i in records if i in left])
        by_walk = [i for i in records if i in gone or (i in past and i not in left)]
        found = _freed(by_walk, walks)
        if found is not None:
            kept[key] = found
        elif by_cut:
            position = past[by_cut[0]]
            then = tape.history[position].kept
            kept[key] = Kept(by_cut, sum(then.get(i, 0) for i in by_cut), cut=tape.history[position].cut.number)
        elif not by_walk:
            kept[key] = Kept(records, sum(now.get(i, 0) for i in records))
    return kept


def _freed(ids: Sequence[int], walks: Sequence[Walk]) -> Kept | None:
    """What the last walk freed of some records that are freed: each by the last walk that reached it."""
    for walk in reversed(walks):
        freed = tuple([i for i in ids if i in walk.kept and i in walk.received])
        if freed:
            return Kept(freed, sum(walk.kept[i] for i in freed), walk=walk.number)
        ids = [i for i in ids if i not in walk.received]
    return None


def bytes_text(size: float) -> str:
    """A size for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
