"""What is wrong with a picture, measured on its scene."""

from __future__ import annotations

from itertools import pairwise

from minigrad.draw.layout.route import simplified
from minigrad.draw.scene import Box, Point, Scene

Rectangle = tuple[float, float, float, float]


def overlapping(scene: Scene) -> list[tuple[str, str]]:
    """The boxes that lie on each other."""
    found: list[tuple[str, str]] = []
    active: list[Box] = []
    for box in sorted(scene.boxes, key=lambda each: each.left):
        active = [other for other in active if other.right > box.left + 0.01]
        found += [
            (other.name, box.name)
            for other in active
            if box.top < other.bottom - 0.01 and other.top < box.bottom - 0.01
        ]
        active.append(box)
    return found


def pierced(scene: Scene) -> list[tuple[str, str, str]]:
    """The edges that run through a box at neither of their ends; a cut passes behind its gates."""
    cut = scene.theme.strokes["cut"]
    found = []
    for path in scene.paths:
        for start, end in pairwise(simplified(path.points)) if path.stroke != cut else ():
            for box in scene.boxes:
                inside = (box.left + 1, box.top + 1, box.right - 1, box.bottom - 1)
                if box.name not in (path.source, path.target) and _meets(start, end, inside):
                    found.append((path.source, path.target, box.name))
    return found


def _meets(start: Point, end: Point, rectangle: Rectangle) -> bool:
    """Whether a segment meets a rectangle (Liang and Barsky's clipping)."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    left, top, right, bottom = rectangle
    enter, leave = 0.0, 1.0
    for step, room in ((-dx, x - left), (dx, right - x), (-dy, y - top), (dy, bottom - y)):
        if step == 0:
            if room < 0:
                return False
        elif step < 0:
            enter = max(enter, room / step)
        else:
            leave = min(leave, room / step)
    return enter < leave


def clipped(scene: Scene) -> list[str]:
    """The texts that leave their box, their frame or the picture, or lie on a box."""
    found = []
    for box in scene.boxes:
        found += [badge.line.plain for badge in (*box.before, *box.badges) if badge.line.width > badge.width]
        found += [line.plain for line in box.lines if line.width > box.head_width]
        if sum(line.size for line in box.lines) > box.height:
            found.append(f"{box.name} is too low")
    texts = [(text.line, text.x, text.y) for text in scene.texts]
    for frame in scene.frames:
        if frame.caption is not None:
            texts.append((frame.caption, *frame.caption_at))
            if frame.caption.width > frame.right - frame.left:
                found.append(frame.caption.plain)
        if frame.left < 0 or frame.top < 0 or frame.right > scene.width or frame.bottom > scene.height:
            found.append(f"the frame {frame.name}")
    for line, x, y in texts:
        high = 0.6 * line.size
        if x - line.width / 2 < 0 or x + line.width / 2 > scene.width or not high < y < scene.height - high:
            found.append(line.plain)
        for box in scene.boxes:
            if (
                abs(box.x - x) < (box.width + line.width) / 2 - 0.5
                and abs(box.y - y) < (box.height + line.size) / 2 - 0.5
            ):
                found.append(f"{line.plain} on {box.name}")
    return found


def outside_its_frame(scene: Scene) -> list[str]:
    """The boxes that leave the frame to which they belong."""
    frames = {frame.name: frame for frame in scene.frames}
    found = []
    for box in scene.boxes:
        frame = frames.get(box.frame)
        if frame is not None and not (
            frame.left <= box.left and box.right <= frame.right and frame.top <= box.top and box.bottom <= frame.bottom
        ):
            found.append(box.name)
    return found
