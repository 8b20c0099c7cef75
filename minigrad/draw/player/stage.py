"""The scene of a player: the picture, with what it shows at some moments only.

In the place of the norms of a walk the norms of the others, and bars of memory as they were before it was freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..graph.walks import Walk
from ..reading.captions import norm_line
from ..reading.lanes import FAINT
from ..reading.reading import Reading
from ..scene import Box, Scene


def staged(reading: Reading, scene: Scene, walks: Sequence[Walk]) -> Scene:
    """The scene of a player.

    Args:
        reading: what the picture says.
        scene: the picture.
        walks: those that are told.
    """
    boxes: list[Box] = []
    for box in scene.boxes:
        if box.kind == "freed":
            boxes.append(
                replace(box, name=f"{box.name}-kept", kind="kept", style=scene.theme.boxes["memory"], tooltip="")
            )
        boxes.append(box)
    pills = [box for box in scene.boxes if box.kind == "norm"]
    for walk in walks:
        boxes += _norms(reading, scene, pills, walk)
    return replace(scene, boxes=boxes)


def _norms(reading: Reading, scene: Scene, pills: Sequence[Box], walk: Walk) -> list[Box]:
    """What the boxes of norms say in a walk that is not theirs."""
    sizes: dict[str, dict[int, float]] = {}  # by the row of the state
    for pill in pills:
        (i,) = pill.ids
        size = walk.norm(i)
        if size is not None:
            sizes.setdefault(str(reading.states.of[i]), {})[i] = size
    boxes = []
    for pill in pills:
        (i,) = pill.ids
        row = sizes.get(str(reading.states.of.get(i)), {})
        if i not in row or pill.walk == walk.number:
            continue
        text = norm_line(reading, i, walk.number, row[i])
        style = scene.theme.boxes["faint" if row[i] < FAINT * row[max(row)] else "gradient"]
        boxes.append(
            replace(
                pill,
                name=f"{pill.name}-w{walk.number}",
                style=style,
                lines=(text,),
                width=text.width + 14,
                walk=walk.number,
            )
        )
    return boxes
