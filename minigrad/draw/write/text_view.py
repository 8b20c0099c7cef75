"""A tape as a diagram of characters, for a terminal: columns are steps, rows are operations.

Each row has a number, and is described once at its left; an operand in parentheses is the row that computed
it. Lines lead from a state to where the next step uses it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..graph.model import Graph, Key, Node, Operand
from ..graph.roles import find_initial_states, find_totals, norm, scalar
from ..reading.captions import window_caption
from ..reading.names import SYMBOLS, Names
from ..reading.view import MORE, Column, Gap, Steps, View, make_view
from ..subscripts import plain, subscript, superscript
from ..text import Run, clean, many, number, shape_text, shorten
from .text_canvas import Canvas, cropped, display_width

LEAST = 5  # columns that a step takes at least
LABEL = 34  # the most columns that the description of a row takes
_INFIX = frozenset(
    {
        *("add", "subtract", "multiply", "divide", "matmul", "power"),
        *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    }
)

Slot = tuple[str, int]


def to_text(graph: Graph, title: str, steps: Steps = None, width: int | None = None) -> str:
    """The diagram, with as many steps as fit into ``width`` columns: by default those of the terminal."""
    room = width or shutil.get_terminal_size((100, 24)).columns
    totals = find_totals(graph)
    initial = find_initial_states(graph, totals) if graph.marked else {}
    numbers = sorted({column.key.step for column in make_view(graph, initial, steps).columns})
    lines: list[str] = []
    for shown in range(max(min(len(numbers), room // LEAST), 1), 0, -1):
        chosen = [*numbers[: shown - shown // 2], *numbers[len(numbers) - shown // 2 :]]
        view = make_view(graph, initial, chosen if shown < len(numbers) else steps)
        lines = Diagram(graph, view, Names(graph, view, initial, totals)).lines()
        if max(map(display_width, lines), default=0) <= room:
            break
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
    """What lies before a column: the lines into it, each with its rows, its track, and whether a cut crosses it."""

    lines: dict[int, tuple[int, list[int]]] = field(default_factory=dict)
    cut: int = 0
    gap: Gap | None = None

    @property
    def width(self) -> int:
        caption = len(_gap_text(self.gap)) + 2 if self.gap else 0
        return caption + (6 if self.cut else 2) + (2 * len(self.lines) + 2 if self.lines else 1)


class Diagram:
    """One view of one graph as lines of text."""

    def __init__(self, graph: Graph, view: View, names: Names) -> None:
        self._graph = graph
        self._names = names
        self._position = {key: place for place, key in enumerate(graph.columns)}
        self._row_of_slot: dict[Slot, int] = {}
        self._rows(view)
        self._labels = [self._label(row) for row in range(len(self._row_of_slot))]
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

    def _rows(self, view: View) -> None:
        groups: dict[str, set[int]] = {}
        self._example: dict[Slot, int] = {}
        self._signs: dict[Slot, set[Run]] = {}  # more than one where what is read changes from step to step
        for column in view.columns:
            slots = column.slots or list(range(len(column.ids)))
            for i, slot in zip(column.ids, slots):
                groups.setdefault(column.group, set()).add(slot)
                if i != MORE:
                    sign = self._names.sign(self._graph.nodes[i], exact=True)
                    self._signs.setdefault((column.group, slot), set()).add(sign)
                if i != MORE or (column.group, slot) not in self._example:
                    self._example.setdefault((column.group, slot), i)
        for group, slots_of_group in groups.items():
            for slot in sorted(slots_of_group):
                self._row_of_slot[group, slot] = len(self._row_of_slot)
        self._row_of: dict[int, int] = {}
        for column in view.columns:
            for i, slot in zip(column.ids, column.slots or range(len(column.ids))):
                if i != MORE:
                    self._row_of[i] = self._row_of_slot[column.group, slot]

    def _row(self, i: int) -> int | None:
        """The row of an operation, also of one in a step that is not shown."""
        return self._row_of.get(i, self._row_of_slot.get(self._names.slot_of.get(i, ("", -1))))

    def _label(self, row: int) -> str:
        slot = list(self._row_of_slot)[row]
        i = self._example[slot]
        if i == MORE:
            return "⋯"
        node = self._graph.nodes[i]
        operands = [self._operand(node, operand) for operand in self._in_order(node)]
        sign = SYMBOLS.get(node.op, "")
        if node.op in _INFIX and len(operands) == 2:
            call = f"{operands[0]} {sign} {operands[1]}"
        elif node.op == "linear" and not node.module:
            call = "{} @ {} + {}".format(*operands)
        elif node.op == "getitem" and len(self._signs[slot]) == 1:
            call = f"{operands[0]}{self._names.sign(node, exact=True).text}"
        else:
            head = self._names.sign(node).text if node.module else shorten(clean(node.op), 20)
            call = f"{head} {', '.join(operands)}"
        name = self._base(node)
        text = f"{name or node.op} of {operands[0]}" if node.place else f"{name} = {call}" if name else call
        return cropped(f"({row + 1})".rjust(4) + " " + text, LABEL)

    def _in_order(self, node: Node) -> Sequence[Operand]:
        """The operands; of a module its parameters last."""
        parameters = {leaf.id for leaf in self._names.parameters}
        return sorted(node.operands, key=lambda o: o.source in parameters) if node.module else node.operands

    def _base(self, node: Node) -> str:
        """What a row is called, without the step."""
        if self._names.is_state(node.id):
            return self._state(node.id)
        if node.id in self._names.losses:
            return "ℓ"
        return shorten(clean(self._names.own_name(node.id)))

    def _operand(self, node: Node, operand: Operand) -> str:
        i = operand.source
        if i is None:
            return "const" if operand.number is None else number(operand.number)
        leaf = self._graph.leaves.get(i)
        if leaf is not None and i in self._names.initial:
            return self._state(self._names.initial[i])
        if leaf is not None:
            known = leaf.parameter and leaf in self._names.parameters
            return plain(self._names.parameter(leaf)) if known else shorten(clean(leaf.name or operand.name)) or "x"
        row = self._row(i)
        other = self._graph.nodes.get(i)
        if other is None or (other.key != node.key and self._names.slot_of.get(i) in self._names.states):
            return self._state(i)
        if row is None:
            return f"%{i}"
        alike = other.key != node.key and other.key.order == node.key.order
        return f"earlier ({row + 1})" if alike else f"({row + 1})"

    def _state(self, i: int) -> str:
        """The name of a state without its step; the only one there is for a value from before the cut."""
        slot = self._names.slot_of.get(i)
        states = self._names.states
        if slot is not None and slot in states:
            return self._state_at(slot)
        own = clean(self._graph.tape.names.get(i, ""))
        return shorten(own) or (shorten(clean(next(iter(states.values()))[0])) if len(states) == 1 else "carried")

    def _state_at(self, slot: Slot) -> str:
        name, count = self._names.states[slot]
        return shorten(clean(name)) + (superscript(f"({count})") if count else "")

    # -- columns -------------------------------------------------------------------------------

    def _place(self, column: Column) -> Place:
        cells: dict[int, str] = {}
        for i, slot in zip(column.ids, column.slots or range(len(column.ids))):
            row = self._row_of_slot[column.group, slot]
            cells[row] = f"⋯ {column.hidden:,} more" if i == MORE else self._cell(self._graph.nodes[i])
        texts = [*cells.values(), self._caption(column.key), *self._gradients(column)]
        width = max(map(display_width, texts), default=0)
        return Place(column, cells, width)

    def _cell(self, node: Node) -> str:
        value = scalar(self._graph, node.id) if not node.shape and node.has_result else None
        if not self._graph.marked:
            if not node.has_result:
                return f"{node.records:,} operations"
            text = shape_text(node.shape) if value is None else number(value)
            size = norm(self._graph, node.id)
            return text if size is None else f"{text.ljust(10)} ‖∇‖ {number(size)}"
        if self._names.is_state(node.id):
            return plain(self._names.state(node.id))
        return "●" if value is None else number(value)

    def _caption(self, key: Key) -> str:
        if key.order:
            return "walk"
        return f"t={key.step}" if key.step else "before" if any(k.step for k in self._graph.columns) else ""

    def _gradients(self, column: Column) -> list[str]:
        sizes = (norm(self._graph, i) for i in column.ids if i != MORE and self._names.is_state(i))
        return [number(size) for size in sizes if size is not None]

    def _gutter(self, column: Column, gap: Gap | None) -> Gutter:
        gutter = Gutter(gap=gap)
        nodes = self._graph.nodes
        before = self._places[-1].column if self._places else None
        for i in column.ids:
            for operand in nodes[i].operands if i != MORE else ():
                source = operand.source
                if source is None or (source in nodes and nodes[source].key == column.key):
                    continue
                first = before is None and gap is None
                enters = first and (source in self._names.initial or source in self._graph.lost)
                near = source in nodes and (gap is not None or (before is not None and nodes[source].key == before.key))
                row = self._row(self._names.initial.get(source, source))
                target = self._row_of[i]
                if enters or (near and row is not None and self._follows(nodes[source].key, column.key)):
                    taken = {line[0] for line in gutter.lines.values()}
                    start = target if row is None or (enters and target not in taken) else row
                    line = gutter.lines.setdefault(source, (start, []))
                    if target not in line[1]:
                        line[1].append(target)
        if before is not None and gap is None and before.key.segment != column.key.segment:
            gutter.cut = self._graph.segment_of(column.key).number - 1
        return gutter

    def _follows(self, here: Key, there: Key) -> bool:
        """Whether one column comes right after another one, shown or not."""
        return self._position[there] - self._position[here] == 1

    # -- on paper ------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The diagram."""
        if not self._places:
            return ["Nothing has been recorded on this tape."] if not self._graph.nodes else ["No step is shown."]
        canvas = Canvas()
        caption = 1 if self._graph.tape.cuts else 0
        top = caption + 1 if self._graph.marked else 0
        x = max(map(display_width, self._labels)) + 1
        for row, label in enumerate(self._labels):
            canvas.write(0, top + row, label)
        bottom = top + len(self._labels)
        segment: int | None = None
        names = [self._entering(i) for i in self._gutters[0].lines]
        x += max(map(display_width, names), default=0)
        for k, (gutter, place) in enumerate(zip(self._gutters, self._places)):
            start, x = x, x + gutter.width
            place.left = x
            self._draw_gutter(canvas, gutter, k, start, x, top, bottom)
            if self._graph.marked:
                canvas.write(x, caption, self._caption(place.column.key))
            if place.column.key.segment != segment and self._graph.marked:
                segment = place.column.key.segment
                if self._graph.tape.cuts:
                    canvas.write(x, 0, window_caption(self._graph, place.column.key, 0).plain)
            for row, cell in place.cells.items():
                canvas.write(x, top + row, cell)
            x += place.width
        if self._trailing:
            canvas.write(x + 2, top - 1, _gap_text(self._trailing))
        self._draw_gradients(canvas, bottom)
        return [*canvas.text(), *self._parameters()]

    def _entering(self, i: int) -> str:
        leaf = self._graph.leaves.get(i)
        if leaf is None:
            step = max(self._places[0].column.key.step - 1, 0)
            return f"✂ {self._state(i)}{subscript(str(step))}"
        return plain(self._names.data(leaf, self._places[0].column.key, "h"))

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
            place = cut + 2
        for track, (source, (row, targets)) in enumerate(gutter.lines.items()):
            x = place + 2 * track
            y = top + row
            if k == 0:
                name = self._entering(source)
                canvas.write(left - display_width(name), y, name)
                begin = left + 1
            else:
                here = self._places[k - 1]
                shown = display_width(here.cells.get(row, "")) if not gutter.gap or row in here.cells else 0
                begin = here.left + shown + 1
            canvas.across(source, y, begin, x - 1)
            for target in targets:
                canvas.corner(source, x, y, top + target)
                canvas.across(source, top + target, x + 1, right - 3)
                canvas.write(right - 2, top + target, "▶")
            if gutter.cut:
                canvas.write(cut, y, "✂")
            if gutter.gap:
                canvas.write(left + 2 + len(_gap_text(gutter.gap)) // 2, y, "⋯")

    def _draw_gradients(self, canvas: Canvas, y: int) -> None:
        """For each state a row with the norm of its gradient at each step."""
        if not self._graph.marked or not self._graph.tape.inspect:
            return
        for slot in sorted(self._names.states):
            known = False
            for k, place in enumerate(self._places):
                i = next((i for i in place.column.ids if i != MORE and self._names.slot_of.get(i) == slot), None)
                size = None if i is None else norm(self._graph, i)
                if i is None:
                    continue
                canvas.write(place.left, y + 1, "–" if size is None else number(size))
                if size is not None and self._gutters[k].cut:
                    canvas.write(place.left - self._gutters[k].width + 3, y + 1, "▐◀┄")
                elif size is not None and known:
                    canvas.write(place.left - 3, y + 1, "◀┄")
                known = size is not None
            canvas.write(0, y + 1, cropped(f"     ‖∂L/∂{self._state_at(slot)}‖", LABEL))
            y += 1

    def _parameters(self) -> list[str]:
        lines = []
        for leaf in self._names.parameters[:16]:
            size = norm(self._graph, leaf.id)
            known = "‖∇‖ not computed" if size is None else f"‖∇‖ {number(size)}"
            lines.append((plain(self._names.parameter(leaf)), shape_text(leaf.shape), known))
        if not lines:
            return []
        widths = [max(display_width(each[k]) for each in lines) for k in (0, 1)]
        more = len(self._names.parameters) - len(lines)
        return [
            "",
            *(
                "     " + "  ".join([*(t + " " * (w - display_width(t)) for t, w in zip(each, widths)), each[2]])
                for each in lines
            ),
            *([f"     ⋯ {more:,} more parameters"] if more else []),
        ]


def _gap_text(gap: Gap) -> str:
    cuts = f", {gap.cuts} ✂" if gap.cuts else ""
    return f"⋯ {many(gap.steps, 'step')}{cuts} ⋯"
