"""Placement of the folded step: the same rows as the unfolded ones, and the delays to the left of them."""

from __future__ import annotations

from ..scene import Box, Frame, Path, Point, Text
from ..text import SMALL, Line, Run, line
from .fold import DELAY, Fold
from .layers import kept_within, separated
from .route import free_place
from .template import CHANNEL, Item
from .timeline import PAD, Timeline

UNFOLD = 92.0  # room for the arrow from the folded to the unfolded graph
_BETWEEN = 12.0  # two delays
_TURN = 20.0  # between the step and the delays, where lines turn


class FoldedStep:
    """Places a fold beside a timeline.

    Args:
        fold: what to place.
        timeline: what it shares its rows with.
        unfolded: whether the steps follow to the right.
    """

    def __init__(self, fold: Fold, timeline: Timeline, *, unfolded: bool) -> None:
        self.fold = fold
        self.timeline = timeline
        self.unfolded = unfolded
        self.template = timeline.templates["step"]
        self.captions = self._captions()
        self.total = self._total_box()
        self.gutter = (
            14.0 + sum(delay.box.width + _BETWEEN for delay in fold.delays) + (_TURN - _BETWEEN) * bool(fold.delays)
        )
        inner = [self.template.width + 2 * PAD, self.total.width + 16 if self.total else 0.0]
        caption = max(each.width for each in self.captions) + 28
        self.inner = max(*inner, caption - self.gutter - 16)

    @property
    def width(self) -> float:
        """The width of all, with the room to the right of it."""
        return self.gutter + self.inner + 16 + (UNFOLD if self.unfolded else 26.0)

    def place(self, left: float) -> None:
        """Put it into the scene; the timeline has its heights by now."""
        at, scene = self.timeline, self.timeline.scene
        self.left = left + self.gutter
        self.right = self.left + self.inner
        self.inset = (self.inner - self.template.width) / 2
        outer = self.right + 16
        style = at.theme.boxes["fold"]
        middle = (left + outer) / 2
        head = (middle, at.frame_top + 19)
        frame = Frame("fold", style, left, at.frame_top, outer, at.frame_bottom, self.captions[0], head)
        scene.frames.append(frame)
        t = line(Run("t", italic=True), size=12, ink="muted")
        corner = (self.left + 14 + t.width / 2, at.step_bottom - 15)
        style = at.theme.boxes["step"]
        frame = Frame("folded", style, self.left, at.step_top, self.right, at.step_bottom, t, corner, "fold")
        scene.frames.append(frame)
        for item, box in self.fold.content.boxes.items():
            across, along = self.template.centre(item)
            box.x, box.y, box.frame = self.left + self.inset + across, at.base - along, "folded"
            scene.boxes.append(box)
        for (source, target), count in self.fold.content.edges.items():
            scene.paths += self._inside(source, target, count)
        self._place_delays()
        self._place_total()
        y = at.step_bottom + 16
        for text in self.captions[1:]:
            scene.texts.append(Text(text, middle, y))
            y += 16
        if self.unfolded:
            self._place_arrow(outer)

    # -- words ---------------------------------------------------------------------------------

    def _captions(self) -> list[Line]:
        fold = self.fold
        steps = [column.key.step for column in fold.columns]
        kind = "step" if any(steps) else "window"
        many = f"{fold.count:,} {kind}s" if fold.count != 1 else f"1 {kind}"
        captions = [line(Run("folded", bold=True), f"  ·  {many}", size=13)]
        if not fold.regular:
            captions.append(line("dashed: not in every step", size=SMALL, ink="muted"))
        depth = fold.depth
        if depth:
            reach = f"the gradient goes back at most {depth:,} step{'s' * (depth > 1)}"
            captions.append(line(reach, size=SMALL, ink="cut"))
        return captions

    def _total_box(self) -> Box | None:
        if not self.fold.sums:
            return None
        totals = [total for total in self.fold.names.totals.values() if len(total.losses) > 1]
        rules = {total.rule for total in totals if not total.gathers}
        ops = {self.fold.graph.nodes[i].op for total in totals for i in total.gathers}
        rule = "mean" if "mean" in ops else "Σ"
        if len(rules) == 1 and not ops:
            rule = rules.pop() or rule
        text = line(Run("L", bold=True), f" = {rule} ", Run("ℓ"), Run("t", italic=True, shift="sub"))
        box = Box("fold-total", self.timeline.theme.boxes["total"], "round", (text,), text.width + 18, 30.0)
        box.tooltip = "the walk of each window starts here" if len(totals) > 1 else "the walk starts here"
        return box

    # -- lines ---------------------------------------------------------------------------------

    def _inside(self, source: Item, target: Item, count: int) -> list[Path]:
        boxes = self.fold.content.boxes
        return self.timeline.inside(boxes, self.template, self.left + self.inset, source, target, count)

    def _exit(self, item: Item) -> list[Point]:
        """From a row to the left, through the channel above it if something is in the way."""
        box = self.fold.content.boxes[item]
        if not self._leaves_through_top(item):
            return [(box.left, box.y)]
        x = box.x - box.width / 4
        band = self.template.band(item)
        beside = [d.source for d in self.fold.delays if self.template.band(d.source) == band]
        beside = sorted(filter(self._leaves_through_top, beside), key=lambda each: self.template.centre(each)[0])
        shift = (beside.index(item) - (len(beside) - 1) / 2) * 4  # the one from farther right passes above
        above = self.timeline.base - band[1] - CHANNEL / 2 - shift
        return [(x, box.top), (x, above)]

    def _leaves_through_top(self, item: Item) -> bool:
        """Whether something lies to the left of a row, or enters it there."""
        return not self.template.is_first(item) or any(item in delay.targets for delay in self.fold.delays)

    def _entry(self, item: Item, x: float, number: int) -> list[Point]:
        """To a row from the left, through the channel below it if something is in the way."""
        box = self.fold.content.boxes[item]
        first = [delay for delay in self.fold.delays if item in delay.targets]
        if self.template.is_first(item):
            y = box.y + 8 * (number - (len(first) - 1) / 2)
            return [(x, y), (box.left, y)]
        below = self.timeline.base - self.template.band(item)[0] + CHANNEL / 2 + (number % 3 - 1) * 4
        foot = box.x - box.width / 4 + 4 * number
        return [(x, below), (foot, below), (foot, box.bottom)]

    def _place_delays(self) -> None:
        """The state that is computed first lies nearest, so that the lines of another pass around it."""
        at = self.timeline
        stroke = at.theme.strokes["state"]
        right = self.left - _TURN
        number: dict[Item, int] = {}
        delays = sorted(self.fold.delays, key=lambda each: self._exit(each.source)[-1][1])
        wished = [self._exit(delay.source)[-1][1] for delay in delays]
        heights = separated(wished, [DELAY] * max(len(wished) - 1, 0))
        heights = kept_within(heights, at.frame_top + 30 + DELAY / 2, at.frame_bottom - DELAY / 2)
        for position, delay in reversed([*enumerate(delays)]):
            points = self._exit(delay.source)
            box = delay.box
            box.x, box.y, box.frame = right - box.width / 2, heights[position], "fold"
            right -= box.width + _BETWEEN
            at.scene.boxes.append(box)
            y = points[-1][1]
            if abs(box.y - y) > box.height / 2 - 6:
                turn = self.left - 4 - 3 * (position % 3)
                points += [(turn, y), (turn, box.y)]
                y = box.y
            source = self.fold.content.boxes[delay.source]
            at.scene.paths.append(Path(stroke, [*points, (box.right, y)], source=source.name, target=box.name))
        for position, delay in reversed([*enumerate(delays)]):
            box = delay.box
            for item in delay.targets:
                entry = self._entry(item, box.x, number.setdefault(item, 0))
                number[item] += 1
                y = free_place(entry[0][1], [(each.box.top, each.box.bottom) for each in delays[position + 1 :]])
                if y != entry[0][1]:
                    turn = self.left - 5 - 3 * (position % 3)
                    entry = [(box.x, y), (turn, y), (turn, entry[0][1]), *entry[1:]]
                start = (box.x, box.bottom if entry[0][1] > box.y else box.top)
                target = self.fold.content.boxes[item]
                at.scene.paths.append(Path(stroke, [start, *entry], source=box.name, target=target.name))

    def _place_total(self) -> None:
        if self.total is None:
            return
        at, total = self.timeline, self.total
        reach = total.width / 2 + 6
        feet = [self._foot(item) for item in self.fold.sums]
        total.x = min(max(feet[0][-1][0], self.left + reach), self.right - reach)
        total.y, total.frame = at.step_top - 10 - at.band * 0.5, "fold"
        at.scene.boxes.append(total)
        for item, foot in zip(self.fold.sums, feet):
            x = foot[-1][0]
            end = [(x, total.bottom)] if abs(x - total.x) < total.width / 2 - 4 else [
                (x, total.y), (total.left if x < total.x else total.right, total.y)
            ]  # fmt: skip
            source = self.fold.content.boxes[item].name
            at.scene.paths.append(Path(at.theme.strokes["loss"], [*foot, *end], source=source, target=total.name))

    def _foot(self, item: Item) -> list[Point]:
        """From a loss up to the top of the step."""
        box = self.fold.content.boxes[item]
        bends = self.template.bends(item, ("exit", item[1], 0))
        return [(box.x, box.top), *((self.left + self.inset + x, self.timeline.base - y) for x, y in bends)]

    def _place_arrow(self, left: float) -> None:
        at = self.timeline
        y = at.frame_top + 19
        text = line("unfold", size=12, ink="muted")
        middle = left + 8 + (UNFOLD - 26) / 2
        at.scene.texts.append(Text(text, middle, y - 12))
        at.scene.paths.append(Path(at.theme.strokes["unfold"], [(left + 8, y), (left + UNFOLD - 18, y)]))
