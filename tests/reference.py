"""The reverse walk as a definition, which the witness compares every walk of the suite with.

It is dense: no structured cotangent waits, nothing is joined, cached or planned. It shares with the engine the order of
the records and the derivative rules, which are proven elsewhere (``test_rules``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from minigrad.engine import cotangents as cotangent
from minigrad.engine.backend import module_of
from minigrad.engine.tensor import is_tensor


def reference_walk(
    records: list[Any],
    contributions: Callable[[Any, Any], Iterator[tuple[int, Callable[[], Any]]]],
    seeds: dict[int, Any],
    wanted: Mapping[int, Any],
    arrived: Callable[[int, Any], Any],
) -> dict[int, Any]:
    """The cotangents on the way to the ``wanted`` ids: seeds, and the sum of what every use of a value hands back.

    Args:
        records: the records of the tape, in order.
        contributions: takes a record and the cotangent of its result; yields (operand, function that computes what
            it receives) for each operand that has a rule.
        seeds: the cotangents of the targets, by id.
        wanted: by id, the values to find the cotangents of.
        arrived: takes an id and its complete cotangent, in the dtype of the value; returns what the hooks make of it.
    """
    needed = set(wanted)
    for record in records:
        if record.dtype.kind == "f" and not needed.isdisjoint(record.inputs):
            needed.add(record.out)
    cotangents = {i: g for i, g in seeds.items() if i in needed}
    for record in reversed(records):
        if record.out in cotangents:
            g = cotangents[record.out] = arrived(record.out, cotangents[record.out].astype(record.dtype))
            for argnum, contribution in contributions(record, g):
                i = record.inputs[argnum]
                if i in needed:
                    part = dense(contribution(), record.in_shapes[argnum])
                    cotangents[i] = cotangents[i] + part if i in cotangents else part
    results = {record.out for record in records}
    return {i: g if i in results else arrived(i, g.astype(wanted[i].dtype)) for i, g in cotangents.items()}


def dense(part: Any, shape: tuple[int, ...]) -> Any:
    """What a rule returned, as an array of the operand's shape."""
    if isinstance(part, cotangent.Outer):
        x, g = (a.reshape(math.prod(a.shape[:-1]), a.shape[-1]) for a in (part.x, part.g))
        return x.T @ g
    if isinstance(part, cotangent.Scatter):
        xp = module_of(part.g)
        total = xp.zeros(part.shape, part.g.dtype)
        xp.add.at(total, part.index, part.g)
        return total
    g = part.g if isinstance(part, cotangent.Summed) else value_of(part)
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        g = g.sum(axis=axis, keepdims=True) if size == 1 != g.shape[axis] else g
    return g


def value_of(g: Any) -> Any:
    """The array behind a tensor, or the array itself."""
    return g._value if is_tensor(g) else g
