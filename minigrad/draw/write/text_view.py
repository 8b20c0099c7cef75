"""A tape as a diagram of characters, for a terminal: columns are steps, rows are operations.

Each row has a number, and is described once at its left; an operand in parentheses is the row that computed
it. Lines lead from a state to where the next step uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from textwrap import wrap

from ..graph.model import Key, Node, in_loop
from ..graph.rows import Row
from ..reading.captions import cut_caption, nothing, step_caption, window_caption
from ..reading.lanes import Lane
from ..reading.reading import SHOWN, Reading
from ..reading.view import MORE, Column, Gap, Steps, View, make_view, numbers_of
from ..reading.words import made_of
from ..subscripts import plain
from ..text import clean, many, number, shape_text
from .text_canvas import Canvas, cropped, display_width
from .text_labels import Labels

LEAST = 5  # columns that a step takes at least
LABEL = 34  # the most columns that the description of a row takes
MOST_PARAMETERS = 16
MOST_TOTALS = 8


def to_text(
    reading: Reading,
    title: str,
    steps: Steps,
    room: int,
    *,
    panel: bool = True,
    below: Sequence[str] = (),
) -> str:
    """The diagram, with as many steps as fit into a room.

    Args:
        reading, title, steps: what to show.
        room: the width, in characters.
        panel: whether the parameters are listed.
        below: what a lecturer says of it.
    """
    keys = [column.key for column in make_view(reading.graph, reading.rows, steps).columns]
    numbers = sorted(set(numbers_of(keys)))
    lines: list[str] = []
    for shown in range(max(min(len(numbers), room // LEAST), 1), 0, -1):
        chosen = [*numbers[: shown - shown // 2], *numbers[len(numbers) - shown // 2 :]]
        view = make_view(reading.graph, reading.rows, chosen if shown < len(numbers) else steps)
        lines = Diagram(reading, view).lines()
        if max(map(display_width, lines), default=0) <= room:
            break
    lines += parameter_lines(reading) if panel and reading.graph.nodes else []
    lines += ["", *(f"     {each}" for text in below for each in wrap(text, max(room - 5, LEAST)))] if below else []
    lines = [clean(title), "", *lines] if title else lines
    return "\n".join(cropped(each, room) for each in lines)


@dataclass(slots=True)
class Place:
    """A column of the diagram: where it begins, how wide it is, and its cells by row."""

    column: Column
    cells: dict[int, str]
    width: int
    left: int = 0


@dataclass(slots=True)
class Gutter:
    """What lies before a column: the lines into it, each with its rows, its track, and whether a cut crosses it.

    Attributes:
        lines: for each id that enters the row where its line begins and those where it ends.
        cut: the number of the cut there; 0 for none.
        gap: what is left out there.
        detached: the ids whose value enters as a constant without a cut.
    """

    lines: dict[int, tuple[int, list[int]]] = field(default_factory=dict)
    cut: int = 0
    gap: Gap | None = None
    detached: set[int] = field(default_factory=set)

    @property
    def width(self) -> int:
        caption = len(_gap_text(self.gap)) + 2 if self.gap else 0
        return caption + (6 if self.cut or self.detached else 2) + (2 * len(self.lines) + 2 if self.lines else 1)


class Diagram:
    """One view of one graph as lines of text."""

    def __init__(self, reading: Reading, view: View) -> None:
        self._reading = reading
        self._graph = reading.graph
        self._names = reading.names
        self._position = {key: place for place, key in enumerate(self._graph.columns)}
        self._number: dict[Row, int] = {}
        self._members: dict[Row, list[int]] = {}
        self._number_rows(view)
        number_of = {i: self._number[row] for i, row in self._rows_of_all(view).items() if row in self._number}
        self._number_of = number_of
        labels = Labels(reading, number_of)
        self._labels = [
            "⋯" if not members else cropped(f"({place + 1})".rjust(4) + " " + labels.describe(members), LABEL)
            for place, members in enumerate(self._members[row] for row in self._number)
        ]
        self._places: list[Place] = []
        self._gutters: list[Gutter] = []
        gap: Gap | None = None
        for item in view.items:
            if isinstance(item, Gap):
                gap = item
                continue
            self._gutters.append(self._gutter(item, gap))
            self._places.append(self._place(item))
            gap = None
        self._trailing = gap

    # -- rows ----------------------------------------------------------------------------------

    def _number_rows(self, view: View) -> None:
        """The number and the shown operations of each row; of one that stands for more there are none."""
        found: dict[Row, list[int]] = {}
        for column in view.columns:
            for i, slot in zip(column.ids, column.slots or range(len(column.ids))):
                found.setdefault((column.group, slot), []).extend([i] if i != MORE else [])
        groups = list(dict.fromkeys(group for group, _ in found))
        for row in sorted(found, key=lambda each: (groups.index(each[0]), each[1])):
            self._number[row] = len(self._number)
            self._members[row] = found[row]

    def _rows_of_all(self, view: View) -> dict[int, Row]:
        """The row of each operation, also of those in steps that are not shown."""
        if self._graph.marked:
            return dict(self._reading.rows.of)
        return {i: (c.group, slot) for c in view.columns for slot, i in enumerate(c.ids) if i != MORE}

    # -- columns -------------------------------------------------------------------------------

    def _place(self, column: Column) -> Place:
        cells: dict[int, str] = {}
        for i, slot in zip(column.ids, column.slots or range(len(column.ids))):
            row = self._number[column.group, slot]
            cells[row] = f"⋯ {column.hidden:,} more" if i == MORE else self._cell(self._graph.nodes[i])
        texts = [*cells.values(), self._caption(column.key), *self._gradients(column)]
        return Place(column, cells, max(map(display_width, texts), default=0))

    def _cell(self, node: Node) -> str:
        show = self._reading.show
        valued = not node.shape and node.has_result and (show is SHOWN or "value" in show)
        value = self._graph.scalar(node.id) if valued else None
        if not self._graph.marked:
            if not node.has_result:
                return f"{node.records:,} operations"
            text = shape_text(node.shape) if value is None else number(value)
            walk = self._reading.shown_walk(node.id) if "grad" in show else None
            size = None if walk is None else walk.norm(node.id)
            return text if size is None else f"{text.ljust(10)} ‖∇‖ {number(size)}"
        if self._names.is_state(node.id):
            return plain(self._names.state(node.id))
        return "●" if value is None else number(value)

    def _caption(self, key: Key) -> str:
        if key.order:
            return "walk"
        if in_loop(key):
            return f"t={key.step}"
        return step_caption(self._reading, key).plain.removesuffix(" the loop").removesuffix(" the last step")

    def _gradients(self, column: Column) -> list[str]:
        return [number(lane.norms[i]) for lane in self._reading.lanes for i in column.ids if i in lane.norms]

    def _gutter(self, column: Column, gap: Gap | None) -> Gutter:
        gutter = Gutter(gap=gap)
        nodes, starts = self._graph.nodes, self._reading.states.starts
        before = self._places[-1].column if self._places else None
        for i in column.ids:
            for operand in nodes[i].operands if i != MORE else ():
                source = operand.source
                if source is None or (source in nodes and nodes[source].key == column.key):
                    continue
                start = starts.get((source, i))
                if start is not None and start.source is not None and not start.first and start.lag == 1:
                    gutter.detached.add(start.source)
                    source = start.source
                first = before is None and gap is None
                enters = first and (source in self._names.starts or source in self._graph.lost)
                enters |= start is not None and not start.first and start.source is None
                near = source in nodes and (gap is not None or (before is not None and nodes[source].key == before.key))
                row = self._number_of.get(source) if source in nodes else None
                target = self._number_of[i]
                if enters or (near and row is not None and self._follows(nodes[source].key, column.key)):
                    taken = {line[0] for line in gutter.lines.values()}
                    if row is None:
                        row = self._row_of_state(source, i) if enters else target
                    begin = target if enters and target not in taken else row
                    line = gutter.lines.setdefault(source, (begin, []))
                    if target not in line[1]:
                        line[1].append(target)
        if before is not None and gap is None and before.key.segment != column.key.segment:
            gutter.cut = self._graph.segment_of(column.key).number - 1
        return gutter

    def _row_of_state(self, leaf: int, target: int) -> int:
        """The row of the state that a leaf has the place of, if it is shown; else that of what takes the leaf."""
        state = self._names.starts.get(leaf)
        row = None if state is None else self._reading.states.row_at(state, self._graph.nodes[target].key)
        return self._number_of[target] if row is None else self._number.get(row, self._number_of[target])

    def _follows(self, here: Key, there: Key) -> bool:
        """Whether one column comes right after another one, shown or not."""
        return self._position[there] - self._position[here] == 1

    # -- on paper ------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The diagram."""
        if not self._places:
            return [nothing(self._graph)] if not self._graph.nodes else ["No step is shown."]
        canvas = Canvas()
        caption = 1 if self._graph.tape.cuts else 0
        top = caption + 1 if self._graph.marked else 0
        x = max(map(display_width, self._labels)) + 1
        for row, label in enumerate(self._labels):
            canvas.write(0, top + row, label)
        bottom = top + len(self._labels)
        segment: int | None = None
        captions: list[tuple[int, int, str]] = []  # each with where the gutter before it begins
        for k, (gutter, place) in enumerate(zip(self._gutters, self._places)):
            named = [i for i in gutter.lines if not k or i not in self._graph.nodes]
            names = [self._entering(i, place.column.key) for i in named]
            x += max(map(display_width, names), default=0) + bool(k and names)
            start, x = x, x + gutter.width
            place.left = x
            self._draw_gutter(canvas, gutter, k, start, x, top, bottom)
            if self._graph.marked:
                canvas.write(x, caption, self._caption(place.column.key))
            if place.column.key.segment != segment and self._graph.marked:
                segment = place.column.key.segment
                captions.append((start, x, window_caption(self._reading, place.column.key, 0).plain))
            for row, cell in place.cells.items():
                canvas.write(x, top + row, cell)
            x += place.width
        ends = [start + 2 for start, _, _ in captions[1:]]
        for (_, at, words), end in zip_longest(captions if caption else (), ends if caption else ()):
            canvas.write(at, 0, words if end is None else cropped(words, end - at))
        if self._trailing:
            canvas.write(x + 2, top - 1, _gap_text(self._trailing))
        self._draw_gradients(canvas, bottom)
        return [*canvas.text(), *self._totals()]

    def _entering(self, i: int, key: Key) -> str:
        leaf = self._graph.leaves.get(i)
        if i in self._graph.nodes:
            return plain(self._names.result(i))
        if leaf is None:
            row = next((row for row in self._names.states), ("", -1))
            return f"✂ {plain(self._names.lost(i, row, key))}" if len(self._names.states) == 1 else f"✂ %{i}"
        return plain(self._names.data(leaf, key, "h"))

    def _draw_gutter(
        self, canvas: Canvas, gutter: Gutter, k: int, left: int, right: int, top: int, bottom: int
    ) -> None:
        place = left + 1
        if gutter.gap:
            canvas.write(place + 1, top - 1, _gap_text(gutter.gap))
            place += len(_gap_text(gutter.gap)) + 2
        cut = left + 3
        if gutter.cut:
            for y in range(bottom):
                canvas.write(cut, y, "┊")
            canvas.write(cut, 0, "✂")
        if gutter.cut or gutter.detached:
            place = cut + 2
        for track, (source, (row, targets)) in enumerate(gutter.lines.items()):
            x = place + 2 * track
            y = top + row
            if not k or source not in self._graph.nodes:
                name = self._entering(source, self._places[k].column.key)
                canvas.write(left - display_width(name), y, name)
                begin = left + 1
            else:
                here = self._places[k - 1]
                begin = here.left + display_width(here.cells.get(row, "")) + 1
                if gutter.gap and row not in here.cells:  # it comes from a step that is left out
                    begin = left + 2 + len(_gap_text(gutter.gap)) // 2
            canvas.across(source, y, begin, x - 1)
            for target in targets:
                canvas.corner(source, x, y, top + target)
                canvas.across(source, top + target, x + 1, right - 3)
                canvas.write(right - 2, top + target, "▶")
            if (gutter.cut and source in self._graph.nodes) or source in gutter.detached:
                canvas.write(cut, y, "✂")
            if gutter.gap and source in self._graph.nodes:
                canvas.write(left + 2 + len(_gap_text(gutter.gap)) // 2, y, "✂" if self._breaks(gutter.gap) else "⋯")

    def _breaks(self, gap: Gap) -> bool:
        """Whether a constant takes the place of a state in steps that are left out."""
        states, nodes = self._reading.states, self._graph.nodes
        places = [start.target for start in states.starts.values() if not start.first]
        places += [stranger.target for stranger in states.strangers if not stranger.first]
        return any(nodes[i].key in gap.keys for i in places)

    def _draw_gradients(self, canvas: Canvas, y: int) -> None:
        """For each state a row with the norm of its gradient at each step, and how it went on."""
        index = {i: k for k, place in enumerate(self._places) for i in place.column.ids}
        for row in sorted(self._names.states):
            lanes = [lane for lane in self._reading.lanes if lane.row == row]
            if not any(i in index for lane in lanes for i in lane.norms):
                continue
            y += 1
            far: list[str] = []
            for lane in lanes:
                for i, size in lane.norms.items():
                    if i in index:
                        canvas.write(self._places[index[i]].left, y, number(size))
                for source, target in lane.ways:
                    if source in index and target in index:
                        here, there = index[source], index[target]
                        if here - there == 1 and not self._gutters[here].gap:
                            canvas.write(self._places[here].left - 3, y, "◀┄")
                        else:
                            far.append(f"{self._step_of(source)}→{self._step_of(target)}")
                for stop in lane.stops:
                    self._draw_stop(canvas, y, self._graph.node_of[stop.target])
            canvas.write(0, y, cropped(f"     ‖∂{self._head(lanes)}/∂{plain(self._names.of_state(row))}‖", LABEL))
            if far:
                y += 1
                canvas.write(0, y, f"     on its way from t to t: {', '.join(far)}")

    def _head(self, lanes: list[Lane]) -> str:
        """What the walks of lanes differentiate, if that has one name."""
        totals = [self._reading.sum_of(lane.walk.number) for lane in lanes]
        if len(totals) == 1 and totals[0] is not None:
            return plain(self._names.total(totals[0]))
        names = {plain(self._names.total(each)[:1]) if each is not None else "·" for each in totals}
        return names.pop() if len(names) == 1 else "·"

    def _step_of(self, i: int) -> str:
        return str(self._graph.nodes[i].key.step)

    def _draw_stop(self, canvas: Canvas, y: int, target: int) -> None:
        for k, place in enumerate(self._places):
            if target in place.column.ids and k:
                gutter = self._gutters[k]
                wide = gutter.cut or gutter.detached
                x = place.left - gutter.width + 3 if wide else place.left - 3
                canvas.write(x, y, "▐◀┄" if wide else "▐◀")

    def _totals(self) -> list[str]:
        """What each walk differentiates."""
        lines = []
        sums = [each for each in self._reading.sums if each.losses] if self._graph.marked else []
        for each in sums[-MOST_TOTALS:]:
            words = plain(made_of(self._names, each))
            value = "" if each.value is None else f" = {number(each.value)}"
            name = plain(self._names.total(each))
            if each.walk and (words != name or value):
                lines.append(f"     {name}{f' = {words}' if words and words != name else ''}{value}")
        if len(sums) > MOST_TOTALS:
            lines.insert(0, f"     ⋯ {many(len(sums) - MOST_TOTALS, 'walk')} before ⋯")
        cuts = self._cuts()
        return ["", *lines, *cuts] if lines or cuts else []

    def _cuts(self) -> list[str]:
        """What the cuts are called, where their numbers would mislead."""
        shown = [gutter.cut for gutter in self._gutters if gutter.cut] if self._reading.overlapping else []
        return ["     ✂ " + ", ".join(cut_caption(self._reading, n) for n in shown)] if shown else []


def parameter_lines(reading: Reading) -> list[str]:
    """The parameters, each with its shape and the norm of what lies in its ``.grad``."""
    rows = []
    for leaf in reading.names.parameters[:MOST_PARAMETERS]:
        size = reading.grad(leaf)
        known = ".grad is None" if size is None else f"‖∇‖ {number(size)}"
        said = [shape_text(leaf.shape)] * ("shape" in reading.show) + [known] * ("grad" in reading.show)
        rows.append([plain(reading.names.parameter(leaf)), *said])
    if not rows:
        return []
    widths = [max(map(display_width, column)) for column in zip(*rows)]
    more = len(reading.names.parameters) - len(rows)
    lines = ["  ".join(t + " " * (w - display_width(t)) for t, w in zip(each, widths)).rstrip() for each in rows]
    return ["", *(f"     {each}" for each in lines), *([f"     ⋯ {more:,} more parameters"] if more else [])]


def _gap_text(gap: Gap) -> str:
    cuts = f", {gap.cuts} ✂" if gap.cuts else ""
    return f"⋯ {many(len(gap.steps), 'step')}{cuts} ⋯" if gap.steps else "⋯"
