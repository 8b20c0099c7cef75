"""Files of drawings: what each suffix holds, what it needs, and what is said where that is missing."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest

import minigrad as mg
from minigrad.draw import DrawingError, draw
from minigrad.draw.write.files import KINDS, missing
from tests.draw.tapes import window
from tests.draw.tools import needs_dot, only, without

MAGIC = {
    "svg": b"<svg",
    "html": b"<!DOCTYPE html>",
    "dot": b"digraph",
    "gv": b"digraph",
    "tex": b"% ",
    "png": b"\x89PNG",
}
NEED_NOTHING = ("svg", "html", "dot", "gv", "tex")


def size(png: bytes) -> tuple[int, int]:
    """The width and height of a PNG, which are in its first block."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("kind", MAGIC)
def test_the_suffix_decides(tmp_path: Path, kind: str) -> None:
    drawing = draw(window(2, 1))
    path = drawing.save(str(tmp_path / f"picture.{kind.upper()}"))
    assert path.read_bytes().lower().startswith(MAGIC[kind].lower())
    assert path.read_bytes() == drawing.encoded(kind)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("kind", NEED_NOTHING)
def test_most_need_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    only(monkeypatch, tmp_path / "bin")
    without(monkeypatch, "resvg_py", "PIL")
    drawing = draw(window(2, 1))
    texts = {"svg": drawing.svg, "html": drawing.html, "tex": drawing.tex}
    assert missing(kind) == ""
    path = drawing.save(tmp_path / f"picture.{kind}")
    assert path.read_text(encoding="utf-8") == texts.get(kind, drawing.to_dot)()


@pytest.mark.parametrize(
    ("kind", "ways"),
    [
        ("png", ["pip install 'minigrad[image]'", "apt install graphviz"]),
        ("pdf", ["apt install librsvg2-bin", "apt install graphviz"]),
        ("gif", ["pip install 'minigrad[image]'"]),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, ways: list[str]) -> None:
    only(monkeypatch, tmp_path / "bin")
    without(monkeypatch, "resvg_py", "PIL")
    with pytest.raises(DrawingError) as caught:
        draw(window(2, 1)).save(tmp_path / f"picture.{kind}")
    message = str(caught.value)
    assert all(way in message for way in [f".{kind}", *ways, ".svg"])
    assert "\n" not in message
    assert isinstance(caught.value, mg.errors.MinigradError)
    assert not (tmp_path / f"picture.{kind}").exists()


def test_a_gif_needs_both_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing("gif") == ""
    with monkeypatch.context() as patch:
        without(patch, "resvg_py")
        assert "minigrad[image]" in missing("gif")
    without(monkeypatch, "PIL")
    assert "minigrad[image]" in missing("gif")
    assert missing("png") == ""


def test_resvg_comes_before_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, tmp_path / "bin", dot="echo by dot")
    drawing = draw(window(2, 1))
    assert drawing.png().startswith(MAGIC["png"])
    without(monkeypatch, "resvg_py")
    assert drawing.png() == b"by dot\n"


def test_librsvg_comes_before_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = draw(window(2, 1))
    only(monkeypatch, tmp_path / "one", dot="echo by dot")
    assert drawing.encoded("pdf") == b"by dot\n"
    only(monkeypatch, tmp_path / "both", dot="echo by dot", rsvg_convert='read -r first; echo "$@" "$first"')
    said = drawing.encoded("pdf").decode()
    assert {"--format=pdf", "--dpi-x=72", "--dpi-y=72"} <= {*said.split()}  # a unit of the SVG is a point
    assert "<svg " in said  # our own, on standard input


@needs_dot
@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_save_with_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, magic: bytes) -> None:
    without(monkeypatch, "resvg_py")
    monkeypatch.setattr("minigrad.draw.write.programs.has_rsvg", lambda: False)
    path = draw(window(4, 2)).save(tmp_path / f"picture.{suffix}")
    assert path.read_bytes().startswith(magic)
    assert os.listdir(tmp_path) == [path.name]  # no DOT left behind


@needs_dot
def test_graphviz_paints_as_many_pixels_as_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "resvg_py")
    drawing = draw(window(2, 1))
    small, large = size(drawing.png(scale=1)), size(drawing.png(scale=3))
    assert large == pytest.approx((3 * small[0], 3 * small[1]), abs=3)
    assert small == pytest.approx((drawing.scene.width, drawing.scene.height), rel=0.05)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("echo 'no plugin' >&2; exit 1", "failed .*: no plugin"),
        ("exit 0", "exit status 0"),
        ("sleep 9", "more than 0.2 s"),
    ],
)
@pytest.mark.parametrize("program", ["dot", "rsvg_convert"])
def test_a_program_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, line: str, words: str
) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"])
    path = os.environ["PATH"]
    only(monkeypatch, tmp_path / "bin", **{program: f"PATH='{path}'; {line}"})
    with pytest.raises(DrawingError, match=words) as caught:
        draw(window(2, 1)).save(tmp_path / "picture.pdf", timeout=0.2)
    assert program.replace("_", "-") in str(caught.value)
    assert os.listdir(tmp_path) == ["bin"]


@pytest.mark.parametrize("name", ["picture.bmp", "picture", "svg"])
def test_an_unknown_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DrawingError, match=r"\.svg \.html \.dot \.gv \.tex \.png \.pdf \.gif"):
        draw(window(2, 1)).save(tmp_path / name)
    with pytest.raises(DrawingError, match="'bmp' is no kind of file; use one of svg, html"):
        draw(window(2, 1)).encoded("bmp")


def test_every_kind_is_tried_here() -> None:
    assert {*KINDS} == {*MAGIC, "pdf", "gif"}


@pytest.mark.parametrize(
    ("setting", "wrong", "kind"),
    [
        ("scale", 0, ValueError),
        ("scale", float("nan"), ValueError),
        ("scale", "2", TypeError),
        ("seconds", 0, ValueError),
        ("seconds", 601, ValueError),
        ("timeout", 0, ValueError),
    ],
)
def test_settings_that_no_file_can_have(setting: str, wrong: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=setting):
        draw(window(2, 1)).encoded("svg", **{setting: wrong})


def test_a_failed_picture_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picture.pdf"
    path.write_bytes(b"of before")
    only(monkeypatch, tmp_path / "bin", dot="exit 1")
    with pytest.raises(DrawingError):
        draw(window(2, 1)).save(path)
    assert path.read_bytes() == b"of before"
