"""The graph that a tape stands for: operations, leaves, time steps, windows and cuts.

Plain data, in the order of the tape and without positions. Every view and every writer starts from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..backend import Array
from ..bptt.window import Window
from ..tape import Record, Tape
from ..tensor import Tensor

Source = Tape | Window


class Key(NamedTuple):
    """Where an operation stands in time: its window, its step, and whether a walk recorded it."""

    segment: int
    step: int
    order: int


class Operand(NamedTuple):
    """One operand of an operation.

    Attributes:
        source: its id on the tape, or ``None`` for a constant.
        name: what the primitive calls it.
        shape: of the operand; ``None`` for a Python number.
        number: a constant's value, where the tape still has it.
    """

    source: int | None
    name: str
    shape: tuple[int, ...] | None
    number: float | None = None


class Node(NamedTuple):
    """One operation, named by the id of its result."""

    id: int
    op: str
    operands: tuple[Operand, ...]
    key: Key
    shape: tuple[int, ...]
    dtype: Any
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A parameter or an input."""

    id: int
    name: str | None
    parameter: bool
    shape: tuple[int, ...]
    dtype: str
    tensor: Tensor = field(repr=False)


@dataclass(frozen=True, slots=True)
class Segment:
    """The operations between two cuts.

    Attributes:
        number: of the walk that was last done over them, from 1: the number of cuts before it, plus 1.
        keys: where its operations stand in time.
        size: the number of its operations.
        current: whether the tape still holds them.
    """

    number: int
    keys: tuple[Key, ...]
    size: int
    current: bool

    @property
    def steps(self) -> tuple[int, int]:
        """The first and the last step, or (0, 0) where nothing was marked."""
        steps = [key.step for key in self.keys if key.step]
        return (min(steps), max(steps)) if steps else (0, 0)


class Use(NamedTuple):
    """An operand's way into an operation: an edge."""

    source: int
    target: int
    position: int


class Graph:
    """What a tape, or a window's tape, holds when it is drawn.

    Args:
        source: a tape, or a window of ``truncated_bptt``.

    Attributes:
        tape: the tape.
        window: the window, if that is what was given.
        nodes: operations by id, in the order of the tape.
        leaves: leaves by id.
        columns: ids of the operations at each time, in order of time.
        segments: the windows that are kept, oldest first.
        uses: for each id, where it is used.
        lost: ids that are used but were computed before a cut whose records are gone.
        forgotten: the number of cuts whose records are gone.
    """

    def __init__(self, source: Source) -> None:
        self.window = source if isinstance(source, Window) else None
        self.tape = tape = source.tape if isinstance(source, Window) else source
        self.nodes: dict[int, Node] = {}
        self.columns: dict[Key, list[int]] = {}
        self.segments: list[Segment] = []
        self._segment_at: dict[int, Segment] = {}
        self.uses: dict[int, list[Use]] = {}
        kept = [*(past.records for past in tape.history), tape.records]
        self.forgotten = tape.cuts + 1 - len(kept)
        for position, records in enumerate(kept):
            if records:
                self._add_segment(position, self.forgotten + position + 1, records, position == len(kept) - 1)
        self.leaves = {
            i: Leaf(
                i,
                leaf.name or tape.names.get(i),
                leaf.wants_grad,
                leaf.shape,
                str(leaf.dtype),
                leaf,
            )
            for i, leaf in sorted(tape.leaves.items())
            if i in self.uses or i in tape.targets
        }
        self.lost = {i for i in self.uses if i not in self.nodes and i not in self.leaves}

    def _add_segment(self, position: int, number: int, records: list[Record], current: bool) -> None:
        keys: dict[Key, None] = {}
        for record in records:
            key = Key(position, record.step, record.order)
            keys[key] = None
            self.columns.setdefault(key, []).append(record.out)
            self.nodes[record.out] = Node(
                record.out, record.op, _operands(record), key, record.shape, record.dtype, record.params
            )
            for place, i in enumerate(record.inputs):
                if i is not None:
                    self.uses.setdefault(i, []).append(Use(i, record.out, place))
        self._segment_at[position] = segment = Segment(number, tuple(keys), len(records), current)
        self.segments.append(segment)

    # -- time ----------------------------------------------------------------------------------

    @property
    def marked(self) -> bool:
        """Whether the tape was divided into steps or windows."""
        return len(self.segments) > 1 or any(key.step for key in self.columns) or self.forgotten > 0

    @property
    def overlapping(self) -> bool:
        """Whether a step was walked in more than one window, as with ``k2 > k1``."""
        if self.window is not None:
            return self.window.border < self.window.first_step
        return any(not past.records for past in self.tape.history)

    def segment_of(self, key: Key) -> Segment:
        """The segment that a column belongs to."""
        return self._segment_at[key.segment]

    def carried(self) -> list[Use]:
        """The uses of what an earlier column computed, in the order of the tape."""
        nodes = self.nodes
        return [
            use for node in nodes.values() for use in self.uses.get(node.id, ()) if nodes[use.target].key != node.key
        ]

    # -- numbers -------------------------------------------------------------------------------

    def value(self, i: int) -> Array | None:
        """The value of an id: of a leaf always, of a result if the tape keeps values."""
        if i in self.leaves:
            return self.leaves[i].tensor.value
        return self.tape.values.get(i)

    def cotangent(self, i: int) -> Array | None:
        """The newest cotangent of an id, or ``None`` if none was computed or kept.

        A parameter's is what lies in its ``.grad``.
        """
        leaf = self.leaves.get(i)
        if leaf is not None and leaf.parameter and leaf.tensor.grad is not None:
            return leaf.tensor.grad
        return self.tape.cotangents.get(i)


def _operands(record: Record) -> tuple[Operand, ...]:
    primitive = record.plan.primitive
    names = primitive.operands
    return tuple(
        Operand(
            i,
            names[place] if place < len(names) else primitive.name,
            shape,
            None if i is not None else _constant(record, place),
        )
        for place, (i, shape) in enumerate(zip(record.inputs, record.in_shapes))
    )


def _constant(record: Record, place: int) -> float | None:
    """The value of a constant scalar operand, if the rules saved it and no walk has freed it."""
    for source, residual in zip(record.plan.saves, record.residuals or ()):
        if source == ("operand", place) and isinstance(residual, (int, float)):
            return float(residual)
    return None
