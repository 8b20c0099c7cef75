"""The tape as a player tells it: as it was when the picture was made."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from ...engine.record import Record
from ..graph.model import Graph
from ..graph.walks import Walk
from ..reading.reading import Reading
from ..scene import Scene
from ..text import many

MOST_WALKS = 60
_OPERATIONS = frozenset({"op", "state", "loss", "total", "walk", "module"})  # kinds of boxes that stand for records


class Dropped(NamedTuple):
    """A cut that is remembered.

    Attributes:
        number: from 1.
        ids: the first id that did not exist when it was made.
        records: the number of records that it dropped.
        kept: the bytes that each record kept alive before it.
    """

    number: int
    ids: int
    records: int
    kept: Mapping[int, int]


class Seen:
    """What a story needs to know about a tape that will change, as it was when the picture was made.

    Attributes:
        modules: the title of the module that an id lies in.
        records: by id; what a walk will free of them is not looked at.
        walks: the backward walks that are told about: of very many the oldest and the newest.
        names, mark_names: given to ids and to steps.
        about: how much there is, in a few words.
        inspected: whether the tape remembers when its walks and its cuts were made.
        cut: whether the tape was ever cut.
        cuts: those that are remembered, oldest first.
    """

    def __init__(self, reading: Reading, scene: Scene) -> None:
        graph, tape = reading.graph, reading.graph.tape
        self._graph, self._scene = graph, scene
        self.modules = {i: node.op for node in graph.nodes.values() if node.module for i in node.module.members}
        kept = [*(past.records for past in tape.history), tape.records]
        self.records: dict[int, Record] = {record.out: record for records in kept for record in records}
        self.walks = _few([walk for walk in reading.walks if walk.reached])
        self.names, self.mark_names = dict(tape.names), dict(tape.mark_names)
        self.inspected = tape.inspect
        self.cut = tape.cuts > 0
        amounts = [(len(graph.whole.nodes), "record"), (tape.step, "step"), (tape.cuts, "cut")]
        self.about = " · ".join(many(count, what) for count, what in amounts if count or what == "record")
        self.cuts = [Dropped(past.cut.number, past.ids, len(past.records), past.kept) for past in tape.history]

    @cached_property
    def data(self) -> dict[int, list[str]]:
        """The names of the boxes of each leaf."""
        return _names_of(self._scene, frozenset({"data", "parameter"}))

    @cached_property
    def results(self) -> dict[int, list[str]]:
        """The names of the boxes that stand for the result of an id."""
        nodes, own = self._graph.nodes, _names_of(self._scene, _OPERATIONS)
        return {i: names for i, names in own.items() if i in nodes and nodes[i].has_result}

    @cached_property
    def boxes(self) -> dict[int, list[str]]:
        """The names of the boxes of each id that is told about: its own, of its row in a fold, and of its module."""
        return _with_modules(self._graph, _names_of(self._scene, _OPERATIONS))


def _names_of(scene: Scene, kinds: Container[str]) -> dict[int, list[str]]:
    """The names of the boxes of some kinds that stand for each id."""
    found: dict[int, list[str]] = {}
    for box in scene.boxes:
        for i in box.ids if box.kind in kinds and box.name else ():
            found.setdefault(i, []).append(box.name)
    return found


def _few(walks: list[Walk]) -> list[Walk]:
    return walks if len(walks) <= MOST_WALKS else walks[: MOST_WALKS // 2] + walks[-MOST_WALKS // 2 :]


def _with_modules(graph: Graph, own: dict[int, list[str]]) -> dict[int, list[str]]:
    boxes = dict(own)
    for node in graph.nodes.values():
        members: Iterable[int] = node.module.members if node.module and node.id in own else ()
        for i in members:
            boxes[i] = list(dict.fromkeys([*own.get(i, ()), *own[node.id]]))
    return dict(sorted(boxes.items()))
