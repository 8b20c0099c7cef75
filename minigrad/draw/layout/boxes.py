"""The content and the size of every box: text, badges, colours. Where it goes is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import ceil
from typing import Any

from ...words import listed
from ..graph.model import Leaf, Node
from ..reading.names import Names, Runs
from ..reading.reading import SHOWN as DEFAULT, Reading
from ..reading.words import operations
from ..scene import Box, Cells, Shape
from ..text import SMALL, Line, Run, clean, dtype_text, line, number, shape_text
from ..theme import Style, Theme
from .badges import Said, badges_of
from .values import value_parts

SHOWABLE = frozenset({"op", "name", "shape", "dtype", "value", "grad", "bytes"})
PADDING = 9.0
HEIGHT = 28.0


class Boxes:
    """Makes the boxes of one picture.

    Args:
        reading: what is said.
        theme: the colours.
        as_nodes: ids of parameters that are drawn as nodes of their own, not as badges.
        tight: make what is wide narrow: for a page of a given width.
        names: what everything is called, if not as in the reading: then a box stands for the operations of a row,
            and shows no value.

    Attributes:
        colour: the number of the colour of each parameter.
    """

    def __init__(
        self,
        reading: Reading,
        theme: Theme,
        as_nodes: frozenset[int] = frozenset(),
        *,
        names: Names | None = None,
        tight: bool = False,
    ) -> None:
        self.reading = reading
        self.graph = reading.graph
        self.names = names or reading.names
        self.theme = theme
        self.as_nodes = as_nodes
        self.numbers = names is None
        self.tight = tight
        self.show = reading.show
        self._named = self.graph.tape.names
        self.colour = {leaf.id: position for position, leaf in enumerate(self.names.parameters)}
        self._leaf_names = {i: clean(leaf.name) for i, leaf in self.graph.leaves.items() if leaf.name}

    # -- operations ----------------------------------------------------------------------------

    def operation(
        self, node: Node, far: tuple[int, ...] = (), badges: Mapping[int, Said] = {}, *, tooltip: str = ""
    ) -> Box:
        """The box of an operation.

        Args:
            node: the operation.
            far: the positions of operands that no edge leads to; badges name them.
            badges: for the position of an operand what its badge says, where that is not the name of its source, and
                the operation it says it of; of an operation on any number of operands all that is said.
            tooltip: its form, if that is known.
        """
        return self._with_walk(self.copy(node, self.look(node, self._role(node), far, badges), tooltip))

    def copy(self, node: Node, look: Box, tooltip: str = "") -> Box:
        """The box of an operation that looks like another, given the form of the tooltips of both."""
        i, style, shape, lines, width, height = node.id, look.style, look.shape, look.lines, look.width, look.height
        about = (tooltip or self.tooltip_form(node)).format(i, *[operand[0] for operand in node.operands])
        before, after, cells, role = look.before, look.badges, look.cells, look.kind
        return Box(f"n{i}", style, shape, lines, width, height, before, after, about, 0.0, 0.0, "", cells, role, (i,))

    def _with_walk(self, box: Box) -> Box:
        """A box with the number of the walk whose gradient it says."""
        walk = self.reading.shown_walk(box.ids[0]) if box.has_gradient else None
        box.walk = 0 if walk is None else walk.number
        return box

    def unlike_others(self) -> set[int]:
        """The operations whose boxes may say something of their own: a name, a step, a value or a gradient."""
        names, nodes = self.names, self.graph.nodes
        if self.show is not DEFAULT or not self.graph.marked:
            return set(nodes)
        found = {i for i, node in nodes.items() if node.module or node.place or names.is_state(i)}
        found.update(i for i in names.total_at if i is not None)
        return found.union(names.losses, names.gathers, names.cited, filter(names.own_name, self._named))

    def look(self, node: Node, role: str, far: tuple[int, ...] = (), badges: Mapping[int, Said] = {}) -> Box:
        """The box of an operation without a name, a tooltip and ids; the arguments as of ``operation``."""
        lines, cells = self._content(node, role)
        before, after = badges_of(self, node, far, badges)
        shape: Shape = "box" if before or after else "round"
        width, height = size_of(lines, cells)
        width = float(ceil(width + 2 * PADDING))
        single = len(lines) == 1 and not cells
        if shape == "round" and role in ("op", "loss", "walk") and single and len(lines[0].plain) == 1:
            shape, width = "circle", HEIGHT
        if shape == "box":
            width = max(width - 4, 24.0)
        width += sum([badge.width for badge in (*before, *after)])
        high, style = HEIGHT if single else ceil(12 + height), self.theme.boxes[role]
        return Box("", style, shape, lines, width, high, before, after, cells=cells, kind=role)

    def _content(self, node: Node, role: str) -> tuple[tuple[Line, ...], tuple[Cells, ...]]:
        """What the box says: by its role, or exactly what was asked for."""
        if self.show is DEFAULT:
            return self._lines(node, role), ()
        names, show = self.names, self.show
        named = len(names.operation(node)) > 1 or role in ("state", "loss", "total")
        runs: list[Run | str] = []
        if "name" in show and named:
            runs += self.title(node, role)
        if ("op" in show and not node.place) or (node.module and not runs):
            runs += [*([" = "] if runs else []), names.sign(node, exact=self.numbers)]
        lines = [line(*(runs or [f"%{node.id}"]))]
        if not node.has_result:
            return (*lines, *self._inside(node)), ()
        extra, cells = self._facts(node.id, node.shape, node.dtype)
        return (*lines, *extra), cells

    def title(self, node: Node, role: str) -> Runs:
        """The name of a result without its operation."""
        names = self.names
        if role in ("total", "loss", "state"):
            return names.result(node.id, bold=True)
        return names.operation(node)[:-2]

    def _facts(self, i: int, shape: tuple[int, ...], dtype: Any) -> tuple[tuple[Line, ...], tuple[Cells, ...]]:
        """The lines and the cells about shape, dtype, value and gradient that were asked for."""
        graph, show = self.graph, self.show
        facts = [shape_text(shape)] * ("shape" in show) + [str(dtype)] * ("dtype" in show)
        lines = [line(" ".join(facts), size=SMALL, ink="muted")] if facts else []
        cells: list[Cells] = []
        parts: list[Line | Cells] = []
        if not self.numbers:
            return tuple(lines), ()
        if "value" in show:
            parts.append(value_parts(graph.value(i), self.theme, head="", missing="value not kept", ink="muted"))
        leaf = graph.leaves.get(i)
        if "grad" in show and (leaf is None or leaf.parameter):
            missing = "not computed" if graph.tape.inspect else "not kept"
            walk = self.reading.shown_walk(i)
            gradient = None if walk is None else walk.cotangents.get(i)
            parts.append(value_parts(gradient, self.theme, head="∇", missing=missing, ink="gradient"))
        for part in parts:
            if isinstance(part, Cells):
                cells.append(part)
            else:
                lines.append(part)
        return tuple(lines), tuple(cells)

    def _role(self, node: Node) -> str:
        names, i = self.names, node.id
        total = names.total_at.get(i)
        if total is not None and total.walk:
            return "total"
        if total is not None or i in names.losses or i in names.gathers:
            return "loss"
        if names.is_state(i):
            return "state"
        return "module" if node.module else "walk" if node.key.order else "op"

    def _lines(self, node: Node, role: str) -> tuple[Line, ...]:
        if node.module or node.place:
            return self._lines_of_module(node, role)
        graph, names = self.graph, self.names
        if role == "state" and graph.marked:
            sign = names.sign(node, exact=self.numbers)
            return (
                line(*names.state(node.id, bold=True), " = ", sign),
                line(shape_text(node.shape), size=SMALL, ink="muted"),
            )
        signs = names.operation(node, exact=self.numbers)
        if not graph.marked:
            return (line(*signs), *self._numbers(node))
        total = names.total_at.get(node.id)
        loss = total is None and node.id in names.losses
        if total is None and not loss:
            return (line(*signs),)
        beside = any(o.source in self.colour or (o.source is None and not o.shape) for o in node.operands)
        done = (line(signs[-1], size=SMALL, ink="muted"),) if beside else ()  # to what stands in a badge beside it
        title = names.loss(node.id) if total is None else names.total(total, bold=True)
        value = graph.scalar(node.id) if total is None else total.value
        if value is None or not self.numbers:
            return (line(*title, " = ", *signs),)
        text = number(value)
        return (line(*title, " = ", text) if loss else line(*title, f" = {text}"), *done)

    def _lines_of_module(self, node: Node, role: str) -> tuple[Line, ...]:
        """A module, or one of its results: what it is called or its value, and what is inside."""
        if self.reading.cells:
            return self._lines_of_cell(node, role)
        sign, marked = self.names.sign(node), self.graph.marked
        title: list[Run | str] = [*(self.title(node, role) if marked else self.names.operation(node)[:-2])]
        value = self.graph.scalar(node.id) if marked and role in ("loss", "total") and self.numbers else None
        lines = []
        if value is not None:
            lines.append(line(*title, f" = {number(value)}"))
            if node.module:
                lines.append(line(sign, size=SMALL, ink="muted"))
        elif node.module and title:
            lines.append(line(*title, " = ", sign))
        else:
            lines.append(line(*(title or [sign])))
        numbers = () if marked or node.shape or not node.has_result else self._value_and_gradient(node.id)
        return (*lines, *self._inside(node), *numbers)

    def _lines_of_cell(self, node: Node, role: str) -> tuple[Line, ...]:
        """A cell, or one of its results, in few words."""
        sign = line(self.names.sign(node), size=SMALL, ink="muted")
        value = self.graph.scalar(node.id) if role in ("loss", "total") and self.numbers and node.has_result else None
        title = self.title(node, role)
        if not title:
            return (line(self.names.sign(node)),)
        head = line(*title, f" = {number(value)}") if value is not None else line(*title)
        return (head, sign) if node.module else (head,)

    def _inside(self, node: Node) -> tuple[Line, ...]:
        """A line with the shape of a result and the number of operations in a module."""
        facts = [shape_text(node.shape)] * (node.has_result and node.shape != ())
        if node.module:
            facts.append(f"{node.records:,} operation{'s' * (node.records != 1)}")
        return (line(" · ".join(facts), size=SMALL, ink="muted"),) if facts else ()

    def _numbers(self, node: Node) -> tuple[Line, ...]:
        """A second line for a graph without steps: value and gradient of scalars, else the shape."""
        if node.shape:
            return (line(shape_text(node.shape), size=SMALL, ink="muted"),)
        return self._value_and_gradient(node.id)

    def _value_and_gradient(self, i: int) -> tuple[Line, ...]:
        lines = []
        value, walk = self.graph.scalar(i), self.reading.shown_walk(i)
        gradient = None if walk is None else walk.derivative(i)
        if value is not None:
            lines.append(line(number(value), size=SMALL, ink="muted"))
        if gradient is not None:
            lines.append(line(f"∇ {number(gradient)}", size=SMALL, ink="gradient"))
        return tuple(lines)

    def reference(self, node: Node) -> tuple[Style, Runs, str]:
        """A badge in place of a long edge: it names what was computed far away; with what that is."""
        role = "walk" if node.key.order else self._role(node)
        return self.theme.boxes[role], self.names.result(node.id), role

    def tooltip_form(self, node: Node) -> str:
        """The tooltip of an operation, with places for its id and those of its operands."""
        name = self.names.own_name(node.id) if node.id in self._named else ""
        head = f"{clean(name)} " if name else ""
        if node.module:
            path, part = " / ".join(map(clean, node.module.path)), node.module.part
            return _literal(f"{head}{path}{f', part {part}' if part else ''}: {operations(node.module)}")
        known = self._leaf_names
        inputs = listed(
            [
                "const" if o.source is None else _literal(known.get(o.source, "")) or f"%{{{place}}}"
                for place, o in enumerate(node.operands, 1)
            ]
        )
        op, result = _kind_of_result(node.op, node.shape, node.dtype)
        return f"{_literal(head)}%{{0}} = {_literal(op)}({inputs}), {result}"

    def _full_name(self, i: int) -> str:
        return self._leaf_names.get(i) or f"%{i}"

    def more(self, number: int, hidden: int) -> Box:
        """The box that stands for operations which are not shown."""
        text = line(f"⋯ {hidden:,} operations ⋯")
        style, width = self.theme.boxes["gap"], text.width + 2 * PADDING
        return Box(f"more{number}", style, "round", (text,), width, HEIGHT, kind="more")

    # -- leaves --------------------------------------------------------------------------------

    def data(self, name: str, runs: Runs, leaf: Leaf | None = None, *, zero: bool = False) -> Box:
        """The ellipse of an input or of a constant array."""
        lines: tuple[Line, ...] = (line(*runs, *self._of_start(leaf, zero)),)
        cells: tuple[Cells, ...] = ()
        if leaf is not None and self.show is not DEFAULT:
            extra, cells = self._facts(leaf.id, leaf.shape, leaf.dtype)
            lines += extra
        elif leaf is not None and not self.graph.marked:
            extra = self._value_and_gradient(leaf.id) if not leaf.shape else ()
            lines += extra or (line(shape_text(leaf.shape), size=SMALL, ink="muted"),)
        style = self.theme.boxes["constant" if leaf is None else "data"]
        if leaf is not None and leaf.parameter:
            style = self.parameter_style(leaf.id)
        tooltip, ids = "", () if leaf is None else (leaf.id,)
        if leaf is not None:
            tooltip = f"{self._full_name(leaf.id)}, {shape_text(leaf.shape)} {leaf.dtype}"
        width, height = size_of(lines, cells)
        if leaf is not None and leaf.parameter:
            width = max(width + 2 * PADDING, 38.0)
            height += 12.0
            box = Box(name, style, "round", lines, width, height, tooltip=tooltip, cells=cells, ids=ids)
            box.kind = "parameter"
            return self._with_walk(box)
        several = len(lines) + len(cells) > 1
        height = 18.0 + height if several else HEIGHT + 4
        width = max(width * (1.25 if several else 1.1) + 2 * PADDING, 38.0)
        shape: Shape = "round" if cells or len(lines) > 2 else "ellipse"
        box = Box(name, style, shape, lines, width, height, tooltip=tooltip, cells=cells, ids=ids)
        box.kind = "constant" if leaf is None else "data"
        return self._with_walk(box)

    def _of_start(self, leaf: Leaf | None, zero: bool) -> tuple[str, ...]:
        """What is said of the value of a leaf in the place of a state: a number, or that it is 0."""
        if leaf is None or leaf.parameter or not self.numbers or leaf.id not in self.names.replacing:
            return ()
        value = self.graph.scalar(leaf.id)
        if value is not None and self.show is DEFAULT and self.graph.marked:
            return (f" = {number(value)}",)
        return (" = 0",) if zero or self.reading.is_zero(leaf.id) else ()

    def parameter_style(self, i: int) -> Style:
        """The colours of a parameter."""
        return self.theme.parameter(self.colour[i])

    def parameter(self, leaf: Leaf) -> Box:
        """The parameter's box in the panel."""
        label = line(*self.names.parameter(leaf))
        cells: tuple[Cells, ...] = ()
        if "value" in self.show:
            part = value_parts(leaf.tensor.value, self.theme, head="", missing="", ink="")
            cells = (part,) if isinstance(part, Cells) else ()
        tooltip = f"{self._full_name(leaf.id)}, {shape_text(leaf.shape)} {leaf.dtype}"
        width = max(label.width + 16, 44.0, *(each.width + 12 for each in cells))
        height = 34.0 + sum(each.height for each in cells)
        style = self.parameter_style(leaf.id)
        name, ids = f"p{leaf.id}", (leaf.id,)
        return Box(name, style, "box", (label,), width, height, tooltip=tooltip, cells=cells, kind="parameter", ids=ids)


def size_of(lines: tuple[Line, ...], cells: tuple[Cells, ...]) -> tuple[float, float]:
    """The width and the height of what a box says."""
    parts: tuple[Line | Cells, ...] = (*lines, *cells)
    return max([part.width for part in parts]), sum([part.height for part in parts])


def _literal(text: str) -> str:
    """A text as part of a format."""
    return text.replace("{", "{{").replace("}", "}}")


@lru_cache(maxsize=1024)
def _kind_of_result(op: str, shape: tuple[int, ...], dtype: Any) -> tuple[str, str]:
    """What a tooltip says of a result that others have, too: the operation, and of what kind it is."""
    return clean(op), f"{shape_text(shape)} {dtype_text(dtype)}"
