"""Lines: polylines with rounded corners, as Bézier curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..scene import Point

Curve = tuple[Point, Point, Point]  # two control points and the end

RADIUS = 9.0


def simplified(points: Sequence[Point]) -> list[Point]:
    """The points without repeated ones and without those in the middle of a straight piece."""
    kept: list[Point] = []
    for point in points:
        if kept and math.dist(kept[-1], point) < 0.05:
            continue
        while len(kept) >= 2 and _straight(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept if len(kept) > 1 else list(points[:1]) + list(points[-1:])


def _straight(a: Point, b: Point, c: Point) -> bool:
    (ax, ay), (bx, by), (cx, cy) = a, b, c
    ahead = (bx - ax) * (cx - bx) + (by - ay) * (cy - by) >= 0
    return ahead and abs((bx - ax) * (cy - by) - (by - ay) * (cx - bx)) < 0.01


def free_place(wish: float, taken: Iterable[tuple[float, float]]) -> float:
    """The place nearest to the wished one at which a line passes all that is taken, from a lower to an upper end."""
    taken = list(taken)
    places = [wish, *(low - 7 for low, _ in taken), *(high + 7 for _, high in taken)]
    clear = [place for place in places if all(place < low - 3 or place > high + 3 for low, high in taken)]
    return min(clear, key=lambda place: abs(place - wish))


def along(a: Point, b: Point, distance: float) -> Point:
    """The point at ``distance`` from ``a`` on the way to ``b``."""
    length = math.dist(a, b) or 1.0
    return (a[0] + (b[0] - a[0]) * distance / length, a[1] + (b[1] - a[1]) * distance / length)


def rounded(points: Sequence[Point], radius: float = RADIUS) -> tuple[Point, list[Curve]]:
    """The start of a simplified line and its Bézier curves, in turn a straight piece and a corner."""
    start = position = points[0]
    curves: list[Curve] = []
    for before, corner, after in zip(points, points[1:], points[2:]):
        reach = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        entry, leave = along(corner, before, reach), along(corner, after, reach)
        curves.append((position, entry, entry))
        curves.append((along(entry, corner, reach * 0.6), along(leave, corner, reach * 0.6), leave))
        position = leave
    curves.append((position, points[-1], points[-1]))
    return start, curves
