"""A walk as a player tells it: how it goes back through one record, and what it has done in the end."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.model import Graph, Node, Operand
from ..graph.walks import Walk
from ..reading.lanes import cut_of
from ..scene import Scene
from ..text import clean, number, shorten
from .called import Called
from .formulas import formula, rule_in_words
from .frames import Frame, Handed
from .handed import HandedOn
from .seen import Seen

MOST_LISTED = 16  # parameters with their numbers at the end of a walk
MOST_NAMED = 8


class Pulls:
    """Makes the frames of walks.

    Args:
        graph: what was recorded, with a node for every record.
        scene: the picture.
        seen: how everything was called.
        called: names.
    """

    def __init__(self, graph: Graph, scene: Scene, seen: Seen, called: Called) -> None:
        self._graph = graph
        self._seen = seen
        self._called = called
        self._handed = HandedOn(graph, seen)
        self._depends: tuple[int, set[int]] | None = None  # of the newest walk that was told
        self._targets: dict[str, set[str]] = {}  # of the edges of each box
        for path in scene.paths:
            if path.source and path.target:
                self._targets.setdefault(path.source, set()).add(path.target)

    def through(self, node: Node, walk: Walk, rows: Mapping[int, int]) -> Frame:
        """How a walk goes back through a record.

        Args:
            node: the record.
            walk: the walk.
            rows: the row of the printed tape of each record.
        """
        record = self._seen.records[node.id]
        plan, params = record.plan, record.params
        boxes = self._seen.boxes[node.id]
        ruled = {argnum for argnum, _, _ in plan.rules}
        shapes = [operand.shape for operand in node.operands]
        rules = []
        receives: list[str] = []
        for place, operand in enumerate(node.operands):
            remark = self._remark(operand, walk)
            if place not in ruled:
                remark = remark or "no derivative"
            text = "" if remark else formula(plan.primitive, place, shapes, params, node.shape)
            numbers = self._handed.numbers(node, place, text, walk) if text else ""
            rules.append(Handed(clean(operand.name), self._called.operand(operand), text, remark, numbers))
            if text and operand.source is not None:
                receives += self._boxes_of(operand.source, boxes)
        passed = sum(1 for rule in rules if rule.formula)
        name = self._called.name(node.id)
        verb = f"its rule hands on to {passed} operand{'s' * (passed > 1)}"
        if not passed:
            verb = "it was asked for, and the walk ends here"
        words = rule_in_words(plan.primitive) if passed else ""
        inside = self.inside(node.id)
        frame = Frame("pull", f"Back through {name} = {self._called.call(node)}")
        frame.text = f"The cotangent ḡ of {name} arrives; {verb}. {words}".strip() + inside
        frame.boxes, frame.row, frame.rules = boxes, rows[node.id], rules
        frame.arrives, frame.norm = self._arrives(node.id, walk)
        frame.receives = list(dict.fromkeys(receives))
        frame.sized = self._seen.results.get(node.id, [])
        return frame

    def inside(self, i: int) -> str:
        """In which module an operation lies, where that is one box."""
        return f" It is inside {shorten(clean(self._seen.modules[i]), 40)}." if i in self._seen.modules else ""

    def _boxes_of(self, i: int, targets: list[str]) -> list[str]:
        """The boxes of an operand from which an edge leads to these; of a parameter without edges that in the panel."""
        boxes = [*self._seen.boxes.get(i, ()), *self._seen.data.get(i, ())]
        near = [box for box in boxes if not self._targets.get(box, set()).isdisjoint(targets)]
        return near or [box for box in boxes if i in self._graph.nodes or box not in self._targets]

    def _arrives(self, i: int, walk: Walk) -> tuple[str, str]:
        """The cotangent of an id in words, and its norm."""
        size, scalar = walk.norm(i), walk.derivative(i)
        if size is None:
            return "‖ḡ‖: not kept (inspect=True keeps it)", ""
        if scalar is not None and not self._graph.nodes[i].shape:
            return f"ḡ = {number(scalar)}", number(size)
        return f"‖ḡ‖ = {number(size)}", number(size)

    def _remark(self, operand: Operand, walk: Walk) -> str:
        """Why an operand receives no gradient; "" if it does."""
        i = operand.source
        if i is None:
            return "a constant"
        if i in walk.received:
            return ""
        if i in self._graph.leaves:
            return "not asked for" if self._graph.leaves[i].parameter else "an input: not asked for"
        if i not in self._graph.nodes or cut_of(self._graph, i) <= walk.cuts:
            return "computed before the cut: the gradient stops here"
        if i < walk.border or i in self._dependent(walk):
            return "this walk does not go back to it: the gradient stops here"
        return "nothing that was asked for lies behind it"

    def _dependent(self, walk: Walk) -> set[int]:
        """What depends on something that a walk was asked for, by records that the tape held then."""
        if self._depends is None or self._depends[0] != walk.number:
            found = set(walk.sources)
            for node in self._graph.nodes.values():
                held = walk.border <= node.id < walk.ids
                if held and any(operand.flows and operand.source in found for operand in node.operands):
                    found.add(node.id)
            self._depends = walk.number, found
        return self._depends[1]

    def done(self, walk: Walk) -> Frame:
        """What a walk has done in the end."""
        leaves = [self._graph.leaves[i] for i in sorted(walk.received) if i in self._graph.leaves]
        rules: list[Handed] = []
        for leaf in leaves[:MOST_LISTED]:
            size, scalar = walk.norm(leaf.id), walk.derivative(leaf.id)
            if size is not None:
                known = f"ḡ = {number(scalar)}" if scalar is not None and not leaf.shape else f"‖ḡ‖ = {number(size)}"
                rules.append(Handed("", self._called.name(leaf.id), "", known))
        names = ", ".join(self._called.name(leaf.id) for leaf in leaves[:MOST_NAMED])
        more = f" and {len(leaves) - MOST_NAMED} more" if len(leaves) > MOST_NAMED else ""
        text = f"Gradients reached {names}{more}." if names else "What the walk reached is shown in the picture."
        return Frame("done", "The walk is done", text, rules=rules)
