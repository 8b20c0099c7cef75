"""The rows above the steps, in which the losses of a window become its total."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.model import Graph
from ..graph.sums import Sum
from ..reading.reading import Reading
from ..reading.view import Column, Gap
from ..reading.words import made_of
from ..scene import Box
from ..text import Run, line, number
from .boxes import HEIGHT, PADDING, Boxes


@dataclass(slots=True)
class Above:
    """A box in these rows.

    Attributes:
        column: the item of the view above which it lies.
        level: the row, from 0 at the bottom.
        sources: the shown losses and sums that lead to it.
        more: whether others, that are not shown, lead to it too.
    """

    column: int
    level: int
    sources: tuple[int, ...]
    more: bool = False


def place_sums(reading: Reading) -> dict[int, Above]:
    """The sums by id; the total of several targets has the id ``-1 - number``.

    A recorded sum lies above the newest step whose loss it takes in, wherever on the tape it was made.
    """
    graph, view = reading.graph, reading.view
    index = {i: k for k, item in enumerate(view.items) for i in _ids(graph, item)}
    shown = view.shown
    sums: dict[int, Above] = {}
    height: dict[int, int] = {}  # the number of sums above each column
    walks = {walk.number for walk in reading.track}
    _place_recorded(reading, index, sums, height)
    for total in reading.sums:
        if total.recorded is None and total.walk in walks:
            sources = tuple(i for i in dict.fromkeys(total.targets) if i in shown or i in sums)
            if sources:
                columns = [sums[i].column if i in sums else index[i] for i in sources]
                last = max(columns)
                level = max(height.get(k, 0) for k in range(min(columns), last + 1))
                height[last] = level + 1
                sums[-1 - total.walk] = Above(last, level, sources)
    return sums


def _ids(graph: Graph, item: Column | Gap) -> list[int]:
    return item.ids if isinstance(item, Column) else [i for key in item.keys for i in graph.columns[key]]


def _place_recorded(reading: Reading, index: dict[int, int], sums: dict[int, Above], height: dict[int, int]) -> None:
    nodes, view = reading.graph.nodes, reading.view
    gathers = reading.names.gathers
    losses = {i for total in reading.sums for i in total.losses} - gathers
    known = losses | gathers
    column_of: dict[int, int] = {i: index[i] for i in losses if i in index}
    for i in sorted(gathers):
        operands = dict.fromkeys(o.source for o in nodes[i].operands if o.source in known)
        sources = tuple(s for s in operands if s in column_of)
        if not sources:
            continue
        column_of[i] = column = max(column_of[s] for s in sources)
        if isinstance(view.items[column], Gap):
            continue
        level = max([sums[s].level + 1 for s in sources if s in sums and sums[s].column == column], default=0)
        first = min(column_of[s] for s in sources)
        if column - first > 1:  # its line passes over other columns: above their sums
            level = max([level, *(height.get(k, 0) for k in range(first + 1, column))])
        passed = [column_of[s] for s in sources if s not in sums and column_of[s] < column]
        level = max([level, height.get(column, 0), *(height.get(k, 0) for k in passed)])
        shown = tuple(s for s in sources if s in sums or isinstance(view.items[column_of[s]], Column))
        sums[i] = Above(column, level, shown, len(shown) < len(sources))
        height.update((k, max(height.get(k, 0), level + 1)) for k in passed)  # a line rises and leaves there
        height[column] = level + 1


def make_sum_boxes(boxes: Boxes, sums: dict[int, Above], far: dict[int, tuple[int, ...]]) -> dict[int, Box]:
    """The box of each sum; ``far`` as in ``Boxes.operation``."""
    by_walk = {each.walk: each for each in boxes.reading.sums}
    nodes = boxes.graph.nodes
    return {i: _synthetic(boxes, by_walk[-1 - i]) if i < 0 else boxes.operation(nodes[i], far.get(i, ())) for i in sums}


def _synthetic(boxes: Boxes, each: Sum) -> Box:
    """The box of a total that the walk itself added up from several losses, or scaled."""
    runs = made_of(boxes.names, each)
    parts: list[Run | str] = [*boxes.names.total(each, bold=True)]
    if runs:
        parts += [" = ", *runs]
    if each.value is not None:
        parts.append(f" = {number(each.value)}")
    text = line(*parts)
    style, width = boxes.theme.boxes["total"], text.width + 2 * PADDING
    name, walk = f"L{each.walk}", each.walk
    return Box(name, style, "round", (text,), width, HEIGHT + 2, kind="sum", ids=each.targets, walk=walk)
