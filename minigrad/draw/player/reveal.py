"""When each part of a picture is there in its player: with what it stands for, and not before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..graph.memory import Kept
from ..reading.reading import Reading
from ..scene import Box, Frame, Path, Scene, Text
from .seen import Seen
from .times import Times

ALWAYS = frozenset({"title", "legend", "panel", "before"})  # kinds of what is there from the start
_LEAVES = frozenset({"data", "constant", "more", "parameter", "detached"})  # there with what uses them


class Span(NamedTuple):
    """When a part is there.

    Attributes:
        first: from this frame on.
        until: up to this frame, which is the first without it; 0 if there is none.
        walk: of gradients the number of their walk: they are there only while the gradients of that walk are shown.
    """

    first: int
    until: int = 0
    walk: int = 0


def appearances(scene: Scene, times: Times, reading: Reading, seen: Seen) -> dict[str, Span]:
    """When each part of a scene is there.

    A box has its own name, the k-th line ``path k``, the k-th text ``text k``, the caption of the k-th frame
    ``caption k``. ``gradient n7`` are the gradients written in box n7, and ``total n7`` is its look as a place where a
    walk starts.
    """
    return _Reveal(scene, times, reading, seen).spans()


class _Reveal:
    """Finds when the parts of one scene are there."""

    def __init__(self, scene: Scene, times: Times, reading: Reading, seen: Seen) -> None:
        self._scene = scene
        self._times = times
        self._reading = reading
        self._seen = seen
        self._boxes = {box.name: box for box in scene.boxes}
        self._kept: dict[tuple[int, ...], Kept] = {kept.ids: kept for kept in reading.kept.values()}
        self._next: dict[str, list[str]] = {}
        for path in scene.paths:
            if path.source and path.target:
                self._next.setdefault(path.source, []).append(path.target)
        self._known: dict[str, Span] = {}

    def spans(self) -> dict[str, Span]:
        """All of them."""
        scene = self._scene
        found = {box.name: self._box(box) for box in scene.boxes}
        found |= {f"path {k}": self._path(path) for k, path in enumerate(scene.paths)}
        found |= {f"text {k}": self._text(text) for k, text in enumerate(scene.texts)}
        found |= {f"caption {k}": self._caption(frame) for k, frame in enumerate(scene.frames) if frame.caption}
        for box in scene.boxes:
            if box.has_gradient and box.kind != "norm":
                found[f"gradient {box.name}"] = self._gradient_in(box)
            if box.kind == "total":
                found[f"total {box.name}"] = Span(self._total(box))
        return found

    # -- boxes ---------------------------------------------------------------------------------

    def _box(self, box: Box) -> Span:
        if box.name not in self._known:
            self._known[box.name] = Span(self._times.last)  # for what leads back to itself
            self._known[box.name] = self._span(box)
        return self._known[box.name]

    def _span(self, box: Box) -> Span:
        times, kind = self._times, box.kind
        at: int | None = None
        if kind in ALWAYS or (kind == "parameter" and box.name not in self._next):
            at = 0
        elif kind in ("norm", "stops"):
            return Span(max(times.arrived(box.walk, i) for i in box.ids), walk=box.walk)
        elif kind == "sum":
            at = times.started(box.walk) if box.walk else self._first_walk_from(box.ids)
        elif kind in ("memory", "freed", "kept"):
            return self._memory(box)
        elif kind == "cut" and box.cut > self._reading.graph.forgotten:
            at = times.cut(box.cut)
        elif kind == "delay":
            at = self._first_delayed(box.ids)
        elif kind not in _LEAVES and kind != "cut":
            at = times.first(self._members(box.ids))
        if at is None:
            at = min((self._box(self._boxes[name]).first for name in self._next.get(box.name, ())), default=None)
        if at is None:
            uses = (use.target for i in box.ids for use in times.graph.uses.get(i, ()))
            at = times.first(uses)
        return Span(times.last if at is None else at)

    def _members(self, ids: Iterable[int]) -> list[int]:
        """The records that some operations and modules stand for."""
        nodes = self._reading.graph.nodes
        found: list[int] = []
        for i in ids:
            module = nodes[i].module if i in nodes else None
            found += module.members if module else [i]
        return found

    def _first_walk_from(self, ids: Iterable[int]) -> int:
        """When the first walk starts from some targets."""
        targets = set(ids)
        numbers = (walk.number for walk in self._reading.walks if not targets.isdisjoint(walk.targets))
        return min((self._times.started(number) for number in numbers), default=self._times.last)

    def _first_delayed(self, ids: Iterable[int]) -> int | None:
        """When a state is used in a later step for the first time."""
        uses = (use for i in ids for use in self._reading.graph.uses.get(i, ()))
        return self._times.first(use.target for use in uses if self._reading.states.lag(use.source, use.target))

    def _total(self, box: Box) -> int:
        """When the walk starts for which a box is a total."""
        (i,) = box.ids[:1] or (-1,)
        total = self._reading.names.total_at.get(i)
        return self._first_walk_from(box.ids) if total is None else self._times.started(total.walk)

    def _gradient_in(self, box: Box) -> Span:
        """When the gradients are there that are written in a box."""
        if not box.walk or not box.ids:
            return Span(self._times.last)
        return Span(max(self._times.arrived(box.walk, i) for i in box.ids), walk=box.walk)

    # -- memory --------------------------------------------------------------------------------

    def _memory(self, part: Box | Text) -> Span:
        """When a size is known, and when it is freed."""
        first, freed = self._sized(part), self._freed(part)
        if isinstance(part, Text):
            return Span(first)
        if part.kind == "kept":
            return Span(min(first, freed), freed)
        return Span(freed if part.kind == "freed" else first)

    def _freed(self, part: Box | Text) -> int:
        if part.walk:
            return max((self._times.arrived(part.walk, i) for i in part.ids), default=self._times.last)
        return self._times.cut(part.cut) if part.cut else self._times.last

    def _sized(self, part: Box | Text) -> int:
        """From when on it is proven that records keep so much: after each walk and cut before which it was another."""
        times, kept = self._times, self._kept.get(part.ids)
        first = times.all(part.ids)
        if first is None or kept is None:
            return times.last
        end = times.started(part.walk) if part.walk else times.cut(part.cut) if part.cut else times.last
        sizes = [(times.started(walk.number), times.finished(walk.number), walk.kept) for walk in self._reading.walks]
        sizes += [(times.cut(cut.number), times.cut(cut.number), cut.kept) for cut in self._seen.cuts]
        for begun, done, before in sizes:
            if first <= begun < end and sum(before.get(i, 0) for i in part.ids) != kept.size:
                first = max(first, done)
        return first

    # -- lines, texts, captions ----------------------------------------------------------------

    def _path(self, path: Path) -> Span:
        times, kind = self._times, path.kind
        if kind in ALWAYS:
            return Span(0)
        if kind == "cut":
            return Span(times.cut(path.cut))
        if kind in ("walk", "counts"):
            return Span(times.finished(path.walk) if kind == "walk" else times.started(path.walk))
        found = [self._box(self._boxes[name]).first for name in (path.source, path.target) if name]
        if kind in ("gradient", "stops"):
            found += [times.arrived(path.walk, i) for i in path.ids]
            return Span(max(found, default=times.last), walk=path.walk)
        recorded = times.all(path.ids)
        found += [] if recorded is None else [recorded]
        return Span(max(found, default=times.last))

    def _text(self, text: Text) -> Span:
        times = self._times
        if text.kind in ALWAYS:
            return Span(0)
        if text.kind in ("memory", "freed"):
            return self._memory(text)
        at = self._told(text)
        return Span(times.last if at is None else at)

    def _caption(self, frame: Frame) -> Span:
        if frame.kind in ALWAYS:
            return Span(0)
        first = self._times.first(frame.ids) if frame.kind == "step" else self._told(frame)
        return Span(self._times.last if first is None else first)

    def _told(self, part: Text | Frame) -> int | None:
        """When all that a text tells of has happened."""
        times = self._times
        found = [times.all(part.ids)] if part.ids else []
        found += [times.finished(part.walk)] if part.walk else []
        found += [times.cut(part.cut)] if part.cut else []
        return None if not found or None in found else max(at for at in found if at is not None)
