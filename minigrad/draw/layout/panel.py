"""The panel of parameters: each once, with its shape and the norm of its gradient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ..reading.reading import Reading
from ..scene import Box, Frame, Scene, Text
from ..text import SMALL, Line, Run, broken, line, number, shape_text
from .boxes import Boxes

MOST_PARAMETERS = 16
ROW = 42.0
_APART = 22.0  # two parameters side by side
_PAD = 14.0


class Entry(NamedTuple):
    """A parameter: its box, and two lines beside it, either of which may be empty."""

    box: Box
    above: Line
    below: Line

    @property
    def words(self) -> float:
        """The width of what stands beside the box."""
        return max(self.above.width, self.below.width)

    @property
    def height(self) -> float:
        return max(ROW, self.box.height + 8)

    def place(self, scene: Scene, left: float, y: float) -> None:
        """Put it into a scene, around a height."""
        box = self.box
        box.x, box.y, box.frame = left + box.width / 2, y, "parameters"
        scene.boxes.append(box)
        texts = [text for text in (self.above, self.below) if text.plain]
        for position, text in enumerate(texts):
            shift = (position - (len(texts) - 1) / 2) * 16
            kind = "grad" if text is self.below else "panel"
            scene.texts.append(Text(text, box.right + 12 + text.width / 2, y + shift, kind, box.ids))


@dataclass(slots=True)
class Panel:
    """The parameters, in the order in which the graph flows up; beside the graph, or below it."""

    heads: list[Line]
    entries: list[Entry]
    foot: Line | None

    @property
    def width(self) -> float:
        """The width of one column of parameters."""
        widths = [head.width for head in self.heads]
        widths += [self._box_width + 12 + entry.words for entry in self.entries]
        return max(widths) + 2 * _PAD

    @property
    def height(self) -> float:
        """The height of one column of parameters."""
        heads, rows = sum(head.height for head in self.heads), sum(entry.height for entry in self.entries)
        return 22.0 + heads + rows + (20 if self.foot else 6)

    @property
    def _box_width(self) -> float:
        return max(entry.box.width for entry in self.entries)

    def place(self, scene: Scene, left: float, middle: float) -> None:
        """Put one column of parameters into the scene, around a height."""
        top, right = middle - self.height / 2, left + self.width
        scene.frames.append(
            Frame("parameters", scene.theme.boxes["panel"], left, top, right, top + self.height, kind="panel")
        )
        y = _place_lines(scene, self.heads, (left + right) / 2, top + 12) + 6
        widest = self._box_width
        for entry in self.entries:
            entry.box.width = widest
            entry.place(scene, left + _PAD, y + entry.height / 2)
            y += entry.height
        if self.foot is not None:
            scene.texts.append(Text(self.foot, (left + right) / 2, y + 8, "panel"))

    def place_below(self, scene: Scene, left: float, right: float, top: float) -> float:
        """Put the panel below a picture, its parameters side by side; returns where it ends."""
        frame = Frame("parameters", scene.theme.boxes["panel"], left, top, right, top, kind="panel")
        scene.frames.append(frame)
        room = right - left - 2 * _PAD
        parts = [part for head in self.heads for part in broken(head, room)]
        y = _place_lines(scene, parts, (left + right) / 2, top + 8) + 2
        for row in self._rows(room):
            wide = sum(entry.box.width + 12 + entry.words for entry in row) + _APART * (len(row) - 1)
            x, height = (left + right - wide) / 2, max(entry.height for entry in row)
            for entry in row:
                entry.place(scene, x, y + height / 2)
                x += entry.box.width + 12 + entry.words + _APART
            y += height
        if self.foot is not None:
            scene.texts.append(Text(self.foot, (left + right) / 2, y + 8, "panel"))
            y += 16
        frame.bottom = y + 6
        return frame.bottom

    def _rows(self, room: float) -> Iterable[list[Entry]]:
        row: list[Entry] = []
        for entry in reversed(self.entries):
            wide = sum(each.box.width + 12 + each.words + _APART for each in [*row, entry]) - _APART
            if row and wide > room:
                yield row
                row = []
            row.append(entry)
        yield row


def _place_lines(scene: Scene, lines: Iterable[Line], x: float, y: float) -> float:
    """Put lines under each other; returns where they end."""
    for each in lines:
        kind = "grad" if each.ink == "gradient" else "panel"
        scene.texts.append(Text(each, x, y + each.height / 2, kind))
        y += each.height
    return y


def make_panel(reading: Reading, boxes: Boxes) -> Panel | None:
    """The panel, or ``None`` without parameters; in the order in which the graph flows up."""
    parameters = [leaf for leaf in reading.names.parameters if leaf.id not in boxes.as_nodes]
    if not parameters:
        return None
    shown = parameters[:MOST_PARAMETERS]
    entries = []
    for leaf in reversed(shown):
        size = reading.grad(leaf)
        below = line(".grad is None" if size is None else f"‖∇‖ {number(size)}", size=SMALL, ink="gradient")
        above = " ".join(
            [shape_text(leaf.shape)] * ("shape" in boxes.show) + [str(leaf.dtype)] * ("dtype" in boxes.show)
        )
        empty = line("", size=SMALL)
        grad = below if "grad" in boxes.show else empty
        entries.append(Entry(boxes.parameter(leaf), line(above, size=SMALL + 1) if above else empty, grad))
    heads = [line(Run("parameters", bold=True), size=14), line("one tensor each,", size=SMALL, ink="muted")]
    heads.append(line("one colour at every use", size=SMALL, ink="muted"))
    if len(reading.walks) > 1 and any(reading.grad(leaf) is not None for leaf in shown):
        heads.append(line("∇: what lies in .grad now", size=SMALL, ink="gradient"))
    more = len(parameters) - len(shown)
    foot = line(f"⋯ {more:,} more ⋯", size=SMALL, ink="muted") if more else None
    return Panel(heads, entries, foot)
