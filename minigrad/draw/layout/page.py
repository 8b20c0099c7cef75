"""The page around a picture: its size, its margin, its heading, and the notes below."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ArgumentError, MisuseError
from ..scene import Scene, Text
from ..subscripts import symbols
from ..text import SHIFTED, Line, broken, clean, line, shorten

MARGIN = 24.0
BOOK_MARGIN = 6.0
_NOTE = 19.0  # distance of two notes
_HEADING = 24.0  # distance of two lines of a heading
PIXELS = {"px": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}  # of CSS
_LEAST_FONT = 1.0  # points: smaller letters are no way out
_FONT = 6.0  # points of the smallest letters of a picture whose width is given


@dataclass(frozen=True, slots=True)
class Page:
    """What stands around a picture, and how large it is printed.

    Attributes:
        width: of the page in CSS pixels; ``None`` for as wide as the picture comes out.
        font: the size of the smallest letters in CSS pixels, given wherever a width is; ``None`` for any.
        legend, panel: whether there is a legend, and a panel of parameters.
    """

    width: float | None = None
    font: float | None = None
    legend: bool = True
    panel: bool = True

    @property
    def margin(self) -> float:
        """The margin: in a book the text around the picture has one."""
        return MARGIN if self.width is None else BOOK_MARGIN


PLAIN = Page()


def page_of(width: Any, font: Any, *, legend: bool, panel: bool) -> Page:
    """The page that ``draw`` was asked for.

    Raises:
        TypeError, ValueError: a setting is of another kind, or no length.
    """
    wide = None if width is None else _pixels("width", width, "px", "600, in pixels")
    small = None if font is None else _pixels("font", font, "pt", "8, in points")
    if wide is not None and small is None:
        small = _FONT * PIXELS["pt"]
    return Page(wide, small, legend, panel)


def _pixels(name: str, length: Any, unit: str, such: str) -> float:
    """A length in CSS pixels: a number of a unit, or text such as ``12cm``."""
    if isinstance(length, str):
        found = re.fullmatch(r"\s*(\d*\.?\d+)\s*(px|pt|mm|cm|in)\s*", length)
        number, unit = (float(found[1]), found[2]) if found else (0.0, unit)
    else:
        number = _number(name, length, such)
    if not 0 < number < math.inf:
        raise ArgumentError(
            f"draw({name}={length!r}): give a positive number, such as {such}, or text such as '12cm', in "
            f"{', '.join(PIXELS)}"
        )
    return number * PIXELS[unit]


def _number(name: str, length: Any, such: str) -> float:
    """A length that was given without a unit."""
    if not isinstance(length, bool) and hasattr(length, "__float__"):
        try:
            return float(length)
        except OverflowError:
            return math.inf
        except TypeError:  # an array of several numbers
            pass
    raise MisuseError(f"draw({name}={length!r}): give a number, such as {such}, or text such as '12cm'")


def too_narrow(width: float, font: float, needed: float, otherwise: str) -> str:
    """What is wrong with a page of a width, in CSS pixels, that should be wider, and what else can be done."""
    points = font / PIXELS["pt"]
    fitting = math.floor(10 * points * width / needed) / 10
    smaller = f" or font={fitting:g}" if fitting >= _LEAST_FONT else ""
    return (
        f"draw(width=...): with letters of {points:g} points this graph needs {math.ceil(needed):,} pixels "
        f"({math.ceil(needed / PIXELS['mm']) / 10:.1f} cm), not {width:,.0f}; give that width{smaller}{otherwise}"
    )


def smallest_letters(scene: Scene) -> float:
    """The size of the smallest letters in a scene, those of subscripts too, in points; at most as SVG rounds it."""
    lines = [text.line for text in scene.texts]
    lines += [frame.caption for frame in scene.frames if frame.caption is not None]
    for box in scene.boxes:
        lines += [*box.lines, *(each.line for each in (*box.before, *box.badges)), *(each.label for each in box.cells)]
    sizes = [each.size * (SHIFTED if run.shift else 1.0) for each in lines for run in each.runs if run.text.strip()]
    return min((min(size, round(size, 1)) for size in sizes), default=12.0)


def heading_of(title: str | None, otherwise: str) -> Line:
    """The heading: the title that was given, "" for none, or what it is otherwise."""
    return line(*symbols(shorten(clean(title if title is not None else otherwise), 110), bold=True), size=19)


def in_lines(heading: Line, room: float) -> list[Line]:
    """The lines of a heading, none if it is empty."""
    return broken(heading, room) if heading.plain else []


def height_of(headings: Sequence[Line]) -> float:
    """The height of the lines of a heading, with what is left free below them."""
    return 46.0 + _HEADING * (len(headings) - 1) if headings else 0.0


def place_heading(scene: Scene, headings: Sequence[Line], middle: float, margin: float = MARGIN) -> None:
    """Put the lines of a heading into a scene, around the middle of the page."""
    for number, heading in enumerate(headings):
        scene.texts.append(Text(heading, middle, margin + 12 + number * _HEADING, kind="title"))


def close_page(scene: Scene, heading: Line, notes: Iterable[Line], room: float, bottom: float) -> None:
    """Put the heading and the notes into a scene, and fix its size.

    Args:
        scene: everything else is in it.
        heading, notes: what stands above and below.
        room: the width between the margins.
        bottom: the height of the first note.
    """
    for note in notes:
        scene.texts.append(Text(note, MARGIN + room / 2, bottom))
        bottom += _NOTE
    place_heading(scene, in_lines(heading, math.inf), MARGIN + room / 2)
    scene.width, scene.height = room + 2 * MARGIN, bottom - 8 + MARGIN
