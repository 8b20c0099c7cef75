"""PNG by resvg: of the right size, with all of its words, or not at all."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from minigrad.draw import DrawingError, draw
from minigrad.draw.scene import Scene, Text
from minigrad.draw.text import Run, line
from minigrad.draw.theme import LIGHT
from minigrad.draw.write import fonts, image
from minigrad.draw.write.image import to_png
from tests.draw.tapes import KINDS, window

SYMBOLS = "ℓ∂‖∇✂₁·×−⋯…"


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def inked(png: bytes) -> int:
    """How many pixels are not of the background."""
    picture = opened(png)
    return sum(number for number, colour in picture.getcolors(1 << 20) or () if colour != (255, 255, 255))


def words(text: str) -> Scene:
    scene = Scene("", LIGHT, 300, 60)
    scene.texts.append(Text(line(Run(text), size=20), 150, 30))
    return scene


@pytest.mark.parametrize("scale", [0.5, 1, 2, 3])
def test_pixels_per_point(scale: float) -> None:
    scene = draw(window(2, 1)).scene
    assert opened(to_png(scene, scale)).size == pytest.approx((scene.width * scale, scene.height * scale), abs=scale)


def test_two_pixels_per_point_without_a_wish(tmp_path: Path) -> None:
    drawing = draw(window(2, 1))
    path = drawing.save(tmp_path / "picture.png")
    assert path.read_bytes() == drawing.png() == drawing.png(scale=2)
    assert drawing.save(path, scale=1).read_bytes() == drawing.png(scale=1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tape(kind: str) -> None:
    assert inked(to_png(draw(KINDS[kind]()).scene, 0.5)) > 100


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_the_page_has_the_colour_of_the_theme(theme: str) -> None:
    drawing = draw(window(2, 1), theme=theme)
    colour = drawing.scene.theme.background.lstrip("#")
    assert opened(drawing.png(1)).getpixel((0, 0)) == tuple(bytes.fromhex(colour))


@pytest.mark.parametrize("character", SYMBOLS)
def test_symbols_are_painted(character: str) -> None:
    alone, missing = inked(to_png(words(character), 1)), inked(to_png(words(""), 1))
    assert alone > missing == 0


def test_a_character_that_no_font_has_is_said() -> None:
    with pytest.warns(UserWarning, match="no font on this machine has \U0010fffe: an empty box"):
        to_png(words("a\U0010fffe"), 1)


def test_without_fonts_there_is_no_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    painted = image._painted
    bare = lambda svg, files, family, scale=1.0: painted(svg, (str(tmp_path / "none.ttf"),), family, scale)
    monkeypatch.setattr(image, "_painted", bare)
    image._family.cache_clear()
    try:
        with pytest.raises(DrawingError, match=r"finds no font .* `apt install fonts-liberation .* or write \.svg"):
            draw(window(2, 1)).png()
    finally:
        image._family.cache_clear()


def test_a_picture_that_is_too_large_says_what_fits() -> None:
    scene = replace(draw(window(2, 1)).scene, width=20_000.0, height=8_000.0)
    with pytest.raises(DrawingError, match=r"40,000 × 16,000 pixels.* scale=0\.79 or less"):
        to_png(scene, 2)
    image.check_size(scene, 0.79)
    with pytest.raises(DrawingError):
        image.check_size(scene, 0.8)


def test_fonts_are_taken_in_order(tmp_path: Path) -> None:
    names = ["Zapf.ttf", "DejaVuSerif.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans.ttf", "DejaVuSansCondensed.ttf"]
    names += [
        "sub/LiberationSans-Bold.ttf",
        "sub/LiberationSans-Regular.ttf",
        "readme.txt",
        "Arial Bold.ttf",
        "Arial.TTF",
    ]
    (tmp_path / "sub").mkdir()
    for name in names:
        (tmp_path / name).touch()
    known, others = fonts.files((tmp_path, tmp_path / "nowhere"))
    assert [Path(path).name for path in known] == [
        "Arial.TTF",
        "Arial Bold.ttf",
        "LiberationSans-Regular.ttf",
        "LiberationSans-Bold.ttf",
        "DejaVuSansCondensed.ttf",
        "DejaVuSans.ttf",
        "DejaVuSans-Bold.ttf",
    ]
    assert {Path(path).name for path in others} == {"Zapf.ttf", "DejaVuSerif.ttf"}


def test_no_more_fonts_are_read_than_are_needed() -> None:
    known, others = fonts.files(fonts.folders())
    assert image._fonts_for({"W"}) == (known or others, [])
    assert image._fonts_for({"W", "\U0010fffe"})[1] == ["\U0010fffe"]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_folders_of_fonts(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", platform)
    folders = [str(folder) for folder in fonts.folders()]
    assert any("onts" in folder for folder in folders)
    assert len(folders) == len({*folders})
