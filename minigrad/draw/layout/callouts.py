"""What a lecturer adds to a picture: numbered notes at steps and boxes, and a highlighted way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import cos, hypot, pi, sin
from textwrap import wrap

from ..reading.highlight import Highlight
from ..reading.reading import Reading
from ..scene import Box, Path, Point, Scene, Text
from ..text import SMALL, Line, Run, broken, clean, line
from ..theme import Stroke, Style
from .route import simplified

_MARK = 17.0  # the width of the number of a note
_COLUMNS = 100  # characters of a line of a note
_RINGS = (4.0, 10.0, 18.0, 28.0, 40.0, 56.0, 76.0, 100.0, 130.0)  # how far from its subject a number may stand
_TURNS = 24


Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


def add_highlight(scene: Scene, reading: Reading, highlight: Highlight) -> None:
    """Paint a way strongly, and say below the picture what it is."""
    ink = scene.theme.inks["gradient"]
    node_of = reading.graph.node_of
    ids = list(dict.fromkeys(node_of.get(i, i) for i in highlight.ids))
    following = dict(pairwise(ids))
    chosen = set(ids)
    stands = {box.name: box.ids[0] for box in scene.boxes if len(box.ids) == 1 and _is_whole(box)}
    stands = {name: i for name, i in stands.items() if i in chosen}
    for box in scene.boxes:
        if box.name in stands:
            box.style = replace(box.style, stroke=ink, width=3.0)
    for path in scene.paths:
        source, target = stands.get(path.source), stands.get(path.target)
        if source is not None and following.get(source) == target:
            path.stroke = Stroke(ink, 3.0)
    missing = len(chosen - set(stands.values()))
    more = f"; {missing:,} on it not shown" if missing else ""
    words = line(*highlight.words(reading), more, size=13, ink="gradient")
    _below(scene, [words])


def _is_whole(box: Box) -> bool:
    return box.kind in ("op", "state", "loss", "total", "walk", "module", "data", "parameter")


def add_notes(scene: Scene, anchors: Sequence[tuple[Rectangle, str]]) -> None:
    """Put a number at the subject of each note, and the notes below the picture.

    Args:
        scene: the picture.
        anchors: the rectangle of each subject, left, top, right, bottom, with the note.
    """
    lines: list[Line] = []
    for number, (anchor, note) in enumerate(anchors, 1):
        _mark(scene, number, anchor)
        first, *more = wrap(clean(note), _COLUMNS) or [""]
        lines.append(line(Run(f"({number})  ", bold=True), Run(first), size=13))
        lines += [line(Run(each), size=13) for each in more]
    _below(scene, lines)


def anchor_of_step(scene: Scene, step: int) -> Rectangle | None:
    """Where the caption of a step stands."""
    for frame in scene.frames:
        caption = frame.caption
        if caption is not None and caption.plain.split("  ")[0] == f"t = {step}":
            (x, y), half = frame.caption_at, caption.width / 2
            return x - half, y - 8, x + half, y + 8
    return None


def anchor_of_id(scene: Scene, i: int) -> Rectangle | None:
    """Where the box of an operation or of a leaf stands."""
    boxes = [box for box in scene.boxes if box.ids == (i,) and _is_whole(box) and not box.name.startswith("legend")]
    return (boxes[0].left, boxes[0].top, boxes[0].right, boxes[0].bottom) if boxes else None


def _mark(scene: Scene, number: int, anchor: Rectangle) -> None:
    """A number in a small box, as near to its subject as there is room."""
    style = Style(scene.theme.inks["text"], scene.theme.inks["text"], scene.theme.background)
    text = line(Run(str(number), bold=True), size=SMALL)
    box = Box(f"note{number}", style, "round", (text,), max(_MARK, text.width + 6), _MARK, kind="note")
    box.x, box.y = next(
        (place for place in _places(anchor, box) if _is_free(scene, box, place, anchor)), (scene.width - 12, 12.0)
    )
    left, top, right, bottom = anchor
    near = (min(max(box.x, left), right), min(max(box.y, top), bottom))
    if hypot(box.x - near[0], box.y - near[1]) > _MARK:
        stroke = Stroke(scene.theme.inks["muted"], 0.9)
        scene.paths.append(Path(stroke, [(box.x, box.y), near], arrow=False, source=box.name, kind="note"))
    scene.boxes.append(box)


def _places(anchor: Rectangle, box: Box) -> Iterator[Point]:
    """Places around a rectangle, the nearest first, beginning at its upper right corner."""
    left, top, right, bottom = anchor
    x, y = (left + right) / 2, (top + bottom) / 2
    for ring in _RINGS:
        a, b = (right - left + box.width) / 2 + ring, (bottom - top + box.height) / 2 + ring
        for turn in range(_TURNS):
            angle = pi * (0.25 - 2 * turn / _TURNS)
            reach = max(abs(cos(angle)), abs(sin(angle)))
            yield x + a * cos(angle) / reach, y - b * sin(angle) / reach


def _is_free(scene: Scene, box: Box, place: Point, anchor: Rectangle) -> bool:
    """Whether nothing lies at a place, and no box between it and its subject."""
    x, y = place
    w, h = box.width / 2 + 2, box.height / 2 + 2
    here = (x - w, y - h, x + w, y + h)
    if here[0] < 0 or here[1] < 0 or here[2] > scene.width or here[3] > scene.height:
        return False
    left, top, right, bottom = anchor
    way = ((min(max(x, left), right), min(max(y, top), bottom)), (x, y))
    for other in scene.boxes:
        there = (other.left, other.top, other.right, other.bottom)
        if _overlap(here, there) or (not _overlap(anchor, there) and _crosses(*way, there)):
            return False
    texts = [(text.line, text.x, text.y) for text in scene.texts]
    texts += [(frame.caption, *frame.caption_at) for frame in scene.frames if frame.caption is not None]
    for text, u, v in texts:
        if _overlap(here, (u - text.width / 2, v - text.size / 2, u + text.width / 2, v + text.size / 2)):
            return False
    return not any(_crosses(a, b, here) for path in scene.paths for a, b in pairwise(simplified(path.points)))


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _crosses(a: Point, b: Point, rectangle: Rectangle) -> bool:
    """Whether a segment meets a rectangle, by the sides that it passes (Liang and Barsky)."""
    enter, leave = 0.0, 1.0
    for axis in (0, 1):
        step = b[axis] - a[axis]
        low, high = rectangle[axis] - a[axis], rectangle[axis + 2] - a[axis]
        if not step:
            if low >= 0 or high <= 0:
                return False
            continue
        near, far = sorted((low / step, high / step))
        enter, leave = max(enter, near), min(leave, far)
    return enter < leave


def _below(scene: Scene, lines: Sequence[Line]) -> None:
    """Add lines below the picture, which grows; a page that was asked for keeps its width."""
    if scene.zoom is not None:
        lines = [part for each in lines for part in broken(each, scene.width - 12)]
    wider = max([0.0, *(each.width + 48 - scene.width for each in lines)]) if scene.zoom is None else 0.0
    scene.move(wider / 2, 0.0)
    scene.width += wider
    y = scene.height - 6
    for each in lines:
        scene.texts.append(Text(each, scene.width / 2, y))
        y += 20
    scene.height = y + 10
