"""Kept bytes over a run: a bar for each record from left to right, and lines where a walk or a cut came."""

from __future__ import annotations

from dataclasses import replace

from ..graph.memory import bytes_text
from ..reading.kept_bytes import Bar, Event, KeptBytes
from ..scene import Box, Path, Scene, Text
from ..subscripts import plain
from ..text import SMALL, Run, line
from ..theme import Stroke, Style, Theme
from .page import MARGIN, close_page, heading_of
from .scales import Sample, place_samples, samples_width

HEIGHT = 200.0
_WIDE = 760.0  # about, all bars together
_EVENT = 9.0  # room of a line between bars
_AXIS = 64.0  # room of the sizes at the left
_ABOVE = 36.0  # room of the names of walks and cuts


def place_bars(kept: KeptBytes, theme: Theme, title: str | None) -> Scene:
    """The bars of kept bytes.

    Args:
        kept: what it shows.
        theme: the colours.
        title: the heading; "" for none.
    """
    heading = heading_of(title, "Memory that the tape keeps over the run")
    scene = Scene(plain(heading.runs), theme)
    notes = [line(note, size=12, ink="muted") for note in notes_of(kept)]
    entries = _entries(kept, theme)
    plot = _Plot(scene, kept)
    body = _AXIS + plot.width
    room = max([body, heading.width, samples_width(entries) + 230, *(note.width for note in notes)])
    left = float(round(MARGIN + (room - body) / 2)) + _AXIS
    top = MARGIN + (42.0 if heading.plain else 0.0) + _ABOVE
    plot.place(left, top + HEIGHT)
    bottom = top + HEIGHT + 58
    _place_legend(scene, kept, entries, MARGIN + room / 2, bottom)
    close_page(scene, heading, notes, room, bottom + 26)
    return scene


def notes_of(kept: KeptBytes) -> list[str]:
    """What the bars are and what is not shown, in sentences."""
    notes = ["a bar: the bytes that the records up to there kept alive, measured when the next walk or cut came"]
    if kept.records > 1:
        notes.append(f"each bar stands for {kept.records:,} records at most")
    if kept.left_out:
        notes.append(f"what was recorded before is not shown: {kept.left_out:,} stretches between walks and cuts")
    return notes


def _entries(kept: KeptBytes, theme: Theme) -> list[Sample]:
    entries: list[Sample] = [("memory", theme.boxes["memory"], "kept for the walk")]
    if any(bar.region for bar in kept.bars):
        entries.append(("region", theme.boxes["module"], "with a region: a custom_vjp, one record for all inside"))
    return entries


def _place_legend(scene: Scene, kept: KeptBytes, entries: list[Sample], middle: float, y: float) -> None:
    """Squares for the bars, and lines for walks and cuts."""
    events = [event for stretch in kept.stretches for event in stretch.events]
    lines = [("gradient", "backward walk")] * any(event.walk for event in events)
    lines += [("cut", "cut")] * any(event.cut for event in events)
    width = samples_width(entries) + sum(48 + line(word, size=12).width for _, word in lines)
    x = middle - width / 2
    place_samples(scene, entries, x, y)
    x += samples_width(entries) + 20
    for kind, word in lines:
        text = line(word, size=12)
        scene.paths.append(Path(scene.theme.strokes[kind], [(x + 8, y - 9), (x + 8, y + 9)], arrow=False))
        scene.texts.append(Text(text, x + 20 + text.width / 2, y))
        x += 40 + text.width


class _Plot:
    """The bars with their axes.

    Attributes:
        width: of the bars.
    """

    def __init__(self, scene: Scene, kept: KeptBytes) -> None:
        self.scene, self.kept = scene, kept
        count = len(kept.bars)
        self.gaps = [_EVENT * (len(stretch.events) + 1) for stretch in kept.stretches if stretch.ended]
        self.bar = min(max(float(int(_WIDE / max(count, 1))), 3.0), 24.0)
        self.width = count * self.bar + sum(self.gaps)
        self.most = max((bar.size for bar in kept.bars), default=0)
        self._free: dict[float, float] = {}  # by the height of a row of words, where there is room again
        self._step = 0

    def place(self, left: float, base: float) -> None:
        """Put it into the scene, from a left border on and above a line."""
        self.base = base
        self._axis(left)
        x = left
        for number, stretch in enumerate(self.kept.stretches):
            for bar in stretch.bars:
                self._bar(bar, x)
                if bar.steps[0] and bar.steps[0] != self._step:
                    self._step = bar.steps[0]
                    self._word(str(self._step), x + self.bar / 2, base + 12, "muted")
                x += self.bar
            if stretch.ended:
                for place, event in enumerate(stretch.events, 1):
                    self._event(event, x + place * _EVENT)
                x += self.gaps[number]
        if self.kept.end is not None:
            self._bar(self.kept.end, x)
            self._word("now", x + self.bar / 2, base + 12, "muted")
        word = line("records, by step ", Run("t", italic=True), size=SMALL, ink="muted")
        self.scene.texts.append(Text(word, left + self.width / 2, base + 30))

    def _axis(self, left: float) -> None:
        """The sizes of none, half and all."""
        grid = replace(self.scene.theme.strokes["flow"], colour=self.scene.theme.boxes["step"].stroke, width=0.8)
        for share in (0.0, 0.5, 1.0) if self.most else (0.0,):
            y = self.base - share * HEIGHT
            text = line(bytes_text(share * self.most), size=SMALL, ink="muted")
            self.scene.texts.append(Text(text, left - 12 - text.width / 2, y))
            self.scene.paths.append(Path(Stroke(grid.colour, grid.width), [(left - 6, y), (left, y)], arrow=False))
        ends = [(left, self.base), (left + self.width, self.base)]
        self.scene.paths.append(Path(Stroke(grid.colour, grid.width), ends, arrow=False))

    def _bar(self, bar: Bar, x: float) -> None:
        height = HEIGHT * bar.size / self.most if self.most else 0.0
        if height < 0.3:
            return
        theme = self.scene.theme
        look = theme.boxes["module" if bar.region else "memory"]
        style = Style(look.fill, theme.background if self.bar > 6 else look.fill, look.ink, 0.6)
        y = self.base - height / 2
        tooltip = f"%{bar.last}: {bytes_text(bar.size)}"
        name = f"k{bar.last}" if bar.ids else "know"
        box = Box(name, style, "box", (), self.bar, height, tooltip=tooltip, x=x + self.bar / 2, y=y)
        box.kind, box.ids = "kept", (bar.last,)
        self.scene.boxes.append(box)

    def _event(self, event: Event, x: float) -> None:
        """The line of a walk or a cut, and its name."""
        kind = "gradient" if event.walk else "cut"
        ends = [(x, self.base), (x, self.base - HEIGHT - 4)]
        self.scene.paths.append(Path(self.scene.theme.strokes[kind], ends, arrow=False, kind=kind))
        self._word(event.words, x, self.base - HEIGHT - (28 if event.walk else 13), kind)

    def _word(self, words: str, x: float, y: float, ink: str) -> None:
        """A word in a row of words, if there is room behind the one before."""
        text = line(words, size=SMALL, ink=ink)
        if x - text.width / 2 >= self._free.get(y, 0.0):
            self.scene.texts.append(Text(text, x, y))
            self._free[y] = x + text.width / 2 + 6
