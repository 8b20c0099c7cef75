"""States between the columns: they enter, travel in tracks, and pass the cuts."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from ..reading.captions import cut_caption
from ..scene import Box, Path, Point, Text
from ..text import Run, line
from .layers import kept_within, separated
from .route import free_place
from .template import CHANNEL

if TYPE_CHECKING:
    from .across import Cut
    from .timeline import Timeline

TRACK = 11.0  # distance of two states that travel side by side
_BESIDE = 7.0  # how far lines of one track that enter may lie apart: the upper ones on the inside
GATE = 44.0  # distance of two states that pass a cut


class States:
    """Draws the carried states of a timeline whose columns have their places."""

    def __init__(self, timeline: Timeline) -> None:
        self.at = timeline
        crossings = timeline.crossings
        self._tracks_into: dict[int, set[int]] = {}
        for i, targets in [*crossings.entering.items(), *((use.source, [use.target]) for use in crossings.near)]:
            for target in targets:
                self._tracks_into.setdefault(target, set()).add(crossings.tracks[i])

    def draw(self) -> None:
        """Cuts first, then what enters, then what is carried."""
        self._draw_cuts()
        self._draw_entering()
        self._draw_carried()

    # -- cuts ----------------------------------------------------------------------------------

    def _draw_cuts(self) -> None:
        for k, cut in self.at.cuts.items():
            self._draw_gates(k, cut)
            if not cut.number:
                continue
            label = line(Run(cut_caption(self.at.reading, cut.number), bold=True), size=14, ink="cut")
            self.at.scene.texts.append(Text(label, cut.x, self.at.frame_top - 18, "cut", cut=cut.number))
            ends = [(cut.x, self.at.frame_top - 6), (cut.x, self.at.frame_bottom + 14)]
            stroke = self.at.theme.strokes["cut"]
            self.at.scene.paths.append(Path(stroke, ends, arrow=False, kind="cut", cut=cut.number))

    def _draw_gates(self, k: int, cut: Cut) -> None:
        """The scissors at which states pass a cut, or become constants without one."""
        style = self.at.theme.boxes["cut"]
        detached = {source for source, _ in self.at.crossings.detached}
        passing = {i: y for i, y in self._passing(k).items() if cut.number or i in detached}
        wished = self._in_order(passing)
        heights = separated([y for y, _ in wished], [GATE] * max(len(wished) - 1, 0))
        heights = kept_within(heights, self.at.frame_top + GATE / 2, self.at.step_bottom - GATE / 2)
        for (_, i), y in zip(wished, heights):
            word = line("constant", size=10 if self.at.tight else 9, ink="cut")
            text = (line("", size=15, ink="cut"), word)
            kind = "cut" if cut.number else "detached"
            gate = Box(f"cut{k}_{i}", style, "scissors", text, 54.0, 36.0, x=cut.x, y=y, kind=kind, ids=(i,))
            gate.cut = cut.number
            gate.tooltip = "the value passes, the gradient stops"
            cut.gates[i] = gate
            self.at.scene.boxes.append(gate)

    def _passing(self, k: int) -> dict[int, float]:
        """What crosses the cut before an item, and at which height it arrives."""
        if k == 0:
            return {i: self._entering_y(i) for i in self.at.crossings.entering if i in self.at.graph.lost}
        ids = set(self.at.placed[k - 1].column.ids)
        return {use.source: self._exit(use.source)[-1][1] for use in self.at.crossings.near if use.source in ids}

    def _in_order(self, heights: dict[int, float]) -> list[tuple[float, int]]:
        """The heights of states, from the top down; those that are equally high in the order of their tracks."""
        return sorted(
            ((y, i) for i, y in heights.items()), key=lambda each: (each[0], self.at.crossings.tracks[each[1]])
        )

    # -- states --------------------------------------------------------------------------------

    def _exit(self, i: int) -> list[Point]:
        """From a box to the right, through the channel above its row if something is in the way."""
        placed, item = self.at.item_of[i]
        box = self.at.box_of[i]
        if placed.template.is_last(item):
            return [(box.right, box.y)]
        x = box.x + box.width / 4
        track = self.at.crossings.tracks[i]
        above = self.at.base - placed.template.band(item)[1] - CHANNEL / 2 + (track % 3 - 1) * 4
        return [(x, box.top), (x, above), (placed.right, above)]

    def _entry(self, target: int, track: int) -> list[Point]:
        """To a box from the left, through the channel below its row if something is in the way."""
        placed, item = self.at.item_of[target]
        box = self.at.box_of[target]
        x = placed.left - 12 - TRACK * track
        tracks = sorted(self._tracks_into[target])  # the outer ones come in below, or farther right
        rank = tracks.index(track) - (len(tracks) - 1) / 2
        if placed.template.is_first(item):
            y = box.y + rank * min(9.0, (box.height - 8) / len(tracks))
            return [(x, y), (box.left, y)]
        below = self.at.base - placed.template.band(item)[0] + CHANNEL / 2 + (track % 3 - 1) * 4
        foot = box.x - box.width / 4 + rank * min(9.0, box.width / 2 / len(tracks))
        return [(x, below), (foot, below), (foot, box.bottom)]

    def _draw_carried(self) -> None:
        gates_drawn: set[tuple[int, int]] = set()
        drawn: set[tuple[int, int]] = set()
        index = {i: k for k, placed in self.at.placed.items() for i in placed.column.ids}
        for use in self.at.crossings.near:
            if (use.source, use.target) in drawn:
                continue
            drawn.add((use.source, use.target))
            if use.source not in self.at.item_of:
                if use.target in self.at.item_of:
                    self._draw_from_gap(use.source, use.target, index[use.target])
                continue
            stroke = self.at.theme.strokes["state"]
            exit_ = self._exit(use.source)
            source = self.at.box_of[use.source]
            if use.target not in self.at.item_of:
                k = index[use.source] + 1
                if k in self.at.gaps:
                    end = (self.at.gaps[k][0], exit_[-1][1])
                    ids = (use.source, use.target)
                    path = Path(stroke, [*exit_, end], source=source.name, kind="carried", ids=ids)
                    self.at.scene.paths.append(path)
                continue
            track = self.at.crossings.tracks[use.source]
            k = index[use.target]
            target = self.at.box_of[use.target]
            entry = self._entry(use.target, track)
            gate = self.at.cuts[k].gates.get(use.source) if k in self.at.cuts else None
            by_hand = gate is not None and not self.at.cuts[k].number
            if gate is not None and (not by_hand or (use.source, use.target) in self.at.crossings.detached):
                if (k, use.source) not in gates_drawn:
                    gates_drawn.add((k, use.source))
                    x = self.at.placed[k - 1].right + 12 + TRACK * track
                    points = [*exit_, (x, exit_[-1][1]), (x, gate.y), (gate.left, gate.y)]
                    self.at.scene.paths.append(
                        Path(stroke, points, source=source.name, target=gate.name, kind="carried")
                    )
                points = [(gate.right, gate.y), (entry[0][0], gate.y), *entry]
                self.at.scene.paths.append(Path(stroke, points, source=gate.name, target=target.name, kind="carried"))
            else:
                points = [*exit_, (entry[0][0], exit_[-1][1]), *entry]
                self.at.scene.paths.append(Path(stroke, points, source=source.name, target=target.name, kind="carried"))

    def _draw_from_gap(self, source: int, target: int, k: int) -> None:
        entry = self._entry(target, self.at.crossings.tracks[source])
        y = self._row_y(self.at.crossings.row(source, target), k, entry[0][1])
        points = [(self.at.gaps[k - 1][1], y), (entry[0][0], y), *entry]
        self.at.scene.paths.append(
            Path(
                self.at.theme.strokes["state"],
                points,
                target=self.at.box_of[target].name,
                kind="carried",
                ids=(source, target),
            )
        )

    def _row_y(self, row: tuple[str, int], k: int, otherwise: float) -> float:
        """The height of a row, if the column shares it."""
        template = self.at.placed[k].template
        item = ("op", row[1], 0)
        if row[0] != self.at.placed[k].column.group or item not in template.number:
            return otherwise
        return self.at.base - template.centre(item)[1]

    # -- what enters ---------------------------------------------------------------------------

    def _entering_y(self, i: int) -> float:
        target = self.at.crossings.entering[i][0]
        placed, item = self.at.item_of[target]
        return self._row_y(self.at.crossings.row(i, target), 0, self.at.base - placed.template.centre(item)[1])

    def _draw_entering(self) -> None:
        wished = self._in_order({i: self._entering_y(i) for i in self.at.crossings.entering})
        boxes = [self.at.entering_boxes[i] for _, i in wished]
        apart = [(a.height + b.height) / 2 + 14 for a, b in pairwise(boxes)]
        heights = separated([y for y, _ in wished], apart)
        alike = Counter(self.at.crossings.tracks[i] for _, i in wished)
        for place, ((_, i), y) in enumerate(zip(wished, heights)):
            box = self.at.entering_boxes[i]
            box.x, box.y = self.at.entering_x, y
            self.at.scene.boxes.append(box)
            stroke = self.at.theme.strokes["state"]
            gate = self.at.cuts[0].gates.get(i) if 0 in self.at.cuts else None
            start = box
            if gate is not None:
                x = gate.left - 16
                points = [(box.right, y), (x, y), (x, gate.y), (gate.left, gate.y)]
                self.at.scene.paths.append(Path(stroke, points, source=box.name, target=gate.name, kind="carried"))
                start = gate
            passes = self._past_gates(start) if gate is None else []
            track = self.at.crossings.tracks[i]
            below = [self.at.crossings.tracks[other] for _, other in wished[place + 1 :]].count(track)
            beside = below * _BESIDE / max(alike[track] - 1, 1)
            for target in dict.fromkeys(self.at.crossings.entering[i]):
                (x, low), *entry = self._entry(target, track)
                points = [(start.right, start.y), *passes]
                points += [(x + beside, points[-1][1]), (x + beside, low), *entry]
                self.at.scene.paths.append(
                    Path(stroke, points, source=start.name, target=self.at.box_of[target].name, kind="carried")
                )

    def _past_gates(self, box: Box) -> list[Point]:
        """Where the line of what enters without a cut turns, so that it passes beside the gates of the others."""
        gates = list(self.at.cuts[0].gates.values()) if 0 in self.at.cuts else []
        y = free_place(box.y, [(gate.top, gate.bottom) for gate in gates])
        x = min((gate.left for gate in gates), default=0.0) - 8
        return [(x, box.y), (x, y)] if y != box.y else []
