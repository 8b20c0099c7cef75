"""Memory that each step keeps for the backward walk: what is kept now, or was until a walk freed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .model import Graph, Key
from .walks import Walk


class Kept(NamedTuple):
    """Bytes that the records of a column keep alive.

    Attributes:
        ids: the records.
        size: the bytes.
        freed: the number of the walk that freed them, 0 if they are there still.
    """

    ids: tuple[int, ...]
    size: int
    freed: int


def kept_bytes(graph: Graph, walks: Sequence[Walk]) -> dict[Key, Kept]:
    """What each column keeps, as far as it is known.

    An array counts once, where it is first kept. Leaves are not counted: their owner keeps them anyway. What a walk
    freed is known if the tape inspects.
    """
    whole, tape = graph.whole, graph.tape
    now = dict(zip((record.out for record in tape.records), tape.kept_bytes(), strict=True))
    freed = {record.out for record in tape.records if record.residuals is None}
    freed.update(record.out for past in tape.history for record in past.records)
    kept: dict[Key, Kept] = {}
    for key, ids in graph.columns.items():
        records = tuple(i for node in ids for i in _records(graph, node) if i in whole.nodes)
        gone = [i for i in records if i in freed]
        if not gone:
            kept[key] = Kept(records, sum(now.get(i, 0) for i in records), 0)
            continue
        walk = _freeing(gone, walks)
        if walk is not None:
            kept[key] = Kept(records, sum(walk.kept.get(i, 0) for i in records), walk.number)
    return kept


def _records(graph: Graph, i: int) -> Iterable[int]:
    node = graph.nodes[i]
    return node.module.members if node.module else () if node.place else (i,)


def _freeing(ids: Sequence[int], walks: Iterable[Walk]) -> Walk | None:
    """The last walk that held all of these records."""
    held = [walk for walk in walks if walk.border <= ids[0] and ids[-1] < walk.ids]
    return held[-1] if held and held[-1].kept else None


def bytes_text(size: float) -> str:
    """A size for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
