"""Moments at which the boxes of a picture appear in its player, besides those of the records themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..graph.model import Graph
from ..scene import Scene


def appearances(
    scene: Scene,
    shown: Mapping[str, int],
    *,
    pulled: Mapping[int, int],
    walks: Mapping[int, int],
    cuts: Mapping[int, int],
    graph: Graph,
) -> dict[str, int]:
    """The frame at which each box appears that does not stand for a record: with what it belongs to.

    Args:
        scene: the picture.
        shown: the frames at which the boxes of records appear.
        pulled: for each id the frame in which the newest walk went back through it.
        walks, cuts: the first frame of the walks over each window, and of the cut behind it.
        graph: what was recorded.
    """
    found: dict[str, int] = {}
    for box in scene.boxes:
        fold = re.fullmatch(r"(?:fold-data|delay)-(\d+)(?:-\d+)?", box.name)
        if fold and f"fold-op-{fold[1]}-0" in shown:
            found[box.name] = shown[f"fold-op-{fold[1]}-0"]
        elif box.name == "fold-total" and walks:
            found[box.name] = min(walks.values())
        match = re.fullmatch(r"([a-z]+|L)(\d+)(?:_(\d+))?", box.name)
        if match is None or match[1] == "n":
            continue
        kind, first, second = match[1], int(match[2]), int(match[3] or -1)
        at = None
        if kind == "d" and second >= 0:
            at = shown.get(f"n{second}")
        elif kind == "c":
            at = shown.get(f"n{first}")
        elif kind == "g":
            at = pulled.get(first)
        elif kind == "L":
            at = walks.get(first - 1 - graph.forgotten)
        elif kind == "cut" and second in graph.nodes:
            at = cuts.get(graph.nodes[second].key.segment)
        elif kind == "bar":
            at = pulled.get(second)
        if at is not None:
            found[box.name] = at
    return found
