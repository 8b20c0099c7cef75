"""Colour scales for numbers, and the words beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..scene import Box, Cells, Scene, Text
from ..text import SMALL, line
from ..theme import Style, Theme
from .values import mixed

_PALE = 0.14  # of the strength of the largest number: the smallest one is still seen
_SHADES = 32
BAR = (14, 5)  # of one shade
WIDTH = 76.0  # of the bar with its numbers
HEIGHT = 185.0  # with the word below


@dataclass(frozen=True, slots=True)
class Scale:
    """Colours for the positive numbers from the smallest to the largest, by their logarithms.

    Attributes:
        low, high: the smallest and the largest number; 0 and 0 if there is none.
        theme: the colours.
    """

    low: float
    high: float
    theme: Theme

    def share(self, value: float) -> float:
        """Where a number lies on the scale, from 0 to 1."""
        if self.high <= self.low:
            return 1.0
        return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))

    def style(self, value: float) -> Style:
        """How the box of a number is painted."""
        theme = self.theme
        if value == 0.0:
            return Style(theme.boxes["data"].fill, theme.background, theme.inks["muted"])
        if not math.isfinite(value):
            return theme.boxes["cut"]
        return self.painted(self.share(value))

    def painted(self, share: float) -> Style:
        """How a box is painted at a place on the scale, with an ink that can be read there."""
        theme, fill = self.theme, self.colour(share)
        inks = (theme.inks["text"], theme.background)
        return Style(fill, theme.background, max(inks, key=lambda ink: abs(_lightness(ink) - _lightness(fill))))

    def colour(self, share: float) -> str:
        """The colour of a place on the scale."""
        weak, strong = self.theme.boxes["gradient"], self.theme.inks["gradient"]
        share = _PALE + (1 - _PALE) * max(0.0, min(1.0, share))
        pale = self.theme.background if self.theme.name == "print" else weak.fill
        if share < 0.5:
            return mixed(pale, weak.stroke, 2 * share)
        return mixed(weak.stroke, strong, 2 * share - 1)

    def place(self, scene: Scene, left: float, top: float) -> None:
        """Put a bar of all colours into the scene, with numbers at its ends; it is ``WIDTH`` wide."""
        if not self.high:
            return
        shades = tuple((self.colour(1 - k / (_SHADES - 1)),) for k in range(_SHADES))
        cells = Cells(shades, BAR, line(""))
        height = BAR[1] * _SHADES + 5.0
        style = Style(self.theme.background, self.theme.background, self.theme.inks["text"])
        box = Box("scale", style, "box", (), BAR[0] + 4, height, cells=(cells,), kind="scale")
        box.x, box.y = left + BAR[0] / 2 + 2, round(top + height / 2)
        scene.boxes.append(box)
        words = [(top + 6, self.high), (top + height - 6, self.low)]
        if self.high > 10 * self.low:
            words.insert(1, (top + height / 2, math.exp((math.log(self.low) + math.log(self.high)) / 2)))
        for y, value in words if self.high > self.low else words[:1]:
            text = line(short(value), size=SMALL)
            scene.texts.append(Text(text, left + BAR[0] + 10 + text.width / 2, y))
        word = line("log scale", size=SMALL, ink="muted")
        scene.texts.append(Text(word, left + word.width / 2, top + height + 10))


def _lightness(colour: str) -> float:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue


def scale_of(sizes: Iterable[float], theme: Theme) -> Scale:
    """The scale on which these numbers lie, as far as they are positive and finite."""
    positive = [size for size in sizes if 0.0 < size < math.inf]
    return Scale(min(positive, default=0.0), max(positive, default=0.0), theme)


def short(value: float) -> str:
    """A number that is not negative with two significant digits, such as ``0.13`` or ``2.0e−4``."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "∞"
    if 0.01 <= value < 99.5:
        return f"{value:#.2g}".removesuffix(".")
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")


Sample = tuple[str, Style, str]  # the name of a square, how it is painted, the word beside it


def samples_width(entries: Iterable[Sample]) -> float:
    """The width of a row of coloured squares with words."""
    return sum(46 + line(word, size=12).width for _, _, word in entries) - 20


def place_samples(scene: Scene, entries: Iterable[Sample], left: float, y: float) -> None:
    """Put a row of coloured squares with words into the scene."""
    for name, style, word in entries:
        text = line(word, size=12)
        scene.boxes.append(Box(f"legend {name}", style, "box", (), 18, 14, x=left + 9, y=y))
        scene.texts.append(Text(text, left + 26 + text.width / 2, y))
        left += 46 + text.width
