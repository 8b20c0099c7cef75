"""From a graph to a picture with every position fixed."""

from __future__ import annotations

from typing import Literal

from ..graph.model import Graph
from ..reading.captions import default_title, notes_of
from ..reading.reading import Reading
from ..scene import Scene, Text
from ..text import Line, line
from ..theme import Theme
from .boxes import Boxes
from .expression import Expression
from .fold import Fold
from .folded import FoldedStep
from .furniture import make_panel, place_legend
from .lanes import fading_notes
from .page import MARGIN, heading_of, place_heading
from .timeline import Timeline

Folding = Literal["unfolded", "folded", "both"]
MOST_SCALARS = 12  # parameters of a scalar expression that are drawn as nodes


def place(reading: Reading, theme: Theme, *, title: str | None = None, fold: Folding = "unfolded") -> Scene:
    """Place a graph: along time if it has steps, else from left to right."""
    graph = reading.graph
    boxes = Boxes(reading, theme, _scalars(graph))
    heading = heading_of(title, default_title(reading, fold))
    scene = Scene(heading.plain, theme)
    panel = make_panel(reading, boxes)
    left = MARGIN + (panel.width + 28 if panel else 0.0)
    top = MARGIN + (46.0 if heading.plain else 0.0)
    fading: list[Line] = []
    if graph.marked:
        loops = reading.view.loops if fold != "unfolded" else []
        folds = [Fold(reading, columns, theme) for columns in loops]
        timeline = Timeline(reading, boxes, scene, folds)
        steps = [FoldedStep(each, timeline, unfolded=fold == "both" and each is folds[-1]) for each in folds]
        timeline.place(left + sum(step.width for step in steps), top)
        for step in steps:
            step.place(left)
            left += step.width
        right, bottom = timeline.right, timeline.bottom
        fading = fading_notes(reading)
        middle = (timeline.step_top + timeline.step_bottom) / 2
    else:
        columns = reading.view.columns
        expression = Expression(graph, columns[0] if columns else None, boxes)
        middle = top + max(expression.height, panel.height if panel else 0.0) / 2
        expression.place(scene, left, middle - expression.height / 2)
        right, bottom = left + expression.width, middle + expression.height / 2
    if panel:
        middle = max(middle, top + panel.height / 2)
        panel.place(scene, MARGIN, middle)
        bottom = max(bottom, middle + panel.height / 2)
    walk = reading.track[0].number if fading else 0
    notes = [(note, walk) for note in fading]
    notes += [(line(note, size=12, ink="muted"), 0) for note in notes_of(reading, fold)]
    right = max([right, left + 120, MARGIN + heading.width, *(MARGIN + note.width for note, _ in notes)])
    bottom = place_legend(scene, MARGIN, right, bottom + 14)
    for note, number in notes:
        bottom += 20
        scene.texts.append(Text(note, (MARGIN + right) / 2, bottom, "note", walk=number))
    place_heading(scene, heading, (MARGIN + right) / 2)
    scene.width, scene.height = right + MARGIN, bottom + MARGIN
    return scene


def _scalars(graph: Graph) -> frozenset[int]:
    """Parameters that are nodes of their own: those of a small scalar expression."""
    parameters = [leaf for leaf in graph.leaves.values() if leaf.parameter]
    if graph.marked or len(parameters) > MOST_SCALARS or any(leaf.shape for leaf in parameters):
        return frozenset()
    return frozenset(leaf.id for leaf in parameters)
