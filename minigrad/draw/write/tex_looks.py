"""Names of colours, boxes, lines and sizes in a TikZ document, each defined once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

from ..theme import Stroke, Style, Theme
from .failure import DrawingError


class Looks:
    """What a picture looks like: names are those of the roles in its theme, and numbers for what has none there.

    Whatever is asked for is defined in the end, and nothing else.
    """

    def __init__(self, theme: Theme) -> None:
        self._roles = _unique(theme)
        self._inks = {ink: f"ink-{_word(ink)}" for ink in theme.inks}
        self._theme = theme
        self._numbers = {kind: count(1) for kind in ("box", "line", "shade")}
        self._boxes: dict[Style, str] = {}
        self._lines: dict[Stroke, str] = {}
        self._sizes: dict[float, str] = {}
        self._shades: dict[str, str] = {}
        self._colours: dict[str, str] = {}

    def background(self) -> str:
        """The colour of the page."""
        return self._colour("background", self._theme.background)

    def shade(self, colour: str) -> str:
        """A colour that has no role: of a value."""
        if colour not in self._shades:
            self._shades[colour] = self._colour(f"shade-{next(self._numbers['shade'])}", colour)
        return self._shades[colour]

    def box(self, style: Style) -> str:
        """The TikZ style of a box or a frame."""
        return f"{self._box(style)} box"

    def line(self, stroke: Stroke) -> str:
        """The TikZ style of a line."""
        if stroke not in self._lines:
            self._lines[stroke] = self._roles.get(stroke) or f"other {next(self._numbers['line'])}"
        return f"{self._lines[stroke]} line"

    def ink(self, name: str, style: Style | None = None) -> str:
        """The colour of text: that of its own ink, else of the box that it stands in, else of plain text."""
        if name in self._inks:
            return self._colour(self._inks[name], self._theme.inks[name])
        if style is not None:
            return self._colour(f"{_dashed(self._box(style))}-ink", style.ink)
        return self.ink("text")

    def stroke(self, style: Style) -> str:
        """The colour of a box's border."""
        return self._colour(f"{_dashed(self._box(style))}-stroke", style.stroke)

    def size(self, points: float) -> str:
        """The TikZ style of text of a size."""
        return self._sizes.setdefault(points, f"size {number(points)}")

    def definitions(self) -> list[str]:
        """All that was asked for, in LaTeX."""
        sizes = [
            rf"  {name}/.style={{font=\fontsize{{{number(points)}}}{{{number(points * 1.25)}}}\selectfont}},"
            for points, name in sorted(self._sizes.items())
        ]
        boxes = [self._box_definition(style) for style in self._boxes]
        lines = [self._line_definition(stroke) for stroke in self._lines]
        colours = [
            rf"\definecolor{{{name}}}{{HTML}}{{{_digits(colour)}}}" for name, colour in sorted(self._colours.items())
        ]  # after what uses them has asked
        words = [
            r"  words/.style={anchor=base, inner sep=0pt, outer sep=0pt},",
            r"  plain shape/.style={rectangle, inner sep=0pt, outer sep=0pt},",
            r"  oval shape/.style={ellipse, inner sep=0pt, outer sep=0pt},",
        ]
        return [*colours, r"\tikzset{", *words, *sizes, *boxes, *lines, "}"]

    def _box(self, style: Style) -> str:
        if style not in self._boxes:
            self._boxes[style] = self._roles.get(style) or f"other {next(self._numbers['box'])}"
        return self._boxes[style]

    def _box_definition(self, style: Style) -> str:
        fill = self._colour(f"{_dashed(self._box(style))}-fill", style.fill)
        dash = ", dash pattern=on 4pt off 3pt" if style.dashed else ""
        look = f"fill={fill}, draw={self.stroke(style)}, line width={number(style.width)}pt{dash}"
        return f"  {self.box(style)}/.style={{{look}}},"

    def _line_definition(self, stroke: Stroke) -> str:
        colour = self._colour(_dashed(self.line(stroke)), stroke.colour)
        dash = ", dash pattern=on 6pt off 4.5pt" if stroke.dashed else ""
        length, width = number(7 + 1.6 * stroke.width), number(4.4 + 1.8 * stroke.width)
        tip = f">={{Triangle[length={length}pt, width={width}pt]}}"
        return f"  {self.line(stroke)}/.style={{draw={colour}, line width={number(stroke.width)}pt{dash}, {tip}}},"

    def _colour(self, name: str, colour: str) -> str:
        self._colours[name] = colour
        return name


def number(value: float) -> str:
    """A number with at most two decimals, as TeX reads it."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _unique(theme: Theme) -> Mapping[Style | Stroke, str]:
    """The styles and strokes of a theme by their roles; of two with one name, or one look, the first has it."""
    named: list[tuple[str, Style | Stroke]] = [*theme.boxes.items(), *theme.strokes.items()]
    named += [(f"parameter {place}", style) for place, style in enumerate(theme.parameters, 1)]
    named += [(f"window {place}", style) for place, style in enumerate(theme.windows, 1)]
    found: dict[Style | Stroke, str] = {}
    taken: set[tuple[type, str]] = set()
    for role, look in named:
        name = _word(role)
        if look not in found and (type(look), name) not in taken:
            found[look] = name
            taken.add((type(look), name))
    return found


def _word(role: str) -> str:
    """A role, which may be anything in a theme of a user's own, as letters and digits."""
    return " ".join(re.findall("[A-Za-z0-9]+", role)) or "unnamed"


def _dashed(name: str) -> str:
    return name.replace(" ", "-")


def _digits(colour: str) -> str:
    """``#1f2333`` in LaTeX' way.

    Raises:
        DrawingError: a theme has a colour in another notation.
    """
    match = re.fullmatch("#(?:([0-9a-fA-F]{6})|([0-9a-fA-F]{3}))", colour)
    if match is None:
        raise DrawingError(f"the theme's colour {colour!r} cannot be written in LaTeX: give it as #rrggbb")
    return (match[1] or "".join(2 * digit for digit in match[2])).upper()
