"""Files of pictures: which suffixes there are, what each of them needs, and the bytes that it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...checks import check_number, check_positive
from ..scene import Scene
from . import programs
from .dot import to_dot
from .failure import DrawingError
from .film import Moment
from .gif import has_pillow, to_gif
from .image import EXTRA, has_resvg, to_png
from .svg import to_svg
from .tex import to_document

KINDS = ("svg", "html", "dot", "gv", "tex", "png", "pdf", "gif")
BINARY = frozenset({"png", "pdf", "gif"})
SUFFIXES = tuple(f".{kind}" for kind in KINDS)
SCALES = {"gif": 1.0}  # pixels per point, without any wish
SCALE = 2.0


def kind_of(path: Path) -> str:
    """The kind of file that a name asks for.

    Raises:
        DrawingError: none that there is.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise DrawingError(f"{str(path)!r}: the suffix must be one of {' '.join(SUFFIXES)}")
    return kind


def missing(kind: str) -> str:
    """What has to be installed before a file of a kind can be written, in words; "" if everything is there."""
    dot = f"Graphviz' `dot`, {programs.INSTALL}"
    if kind == "png" and not (has_resvg() or programs.has_dot()):
        return f"writing .png needs resvg, {EXTRA}, or {dot}; neither is installed"
    if kind == "pdf" and not (programs.has_rsvg() or programs.has_dot()):
        return f"writing .pdf needs librsvg's `rsvg-convert`, {programs.INSTALL_RSVG}, or {dot}; neither is installed"
    if kind == "gif" and not (has_resvg() and has_pillow()):
        return f"writing .gif needs resvg and Pillow, {EXTRA}; not both are installed"
    return ""


def check_settings(scale: Any, seconds: Any) -> None:
    """Refuse a size of pixels, or a time for each moment of a film, that no file can have.

    Raises:
        TypeError: it is no number.
        ValueError: it is out of range.
    """
    if scale is not None:
        check_number("scale", scale, 0.01, 100)
    check_number("seconds", seconds, 0.02, 600)


def content(
    kind: str,
    scene: Scene,
    html: Callable[[], str],
    film: Callable[[], tuple[Scene, Sequence[Moment]]],
    *,
    scale: float | None = None,
    seconds: float = 1.0,
    timeout: float = 60.0,
) -> bytes:
    """What a file of a kind holds.

    Args:
        kind: the suffix, without its dot.
        scene: the picture.
        html: makes the page of the player.
        film: makes the scene of the film, and its moments.
        scale: pixels per point.
        seconds: for each moment of a film.
        timeout: the seconds that another program may take.

    Raises:
        DrawingError: there is no such kind, something is not installed, fails, or the picture is too large for it.
        TypeError, ValueError: a setting that no file can have.
    """
    check_settings(scale, seconds)
    check_positive("timeout", timeout)
    lacks = missing(kind)
    if lacks:
        raise DrawingError(f"{lacks}; .svg, .html, .dot and .tex need nothing")
    scale = SCALES.get(kind, SCALE) if scale is None else scale
    if kind == "gif":
        return to_gif(*film(), scale, seconds)
    if kind == "png" and has_resvg():
        return to_png(scene, scale)
    if kind == "pdf" and programs.has_rsvg():
        return programs.by_rsvg(to_svg(scene), timeout)
    if kind in ("png", "pdf"):
        return programs.by_dot(to_dot(scene), kind, timeout, scale if kind == "png" else None)
    if kind == "html":
        return html().encode()
    if kind not in ("svg", "dot", "gv", "tex"):
        raise DrawingError(f"{kind!r} is no kind of file; use one of {', '.join(KINDS)}")
    writer = {"svg": to_svg, "tex": to_document}.get(kind, to_dot)
    return writer(scene).encode()
