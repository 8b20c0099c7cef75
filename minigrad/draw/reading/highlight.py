"""Highlights: a way by which a derivative flows from one tensor to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ...engine.record import Record
from ...engine.tensor import Tensor
from ...errors import ArgumentError
from ...statements import Statement
from ..graph.residuals import with_residuals
from ..graph.walks import handed_on
from ..text import Run, many, number
from .names import Runs
from .reading import Reading
from .subjects import find_id


@dataclass(frozen=True, slots=True)
class Highlight:
    """A way through the graph.

    Attributes:
        ids: from the source to the target.
        count: how many ways there are between the two.
        product: of the local derivatives on this one, if all values on it are scalars and these are known.
    """

    ids: tuple[int, ...]
    count: int
    product: float | None

    def statements(self) -> Iterator[Statement]:
        """What is claimed of it."""
        yield Statement("ways", (self.ids[0], self.ids[-1]), self.count)
        if self.product is not None:
            yield Statement("path", self.ids, self.product)

    def words(self, reading: Reading) -> Runs:
        """What the picture says of it."""
        names = reading.names
        ends = [names.result(reading.graph.node_of.get(i, i)) for i in (self.ids[0], self.ids[-1])]
        which = "the only way" if self.count == 1 else f"one of {self.count:,} ways"
        runs: list[Run] = [Run(f"{which} of the derivative from "), *ends[1], Run(" to "), *ends[0]]
        runs.append(Run(f", through {many(len(self.ids) - 1, 'operation')}"))
        if self.product is not None:
            runs.append(Run(f"; the product of its local derivatives is {number(self.product)}"))
        return tuple(runs)


def find_highlight(reading: Reading, source: Tensor | str, target: Tensor | str) -> Highlight:
    """A way by which the derivative of a target flows to a source.

    Of several it is the one on which states are carried on most often, and of these the shortest.

    Args:
        reading: of the tape.
        source: a tensor or its name: where the derivative arrives.
        target: the one that is differentiated.

    Raises:
        TypeError, ValueError: one is no tensor on the tape, or no derivative flows between them.
    """
    first, last = (find_id(reading, "highlight", each) for each in (source, target))
    tape = reading.graph.tape
    records = {record.out: record for past in tape.history for record in past.records}
    records.update((record.out, record) for record in tape.records)
    count = {first: 1}
    best: dict[int, tuple[int, int, int]] = {
        first: (0, 0, first)
    }  # states and operations on the way, and what is before
    for i in sorted(i for i in records if first < i <= last):
        if records[i].dtype.kind != "f":
            continue
        sources = [s for s in set(handed_on(records[i])) if s in best and not _cut_off(reading, s, i)]
        if sources:
            count[i] = sum(count[s] for s in sources)
            carried, length, before = max((best[s][0] + _is_carried(reading, s, i), best[s][1], s) for s in sources)
            best[i] = (carried, length - 1, before)
    if last == first or last not in best:
        raise ArgumentError(
            "draw(highlight=(source, target)): no derivative flows from the target to the source; between them is a "
            "cut, a constant, or no operation at all"
        )
    ids = [last]
    while ids[-1] != first:
        ids.append(best[ids[-1]][2])
    ids.reverse()
    return Highlight(tuple(ids), count[last], _product(reading, ids, [records[i] for i in ids[1:]]))


def _is_carried(reading: Reading, source: int, target: int) -> bool:
    """Whether a state goes on to a later step there."""
    graph = reading.graph
    ends = [graph.nodes.get(graph.node_of.get(i, -1)) for i in (source, target)]
    return reading.names.is_state(source) and ends[0] is not None and ends[1] is not None and ends[0].key != ends[1].key


def _cut_off(reading: Reading, source: int, target: int) -> bool:
    """Whether a cut had dropped what computed a source when the target was recorded."""
    return any(source < past.cut.border and past.ids <= target for past in reading.graph.tape.history) and (
        source not in reading.graph.leaves
    )


def _product(reading: Reading, ids: Sequence[int], records: Sequence[Record]) -> float | None:
    """The product of the derivatives of each value on a way by the one before it."""
    shapes = [record.shape for record in records] + [shape for record in records for shape in record.in_shapes]
    if any(shapes):
        return None
    try:
        again = with_residuals(reading.graph.tape, records)
    except ArgumentError:
        return None
    return prod(_local(record, source) for record, source in zip(again, ids))


def _local(record: Record, source: int) -> float:
    """The derivative of a scalar by one operand, wherever it stands."""
    g = np.ones((), record.dtype)
    residuals = record.residuals or ()
    return sum(
        float(np.asarray(rule(g, *(residuals[k] for k in which))))
        for argnum, rule, which in record.plan.rules_at(g, residuals)
        if record.inputs[argnum] == source
    )
