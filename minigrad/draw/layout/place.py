"""From a graph to a picture with every position fixed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from ..graph.model import Graph
from ..graph.roles import find_initial_states, find_totals
from ..reading.names import Names
from ..reading.view import Steps, make_view
from ..scene import Scene, Text
from ..text import Line, Run, clean, line, shorten
from ..theme import Theme
from .boxes import DEFAULT, Boxes
from .expression import Expression
from .fold import Fold
from .folded import FoldedStep
from .furniture import make_panel, place_legend
from .lanes import fading_notes
from .timeline import Timeline

Folding = Literal["unfolded", "folded", "both"]
MARGIN = 24.0
MOST_SCALARS = 12  # parameters of a scalar expression that are drawn as nodes


def place(
    graph: Graph,
    theme: Theme,
    *,
    steps: Steps = None,
    title: str | None = None,
    fold: Folding = "unfolded",
    show: Collection[str] = DEFAULT,
) -> Scene:
    """Place a graph: along time if it has steps, else from left to right."""
    totals = find_totals(graph)
    initial = find_initial_states(graph, totals) if graph.marked else {}
    view = make_view(graph, initial, steps, unfolded=fold != "folded")
    names = Names(graph, view, initial, totals)
    boxes = Boxes(graph, names, theme, _scalars(graph), show=show)
    words = clean(title if title is not None else default_title(graph, fold))
    heading = line(Run(shorten(words, 110), bold=True), size=19)
    scene = Scene(heading.plain, theme)
    panel = make_panel(graph, names, boxes)
    left = MARGIN + (panel.width + 28 if panel else 0.0)
    top = MARGIN + (46.0 if heading.plain else 0.0)
    lags: list[Line] = []
    if graph.marked:
        folded = Fold(graph, view, names, initial, theme) if fold != "unfolded" and view.steps else None
        timeline = Timeline(graph, view, names, boxes, scene, folded)
        if folded is None:
            timeline.place(left, top)
        else:
            step = FoldedStep(folded, timeline, unfolded=fold == "both")
            timeline.place(left + step.width, top)
            step.place(left)
        right, bottom = timeline.right, timeline.bottom
        lags = fading_notes(timeline)
        middle = (timeline.step_top + timeline.step_bottom) / 2
    else:
        expression = Expression(graph, view.columns[0] if view.columns else None, boxes)
        middle = top + max(expression.height, panel.height if panel else 0.0) / 2
        expression.place(scene, left, middle - expression.height / 2)
        right, bottom = left + expression.width, middle + expression.height / 2
    if panel:
        middle = max(middle, top + panel.height / 2)
        panel.place(scene, MARGIN, middle)
        bottom = max(bottom, middle + panel.height / 2)
    notes = [*lags, *(line(note, size=12, ink="muted") for note in _notes(graph, fold))]
    right = max([right, left + 120, MARGIN + heading.width, *(MARGIN + note.width for note in notes)])
    bottom = place_legend(scene, MARGIN, right, bottom + 14)
    for note in notes:
        bottom += 20
        scene.texts.append(Text(note, (MARGIN + right) / 2, bottom))
    if heading.plain:
        scene.texts.append(Text(heading, (MARGIN + right) / 2, MARGIN + 12))
    scene.width, scene.height = right + MARGIN, bottom + MARGIN
    return scene


def default_title(graph: Graph, fold: Folding = "unfolded") -> str:
    """What the picture shows, in a few words."""
    if not graph.nodes:
        return "An empty tape"
    if not graph.marked:
        many = len(graph.whole.nodes)
        return f"{many:,} operation{'s' if many > 1 else ''}"
    steps = {key.step for key in graph.columns if key.step}
    kind = {"unfolded": "Unrolled graph", "folded": "Recurrent graph", "both": "Recurrent graph, folded and unfolded"}
    head = f"{kind[fold]}, T = {max(steps):,}" if steps else "Graph in windows"
    if not graph.tape.cuts:
        return head
    head += ", truncated back-propagation through time"
    window = graph.window
    if window is not None and graph.overlapping:
        return f"{head}, k₁ = {window.steps}, k₂ = {window.last_step - window.border + 1}"
    sizes = {segment.steps[1] - segment.steps[0] + 1 for segment in graph.segments}
    return f"{head}, k = {sizes.pop()}" if len(sizes) == 1 and steps else head


def _scalars(graph: Graph) -> frozenset[int]:
    """Parameters that are nodes of their own: those of a small scalar expression."""
    parameters = [leaf for leaf in graph.leaves.values() if leaf.parameter]
    if graph.marked or len(parameters) > MOST_SCALARS or any(leaf.shape for leaf in parameters):
        return frozenset()
    return frozenset(leaf.id for leaf in parameters)


def _notes(graph: Graph, fold: Folding) -> list[str]:
    """What a reader should know about what is not in the picture."""
    notes = []
    if graph.forgotten > 0:
        notes.append(f"The records before cut {graph.forgotten} were not kept: inspect=True keeps them, and gradients.")
    if graph.found_steps:
        notes.append("No step is marked on this tape: the steps were found by what repeats.")
    if fold != "unfolded" and graph.nodes and not graph.marked:
        notes.append("No step is marked on this tape and nothing repeats, so there is nothing to fold.")
    if not graph.nodes:
        notes.append("Nothing has been recorded on this tape.")
    return notes
