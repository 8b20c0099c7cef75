"""Names in the player, of tensors, operands and calls: those of the picture, wherever it gives one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...words import listed
from ..graph.model import Graph, Node, Operand
from ..reading.settings import settings_text
from ..scene import Scene
from ..subscripts import plain, superscript
from ..text import clean, number, shorten
from .seen import Seen


class Called:
    """Names as plain characters, for the records of a graph."""

    def __init__(self, graph: Graph, scene: Scene, seen: Seen) -> None:
        self._graph = graph
        self._seen = seen
        self._labels = {i: label for i, label in _labels(scene) if label}
        self._namesakes = _namesakes(scene)

    def name(self, i: int) -> str:
        """What an id is called: as in the picture, else by its own name, else by its number."""
        leaf = self._graph.leaves.get(i)
        if leaf is not None:
            name = shorten(clean(leaf.name or ""), 24) or f"%{i}"
            return name if i not in self._namesakes else f"{name}{self._namesakes[i]}"
        return self._labels.get(i) or shorten(clean(self._seen.names.get(i, "")), 24) or f"%{i}"

    def call(self, node: Node) -> str:
        """How an operation was called."""
        operands = listed(node.operands, self.operand)
        return f"{clean(node.op)}({operands}{settings_text(*self._seen.recipes[node.id])})"

    def operand(self, operand: Operand) -> str:
        """What an operand is called, or the value of a constant."""
        if operand.source is not None:
            return self.name(operand.source)
        return "const" if operand.number is None else number(operand.number)


def _labels(scene: Scene) -> Iterable[tuple[int, str]]:
    """What boxes say about their own names: the part before the sign of equality."""
    for box in scene.boxes:
        if re.fullmatch(r"n\d+", box.name) and box.lines:
            text = plain(box.lines[0].runs)
            yield int(box.name[1:]), clean(text.partition(" = ")[0]) if " = " in text else ""


def _namesakes(scene: Scene) -> dict[int, str]:
    """For parameters that share their name the number that tells them apart in the picture."""
    last_runs = ((box.name[1:], box.lines[0].runs[-1]) for box in scene.boxes if re.fullmatch(r"p\d+", box.name))
    return {int(i): superscript(run.text) for i, run in last_runs if run.shift == "sup"}
