"""The rows of sums above the steps, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scene import Path, Point
from .route import free_place

if TYPE_CHECKING:
    from .timeline import Timeline

BAND = 46.0  # height of a row of sums


class SumRows:
    """Draws the sums of a timeline whose columns have their places."""

    def __init__(self, timeline: Timeline) -> None:
        self.at = timeline

    def _loss_foot(self, i: int) -> list[Point]:
        """From a loss up to the top of its column."""
        placed, item = self.at.item_of[i]
        box = self.at.box_of[i]
        out = ("exit", item[1], 0)
        bends = placed.template.bends(item, out)
        return [
            (box.x, box.top),
            *((placed.left + placed.inset + x, self.at.base - y) for x, y in bends),
        ]

    def draw(self) -> None:
        """A box for each sum, and its lines."""
        stroke = self.at.theme.strokes["loss"]
        for i, each in self.at.sums.items():
            box = self.at.sum_boxes[i]
            placed = self.at.placed[each.column]
            own = [s for s in each.sources if s in self.at.item_of and self.at.item_of[s][0] is placed]
            same = [s for s in each.sources if s in self.at.sums and self.at.sums[s].column == each.column]
            below = [self.at.sum_boxes[s].x for s in same]
            wished = self._loss_foot(own[0])[-1][0] if own else below[0] if below else (placed.left + placed.right) / 2
            reach = box.width / 2 + 6
            low, high = placed.left + reach, placed.right - reach
            box.x = min(max(wished, low), high)
            box.y = self.at.step_top - 10 - self.at.band * (each.level + 0.5)
            box.frame = self.at.window_of[each.column]
            self.at.scene.boxes.append(box)
        for i, each in self.at.sums.items():
            box = self.at.sum_boxes[i]
            for s in each.sources:
                self.at.scene.paths.append(Path(stroke, self._rise(s, i), source=self._name(s), target=box.name))
            if i >= 0:
                self._draw_through_gap(i)

    def _name(self, i: int) -> str:
        return (self.at.sum_boxes[i] if i in self.at.sums else self.at.box_of[i]).name

    def _rise(self, source: int, target: int) -> list[Point]:
        """From a loss or a sum to a sum: up, and along the row if it lies above another column."""
        box = self.at.sum_boxes[target]
        if source in self.at.sums:
            below = self.at.sum_boxes[source]
            if self.at.sums[source].column == self.at.sums[target].column:
                taken = self._between(below.top, box.bottom, target)
                if not taken:
                    return [(below.x, below.top), (box.x, box.bottom)]
                x = max(high for _, high in taken) + 7
                return [(below.right, below.y), (x, below.y), (x, box.y), (box.right, box.y)]
            turn = self.at.placed[self.at.sums[source].column].right + self.at.gutter / 2
            return [(below.right, below.y), (turn, below.y), (turn, box.y), (box.left, box.y)]
        foot = self._loss_foot(source)
        x = free_place(foot[-1][0], self._between(foot[-1][1], box.bottom, target))
        if x != foot[-1][0]:
            foot = [*foot, (x, foot[-1][1])]
        column = self.at.placed[self.at.sums[target].column]
        if self.at.item_of[source][0] is column and abs(x - box.x) < box.width / 2 - 4:
            return [*foot, (x, box.bottom)]
        return [*foot, (x, box.y), (box.left, box.y)]

    def _between(self, low: float, high: float, target: int) -> list[tuple[float, float]]:
        """Where sums of the column of a sum lie, from left to right, between two heights."""
        column = self.at.sums[target].column
        boxes = (self.at.sum_boxes[i] for i, each in self.at.sums.items() if each.column == column)
        return [(box.left, box.right) for box in boxes if high < box.y < low]

    def _draw_through_gap(self, i: int) -> None:
        """A line out of a gap for what a sum takes from hidden steps, and one into it for where it goes."""
        box, k = self.at.sum_boxes[i], self.at.sums[i].column
        stroke = self.at.theme.strokes["loss"]
        if self.at.sums[i].more and k - 1 in self.at.gaps:
            points = [(self.at.gaps[k - 1][1], box.y), (box.left, box.y)]
            self.at.scene.paths.append(Path(stroke, points, target=box.name))
        used = any(use.target in self.at.names.gathers - self.at.sums.keys() for use in self.at.graph.uses.get(i, ()))
        if used and k + 1 in self.at.gaps:
            points = [(box.right, box.y), (self.at.gaps[k + 1][0], box.y)]
            targets = tuple(use.target for use in self.at.graph.uses[i] if use.target in self.at.names.gathers)
            self.at.scene.paths.append(Path(stroke, points, source=box.name, kind="loss", ids=targets))
