"""The page around a picture: its margin, its heading, and the notes below."""

from __future__ import annotations

from collections.abc import Iterable

from ..scene import Scene, Text
from ..text import Line, Run, clean, line, shorten

MARGIN = 24.0
_NOTE = 19.0  # distance of two notes


def heading_of(title: str | None, otherwise: str) -> Line:
    """The heading: the title that was given, "" for none, or what it is otherwise."""
    return line(Run(shorten(clean(title if title is not None else otherwise), 110), bold=True), size=19)


def place_heading(scene: Scene, heading: Line, middle: float) -> None:
    """Put a heading into a scene, around the middle of the page, unless it is empty."""
    if heading.plain:
        scene.texts.append(Text(heading, middle, MARGIN + 12, kind="title"))


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
    place_heading(scene, heading, MARGIN + room / 2)
    scene.width, scene.height = room + 2 * MARGIN, bottom - 8 + MARGIN
