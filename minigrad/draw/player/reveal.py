"""Moments at which the boxes of a picture appear in its player: with what they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.model import Graph
from ..scene import Scene


def appearances(
    scene: Scene,
    recorded: Mapping[int, int],
    *,
    pulled: Mapping[tuple[int, int], int],
    walks: Mapping[int, int],
    cuts: Mapping[int, int],
    graph: Graph,
) -> dict[str, int]:
    """The frame at which each box appears; the others are there from the start.

    Args:
        scene: the picture.
        recorded: the frames at which records are told about, by id.
        pulled: for the number of a walk and an id the frame in which the walk went back through it.
        walks: the first frame of each walk, by its number.
        cuts: the frame of each cut, by the number of kept cuts before it.
        graph: what was recorded.
    """
    found: dict[str, int] = {}
    for box in scene.boxes:
        at: int | None = None
        if box.kind in ("norm", "stops"):
            at = next((pulled[box.walk, i] for i in box.ids if (box.walk, i) in pulled), walks.get(box.walk))
        elif box.kind == "sum":
            at = walks.get(box.walk) if box.walk else min(walks.values(), default=None)
        elif box.kind == "detached":
            uses = (use.target for i in box.ids for use in graph.uses.get(i, ()))
            at = max((recorded[i] for i in [*box.ids, *uses] if i in recorded), default=None)
        elif box.kind == "cut":
            at = next((cuts.get(graph.nodes[i].key.segment) for i in box.ids if i in graph.nodes), None)
        elif box.kind in ("memory", "freed"):
            at = max((recorded[i] for i in box.ids if i in recorded), default=None)
        elif box.kind in ("data", "constant"):
            at = min(
                (recorded[use.target] for i in box.ids for use in graph.uses.get(i, ()) if use.target in recorded),
                default=None,
            )
        elif box.kind != "parameter":
            at = min((recorded[i] for i in box.ids if i in recorded), default=None)
        if at is not None:
            found[box.name] = at
    return found
