"""What operations hand on in a walk: the formulas of their rules with numbers put in, where that is proven.

A substitution is said only if the formula gives what the rule gives, and if all that an operand receives in the walk
adds up to the cotangent that arrived there.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import Any

import numpy as np

from ..graph.model import Graph, Node
from ..graph.walks import Walk
from ..text import is_rounded, number
from .formulas import formula, is_ours
from .grammar import parsed
from .seen import Seen
from .substitution import Shape, UnknownError, shape_said, value, with_numbers, with_shapes


class HandedOn:
    """Substitutions in the formulas of one tape.

    Args:
        graph: what was recorded, with a node for every record.
        seen: how everything was called.
    """

    def __init__(self, graph: Graph, seen: Seen) -> None:
        self._graph = graph
        self._seen = seen

    def numbers(self, node: Node, place: int, text: str, walk: Walk) -> str:
        """A formula with its numbers put in: those of scalars, else the shapes of arrays; "" if they are not known.

        Args:
            node: the operation.
            place: of the operand.
            text: the formula for it.
            walk: the walk.
        """
        shapes = [operand.shape or () for operand in node.operands]
        if not node.shape and not any(shapes):
            return self._with_numbers(node, place, text, walk)
        return self._with_shapes(node, place, text, walk)

    # -- scalars -------------------------------------------------------------------------------

    def _with_numbers(self, node: Node, place: int, text: str, walk: Walk) -> str:
        tree = parsed(text)
        source = node.operands[place].source
        names = self._scalars(node, walk)
        handed = self._handed(node, place, walk)
        if tree is None or source is None or handed is None:
            return ""
        try:
            if not _close(value(tree, names), handed, node):
                return ""
            said = with_numbers(tree, names)
        except UnknownError:
            return ""
        parts = self._received(source, walk)
        total = walk.derivative(source)
        if parts is None or total is None or not _close(sum(parts), total, node):
            return ""
        if len(parts) == 1:
            return said
        sign = "≈" if is_rounded(total) or is_rounded(handed) else "="
        return f"{said}, {number(handed)} + … {sign} {number(total)}"

    def _scalars(self, node: Node, walk: Walk) -> dict[str, float]:
        """What a formula of an operation may name, as far as it is a known number."""
        names: dict[str, float | None] = {"ḡ": walk.derivative(node.id), "out": self._graph.scalar(node.id)}
        for operand in node.operands:
            i = operand.source
            names[operand.name] = operand.number if i is None else self._graph.scalar(i)
        return {name: each for name, each in names.items() if each is not None}

    def _received(self, i: int, walk: Walk) -> list[float] | None:
        """All that an id of one entry received in a walk; ``None`` if that is not known."""
        parts = []
        if i in walk.seeds:
            if walk.seeds[i].size != 1:
                return None
            parts.append(float(walk.seeds[i].item()))
        for use in self._graph.uses.get(i, ()):
            if use.target not in walk.received:
                continue
            plan = self._seen.records[use.target].plan
            if use.position in {argnum for argnum, _, _ in plan.rules} and not self._ends_at(use.target, walk):
                handed = self._handed(self._graph.nodes[use.target], use.position, walk)
                if handed is None:
                    return None
                parts.append(handed)
        return parts

    def _ends_at(self, i: int, walk: Walk) -> bool:
        """Whether a walk ends at a record: it was asked for, and nothing behind it was."""
        return walk.received.isdisjoint(o.source for o in self._graph.nodes[i].operands if o.source is not None)

    def _handed(self, node: Node, place: int, walk: Walk) -> float | None:
        """What the rule for a scalar operand returns; where it needs more than is known, what its formula gives."""
        record = self._seen.records[node.id]
        primitive = record.plan.primitive
        shapes = [operand.shape for operand in node.operands]
        if node.shape or any(shapes) or node.id not in walk.cotangents or not is_ours(primitive):
            return None
        settings = {**primitive.defaults, **record.params}
        residuals: list[Any] = []
        for kind, which in record.plan.saves:
            known: Mapping[str, Any] = {
                "operand": lambda k: self._array(node, k),
                "out": lambda _: self._graph.value(node.id),
                "shape": lambda k: shapes[k] or (),
                "shapes": lambda _: tuple(shape or () for shape in shapes),
                "param": lambda k: settings.get(primitive.params[k]),
            }
            found = known[kind](which) if kind in known else None
            if found is None:
                return self._by_formula(node, place, walk)
            residuals.append(found)
        g = walk.cotangents[node.id]
        with np.errstate(all="ignore"):
            for argnum, rule, which in record.plan.rules_at(g, tuple(residuals)):
                if argnum == place:
                    return float(np.asarray(rule(g, *[residuals[k] for k in which])).sum())
        return None

    def _by_formula(self, node: Node, place: int, walk: Walk) -> float | None:
        record = self._seen.records[node.id]
        shapes = [operand.shape for operand in node.operands]
        tree = parsed(formula(record.plan.primitive, place, shapes, record.params, node.shape))
        try:
            return None if tree is None else value(tree, self._scalars(node, walk))
        except UnknownError:
            return None

    def _array(self, node: Node, place: int) -> Any:
        operand = node.operands[place]
        return operand.number if operand.source is None else self._graph.value(operand.source)

    # -- arrays --------------------------------------------------------------------------------

    def _with_shapes(self, node: Node, place: int, text: str, walk: Walk) -> str:
        result: Shape = node.operands[place].shape or ()
        tree = parsed(text)
        shapes = {operand.name: operand.shape or () for operand in node.operands}
        shapes |= {"ḡ": node.shape, "out": node.shape}
        if tree is not None:
            try:
                return with_shapes(tree, shapes, self._scalars(node, walk), result)
            except UnknownError:
                pass
        return f"{shape_said(node.shape)} → {shape_said(result)}"


def _close(x: float, y: float, node: Node) -> bool:
    """Whether two numbers are equal up to rounding in the precision of an operation."""
    tolerance = float(np.finfo(node.dtype).eps) ** 0.5 if node.dtype.kind == "f" else 0.0
    return isclose(x, y, rel_tol=tolerance, abs_tol=tolerance * 1e-3)
