"""The scene of a player: the picture, with what it shows at some moments only.

In the lanes of gradients the walks that the picture does not draw, and bars of memory as they were before it was freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..graph.rows import Row
from ..graph.walks import Walk
from ..reading.captions import norm_line
from ..reading.lanes import Lane, make_lanes
from ..reading.reading import Reading
from ..scene import Box, Path, Scene


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
            style = scene.theme.boxes["memory"]
            boxes.append(replace(box, name=f"{box.name}-kept", kind="kept", style=style, tooltip=""))
        boxes.append(box)
    paths = list(scene.paths)
    others = _Others(reading, scene)
    drawn = {walk.number for walk in reading.track}
    for walk in walks:
        if others.heights and walk.number not in drawn:
            for lane in make_lanes(reading.graph, reading.states, [walk], reading.view.shown):
                pills = others.pills(lane)
                boxes += pills.values()
                paths += others.ways(lane, pills)
    return replace(scene, boxes=boxes, paths=paths)


class _Others:
    """Places walks in the lanes of a picture that draws others there.

    Attributes:
        heights: of the lane of each row.
    """

    def __init__(self, reading: Reading, scene: Scene) -> None:
        self._reading = reading
        self._scene = scene
        frames = {frame.name: (frame.left + frame.right) / 2 for frame in scene.frames if frame.kind == "step"}
        self._columns = sorted(frames.values())
        self._across = {i: frames[box.frame] for box in scene.boxes if box.frame in frames for i in box.ids}
        of = reading.states.of
        self.heights: dict[Row, float] = {
            of[i]: box.y for box in scene.boxes if box.kind == "norm" for i in box.ids if i in of
        }

    def pills(self, lane: Lane) -> dict[int, Box]:
        """The norms of a lane, by id, where it has a place."""
        if lane.row not in self.heights:
            return {}
        theme, number = self._scene.theme, lane.walk.number
        found: dict[int, Box] = {}
        for i, size in lane.norms.items():
            if i in self._across:
                text = norm_line(self._reading, i, number, size)
                style = theme.boxes["faint" if i in lane.faint else "gradient"]
                box = Box(f"g{i}-w{number}", style, "round", (text,), text.width + 14, 25.0, kind="norm", ids=(i,))
                box.x, box.y, box.walk = self._across[i], self.heights[lane.row], number
                found[i] = box
        return found

    def ways(self, lane: Lane, pills: dict[int, Box]) -> list[Path]:
        """How the cotangents of a lane went from one to the other."""
        paths = []
        for i, j in lane.ways:
            if i in pills and j in pills and pills[j].right < pills[i].left:
                source, target = pills[i], pills[j]
                points = [(source.left, source.y), (target.right, target.y)]
                if any(target.x < x < source.x for x in self._columns):
                    low = source.bottom + 4
                    points = [(source.x - 8, source.bottom), (source.x - 8, low)]
                    points += [(target.x + 8, low), (target.x + 8, target.bottom)]
                stroke, walk = self._scene.theme.strokes["gradient"], lane.walk.number
                path = Path(stroke, points, source=source.name, target=target.name, kind="gradient", ids=(i, j))
                path.walk = walk
                paths.append(path)
        return paths
