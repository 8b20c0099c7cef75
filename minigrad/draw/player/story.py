"""The story of a tape, step by step: each record, each backward walk, each cut.

Plain data that a player shows beside the picture; see ``html_page.py`` for the page.
"""

from __future__ import annotations

from itertools import groupby

from ...engine.primitive import Primitive
from ..graph.model import Graph, Key, Node, in_loop
from ..graph.walks import Walk, apart, euclidean_norm
from ..reading.captions import cut_caption, nothing
from ..reading.reading import Reading
from ..scene import Scene
from ..text import clean, many, number, shape_text, shorten
from .called import Called
from .events import Records, events
from .formulas import shape_of, summary
from .frames import Frame, Row
from .pulls import Pulls
from .reveal import Span, appearances
from .seen import Dropped, Seen
from .stage import staged
from .times import Times

MOST_NUMBERS = 12  # of walks that are listed


class Story:
    """The frames and the printed tape of one picture.

    Attributes:
        scene: the picture, with what it shows at some moments only.
        frames: in the order in which they happened.
        rows: of the printed tape.
        appears: when each part of the scene is there, see ``reveal.py``.
        uses: for the box of each parameter the boxes of the operations that use it.
        chapters: what happened in a few words, each with its first frame: recording, walks and cuts.
    """

    def __init__(self, reading: Reading, scene: Scene, seen: Seen) -> None:
        self._reading = reading
        self._graph = graph = reading.graph.whole
        self._keys = {i: reading.graph.nodes[node].key for i, node in reading.graph.node_of.items()}
        self._seen = seen
        self._called = Called(reading.names, graph, seen)
        self._pulls = Pulls(graph, scene, seen, self._called)
        self._alike = _alike(reading.graph, graph)
        self._row_of: dict[int, int] = {}
        self._times = Times(graph)
        self._shown: list[int] = []  # the walks whose gradients are shown
        self.rows: list[Row] = []
        self.frames: list[Frame] = [self._start(scene)]
        self.chapters: list[tuple[str, int]] = [("start", 0)]
        self._told = 0
        recording = False
        for event in events(graph, seen, self._keys):
            if isinstance(event, Records) and not recording:
                self.chapters.append(("recording", len(self.frames)))
            recording = isinstance(event, Records)
            if isinstance(event, Records):
                self._add_records(event.ids)
            elif isinstance(event, Walk):
                self._add_walk(event)
            else:
                self._add_cut(event)
        if graph.nodes:
            self._add_end()
        self._times.last = len(self.frames) - 1
        for i, place in self._row_of.items():
            self.rows[place].gone = self._times.cuts.get(graph.forgotten + self._keys[i].segment + 1, 0)
        self.scene = staged(reading, scene, seen.walks)
        self.appears: dict[str, Span] = appearances(self.scene, self._times, reading, seen)
        self.uses = {
            name: [box for use in graph.uses.get(leaf.id, ()) for box in seen.boxes.get(use.target, ())]
            for leaf in graph.leaves.values()
            if leaf.parameter
            for name in seen.data.get(leaf.id, ())
        }

    def there(self, part: str, at: int) -> bool:
        """Whether a part of the scene is there in a frame."""
        span = self.appears[part]
        if not span.first <= at < (span.until or len(self.frames)):
            return False
        return not span.walk or span.walk in self.frames[at].walks

    def _add(self, frame: Frame) -> None:
        frame.walks = self._shown
        self.frames.append(frame)

    # -- the start, the end --------------------------------------------------------------------

    def _start(self, scene: Scene) -> Frame:
        graph = self._graph
        text = "Each operation appends one record to the tape. Play it, or go step by step."
        if graph.forgotten:
            text = f"The records before cut {graph.forgotten} were not kept. {text}"
        if not graph.nodes:
            text = nothing(graph)
        return Frame("start", clean(scene.title) or self._seen.about, text)

    def _add_end(self) -> None:
        walks = self._reading.walks
        self._shown = [walk.number for walk in self._reading.track]
        text = "The picture as it was when it was drawn."
        if any(self._reading.grad(leaf) is not None for leaf in self._reading.names.parameters):
            text += " ‖∇‖ at a parameter is the norm of what lies in its .grad."
        if self._shown and len(self._shown) < len(walks):
            numbers = ", ".join(f"{n:,}" for n in sorted(self._shown)[:MOST_NUMBERS])
            more = f" and {len(self._shown) - MOST_NUMBERS:,} more" if len(self._shown) > MOST_NUMBERS else ""
            which = f"walk{'s' * (len(self._shown) > 1)} {numbers}{more}"
            text += f" Other gradients are those of {which}; there were {len(walks):,} walks."
        self.chapters.append(("the end", len(self.frames)))
        self._add(Frame("end", "The end", text))

    # -- records -------------------------------------------------------------------------------

    def _add_records(self, ids: list[int]) -> None:
        first = self._graph.nodes[ids[0]]
        if ids[0] not in self._seen.boxes:
            text = f"⋯ {many(len(ids), 'record')} ⋯"
            self.rows.append(Row("gap", (text,), frame=len(self.frames)))
            self._row_of.update(dict.fromkeys(ids, len(self.rows) - 1))
            self._times.recorded.update(dict.fromkeys(ids, len(self.frames)))
            steps = {self._keys[i].step for i in ids} - {0}
            where = f" of {many(len(steps), 'step')}" if len(steps) > 1 else ""
            title = f"{many(len(ids), 'record')}{where}"
            self._add(Frame("gap", title, "They are not in the picture.", row=len(self.rows) - 1))
            return
        caption = self._caption(first)
        if caption and caption != next((row.cells[0] for row in reversed(self.rows) if row.kind == "head"), ""):
            self.rows.append(Row("head", (caption,), frame=len(self.frames)))
        for i in ids:
            self._add_record(self._graph.nodes[i])

    def _caption(self, node: Node) -> str:
        key = self._keys[node.id]
        if key.order:
            return "recorded by a backward walk"
        if not key.step:
            parts = [other.part for other in self._keys.values() if in_loop(other)]
            return "" if not parts else "before the loop" if key.part < min(parts) else "after the last step"
        name = self._seen.mark_names.get(key.step)
        return f"step {key.step}" + (f" · {shorten(clean(name), 24)}" if name else "")

    def _add_record(self, node: Node) -> None:
        plan, boxes = self._seen.records[node.id].plan, self._seen.boxes[node.id]
        call = self._called.call(node)
        name = self._seen.names.get(node.id)
        cells = (f"%{node.id}", (f"{shorten(clean(name))} = " if name else "") + call, self._value(node))
        self._row_of[node.id] = len(self.rows)
        self._times.recorded[node.id] = len(self.frames)
        text = f"{summary(plan.primitive)} The result has shape {shape_of(node.shape)}, {node.dtype}."
        if not node.shape:
            text = f"{summary(plan.primitive)} The result is a scalar, {node.dtype}."
        saves = sorted({_saved(plan.primitive, *source) for source in plan.saves} - {""})
        if saves:
            text += f" The tape keeps {' and '.join(saves)} for the backward walk."
        elif plan.rules and plan.primitive.rules:
            text += " Its rules need no array: the tape keeps nothing."
        text += self._pulls.inside(node.id)
        self.rows.append(Row("record", cells, boxes, len(self.frames), self._alike[node.id]))
        title = f"{self._called.name(node.id)} = {call}"
        self._add(Frame("record", title, text.strip(), boxes, len(self.rows) - 1))

    def _value(self, node: Node) -> str:
        """The value of a scalar, else the shape and the norm, as far as they are known."""
        value = self._graph.value(node.id)
        if value is None:
            return shape_text(node.shape)
        if not node.shape:
            return number(float(value.item()))
        return f"{shape_text(node.shape)} ‖{number(euclidean_norm(value))}‖"

    # -- walks ---------------------------------------------------------------------------------

    def _add_walk(self, walk: Walk) -> None:
        self._skip_walks(walk.number)
        self._told, self._shown = walk.number, [walk.number]
        targets = [self._called.name(i) for i in walk.targets]
        heads = ", ".join(targets[:4]) + (f" and {len(targets) - 4} more" if len(targets) > 4 else "")
        window = f"window {walk.cuts + 1}" if self._seen.cut and not self._reading.overlapping else ""
        over = f" over {window}" if window else ""
        count = self._seen.walks[-1].number
        which = f"walk {walk.number:,} of {count:,}" if count > 1 else ""
        self._times.begun[walk.number] = first = len(self.frames)
        chapter = [f"walk {walk.number:,}" if which else "walk", *filter(None, [window]), f"from {shorten(heads, 24)}"]
        self.chapters.append((", ".join(chapter), first))
        title = f"{which.capitalize() or 'The backward walk'}{over} starts at {heads}"
        text = f"It goes over {many(len(walk.reached), 'record')} in reverse order of the tape. "
        self._add(Frame("walk", title, f"{text}ḡ is the cotangent that arrives at a record."))
        for hidden, group in groupby(walk.reached, key=lambda i: i not in self._seen.boxes):
            ids = list(group)
            if hidden:
                self._times.pulled.update({(walk.number, i): len(self.frames) for i in ids})
                title = f"{many(len(ids), 'record')} back"
                self._add(Frame("skip", title, "They are not in the picture.", row=self._row_of[ids[-1]]))
                continue
            for i in ids:
                self._times.pulled[walk.number, i] = len(self.frames)
                self._add(self._pulls.through(self._graph.nodes[i], walk, self._row_of))
        self._times.done[walk.number] = len(self.frames)
        self._add(self._pulls.done(walk))
        for frame in self.frames[first:]:
            frame.walk = walk.number
        known = [each for each in self._reading.walks if each.number <= walk.number]
        self._shown = [each.number for each in apart(known)]

    def _skip_walks(self, number: int) -> None:
        """Say how many walks before this one are not told."""
        skipped = range(self._told + 1, number)
        if skipped:
            self._times.begun.update(dict.fromkeys(skipped, len(self.frames)))
            self._times.done.update(dict.fromkeys(skipped, len(self.frames)))
            self._shown = [each.number for each in apart([w for w in self._reading.walks if w.number < number])]
            self._add(Frame("skip", f"{many(len(skipped), 'walk')} more", "They are not played."))

    # -- cuts ----------------------------------------------------------------------------------

    def _add_cut(self, cut: Dropped) -> None:
        self._times.cuts[cut.number] = len(self.frames)
        name = cut_caption(self._reading, cut.number)
        self.chapters.append((name, len(self.frames)))
        self.rows.append(Row("cut", (f"✂ {name}",), frame=len(self.frames)))
        text = "It drops no record."
        if cut.records:
            text = (
                f"{many(cut.records, 'record')} left the tape. What they computed keeps its value and is a constant "
                "from now on: values pass, gradients stop."
            )
        self._add(Frame("cut", name.capitalize(), text, row=len(self.rows) - 1))


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
