"""The scene of a player: the picture, with what it shows at some moments only.

In the lanes of gradients the walks that the picture does not draw, and bars of memory as they were before it was freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..graph.rows import Row
from ..graph.walks import Walk
from ..layout.across import LEAD
from ..layout.norms import norm_box
from ..reading.lanes import Lane, make_lanes
from ..reading.reading import Reading
from ..scene import Box, Frame, Path, Point, Scene


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
        heights: of the lane of each row of operations, below its column.
    """

    def __init__(self, reading: Reading, scene: Scene) -> None:
        self._reading = reading
        self._scene = scene
        steps = {frame.name: frame for frame in scene.frames if frame.kind == "step"}
        self._columns = [_centre(frame) for frame in steps.values()]
        self._column_of = {i: steps[box.frame] for box in scene.boxes if box.frame in steps for i in box.ids}
        norms = [(box, i) for box in scene.boxes if box.kind == "norm" for i in box.ids if i in self._column_of]
        of = reading.states.of
        self.heights: dict[Row, float] = {of[i]: box.y - self._column_of[i].bottom for box, i in norms if i in of}
        self._tight = any(len(box.lines) > 1 for box, _ in norms)

    def pills(self, lane: Lane) -> dict[int, Box]:
        """The norms of a lane, by id, where it has a place."""
        if lane.row not in self.heights:
            return {}
        found: dict[int, Box] = {}
        for i in lane.norms:
            if i in self._column_of:
                name = f"g{i}-w{lane.walk.number}"
                found[i] = box = norm_box(self._reading, i, lane, self._scene.theme, name, tight=self._tight)
                box.x, bottom = _centre(self._column_of[i])
                box.y = bottom + self.heights[lane.row]
        return found

    def ways(self, lane: Lane, pills: dict[int, Box]) -> list[Path]:
        """How the cotangents of a lane went from one to the other."""
        stroke, walk = self._scene.theme.strokes["gradient"], lane.walk.number
        return [
            Path(stroke, points, source=pills[i].name, target=pills[j].name, kind="gradient", ids=(i, j), walk=walk)
            for i, j in lane.ways
            if i in pills and j in pills
            for points in self._lines(pills[i], pills[j])
        ]

    def _lines(self, source: Box, target: Box) -> list[list[Point]]:
        """The lines of a way: past the columns between, or to the border of a row and on from that of the other."""
        if source.y != target.y:
            edges = [(frame.left, frame.right) for frame in self._scene.frames if frame.kind == "window"]
            left, right = min(low for low, _ in edges) - LEAD, max(high for _, high in edges) + LEAD
            return [[(source.left, source.y), (left, source.y)], [(right, target.y), (target.right, target.y)]]
        if target.right >= source.left:
            return []
        if any(target.x < x < source.x for x, _ in self._columns):
            low = source.bottom + 4
            back = [(source.x - 8, source.bottom), (source.x - 8, low), (target.x + 8, low)]
            return [[*back, (target.x + 8, target.bottom)]]
        return [[(source.left, source.y), (target.right, target.y)]]


def _centre(frame: Frame) -> Point:
    """The middle of a column, and where it ends below."""
    return (frame.left + frame.right) / 2, frame.bottom
