"""From a graph to a picture with every position fixed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from ...errors import ArgumentError
from ..graph.model import Graph
from ..reading.captions import default_title, notes_of
from ..reading.reading import Reading
from ..scene import Scene, Text
from ..subscripts import plain
from ..text import Line, broken, line
from ..theme import Theme
from . import wrap
from .boxes import Boxes
from .crossings import Crossings
from .expression import Expression
from .fold import Fold
from .folded import FoldedStep
from .lanes import fading_notes
from .legend import place_legend
from .page import BOOK_MARGIN, PLAIN, Page, heading_of, height_of, in_lines, place_heading, smallest_letters, too_narrow
from .panel import Panel, make_panel
from .stack import stack
from .timeline import Timeline

Folding = Literal["unfolded", "folded", "both"]
LEAST_BELOW = 340.0  # the width of a panel below the graph, if there is so much room
WIDEST, FEWEST = 4500.0, 3  # points: a wider picture shows fewer columns than it could, but not fewer than so many
MOST_SCALARS = 12  # parameters of a scalar expression that are drawn as nodes


def place(
    reading: Reading, theme: Theme, *, title: str | None = None, fold: Folding = "unfolded", page: Page = PLAIN
) -> Scene:
    """Place a graph: along time if it has steps, else from left to right.

    Raises:
        ArgumentError: at the width of the page, with letters of its font, something that cannot be broken has no room.
    """
    scene = _Placing(reading, theme, title, fold, page, math.inf).scene
    if page.font is None:
        return scene
    smallest = smallest_letters(scene)
    least = page.font / smallest
    if page.width is None:
        scene.zoom = least
        return scene
    room = page.width / least
    scene = _Placing(reading, theme, title, fold, page, room).scene
    if scene.width > room + 0.5:
        otherwise = ", or compact=True" if reading.graph.marked and not reading.cells else ""
        raise ArgumentError(too_narrow(page.width, page.font, scene.width * least, otherwise))
    scene.zoom = max(least, min(1.0, page.width / scene.width))
    spare = page.width / scene.zoom - scene.width
    scene.move(spare / 2, 0.0)
    scene.width += spare
    return scene


class _Placing:
    """Puts everything into a scene.

    Args:
        reading, theme, title, fold, page: as of ``place``.
        room: the width of the page in points. On a page of a given width columns are broken into rows, and the panel of
            parameters lies below them.

    Attributes:
        scene: all of it.
    """

    def __init__(
        self, reading: Reading, theme: Theme, title: str | None, fold: Folding, page: Page, room: float
    ) -> None:
        self.reading = reading
        self.page = page
        self.room = room - 2 * page.margin
        self.fold = fold
        self.boxes = Boxes(reading, theme, _scalars(reading.graph), tight=self.narrow)
        heading = heading_of(title, default_title(reading, fold))
        self.scene = scene = Scene(plain(heading.runs), theme)
        headings = in_lines(heading, self.room)
        panel = make_panel(reading, self.boxes) if page.panel else None
        beside = panel if not self.narrow else None
        left = page.margin + (beside.width + 28 if beside else 0.0)
        self.top = page.margin + height_of(headings)
        right, bottom = self._place_steps(left) if reading.graph.marked else self._place_expression(left, beside)
        if beside:
            middle = max(self.middle, self.top + beside.height / 2)
            beside.place(scene, page.margin, middle)
            bottom = max(bottom, middle + beside.height / 2)
        self._close(headings, panel if self.narrow else None, right, bottom)

    @property
    def narrow(self) -> bool:
        """Whether the page is of a width that was asked for."""
        return self.page.width is not None

    def _place_steps(self, left: float) -> tuple[float, float]:
        """Place columns of steps; returns where they end to the right, and below."""
        reading, scene = self.reading, self.scene
        loops = reading.view.loops if self.fold != "unfolded" else []
        crossings = Crossings(reading)  # it knows what is cited, and so has to say its number
        folds = [Fold(reading, columns, scene.theme, tight=self.narrow) for columns in loops]
        timeline = Timeline(reading, self.boxes, scene, crossings, folds, tight=self.narrow)
        steps = [FoldedStep(each, timeline, unfolded=self.fold == "both" and each is folds[-1]) for each in folds]
        timeline.place(left, self.top, [step.width for step in steps], self.room if self.room < math.inf else None)
        start = left
        for step in steps:
            step.place(left)
            left += step.width
        self.middle = (timeline.step_top + timeline.step_bottom) / 2
        if timeline.rows.at:
            return stack(scene, timeline.rows.at, start, self.top, timeline.bottom)
        return timeline.right, timeline.bottom

    def _place_expression(self, left: float, beside: Panel | None) -> tuple[float, float]:
        """Place a graph without steps; returns where it ends to the right, and below."""
        columns = self.reading.view.columns
        widest = min(wrap.WIDEST, self.room)
        expression = Expression(self.reading.graph, columns[0] if columns else None, self.boxes, widest)
        self.middle = self.top + max(expression.height, beside.height if beside else 0.0) / 2
        expression.place(self.scene, left, self.middle - expression.height / 2)
        return left + expression.width, self.middle + expression.height / 2

    def _close(self, headings: Sequence[Line], below: Panel | None, right: float, bottom: float) -> None:
        """Place what stands above and below, and fix the size of the page."""
        reading, scene, margin = self.reading, self.scene, self.page.margin
        fading = fading_notes(reading) if reading.graph.marked else []
        walk = reading.track[0].number if fading else 0
        notes = [(note, walk) for note in fading]
        notes += [(line(note, size=12, ink="muted"), 0) for note in notes_of(reading, self.fold)]
        notes = [(part, number) for note, number in notes for part in broken(note, self.room)]
        wide = [heading.width for heading in headings] + [note.width for note, _ in notes]
        right = max([right, *(margin + each for each in wide)] + [margin + 120] * (not self.narrow))
        if below:
            right = max(right, margin + min(self.room, LEAST_BELOW))
            bottom = below.place_below(scene, margin, right, bottom + 12)
        if self.page.legend:
            bottom = place_legend(scene, margin, right, bottom + 14)
        for note, number in notes:
            bottom += 20
            scene.texts.append(Text(note, (margin + right) / 2, bottom, "note", walk=number))
        place_heading(scene, headings, (margin + right) / 2, margin)
        end = max([margin, *(BOOK_MARGIN + note.height / 2 for note, _ in notes[-1:])])
        scene.width, scene.height = right + margin, bottom + end


def _scalars(graph: Graph) -> frozenset[int]:
    """Parameters that are nodes of their own: those of a small scalar expression."""
    parameters = [leaf for leaf in graph.leaves.values() if leaf.parameter]
    if graph.marked or len(parameters) > MOST_SCALARS or any(leaf.shape for leaf in parameters):
        return frozenset()
    return frozenset(leaf.id for leaf in parameters)
