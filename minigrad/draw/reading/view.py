"""The view, what of a graph is shown: the chosen steps, the gaps between them, and the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ...errors import ArgumentError
from ..graph.model import Graph, Key, in_loop
from ..graph.rows import Rows, group_of

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
        left_out: the operations that are not shown.
    """

    key: Key
    ids: list[int]
    hidden: int = 0
    group: str = ""
    slots: list[int] = field(default_factory=list)
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Gap:
    """Steps that are left out, and the number of cuts between what is shown on both sides of them."""

    keys: tuple[Key, ...]
    cuts: int

    @property
    def steps(self) -> list[int]:
        """Their numbers, without what belongs to no step."""
        return sorted({key.step for key in self.keys} - {0})


@dataclass(slots=True)
class View:
    """Columns and gaps in order of time.

    Attributes:
        items: the columns and gaps that are shown.
        loops: for each loop every column that holds a step of it, shown or not.
    """

    items: list[Column | Gap]
    loops: list[list[Column]] = field(default_factory=list)

    @property
    def columns(self) -> list[Column]:
        return [item for item in self.items if isinstance(item, Column)]

    @property
    def shown(self) -> set[int]:
        """The ids of the operations that are shown."""
        return {i for column in self.columns for i in column.ids if i >= 0}


def make_view(
    graph: Graph, rows: Rows, steps: Steps = None, *, unfolded: bool = True, most: int = MOST_COLUMNS
) -> View:
    """Choose the columns and leave out the rest.

    Args:
        graph: the graph.
        rows: its rows; what has none is drawn outside of the columns.
        steps: the steps to show.
        unfolded: show time steps; without them only what does not belong to a loop is left.
        most: the number of columns, without a choice of steps.
    """
    keys = list(graph.columns)
    if not graph.marked:
        if steps is not None:
            raise ArgumentError(
                f"draw(steps={steps!r}): this tape has no steps; call tape.mark() where each of them begins"
            )
        return View([_without_steps(keys[0], list(graph.nodes))] if keys else [])
    columns = {key: _column(key, [i for i in graph.columns[key] if i in rows.of], rows) for key in keys}
    keys = [key for key in keys if columns[key].ids]
    parts = sorted({key.part for key in keys if in_loop(key)})
    view = View([], [[columns[key] for key in keys if in_loop(key) and key.part == part] for part in parts])
    if not unfolded:
        view.items += [columns[key] for key in keys if not in_loop(key)]
        return view
    shown = _chosen(keys, steps, most)
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


def _chosen(keys: Sequence[Key], steps: Steps, most: int) -> set[Key]:
    if steps is None:
        if len(keys) <= most:
            return set(keys)
        tail = most // 2
        return {*keys[: most - tail - 1], *keys[-tail:]}
    numbers = numbers_of(keys)
    last = max(numbers, default=0)
    wanted = set(_slice_range(steps, last) if isinstance(steps, slice) else steps)
    chosen = {key for key, number in zip(keys, numbers) if number in wanted}
    if keys and not chosen:
        raise ArgumentError(f"draw(steps={steps!r}): none of these steps is there; there are {min(numbers)} to {last}")
    return chosen


def numbers_of(keys: Sequence[Key]) -> list[int]:
    """The step that each column is shown with: its own, or for what lies outside of steps the one before."""
    numbers: list[int] = []
    for key in keys:
        numbers.append(key.step or (numbers[-1] if numbers else 0))
    return numbers


def _slice_range(steps: slice, last: int) -> range:
    """The step numbers that a slice means; negative ones count from the end."""
    start = 0 if steps.start is None else steps.start
    stop = last + 1 if steps.stop is None else steps.stop
    start, stop = (bound + last + 1 if bound < 0 else bound for bound in (start, stop))
    return range(max(start, 0), min(stop, last + 1), steps.step or 1)


def _without_steps(key: Key, ids: list[int]) -> Column:
    if len(ids) <= MOST_WITHOUT_STEPS:
        return Column(key, ids)
    half = MOST_WITHOUT_STEPS // 2
    left_out = frozenset(ids[half:-half])
    return Column(key, [*ids[:half], MORE, *ids[-half:]], len(left_out), left_out=left_out)


def _column(key: Key, ids: list[int], rows: Rows) -> Column:
    """A column; of very many operations the same ones are shown in all columns of a group."""
    group = group_of(key)
    height = rows.heights.get(group, 0)
    slots = [rows.of[i][1] for i in ids]
    if height <= MOST_OPERATIONS:
        return Column(key, ids, 0, group, slots)
    half = MOST_OPERATIONS // 2
    low = [(i, slot) for i, slot in zip(ids, slots) if slot < half]
    high = [(i, slot) for i, slot in zip(ids, slots) if slot >= height - half]
    left_out = frozenset(ids).difference(i for i, _ in (*low, *high))
    shown = [*low, *([(MORE, half)] if left_out else []), *high]
    return Column(key, [i for i, _ in shown], len(left_out), group, [slot for _, slot in shown], left_out)
