"""Two pictures in one: a tape before and after something, and what became of its operations."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

from .drawing import Drawing
from .graph.model import Graph
from .scene import Scene, Text
from .text import Run, clean, line
from .theme import Style

_BETWEEN = 20.0


def difference(first: Drawing, second: Drawing, title: str | None) -> Scene:
    """Both pictures above each other: what left the tape is dashed above, what is new is framed below."""
    held, holds = _held(first.graph), _held(second.graph)
    above, below = deepcopy(first.scene), deepcopy(second.scene)
    if first.graph.tape is not second.graph.tape:
        for part in above.parts():
            part.kind, part.ids, part.walk, part.cut = "before", (), 0, 0
    cut, state = above.theme.boxes["cut"].stroke, below.theme.boxes["state"].stroke
    dropped, added = len(held - holds), len(holds - held)
    _restyle(above, first.graph, held - holds, lambda style: replace(style, stroke=cut, width=1.6, dashed=True))
    _restyle(below, second.graph, holds - held, lambda style: replace(style, stroke=state, width=2.6))
    leaving = f", of which {dropped:,} leave the tape (dashed)" if dropped else ""
    arriving = f", of which {added:,} are new (thick)" if added else ""
    _caption(above, f"before: {len(held):,} records{leaving}{_left(first.graph, held)}")
    _caption(below, f"after: {len(holds):,} records{arriving}{_left(second.graph, holds)}")
    head = clean(title) if title is not None else ""
    return _stacked(above, below, head)


def _left(graph: Graph, held: set[tuple[int, str, int]]) -> str:
    """What is said of records that the picture has and the tape has no more."""
    more = len(graph.whole.nodes) - len(held)
    return f"; {more:,} more had left the tape" if more else ""


def _held(graph: Graph) -> set[tuple[int, str, int]]:
    """The records that the tape held: not those that a cut had dropped."""
    whole = graph.whole
    return {
        (i, whole.nodes[i].op, key.step)
        for segment in whole.segments
        if segment.current
        for key in segment.keys
        for i in whole.columns[key]
    }


def _restyle(scene: Scene, graph: Graph, chosen: set[tuple[int, str, int]], change: Callable[[Style], Style]) -> None:
    names = {f"n{node}" for i, _, _ in chosen for node in (i, graph.node_of[i])}
    for box in scene.boxes:
        if box.name in names:
            box.style = change(box.style)


def _caption(scene: Scene, words: str) -> None:
    """Put a caption in place of the heading."""
    text = line(Run(words, bold=True), size=16)
    scene.texts = [each for each in scene.texts if each.kind != "title"]
    scene.width = max(scene.width, text.width + 48)
    scene.texts.append(Text(text, 24 + text.width / 2, 24, "note"))


def _stacked(above: Scene, below: Scene, title: str) -> Scene:
    """One scene of two, the first on top."""
    heading = line(Run(title, bold=True), size=19)
    head = 44.0 if title else 0.0
    _shift(above, "before-", head)
    _shift(below, "", head + above.height + _BETWEEN)
    scene = Scene(title or "Before and after", above.theme)
    for part in (above, below):
        scene.frames += part.frames
        scene.paths += part.paths
        scene.boxes += part.boxes
        scene.texts += part.texts
    scene.width = max(above.width, below.width, heading.width + 48)
    scene.height = head + above.height + _BETWEEN + below.height
    if title:
        scene.texts.append(Text(heading, scene.width / 2, 30.0, kind="title"))
    return scene


def _shift(scene: Scene, prefix: str, down: float) -> None:
    scene.move(0.0, down)
    for box in scene.boxes:
        box.name, box.frame = f"{prefix}{box.name}", f"{prefix}{box.frame}" if box.frame else ""
    for frame in scene.frames:
        frame.name, frame.parent = f"{prefix}{frame.name}", f"{prefix}{frame.parent}" if frame.parent else ""
    for path in scene.paths:
        path.source = f"{prefix}{path.source}" if path.source else ""
        path.target = f"{prefix}{path.target}" if path.target else ""
