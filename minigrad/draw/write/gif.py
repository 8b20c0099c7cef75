"""Films as files: one GIF by Pillow, or a numbered PNG for each moment, each painted by resvg."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...checks import check_number
from ...storage.atomic import publishing
from ..scene import Scene
from .failure import DrawingError
from .film import Moment, scenes
from .image import EXTRA, MOST_PIXELS, check_size, has_resvg, to_png

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS_OF_ALL = 10 * MOST_PIXELS
_LOOKED_AT = 8  # moments whose colours are those of the film
_COLOURS = 256
_MOST_COUNTED = 1 << 16  # colours of one picture, whose edges are many


def has_pillow() -> bool:
    """Whether Pillow is installed."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        return False
    return True


def write_frames(folder: Path, scene: Scene, moments: Sequence[Moment], scale: float) -> list[Path]:
    """Write a numbered PNG for each moment of a story into a folder. They appear together, or none does.

    Raises:
        DrawingError: resvg is not installed, finds no font, the pictures would be too large, or the folder holds
            numbered pictures that would stay beside them.
        OSError: the folder or a picture cannot be written.
    """
    if not has_resvg():
        raise DrawingError(f"writing numbered .png files needs resvg: {EXTRA}")
    check_number("scale", scale, 0.01, 100)
    film = _film(scene, moments, scale)
    names = [f"{number:04}.png" for number in range(1, len(film) + 1)]
    others = {path.name for path in folder.glob("*.png") if re.fullmatch(r"\d{4}", path.stem)} - {*names}
    if others:
        raise DrawingError(
            f"{folder} holds {min(others)}, which this film of {len(film)} pictures does not have: remove it, or "
            "choose another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with publishing(folder) as stage:
        for name, shown in zip(names, film, strict=True):
            (stage / name).write_bytes(to_png(shown, scale))
    return [folder / name for name in names]


def to_gif(scene: Scene, moments: Sequence[Moment], scale: float, seconds: float) -> bytes:
    """A GIF of a story, over and over again.

    Args:
        scene: the whole picture.
        moments: of the story.
        scale: pixels per point.
        seconds: for each moment.

    Raises:
        DrawingError: resvg or Pillow is not installed, no font is found, or the film would be too large.
    """
    if not has_pillow():
        raise DrawingError(f"writing .gif needs the package pillow: {EXTRA}")
    film = _film(scene, moments, scale)
    palette = _palette([_image(film[k * (len(film) - 1) // (_LOOKED_AT - 1)], scale) for k in range(_LOOKED_AT)])
    first, *rest = film
    out = io.BytesIO()
    _reduced(first, scale, palette).save(
        out,
        "GIF",
        save_all=True,
        append_images=(_reduced(each, scale, palette) for each in rest),
        duration=round(seconds * 1000),
        loop=0,
        optimize=False,
    )
    return out.getvalue()


def _film(scene: Scene, moments: Sequence[Moment], scale: float) -> list[Scene]:
    film = list(scenes(scene, moments))
    check_size(film[0], scale, min(MOST_PIXELS, MOST_PIXELS_OF_ALL // len(film)))
    return film


def _image(scene: Scene, scale: float) -> Image:
    from PIL import Image

    with Image.open(io.BytesIO(to_png(scene, scale)), formats=["PNG"]) as image:
        return image.convert("RGB")


def _palette(images: Sequence[Image]) -> Image:
    """The colours that take the most room, as Pillow takes them: those of boxes and lines, and their edges."""
    from PIL import Image

    counts: Counter[Any] = Counter()
    for image in images:
        for number, colour in image.getcolors(_MOST_COUNTED) or ():
            counts[colour] += number
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour, _ in counts.most_common(_COLOURS) for part in colour])
    return palette


def _reduced(scene: Scene, scale: float, palette: Image) -> Image:
    from PIL.Image import Dither

    return _image(scene, scale).quantize(palette=palette, dither=Dither.NONE)
