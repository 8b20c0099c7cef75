"""The badges of operations: operands that no edge leads to."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING

from ..graph.model import Node, Operand
from ..reading.names import Runs
from ..scene import Badge
from ..text import SMALL, Run, line, number, symbol

if TYPE_CHECKING:
    from .boxes import Boxes

MOST_BADGES = 5
STRIPE = 10.0  # width of the colour of a parameter at a cell
Said = tuple[Runs, int | None]
_SEPARATE = frozenset({"subtract", "divide", "power", "matmul", "linear"})  # the order of operands matters


def badges_of(
    boxes: Boxes, node: Node, far: tuple[int, ...], badges: Mapping[int, Said]
) -> tuple[tuple[Badge, ...], tuple[Badge, ...]]:
    """The badges to the left and to the right of an operation; ``far`` and ``badges`` as in ``Boxes.operation``."""
    before: list[Badge] = []
    after: list[Badge] = []
    several = bool(node.operands) and not node.operands[0].name
    after += [_said(boxes, said) for said in badges.values()] if several else []
    for position, operand in enumerate(node.operands):
        badge = _badge(boxes, operand, position in far, node.id in boxes.names.gathers)
        if position in badges and not several:
            badge = _said(boxes, badges[position])
        if badge is not None:
            first = position == 0 and len(node.operands) > 1 and node.op in _SEPARATE
            (before if first else after).append(badge)
    stripes = [badge for badge in after if not badge.line.plain]
    after = [badge for badge in after if badge.line.plain]
    if len(after) > MOST_BADGES:
        more = line(f"+{len(after) - MOST_BADGES + 1}", size=SMALL)
        style = boxes.theme.boxes["module" if node.module else "constant"]
        after = [*after[: MOST_BADGES - 1], Badge(style, more, ceil(more.width + 12))]
    after += stripes
    return tuple(before), tuple(after)


def _said(boxes: Boxes, said: Said) -> Badge:
    """A badge that says what it is told of an operation, or of a constant."""
    runs, source = said
    label, style, kind = line(*runs), boxes.theme.boxes["constant"], "constant"
    if source is not None:
        style, _, kind = boxes.reference(boxes.graph.nodes[source])
    return Badge(style, label, max(ceil(label.width + 12), 24), kind)


def _badge(boxes: Boxes, operand: Operand, far: bool, alone: bool) -> Badge | None:
    """The badge of an operand; an operation that stands alone has one for its inputs too."""
    style, kind = boxes.theme.boxes["constant"], "constant"
    runs: Runs | None = None
    i = operand.source
    if i is None:
        if operand.shape:
            return None
        runs = (Run(number(operand.number) if operand.number is not None else "const"),)
    elif i in boxes.colour and i not in boxes.names.starts:
        if i in boxes.as_nodes:
            return None
        style, runs, kind = boxes.parameter_style(i), boxes.names.parameter(boxes.graph.leaves[i]), "parameter"
    elif alone and i in boxes.graph.leaves:
        value = boxes.graph.scalar(i)
        style, kind = boxes.theme.boxes["data"], "data"
        runs = symbol(boxes.graph.leaves[i].name or "x") if value is None else (Run(number(value)),)
    elif far and i in boxes.graph.nodes:
        style, runs, kind = boxes.reference(boxes.graph.nodes[i])
    if runs is None:
        return None
    if boxes.reading.cells and kind == "parameter":
        return Badge(style, line(""), STRIPE, kind)
    label = line(*runs)
    return Badge(style, label, max(ceil(label.width + 12), 24), kind)
