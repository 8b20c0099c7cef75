"""Placement of the folded step: the same rows as the unfolded ones, and the delays to the left of them."""

from __future__ import annotations

from ..reading.view import MORE
from ..reading.words import made_of, which_steps
from ..scene import Box, Frame, Path, Point, Text
from ..text import Line, Run, clean, line, number, shorten, without_index
from .across import PAD
from .fold import DELAY, Fold
from .layers import kept_within, separated
from .route import free_place
from .template import CHANNEL, Item
from .timeline import Timeline

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
        self.template = timeline.templates[fold.group]
        self.name = f"fold{fold.columns[0].key.part}"
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
        frame = Frame(self.name, style, left, at.frame_top, outer, at.frame_bottom, self.captions[0], head)
        frame.kind, frame.ids = "fold", tuple(i for column in self.fold.columns for i in column.ids if i != MORE)
        whole = frame.ids
        scene.frames.append(frame)
        t = line(Run("t", italic=True), size=12, ink="muted")
        corner = (self.left + 14 + t.width / 2, at.step_bottom - 15)
        style = at.theme.boxes["step"]
        inner = f"{self.name}-step"
        frame = Frame(
            inner, style, self.left, at.step_top, self.right, at.step_bottom, t, corner, self.name, "step", whole
        )
        scene.frames.append(frame)
        for item, box in self.fold.content.boxes.items():
            across, along = self.template.centre(item)
            box.x, box.y, box.frame = self.left + self.inset + across, at.base - along, inner
            scene.boxes.append(box)
        scene.paths += at.inside(self.fold.content, self.template, self.left + self.inset)
        self._place_delays()
        self._place_total()
        y = at.step_bottom + 16
        for text in self.captions[1:]:
            scene.texts.append(Text(text, middle, y, "note"))
            y += 16
        if self.unfolded:
            self._place_arrow(outer, whole)

    # -- words ---------------------------------------------------------------------------------

    def _captions(self) -> list[Line]:
        fold = self.fold
        many = f"{fold.count:,} step{'s' * (fold.count != 1)}"
        marks = fold.graph.tape.mark_names
        names = {without_index(clean(marks.get(step, ""))).strip() for step in fold.steps}
        loops = len(fold.reading.view.loops)
        name = names.pop() if len(names) == 1 else ""
        head = name if name and loops > 1 else "folded"
        if loops > 1:
            many = f"t = {fold.steps[0]} to {fold.steps[-1]}" if fold.count > 1 else f"t = {fold.steps[0]}"
        return [line(Run(shorten(head), bold=True), f"  ·  {many}", size=13), *fold.notes()]

    def _total_box(self) -> Box | None:
        if not self.fold.sums:
            return None
        of = self.fold.reading.rows.of
        group = self.fold.group
        totals = [
            each
            for each in self.fold.reading.sums
            if len(each.losses) > 1 and any(of.get(i, ("",))[0] == group for i in each.losses)
        ]
        words = {made_of(self.fold.names, each, spans=False) for each in totals}
        runs = words.pop() if len(words) == 1 else ()
        steps = [self.fold.graph.nodes[i].key.step for i in totals[0].losses]
        part = (
            ""
            if len(totals) > 1 or set(steps) >= set(self.fold.steps)
            else f"  {which_steps(sorted(set(steps)), self.fold.count)}"
        )
        parts: list[Run | str] = [" = ", *runs, part] if runs else []
        text = line(Run("L", bold=True), *parts)
        box = Box(
            f"{self.name}-total",
            self.timeline.theme.boxes["total"],
            "round",
            (text,),
            text.width + 18,
            30.0,
            kind="sum",
        )
        walked = any(each.walk for each in totals)
        box.tooltip = (
            "a walk of each window starts here" if len(totals) > 1 else "the walk starts here" if walked else ""
        )
        if len(totals) == 1 and totals[0].weights and len(set(totals[0].weights)) > 1:
            weights = ", ".join(number(weight) for weight in totals[0].weights[:12])
            box.tooltip += f"; weights {weights}{', …' if len(totals[0].weights) > 12 else ''}"
        if not walked:
            box.kind, box.style = "loss", self.timeline.theme.boxes["loss"]
        box.ids = tuple(i for each in totals for i in each.targets)
        return box

    # -- lines ---------------------------------------------------------------------------------

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
            box.x, box.y, box.frame = right - box.width / 2, heights[position], self.name
            right -= box.width + _BETWEEN
            at.scene.boxes.append(box)
            y = points[-1][1]
            if abs(box.y - y) > box.height / 2 - 6:
                turn = self.left - 4 - 3 * (position % 3)
                points += [(turn, y), (turn, box.y)]
                y = box.y
            source = self.fold.content.boxes[delay.source]
            ways = [*points, (box.right, y)]
            at.scene.paths.append(Path(stroke, ways, source=source.name, target=box.name, kind="carried"))
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
                ways = [start, *entry]
                at.scene.paths.append(Path(stroke, ways, source=box.name, target=target.name, kind="carried"))

    def _place_total(self) -> None:
        if self.total is None:
            return
        at, total = self.timeline, self.total
        reach = total.width / 2 + 6
        feet = [self._foot(item) for item in self.fold.sums]
        total.x = min(max(feet[0][-1][0], self.left + reach), self.right - reach)
        total.y, total.frame = at.step_top - 10 - at.band * 0.5, self.name
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

    def _place_arrow(self, left: float, ids: tuple[int, ...]) -> None:
        """An arrow to the steps, which lie to the right, or below in a row of their own."""
        at = self.timeline
        text = line("unfold", size=12, ink="muted")
        if at.rows.below:
            x, low = left + 18, at.frame_bottom
            ends, place = [(x, low - 44), (x, low)], (x + 10 + text.width / 2, low - 22)
        else:
            y = at.frame_top + 19
            ends = [(left + 8, y), (left + UNFOLD - 18, y)]
            place = (left + 8 + (UNFOLD - 26) / 2, y - 12)
        at.scene.texts.append(Text(text, *place, "fold", ids))
        at.scene.paths.append(Path(at.theme.strokes["unfold"], ends, kind="fold", ids=ids))
