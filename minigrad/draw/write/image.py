"""PNG by resvg, a Python package of the ``image`` extra: no other program is needed, but a font is."""

from __future__ import annotations

import math
import unicodedata
import warnings
from collections.abc import Iterator
from functools import lru_cache
from html import escape

from ..scene import Scene
from ..text import Line
from ..theme import FALLBACKS
from . import fonts
from .failure import DrawingError
from .svg import to_svg

EXTRA = "pip install 'minigrad[image]'"
MOST_PIXELS = 100_000_000  # of four bytes
_IN_NO_FONT = "\U0010ffff"


def has_resvg() -> bool:
    """Whether resvg's package is installed."""
    try:
        import resvg_py  # noqa: F401
    except ImportError:
        return False
    return True


def to_png(scene: Scene, scale: float) -> bytes:
    """The scene as a PNG, of ``scale`` pixels per point.

    Raises:
        DrawingError: resvg is not installed, finds no font, or the picture would be too large.
    """
    if not has_resvg():
        raise DrawingError(f"writing .png needs the package resvg-py: {EXTRA}")
    check_size(scene, scale)
    files, missing = _fonts_for(_characters(scene))
    if missing:
        warnings.warn(
            f"no font on this machine has {' '.join(missing)}: an empty box stands for each of them in the picture",
            stacklevel=2,
        )
    return _painted(to_svg(scene), files, _family(files), scale)


def check_size(scene: Scene, scale: float, most: int = MOST_PIXELS) -> None:
    """Refuse a picture of more pixels than a program that shows it can be asked to hold.

    Raises:
        DrawingError: saying what would be possible.
    """
    zoom = scale * (scene.zoom or 1.0)
    width, height = scene.width * zoom, scene.height * zoom
    if width * height > most:
        fits = scale * (most / (width * height)) ** 0.5
        raise DrawingError(
            f"the picture would have {width:,.0f} × {height:,.0f} pixels, more than {most:,}: give "
            f"scale={math.floor(fits * 100) / 100:g} or less, draw fewer steps, or write .svg, which has no pixels"
        )


def _painted(svg: str, files: tuple[str, ...], family: str, scale: float = 1.0) -> bytes:
    """What resvg paints with the fonts of some files, or with those that it finds itself if there are none."""
    from resvg_py import svg_to_bytes

    return svg_to_bytes(
        svg_string=svg, zoom=scale, sans_serif_family=family, font_files=list(files), skip_system_fonts=bool(files)
    )


# -- fonts: resvg leaves text out, without a word, if it finds none --------------------------------


def _fonts_for(characters: set[str]) -> tuple[tuple[str, ...], list[str]]:
    """The fonts to paint with, and the characters that are in none of them: few files that are known, else more.

    Raises:
        DrawingError: there are no fonts.
    """
    known, others = fonts.files(fonts.folders())
    best: tuple[tuple[str, ...], list[str]] | None = None
    for files in dict.fromkeys((known, known + others, ())):
        if not _family(files):
            continue
        missing = [each for each in sorted(characters) if not _has_glyph(files, each)]
        if best is None or len(missing) < len(best[1]):
            best = files, missing
        if not missing:
            break
    if best is None:
        raise DrawingError(
            "resvg finds no font for the words of the picture: install one, with `apt install fonts-liberation "
            "fonts-dejavu-core` on Linux, or write .svg, which is shown with the fonts of whoever looks at it"
        )
    return best


@lru_cache(maxsize=64)
def _family(files: tuple[str, ...]) -> str:
    """What stands for letters without serifs: the first family in which something is painted; "" if there is none."""
    painted = (each for each in fonts.FAMILIES if _probe("W", files, each) != _probe("", files, each))
    return next(painted, "")


@lru_cache(maxsize=4096)
def _has_glyph(files: tuple[str, ...], character: str) -> bool:
    """Whether a font has the character; for one that is in no font, its own sign is painted."""
    if character.isascii() or unicodedata.category(character) in ("Cf", "Mn", "Zs"):
        return True
    family = _family(files)
    return _probe(character, files, family) != _probe(_IN_NO_FONT, files, family)


def _probe(text: str, files: tuple[str, ...], family: str) -> bytes:
    """A small picture of a text in the fonts of a picture."""
    text = f'<text x="4" y="24" font-size="20" font-family="{FALLBACKS}">{escape(text)}</text>'
    return _painted(f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="32">{text}</svg>', files, family)


def _characters(scene: Scene) -> set[str]:
    """Every character of the picture's words."""
    return {character for line in lines_of(scene) for run in line.runs for character in run.text}


def lines_of(scene: Scene) -> Iterator[Line]:
    """Every line of text in a picture."""
    yield from [frame.caption for frame in scene.frames if frame.caption is not None]
    for box in scene.boxes:
        yield from box.lines
        yield from [badge.line for badge in (*box.before, *box.badges)]
        yield from [cells.label for cells in box.cells]
    yield from [text.line for text in scene.texts]
