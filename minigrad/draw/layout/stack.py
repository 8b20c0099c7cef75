"""A strip of columns broken into rows that stand under each other.

Lines that pass from one row to the next end at its border with the head of an arrow, and go on at the next one's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ..scene import Box, Frame, Path, Point, Scene, Text

BETWEEN = 14.0  # two rows


def stack(scene: Scene, at: Sequence[float], left: float, top: float, bottom: float) -> tuple[float, float]:
    """Break all that is in a scene.

    Args:
        scene: the strip.
        at: where each row but the first begins.
        left, top, bottom: the borders of the strip.

    Returns:
        The right and the lower border of the rows.
    """
    pitch = bottom - top + BETWEEN
    starts = [left, *at]

    scene.paths = [piece for path in scene.paths for piece in _broken(path, at)]
    for part in scene.parts():
        row = bisect_right(at, _middle(part))
        part.move(left - starts[row], row * pitch)
    right = max([frame.right for frame in scene.frames] + [box.right for box in scene.boxes], default=left)
    right = max([right, *(x for path in scene.paths for x, _ in path.points)])
    for text in scene.texts:
        _keep_within(text, left, right)
    return right, bottom + len(at) * pitch


def _middle(part: Box | Frame | Path | Text) -> float:
    if isinstance(part, Frame):
        return (part.left + part.right) / 2
    return sum(x for x, _ in part.points) / len(part.route) if isinstance(part, Path) else part.x


def _keep_within(text: Text, left: float, right: float) -> None:
    half = text.line.width / 2
    text.x = max(min(text.x, right - half), left + half)


def _broken(path: Path, at: Sequence[float]) -> Iterator[Path]:
    """The pieces of a path, in its own direction."""
    points = path.points
    piece: list[Point] = [points[0]]
    for (x, y), (u, v) in pairwise(points):
        low, high = sorted((x, u))
        passed = [each for each in at if low < each < high]
        for each in passed if x < u else reversed(passed):
            border = (each, y + (v - y) * (each - x) / (u - x))
            yield replace(path, route=[*piece, border], at=(0.0, 0.0))
            piece = [border]
        piece.append((u, v))
    yield replace(path, route=piece, at=(0.0, 0.0))
