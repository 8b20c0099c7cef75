"""The story of a tape, step by step: each record, each backward walk, each cut.

Plain data that a player shows beside the picture; see ``html_page.py`` for the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from ...engine.primitive import Primitive
from ..graph.model import Graph, Key, Node, Operand
from ..graph.walks import Walk
from ..reading.reading import Reading
from ..scene import Scene
from ..text import clean, many, number, shape_text, shorten
from .called import Called
from .formulas import formula, rule_in_words, shape_of, summary
from .reveal import appearances
from .seen import Seen


@dataclass(slots=True)
class Frame:
    """One moment.

    Attributes:
        kind: ``start``, ``record``, ``gap``, ``walk``, ``pull``, ``skip``, ``done`` or ``cut``.
        title, text: what happens.
        boxes: of the operation it happens to.
        row: the row of the printed tape.
        rules: for each operand what the primitive calls it, its name, the formula of what it receives, and a
            remark where it receives nothing.
        norm: of the cotangent that arrived.
        receives: the boxes that receive a gradient.
        sized: the boxes at which the norm stands.
    """

    kind: str
    title: str
    text: str = ""
    boxes: list[str] = field(default_factory=list)
    row: int = -1
    rules: list[tuple[str, str, str, str]] = field(default_factory=list)
    norm: str = ""
    receives: list[str] = field(default_factory=list)
    sized: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """A line of the printed tape; ``alike`` is the same for the copies of an operation at other steps."""

    kind: str
    cells: tuple[str, ...]
    boxes: list[str] = field(default_factory=list)
    frame: int = 0
    alike: str = ""


class Story:
    """The frames and the printed tape of one picture.

    Attributes:
        frames: in the order in which they happened.
        rows: of the printed tape.
        appears: the frame at which each box of the picture appears; the others are there from the start.
        uses: for the box of each parameter the boxes of the operations that use it.
        chapters: what happened in a few words, each with its first frame: recording, walks and cuts.
    """

    def __init__(self, reading: Reading, scene: Scene, seen: Seen) -> None:
        self._graph = graph = reading.graph.whole
        self._keys = {i: reading.graph.nodes[node].key for i, node in reading.graph.node_of.items()}
        self._seen = seen
        self._called = Called(reading.names, graph, seen)
        self._alike = _alike(reading.graph, graph)
        self._row_of: dict[int, int] = {}
        self.rows: list[Row] = []
        self.frames: list[Frame] = [self._start(scene)]
        self._recorded: dict[int, int] = {}
        self.chapters: list[tuple[str, int]] = [("start", 0)]
        self._cut_frames: dict[int, int] = {}
        self._walk_frames: dict[int, int] = {}
        self._pulled: dict[tuple[int, int], int] = {}
        self._told = 0
        recording = False
        for kind, what in self._events():
            if kind == "record" and not recording:
                self.chapters.append(("recording", len(self.frames)))
            recording = kind == "record"
            if kind == "record":
                self._add_records(what)
            elif kind == "walk":
                self._add_walk(what)
            else:
                self._add_cut(*what)
        self.appears = appearances(
            scene, self._recorded, pulled=self._pulled, walks=self._walk_frames, cuts=self._cut_frames, graph=graph
        )
        self.uses = {
            name: [box for use in graph.uses.get(leaf.id, ()) for box in seen.boxes.get(use.target, ())]
            for leaf in graph.leaves.values()
            if leaf.parameter
            for name in seen.data.get(leaf.id, ())
        }

    # -- what happened, in order ---------------------------------------------------------------

    def _events(self) -> Iterator[tuple[str, Any]]:
        """Stretches of records that are shown or not, walks and cuts, in order of time."""
        times: list[tuple[int, int, str, Any]] = [(i, 0, "record", i) for i in self._graph.nodes]
        forgotten = self._graph.forgotten
        started = {walk.cuts - forgotten: walk.ids - 1 for walk in self._seen.walks}
        times += [(walk.ids - 1, 1, "walk", walk) for walk in self._seen.walks]
        for position, (cut, last, dropped) in enumerate(self._seen.cuts):
            if last >= 0:
                times.append((max(last, started.get(position, -1)), 2, "cut", (cut, position, dropped)))
        times.sort(key=lambda event: event[:2])
        for (kind, _), group in groupby(times, key=lambda event: (event[2], self._stretch(event))):
            if kind == "record":
                yield kind, [event[3] for event in group]
            else:
                yield from ((kind, event[3]) for event in group)

    def _stretch(self, event: tuple[int, int, str, Any]) -> Any:
        if event[2] != "record":
            return event[:2]
        key = self._keys[event[3]]
        return ("shown", key) if event[3] in self._seen.boxes else "hidden"

    # -- frames --------------------------------------------------------------------------------

    def _start(self, scene: Scene) -> Frame:
        graph = self._graph
        text = "Each operation appends one record to the tape. Play it, or go step by step."
        if graph.forgotten:
            text = f"The records before cut {graph.forgotten} were not kept. {text}"
        if not graph.nodes:
            text = "Nothing has been recorded on this tape."
        return Frame("start", clean(scene.title) or self._seen.about, text)

    def _add_records(self, ids: list[int]) -> None:
        first = self._graph.nodes[ids[0]]
        if ids[0] not in self._seen.boxes:
            text = f"⋯ {many(len(ids), 'record')} ⋯"
            self.rows.append(Row("gap", (text,), frame=len(self.frames)))
            self._row_of.update(dict.fromkeys(ids, len(self.rows) - 1))
            steps = {self._keys[i].step for i in ids} - {0}
            where = f" of {many(len(steps), 'step')}" if len(steps) > 1 else ""
            title = f"{many(len(ids), 'record')}{where}"
            self.frames.append(Frame("gap", title, "They are not in the picture.", row=len(self.rows) - 1))
            return
        caption = self._caption(first)
        if caption and (not self.rows or self.rows[-1].cells != (caption,)):
            self.rows.append(Row("head", (caption,)))
        for i in ids:
            self._add_record(self._graph.nodes[i])

    def _caption(self, node: Node) -> str:
        key = self._keys[node.id]
        if key.order:
            return "recorded by a backward walk"
        if not key.step:
            parts = [other.part for other in self._keys.values() if other.step and not other.order]
            return "" if not parts else "before the loop" if key.part < min(parts) else "after the last step"
        name = self._seen.mark_names.get(key.step)
        return f"step {key.step}" + (f" · {shorten(clean(name), 24)}" if name else "")

    def _add_record(self, node: Node) -> None:
        plan, boxes = self._seen.recipes[node.id].plan, self._seen.boxes[node.id]
        call = self._called.call(node)
        name = self._seen.names.get(node.id)
        cells = (f"%{node.id}", (f"{shorten(clean(name))} = " if name else "") + call, shape_text(node.shape))
        self._row_of[node.id] = len(self.rows)
        self._recorded[node.id] = len(self.frames)
        text = f"{summary(plan.primitive)} The result has shape {shape_of(node.shape)}, {node.dtype}."
        if not node.shape:
            text = f"{summary(plan.primitive)} The result is a scalar, {node.dtype}."
        saves = sorted({_saved(plan.primitive, *source) for source in plan.saves} - {""})
        if saves:
            text += f" The tape keeps {' and '.join(saves)} for the backward walk."
        elif plan.rules and plan.primitive.rules:
            text += " Its rules need no array: the tape keeps nothing."
        text += self._inside(node.id)
        frame = len(self.frames)
        self.rows.append(Row("record", cells, boxes, frame, self._alike[node.id]))
        self.frames.append(
            Frame("record", f"{self._called.name(node.id)} = {call}", text.strip(), boxes, len(self.rows) - 1)
        )

    def _inside(self, i: int) -> str:
        """In which module an operation lies, where that is one box."""
        return f" It is inside {shorten(clean(self._seen.modules[i]), 40)}." if i in self._seen.modules else ""

    def _add_walk(self, walk: Walk) -> None:
        targets = [self._called.name(i) for i in walk.targets]
        heads = ", ".join(targets[:4]) + (f" and {len(targets) - 4} more" if len(targets) > 4 else "")
        if walk.number > self._told + 1:
            between = many(walk.number - self._told - 1, "walk")
            self.frames.append(Frame("skip", f"{between} more", "They are not played."))
        self._told = walk.number
        window = f"window {walk.cuts + 1}" if self._seen.cut else ""
        over = f" over {window}" if window else ""
        count = self._seen.walks[-1].number
        which = f"walk {walk.number:,} of {count:,}" if count > 1 else ""
        self._walk_frames[walk.number] = len(self.frames)
        chapter = [f"walk {walk.number:,}" if which else "walk", *filter(None, [window]), f"from {shorten(heads, 24)}"]
        self.chapters.append((", ".join(chapter), len(self.frames)))
        self.frames.append(
            Frame(
                "walk",
                f"{which.capitalize() or 'The backward walk'}{over} starts at {heads}",
                f"It goes over {many(len(walk.reached), 'record')} in reverse order of the tape. "
                "ḡ is the cotangent that arrives at a record.",
            )
        )
        for hidden, group in groupby(walk.reached, key=lambda i: i not in self._seen.boxes):
            ids = list(group)
            if hidden:
                self.frames.append(
                    Frame(
                        "skip",
                        f"{many(len(ids), 'record')} back",
                        "They are not in the picture.",
                        row=self._row_of[ids[-1]],
                    )
                )
                continue
            for i in ids:
                self._pulled[walk.number, i] = len(self.frames)
                self.frames.append(self._pull(self._graph.nodes[i], walk))
        self.frames.append(self._done(walk))

    def _pull(self, node: Node, walk: Walk) -> Frame:
        plan, params = self._seen.recipes[node.id]
        ruled = {argnum for argnum, _, _ in plan.rules}
        shapes = [operand.shape for operand in node.operands]
        rules = []
        receives: list[str] = []
        for place, operand in enumerate(node.operands):
            remark = self._remark(operand, walk)
            if place not in ruled:
                remark = remark or "no derivative"
            text = "" if remark else formula(plan.primitive, place, shapes, params, node.shape)
            rules.append((clean(operand.name), self._called.operand(operand), text, remark))
            if text and operand.source is not None:
                receives += [*self._seen.boxes.get(operand.source, ()), *self._seen.data.get(operand.source, ())]
        size = walk.norm(node.id)
        call = self._called.call(node)
        passed = sum(1 for _, _, text, _ in rules if text)
        onward = f"its rule hands on to {many(passed, 'operand')}"
        verb = onward if passed else "it was asked for, and the walk ends here"
        words = rule_in_words(plan.primitive) if passed else ""
        return Frame(
            "pull",
            f"Back through {self._called.name(node.id)} = {call}",
            f"The cotangent ḡ of {self._called.name(node.id)} arrives; {verb}. {words}".strip() + self._inside(node.id),
            self._seen.boxes[node.id],
            self._row_of[node.id],
            rules,
            "not kept (inspect=True keeps it)" if size is None else number(size),
            receives,
            self._seen.results.get(node.id, []),
        )

    def _remark(self, operand: Operand, walk: Walk) -> str:
        """Why an operand receives no gradient; "" if it does."""
        i = operand.source
        if i is None:
            return "a constant"
        if i in walk.received:
            return ""
        if i in self._graph.leaves:
            return "not asked for" if self._graph.leaves[i].parameter else "an input: not asked for"
        node = self._graph.nodes.get(i)
        if node is None or node.id < walk.border:
            return "computed before the cut: the gradient stops here"
        return "nothing that was asked for lies behind it"

    def _done(self, walk: Walk) -> Frame:
        parameters = [self._graph.leaves[i] for i in sorted(walk.received) if i in self._graph.leaves]
        rules: list[tuple[str, str, str, str]] = []
        for leaf in parameters[:16]:
            size = walk.norm(leaf.id)
            if size is not None:
                rules.append(("", self._called.name(leaf.id), "", f"‖∇‖ = {number(size)}"))
        names = ", ".join(self._called.name(leaf.id) for leaf in parameters[:8])
        more = f" and {len(parameters) - 8} more" if len(parameters) > 8 else ""
        text = f"Gradients reached {names}{more}." if names else "What the walk reached is shown in the picture."
        return Frame("done", "The walk is done", text, rules=rules)

    def _add_cut(self, cut: int, position: int, dropped: int) -> None:
        self._cut_frames[position] = len(self.frames)
        self.chapters.append((f"cut {cut}", len(self.frames)))
        self.rows.append(Row("cut", (f"✂ cut {cut}",), frame=len(self.frames)))
        text = (
            f"{many(dropped, 'record')} left the tape. What they computed keeps its value and is a constant from now "
            "on: values pass, gradients stop."
        )
        self.frames.append(Frame("cut", f"Cut {cut}", text, row=len(self.rows) - 1))


def _saved(primitive: Primitive, kind: str, which: int) -> str:
    """What a residual is called; "" for shapes and parameters."""
    aux = tuple("" if each.name == "identity" else name for name, each in primitive.aux)  # the operand, in rare cases
    names = {"operand": primitive.operands, "aux": aux}.get(kind, ())
    if kind == "out":
        return "its result"
    return names[which] if which < len(names) else ""


def _alike(stepped: Graph, graph: Graph) -> dict[int, str]:
    """For each operation a key that its copies at other steps share."""
    alike: dict[int, str] = {}
    columns: dict[Key, list[int]] = {}
    for i in graph.nodes:
        columns.setdefault(stepped.nodes[stepped.node_of[i]].key, []).append(i)
    for key, ids in columns.items():
        seen: dict[tuple[object, ...], int] = {}
        for i in ids:
            node = graph.nodes[i]
            kind = (node.op, node.shape, *(o.source for o in node.operands if _is_parameter(graph, o.source)))
            seen[kind] = seen.get(kind, 0) + 1
            alike[i] = f"{kind}{seen[kind]}{key.order}"
    numbers = {kind: f"k{place}" for place, kind in enumerate(dict.fromkeys(alike.values()))}
    return {i: numbers[kind] for i, kind in alike.items()}


def _is_parameter(graph: Graph, i: int | None) -> bool:
    return i is not None and i in graph.leaves and graph.leaves[i].parameter
