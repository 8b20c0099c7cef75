"""The tape as a player tells it: as it was when the picture was made."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ...engine.plan import Plan
from ...engine.tape import Tape
from ..graph.model import Graph
from ..graph.roles import find_initial_states, find_totals
from ..graph.walks import find_walks
from ..reading.view import Steps, make_view
from ..scene import Scene
from ..text import many


class Recipe(NamedTuple):
    """How an operation was called."""

    plan: Plan
    params: dict[str, Any]


class Seen:
    """What a story needs to know about a tape that will change, as it was when the picture was made.

    Attributes:
        boxes: the names of the boxes of each id that is told about: its own, that of its row in a fold, and that of
            the module that it lies in.
        results: the boxes among them that stand for its result.
        modules: the title of the module that an id lies in.
        recipes: how each operation in the picture was called.
        walks: the backward walks that are told about, with the norms of their cotangents.
        names, mark_names: given to ids and to steps.
        about: how much there is, in a few words.
        cut: whether the tape was ever cut.
        cuts: for each kept cut its number, the id of the last record that it dropped, and the number of those records.
    """

    def __init__(self, graph: Graph, scene: Scene, steps: Steps = None) -> None:
        tape: Tape = graph.tape
        own = _own_boxes(graph, scene, steps)
        self.results = {i: names for i, names in own.items() if i in graph.nodes and graph.nodes[i].has_result}
        self.boxes = _boxes(graph, own)
        self.modules = {i: node.op for node in graph.nodes.values() if node.module for i in node.module.members}
        kept = [*(past.records for past in tape.history), tape.records]
        self.recipes = {
            record.out: Recipe(record.plan, record.params)
            for records in kept
            for record in records
            if record.out in self.boxes
        }
        self.walks = find_walks(tape)
        self.names, self.mark_names = dict(tape.names), dict(tape.mark_names)
        self.cut = tape.cuts > 0
        amounts = [(len(graph.whole.nodes), "record"), (tape.step, "step"), (tape.cuts, "cut")]
        self.about = " · ".join(many(count, what) for count, what in amounts if count or what == "record")
        self.cuts = [
            (past.cut.number, past.records[-1].out if past.records else -1, len(past.records)) for past in tape.history
        ]


def _own_boxes(graph: Graph, scene: Scene, steps: Steps) -> dict[int, list[str]]:
    boxes = {int(box.name[1:]): [box.name] for box in scene.boxes if re.fullmatch(r"n\d+", box.name)}
    folds = {box.name for box in scene.boxes if box.name.startswith("fold-op-")}
    if folds:
        view = make_view(graph, find_initial_states(graph, find_totals(graph)), steps)
        for i in sorted(view.shown):
            group, slot = view.slot_of.get(i, ("", -1))
            name = f"fold-op-{slot}-0"
            if group == "step" and name in folds:
                boxes.setdefault(i, []).append(name)
    return boxes


def _boxes(graph: Graph, own: dict[int, list[str]]) -> dict[int, list[str]]:
    boxes = dict(own)
    for node in graph.nodes.values():
        for i in node.module.members if node.module and node.id in own else ():
            boxes[i] = list(dict.fromkeys([*own.get(i, ()), *own[node.id]]))
    return dict(sorted(boxes.items()))
