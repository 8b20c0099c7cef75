"""The graph that a tape stands for: operations, leaves, time steps, windows and cuts.

Plain data, in the order of the tape and without positions. Every view and every writer starts from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, NamedTuple, Self

from ...bptt.window import Window
from ...engine.backend import Array
from ...engine.plan import Plan
from ...engine.record import Record
from ...engine.tape import Tape
from ...engine.tensor import Leaf as Input, Tensor
from .align import Signs, Told

Source = Tape | Window


class Key(NamedTuple):
    """Where an operation stands in time.

    Attributes:
        segment: the number of kept cuts before it.
        step: the number of its step; 0 outside of loops.
        order: 0 if the program recorded it, n if the n-th nested backward walk did.
        part: odd in a loop, even before, between and after loops; they follow each other.
    """

    segment: int
    step: int
    order: int
    part: int = 0


def in_loop(key: Key) -> bool:
    """Whether what stands there is a step of a loop."""
    return bool(key.step) and not key.order


class Operand(NamedTuple):
    """One operand of an operation.

    Attributes:
        source: its id on the tape, or ``None`` for a constant.
        name: what the primitive calls it.
        shape: of the operand; ``None`` for a Python number.
        number: a constant's value, where the tape still has it.
        flows: whether the primitive hands a cotangent on to it.
    """

    source: int | None
    name: str
    shape: tuple[int, ...] | None
    number: float | None = None
    flows: bool = False


class Module(NamedTuple):
    """The operations of a scope in one step, of which only what leaves them is shown.

    Attributes:
        path: the titles of the scopes around it and its own.
        members: the ids of its operations, in order.
        ops: their names.
        results: those whose results are used elsewhere, or not at all.
        part: its number, if there are more of the same call in the step, else 0.
    """

    path: tuple[str, ...]
    members: tuple[int, ...]
    ops: tuple[str, ...]
    results: tuple[int, ...]
    part: int = 0


class Node(NamedTuple):
    """One operation, named by the id of its result, or a module.

    A module with one result has its id. One with several has the id of an operation inside; its results follow it
    as nodes of their own.

    Attributes:
        module: what a module stands for.
        place: of the result of a module with several its number, from 1; else 0.
    """

    id: int
    op: str
    operands: tuple[Operand, ...]
    key: Key
    shape: tuple[int, ...]
    dtype: Any
    params: dict[str, Any]
    module: Module | None = None
    place: int = 0

    @property
    def records(self) -> int:
        """The number of records that it stands for."""
        return len(self.module.members) if self.module else int(not self.place)

    def at(self, key: Key) -> Node:
        """The same operation at another place in time."""
        return Node(self.id, self.op, self.operands, key, self.shape, self.dtype, self.params, self.module, self.place)

    @property
    def has_result(self) -> bool:
        """Whether its id is that of what it computes: not for a module with several results."""
        return self.module is None or self.module.results == (self.id,)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A parameter or an input."""

    id: int
    name: str | None
    parameter: bool
    shape: tuple[int, ...]
    dtype: str
    tensor: Tensor = field(repr=False, compare=False)  # of this id; its own == is by elements


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
        node_of: for each record the node that it belongs to.
        leaves: leaves by id.
        parameters: the ids of those that are parameters.
        columns: ids of the operations at each time, in order of time.
        segments: the windows that are kept, oldest first.
        uses: for each id, where it is used.
        lost: ids that are used but were computed before a cut whose records are gone.
        forgotten: the number of cuts whose records are gone.
        has_modules: whether some nodes are modules.
        marked: whether the tape was divided into steps or windows.
        found_steps: whether the steps were not marked, but found by what repeats.
        signs: of whole columns what their operations do, by their ids: at other places in time it is the same.
        distinct_signs: those that differ, so that equal ones are one object.
        ended: whether the marks end the steps: what was recorded after n of them belongs to step n + 1.
        depth: how deep modules are open; ``None`` if no module is a node.
    """

    def __init__(self, source: Source) -> None:
        self.window = source if isinstance(source, Window) else None
        self.tape = tape = source.tape if isinstance(source, Window) else source
        kept = [*(past.records for past in tape.history), tape.records]
        self.forgotten = tape.cuts + 1 - len(kept)
        self._newest = len(kept) - 1
        self.depth: int | None = None
        self.found_steps = self.ended = False
        self._whole: Graph | None = None
        self._fill(_nodes(tape, kept))

    @property
    def whole(self) -> Graph:
        """The graph with a node for every record."""
        return self._whole or self

    def with_nodes(self, nodes: Iterable[Node]) -> Self:
        """The same graph with other nodes for its records."""
        graph = copy(self)
        graph._whole = self.whole
        graph._fill(nodes)
        return graph

    def with_keys(self, keys: Mapping[int, Key]) -> Self:
        """The same graph with other places in time for its nodes."""
        graph = copy(self)
        graph._whole = self.whole
        graph.nodes = {i: node.at(keys[i]) for i, node in self.nodes.items()}
        graph._divide()
        return graph

    def _fill(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.has_modules = any(node.module for node in self.nodes.values())
        self.signs: dict[tuple[int, ...], Signs] = {}
        self.distinct_signs: dict[Told, Signs] = {}
        self._divide()
        self._connect()

    def _divide(self) -> None:
        """Columns and segments."""
        self.columns: dict[Key, list[int]] = {}
        keys: dict[int, dict[Key, None]] = {}
        for i, node in self.nodes.items():
            column = self.columns.get(node.key)
            if column is None:
                column = self.columns[node.key] = []
                keys.setdefault(node.key.segment, {})[node.key] = None
            column.append(i)
        sizes = {position: sum(map(self._size, within)) for position, within in keys.items()}
        self._segment_at = {
            position: Segment(self.forgotten + position + 1, tuple(within), sizes[position], position == self._newest)
            for position, within in keys.items()
        }
        self.segments = list(self._segment_at.values())
        self.marked = len(self.segments) > 1 or any(key.step for key in self.columns) or self.forgotten > 0

    def _size(self, key: Key) -> int:
        """The number of records of a column."""
        ids = self.columns[key]
        return sum(self.nodes[i].records for i in ids) if self.has_modules else len(ids)

    def _connect(self) -> None:
        """Uses and leaves."""
        self.node_of: dict[int, int] = {}
        self.uses: dict[int, list[Use]] = {}
        for i, node in self.nodes.items():
            if node.module:
                self.node_of.update(dict.fromkeys(node.module.members, i))
            self.node_of[i] = i
            for place, operand in enumerate(node.operands):
                source = operand.source
                if source is not None:
                    uses = self.uses.get(source)
                    if uses is None:
                        uses = self.uses[source] = []
                    uses.append(Use(source, i, place))
        tape = self.tape
        self.leaves = {
            i: Leaf(i, leaf.name or tape.names.get(i), leaf.wants_grad, leaf.shape, str(leaf.dtype), leaf)
            for i, leaf in sorted(tape.leaves.items())
            if i in self.uses or i in tape.targets
        }
        self.lost = {i for i in self.uses if i not in self.nodes and i not in self.leaves}
        self.parameters = frozenset(i for i, leaf in self.leaves.items() if leaf.parameter)

    # -- time ----------------------------------------------------------------------------------

    @property
    def windowed(self) -> bool:
        """Whether the tape was cut and no step of it is known."""
        return self.marked and not any(key.step for key in self.columns)

    def segment_of(self, key: Key) -> Segment:
        """The segment that a column belongs to."""
        return self._segment_at[key.segment]

    def records_in(self, segment: int) -> tuple[int, ...]:
        """The ids of the records with so many kept cuts before them, in the order of the tape."""
        whole = self.whole
        found = whole._segment_at.get(segment)
        return tuple(sorted(i for key in found.keys for i in whole.columns[key])) if found else ()

    def records_of(self, ids: Iterable[int]) -> Iterable[int]:
        """The records that some nodes stand for."""
        if not self.has_modules:
            return ids
        nodes = (self.nodes[i] for i in ids)
        return [i for each in nodes for i in (each.module.members if each.module else () if each.place else (each.id,))]

    def taker(self, source: int, target: int) -> int:
        """The record that takes something: of a module the first one inside that does."""
        module = self.nodes[target].module
        members = module.members if module else (target,)
        return next(i for i in members if any(operand.source == source for operand in self.whole.nodes[i].operands))

    # -- numbers -------------------------------------------------------------------------------

    def value(self, i: int) -> Array | None:
        """The value that an id had when it was recorded, or ``None`` where that is not known any more.

        A leaf may have been given another value since, unless the tape kept the first one.
        """
        kept = self.tape.values.get(i)
        if kept is None and i in self.leaves and not isinstance(self.leaves[i].tensor, Input):
            return self.leaves[i].tensor.value
        return kept

    def scalar(self, i: int) -> float | None:
        """The value of an id of one entry, where it is known."""
        value = self.value(i)
        return None if value is None or value.size != 1 else float(value.item())


Forms = dict[tuple[Plan, bool], list[tuple[str, bool]]]  # of each operand the name, and whether a cotangent goes there


def _nodes(tape: Tape, kept: Iterable[Iterable[Record]]) -> Iterator[Node]:
    """The records of each window as nodes."""
    forms: Forms = {}
    key = Key(-1, 0, 0)
    for position, records in enumerate(kept):
        for each in records:
            if key[:3] != (position, each.step, each.order):
                key = Key(position, each.step, each.order)
            yield Node(each.out, each.op, _operands(tape, each, forms), key, each.shape, each.dtype, each.params)


def _operands(tape: Tape, record: Record, forms: Forms) -> tuple[Operand, ...]:
    plan, has_rules = record.plan, record.dtype.kind == "f"
    form = forms.get((plan, has_rules))
    if form is None:
        names = chain(plan.primitive.operands, repeat(""))
        ruled = {argnum for argnum, _, _ in plan.rules if has_rules}
        form = forms[plan, has_rules] = [
            (name, place in ruled) for name, place in zip(names, range(len(record.inputs)))
        ]
    sources, shapes = record.inputs, record.in_shapes
    numbers = [_constant(tape, record, n) if i is None else None for n, i in enumerate(sources)]
    each = zip(sources, form, shapes, numbers)
    return tuple([Operand(source, name, shape, number, flows) for source, (name, flows), shape, number in each])


def _constant(tape: Tape, record: Record, place: int) -> float | None:
    """The value of a constant operand that is one number, if the tape or the rules kept it."""
    kept = tape.constants.get((record.out, place))
    if kept is not None:
        return kept
    for source, residual in zip(record.plan.saves, record.residuals or ()):
        if source == ("operand", place) and isinstance(residual, (int, float)):
            return float(residual)
    return None
