"""The view, what of a graph is shown: the chosen steps, the gaps between them, and the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ...errors import ArgumentError
from ..graph.align import align
from ..graph.model import Graph, Key

MOST_COLUMNS = 12  # without a choice, a longer graph loses its middle
MOST_OPERATIONS = 60  # in one column
MOST_WITHOUT_STEPS = 40  # from left to right
MORE = -1  # stands among a column's ids for the operations that are not shown

Steps = slice | Iterable[int] | None


@dataclass(slots=True)
class Column:
    """The operations of one step.

    Attributes:
        key: where it stands in time.
        ids: the operations that are shown, with ``MORE`` in place of those that are not.
        hidden: the number of those that are not.
        group: columns of one group share their rows.
        slots: the row of each id in ``ids``.
    """

    key: Key
    ids: list[int]
    hidden: int = 0
    group: str = ""
    slots: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gap:
    """Steps that are left out, and the number of cuts between what is shown on both sides of them."""

    keys: tuple[Key, ...]
    cuts: int

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len({key.step for key in self.keys})


@dataclass(slots=True)
class View:
    """Columns and gaps in order of time.

    Attributes:
        items: the columns and gaps that are shown.
        steps: every column that holds a time step, shown or not.
        slot_of: the group and the row of each operation of every column, shown or not.
    """

    items: list[Column | Gap]
    steps: list[Column] = field(default_factory=list)
    slot_of: dict[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def columns(self) -> list[Column]:
        return [item for item in self.items if isinstance(item, Column)]

    @property
    def shown(self) -> set[int]:
        """The ids of the operations that are shown."""
        return {i for column in self.columns for i in column.ids if i >= 0}


def make_view(graph: Graph, initial: dict[int, int], steps: Steps = None, *, unfolded: bool = True) -> View:
    """Choose the columns, leave out the rest, and give the same operation of each step the same row.

    Args:
        graph: the graph.
        initial: the leaves that start a state.
        steps: the steps to show.
        unfolded: show time steps; without them only what does not belong to the loop is left.
    """
    keys = list(graph.columns)
    if not graph.marked:
        return View([_column(keys[0], list(graph.nodes), "step", MOST_WITHOUT_STEPS)] if keys else [])
    columns = {key: _column(key, graph.columns[key], _group(graph, key)) for key in keys}
    view = View([], [column for column in columns.values() if column.group == "step"])
    groups: dict[str, list[Column]] = {}
    for column in columns.values():
        groups.setdefault(column.group, []).append(column)
    for group, members in groups.items():
        rows, _ = align([tuple(_signature(graph, i, initial) for i in column.ids) for column in members])
        for column, slots in zip(members, rows):
            column.slots = slots
            view.slot_of.update((i, (group, slot)) for i, slot in zip(column.ids, slots) if i >= 0)
    if not unfolded:
        view.items += [column for column in columns.values() if column.group != "step"]
        return view
    shown = _chosen(keys, steps)
    hidden: list[Key] = []
    for key in keys:
        if key not in shown:
            hidden.append(key)
            continue
        if hidden:
            view.items.append(_gap(hidden, view.items, key))
            hidden = []
        view.items.append(columns[key])
    if hidden:
        view.items.append(_gap(hidden, view.items, hidden[-1]))
    return view


def _gap(hidden: list[Key], before: list[Column | Gap], after: Key) -> Gap:
    shown = before[-1] if before else None
    first = shown.key if isinstance(shown, Column) else hidden[0]
    return Gap(tuple(hidden), after.segment - first.segment)


def _chosen(keys: Sequence[Key], steps: Steps) -> set[Key]:
    if steps is None:
        if len(keys) <= MOST_COLUMNS:
            return set(keys)
        tail = MOST_COLUMNS // 2
        return {*keys[: MOST_COLUMNS - tail - 1], *keys[-tail:]}
    numbers = [key.step for key in keys]
    last = max(numbers, default=0)
    wanted = set(_slice_range(steps, last) if isinstance(steps, slice) else steps)
    chosen = {key for key in keys if key.step in wanted}
    if keys and not chosen:
        raise ArgumentError(f"draw(steps={steps!r}): none of these steps is there; there are {min(numbers)} to {last}")
    return chosen


def _slice_range(steps: slice, last: int) -> range:
    """The step numbers that a slice means; negative ones count from the end."""
    start = 0 if steps.start is None else steps.start
    stop = last + 1 if steps.stop is None else steps.stop
    start, stop = (bound + last + 1 if bound < 0 else bound for bound in (start, stop))
    return range(max(start, 0), min(stop, last + 1), steps.step or 1)


def _column(key: Key, ids: list[int], group: str, most: int = MOST_OPERATIONS) -> Column:
    hidden = max(len(ids) - most, 0)
    if hidden:
        half = most // 2
        ids = [*ids[:half], MORE, *ids[-half:]]
    return Column(key, list(ids), hidden, group)


def _group(graph: Graph, key: Key) -> str:
    if key.order:
        return f"walk {key.order}"
    return "step" if key.step or not any(other.step for other in graph.columns) else "setup"


def _signature(graph: Graph, i: int, initial: dict[int, int]) -> tuple[object, ...]:
    """What makes operations of two steps the same: the primitive and the parameters it uses."""
    if i < 0:
        return ("more",)
    node = graph.nodes[i]
    kinds: list[object] = []
    for operand in node.operands:
        leaf = graph.leaves.get(operand.source) if operand.source is not None else None
        parameter = leaf is not None and leaf.parameter and leaf.id not in initial
        kinds.append(operand.source if parameter else "constant" if operand.source is None else "value")
    return (node.module.path if node.module else node.op, *kinds)
