"""Memory that each step keeps for the backward walk."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from ...engine.record import Record
from .model import Graph, Key

Reference = tuple[int, int]  # (id, -1), or (id of the result, position) for what is no result itself


def kept_bytes(graph: Graph) -> dict[Key, int]:
    """The bytes of the residuals that each step's records keep, or kept until a walk freed them.

    An array counts once, where it is first kept. Leaves are not counted: their owner keeps them anyway.
    """
    whole = graph.whole
    seen: set[Reference] = set()
    total = dict.fromkeys(graph.columns, 0)
    stretches = [*(past.records for past in graph.tape.history), graph.tape.records]
    for records in stretches:
        for record in records:
            for reference, size in _residuals(whole, record):
                if reference not in seen:
                    seen.add(reference)
                    total[graph.nodes[graph.node_of[record.out]].key] += size
    return total


def _residuals(graph: Graph, record: Record) -> Iterator[tuple[Reference, int]]:
    """What the rules of a record need, with its size: the array itself may be freed by now."""
    for position, (kind, which) in enumerate(record.plan.saves):
        if kind == "out":
            yield (record.out, -1), _size(record.shape, record.dtype)
        elif kind == "operand":
            source, shape = record.inputs[which], record.in_shapes[which]
            if source in graph.nodes:
                node = graph.nodes[source]
                yield (node.id, -1), _size(node.shape, node.dtype)
            elif source is None and shape:
                yield (record.out, position), _size(shape, record.dtype)
        elif kind == "aux":
            kept = record.residuals[position] if record.residuals else None
            if kept is None and record.plan.primitive.aux[which][1].name == "identity":
                continue  # the operand, which was not needed
            size = getattr(kept, "nbytes", None)
            shape = record.in_shapes[0] or record.shape
            yield (record.out, position), _size(shape, record.dtype) if size is None else int(size)


def _size(shape: tuple[int, ...], dtype: Any) -> int:
    return int(prod(shape)) * int(dtype.itemsize)


def bytes_text(size: float) -> str:
    """A size for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
