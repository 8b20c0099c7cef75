"""The content and the size of every box: text, badges, colours. Where it goes is decided elsewhere."""

from __future__ import annotations

from math import ceil

from .model import Graph, Leaf, Node, Operand
from .names import Names, Runs
from .roles import norm, scalar
from .scene import Badge, Box, Shape
from .text import SMALL, Line, Run, clean, line, number, shape_text, symbol
from .theme import Style, Theme

PADDING = 9.0
HEIGHT = 28.0
MOST_BADGES = 5
_SEPARATE = frozenset({"subtract", "divide", "power", "matmul"})  # the order of operands matters


class Boxes:
    """Makes the boxes of one picture.

    Args:
        graph: the graph.
        names: what everything is called.
        theme: the colours.
        as_nodes: ids of parameters that are drawn as nodes of their own, not as badges.
    """

    def __init__(self, graph: Graph, names: Names, theme: Theme, as_nodes: frozenset[int] = frozenset()) -> None:
        self.graph = graph
        self.names = names
        self.theme = theme
        self.as_nodes = as_nodes
        self._colour = {leaf.id: position for position, leaf in enumerate(names.parameters)}

    # -- operations ----------------------------------------------------------------------------

    def operation(self, node: Node, far: tuple[int, ...] = ()) -> Box:
        """The box of an operation; ``far`` are the positions of operands that no edge leads to."""
        role = self._role(node)
        lines = self._lines(node, role)
        before, after = self._badges(node, far)
        shape: Shape = "box" if before or after else "round"
        width = float(ceil(max(each.width for each in lines) + 2 * PADDING))
        if shape == "round" and role in ("op", "loss", "walk") and len(lines) == 1 and len(lines[0].plain) == 1:
            shape, width = "circle", HEIGHT
        if shape == "box":
            width = max(width - 4, 24.0)
        return Box(
            f"n{node.id}",
            self.theme.boxes[role],
            shape,
            lines,
            width + sum(badge.width for badge in (*before, *after)),
            HEIGHT if len(lines) == 1 else ceil(12 + sum(each.height for each in lines)),
            before=before,
            badges=after,
            tooltip=self._tooltip(node),
        )

    def _role(self, node: Node) -> str:
        names = self.names
        total = names.totals.get(node.key.segment)
        if total is not None and total.target == node.id:
            return "total"
        if node.id in names.losses or node.id in names.gathers:
            return "loss"
        if names.is_state(node.id):
            return "state"
        return "walk" if node.key.order else "op"

    def _lines(self, node: Node, role: str) -> tuple[Line, ...]:
        graph, names = self.graph, self.names
        sign = names.operation(node)
        total = names.totals.get(node.key.segment)
        if not graph.marked:
            return (line(*sign), *self._numbers(node))
        if role == "total" and total is not None:
            known = "" if total.value is None else number(total.value)
            return (
                line(
                    *names.total(total.segment.number, bold=True),
                    f" = {known}" if known else " = ",
                    *(() if known else sign),
                ),
            )
        if node.id in names.losses:
            value = scalar(graph, node.id)
            return (line(*names.loss(node.id), " = ", *(sign if value is None else (Run(number(value)),))),)
        if role == "state":
            muted = line(shape_text(node.shape), size=SMALL, ink="muted")
            return (line(*names.state(node.id, bold=True), " = ", sign[-1]), muted)
        return (line(*sign),)

    def _numbers(self, node: Node) -> tuple[Line, ...]:
        """A second line for a graph without steps: value and gradient of scalars, else the shape."""
        if node.shape:
            return (line(shape_text(node.shape), size=SMALL, ink="muted"),)
        return self._value_and_gradient(node.id)

    def _value_and_gradient(self, i: int) -> tuple[Line, ...]:
        lines = []
        value, gradient = scalar(self.graph, i), self.graph.cotangent(i)
        if value is not None:
            lines.append(line(number(value), size=SMALL, ink="muted"))
        if gradient is not None and gradient.size == 1:
            lines.append(line(f"∇ {number(float(gradient.reshape(())))}", size=SMALL, ink="gradient"))
        return tuple(lines)

    def _badges(self, node: Node, far: tuple[int, ...]) -> tuple[tuple[Badge, ...], tuple[Badge, ...]]:
        before: list[Badge] = []
        after: list[Badge] = []
        for position, operand in enumerate(node.operands):
            badge = self._badge(operand, position in far, node.id in self.names.gathers)
            if badge is not None:
                first = position == 0 and len(node.operands) > 1 and node.op in _SEPARATE
                (before if first else after).append(badge)
        if len(after) > MOST_BADGES:
            more = line(f"+{len(after) - MOST_BADGES + 1}", size=SMALL)
            after = [*after[: MOST_BADGES - 1], Badge(self.theme.boxes["constant"], more, ceil(more.width + 12))]
        return tuple(before), tuple(after)

    def _badge(self, operand: Operand, far: bool, alone: bool) -> Badge | None:
        """The badge of an operand; an operation that stands alone has one for its inputs too."""
        style = self.theme.boxes["constant"]
        runs: Runs | None = None
        i = operand.source
        if i is None:
            if operand.shape:
                return None
            runs = (Run(number(operand.number) if operand.number is not None else "const"),)
        elif i in self._colour and i not in self.names.initial:
            if i in self.as_nodes:
                return None
            style, runs = self.parameter_style(i), self.names.parameter(self.graph.leaves[i])
        elif alone and i in self.graph.leaves:
            value = scalar(self.graph, i)
            style = self.theme.boxes["data"]
            runs = symbol(self.graph.leaves[i].name or "x") if value is None else (Run(number(value)),)
        elif far and i in self.graph.nodes:
            style, runs = self._reference(self.graph.nodes[i])
        if runs is None:
            return None
        label = line(*runs)
        return Badge(style, label, max(ceil(label.width + 12), 24))

    def _reference(self, node: Node) -> tuple[Style, Runs]:
        """A badge in place of a long edge: it names what was computed far away."""
        names = self.names
        total = names.totals.get(node.key.segment)
        if total is not None and total.target == node.id:
            return self.theme.boxes["total"], names.total(total.segment.number)
        if node.id in names.losses:
            return self.theme.boxes["loss"], names.loss(node.id)
        if names.is_state(node.id):
            return self.theme.boxes["state"], names.state(node.id)
        named = node.id in self.graph.tape.names
        style = self.theme.boxes["walk" if node.key.order else "constant"]
        return style, names.operation(node)[:-2] if named else (Run(f"%{node.id}"),)

    def _tooltip(self, node: Node) -> str:
        name = self.graph.tape.names.get(node.id)
        head = f"{clean(name)} " if name else ""
        inputs = ", ".join("const" if o.source is None else self._full_name(o.source) for o in node.operands)
        return f"{head}%{node.id} = {clean(node.op)}({inputs}), {shape_text(node.shape)} {node.dtype}"

    def _full_name(self, i: int) -> str:
        leaf = self.graph.leaves.get(i)
        return clean(leaf.name) if leaf is not None and leaf.name else f"%{i}"

    def more(self, number: int, hidden: int) -> Box:
        """The box that stands for operations which are not shown."""
        text = line(f"⋯ {hidden:,} operations ⋯")
        return Box(f"more{number}", self.theme.boxes["gap"], "round", (text,), text.width + 2 * PADDING, HEIGHT)

    # -- leaves --------------------------------------------------------------------------------

    def data(self, name: str, runs: Runs, leaf: Leaf | None = None, *, zero: bool = False) -> Box:
        """The ellipse of an input or of a constant array."""
        lines: tuple[Line, ...] = (line(*runs, *((" = 0",) if zero else ())),)
        if leaf is not None and not self.graph.marked:
            extra = self._value_and_gradient(leaf.id) if not leaf.shape else ()
            lines += extra or (line(shape_text(leaf.shape), size=SMALL, ink="muted"),)
        style = self.theme.boxes["constant" if leaf is None else "data"]
        if leaf is not None and leaf.parameter:
            style = self.parameter_style(leaf.id)
        tooltip = ""
        if leaf is not None:
            tooltip = f"{self._full_name(leaf.id)}, {shape_text(leaf.shape)} {leaf.dtype}"
        if leaf is not None and leaf.parameter:
            width = max(max(each.width for each in lines) + 2 * PADDING, 38.0)
            return Box(name, style, "round", lines, width, 12.0 + sum(each.height for each in lines), tooltip=tooltip)
        height = HEIGHT + 4 if len(lines) == 1 else 18.0 + sum(each.height for each in lines)
        width = max(max(each.width for each in lines) * (1.25 if len(lines) > 1 else 1.1) + 2 * PADDING, 38.0)
        return Box(name, style, "ellipse", lines, width, height, tooltip=tooltip)

    def parameter_style(self, i: int) -> Style:
        """The colours of a parameter."""
        return self.theme.parameters[self._colour[i] % len(self.theme.parameters)]

    def parameter(self, leaf: Leaf) -> Box:
        """The parameter's box in the panel."""
        label = line(*self.names.parameter(leaf))
        tooltip = f"{self._full_name(leaf.id)}, {shape_text(leaf.shape)} {leaf.dtype}"
        width = max(label.width + 16, 44.0)
        return Box(f"p{leaf.id}", self.parameter_style(leaf.id), "box", (label,), width, 34.0, tooltip=tooltip)

    # -- totals and gradients ------------------------------------------------------------------

    def synthetic_total(self, position: int) -> Box:
        """The box of a total that the walk itself added up from several losses."""
        total = self.names.totals[position]
        parts: list[Run | str] = [*self.names.total(total.segment.number, bold=True)]
        if total.rule:
            parts += [f" = {total.rule} ", *(Run("ℓ"), Run("t", italic=True, shift="sub"))]
        if total.value is not None:
            parts.append(f" = {number(total.value)}")
        text = line(*parts)
        style = self.theme.boxes["total"]
        return Box(f"L{total.segment.number}", style, "round", (text,), text.width + 2 * PADDING, HEIGHT + 2)

    def gradient(self, i: int) -> Box:
        """The norm of the cotangent of a state, or that it was not computed."""
        node = self.graph.nodes[i]
        size = norm(self.graph, i)
        total = self.names.total(self.graph.segment_of(node.key).number)
        runs: tuple[Run, ...] = (Run("∂"), *total, Run("/∂"), *self.names.state(i))
        if size is None:
            text = line(*runs, " not computed", size=12, ink="gradient")
        else:
            text = line("‖", *runs, f"‖ {number(size)}", size=12, ink="gradient")
        style = self.theme.boxes["gradient"]
        return Box(f"g{i}", style, "round", (text,), text.width + 14, 25.0)
