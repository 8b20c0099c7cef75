"""A film of a story: for each of its moments the picture of what is there by then, and of what happens."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..scene import Box, Cells, Path, Scene, Text
from ..text import Run, line
from ..theme import Stroke, Theme

MOST = 200  # pictures of one film
CAPTION = 15.0
_EDGE = 24.0
_LINES = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """What one picture of a film shows: a moment of a story, or some that follow each other.

    Attributes:
        caption: what happens, in one line.
        visible: the parts of the scene that are there: boxes by their names, and other parts as ``path 3``, ``text 3``,
            ``caption 3`` by their places; ``gradient n7`` is what is written of gradients in box n7, and ``total n7``
            its look as a place where a walk starts.
        highlighted: the boxes to which it happens.
        receiving: the boxes that receive a gradient.
        backward: whether a backward walk goes on.
    """

    caption: str
    visible: frozenset[str]
    highlighted: frozenset[str] = frozenset()
    receiving: frozenset[str] = frozenset()
    backward: bool = False


def spans(backward: Sequence[bool], most: int = MOST) -> list[range]:
    """Which moments of a story each picture of its film shows: one, or several that follow each other if it is long.

    Args:
        backward: for each moment whether a backward walk goes on. Moments of different directions are never one.
        most: how many pictures there may be, unless recording and walking take turns more often.
    """
    lengths = [sum(1 for _ in stretch) for _, stretch in groupby(backward)]
    size = 1
    while sum(-(-length // size) for length in lengths) > max(most, len(lengths)):
        size += 1
    found: list[range] = []
    start = 0
    for length in lengths:
        found += [range(at, min(at + size, start + length)) for at in range(start, start + length, size)]
        start += length
    return found


def numbered(span: range, total: int, titles: Sequence[str]) -> str:
    """The caption of a picture: which moments it shows, and what happens in the first and the last of them."""
    first, last = span[0] + 1, span[-1] + 1
    if first == last:
        return f"{first} of {total}   {titles[0]}"
    return f"{first} to {last} of {total}   {titles[0]} … {titles[-1]}"


def scenes(scene: Scene, moments: Sequence[Moment]) -> Iterator[Scene]:
    """A picture for each moment, all of one size, with its caption below."""
    wrapped = [_wrapped(moment.caption, scene.width - 2 * _EDGE) for moment in moments]
    room = max((len(lines) for lines in wrapped), default=0) * CAPTION * 1.25 + _EDGE
    for moment, lines in zip(moments, wrapped, strict=True):
        shown = _at(scene, moment)
        shown.height = scene.height + room
        for place, words in enumerate(lines):
            text = line(Run(words), size=CAPTION)
            shown.texts.append(Text(text, _EDGE + text.width / 2, scene.height + (place + 0.5) * text.height))
        yield shown


def _wrapped(text: str, width: float) -> list[str]:
    """A text in lines that are no wider, the last of them shortened."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and line(longer, size=CAPTION).width <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = [_fitting(each, width) for each in lines[:_LINES]]
    if len(lines) > _LINES:
        kept[-1] = _fitting(f"{kept[-1].removesuffix('…')}…", width)
    return kept


def _fitting(text: str, width: float) -> str:
    """The text, or as much of it as has room."""
    if line(text, size=CAPTION).width <= width:
        return text
    while len(text) > 1 and line(f"{text}…", size=CAPTION).width > width:
        text = text[:-1]
    return f"{text}…"


def _at(scene: Scene, moment: Moment) -> Scene:
    """What is there of a picture at a moment, with what happens in it in strong colours."""
    forward = Stroke(scene.theme.parameters[0].stroke, 3.2)
    back = Stroke(scene.theme.strokes["gradient"].colour, 3.2, dashed=True)
    strong = back if moment.backward else forward
    there = moment.visible
    boxes = [_box(_as_known(box, scene.theme, there), moment, strong, back) for box in scene.boxes if box.name in there]
    paths = [_path(path, moment, strong) for k, path in enumerate(scene.paths) if f"path {k}" in there]
    texts = [text for k, text in enumerate(scene.texts) if f"text {k}" in there]
    frames = [
        frame if f"caption {k}" in there else replace(frame, caption=None) for k, frame in enumerate(scene.frames)
    ]
    return replace(scene, boxes=boxes, paths=paths, frames=frames, texts=texts)


def _as_known(box: Box, theme: Theme, there: Collection[str]) -> Box:
    """A box without the gradients that are not known yet, and without the look of a total before its walk starts."""
    if box.has_gradient and box.kind != "norm" and f"gradient {box.name}" not in there:
        lines = tuple(line("", size=each.size) if each.ink == "gradient" else each for each in box.lines)
        box = replace(box, lines=lines, cells=tuple(map(_without_gradient, box.cells)))
    if box.kind == "total" and f"total {box.name}" not in there:
        box = replace(box, style=theme.boxes["loss"])
    return box


def _without_gradient(cells: Cells) -> Cells:
    """Cells of a gradient as empty ones."""
    if cells.label.ink != "gradient":
        return cells
    return replace(cells, rows=tuple(("",) * len(row) for row in cells.rows), label=line("", size=cells.label.size))


def _box(box: Box, moment: Moment, strong: Stroke, back: Stroke) -> Box:
    if box.name in moment.highlighted:
        return replace(box, style=replace(box.style, stroke=strong.colour, width=strong.width))
    if box.name in moment.receiving:
        return replace(box, style=replace(box.style, stroke=back.colour, width=2.4))
    return box


def _path(path: Path, moment: Moment, strong: Stroke) -> Path:
    """A line, strong if something passes over it: the values of operands, or the gradients that go back to them."""
    if path.target not in moment.highlighted or not path.source:
        return path
    if not moment.backward:
        return replace(path, stroke=strong)
    if path.source in moment.receiving:
        return replace(path, stroke=strong, route=path.route[::-1], source=path.target, target=path.source)
    return path
