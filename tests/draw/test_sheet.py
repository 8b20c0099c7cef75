"""The contact sheet is written, and says what could not be drawn."""

from __future__ import annotations

import html
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import minigrad as mg
from tests.draw import sheet
from tests.draw.programs import PROGRAMS


def test_a_sheet_of_one_program(tmp_path: Path) -> None:
    assert sheet.main([str(tmp_path), "--only", "micrograd", "--no-shots"]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    pictures = {f"micrograd-{view}-{theme}.svg" for view in sheet.VIEWS for theme in ("light", "dark")}
    assert names == {"index.html", "micrograd.html", *pictures, *(f"micrograd-{view}.txt" for view in sheet.VIEWS)}
    page = tmp_path.joinpath("micrograd.html").read_text("utf-8")
    assert all(f'src="{name}"' in page for name in pictures)
    assert html.escape(PROGRAMS["micrograd"].__doc__ or "?") in page


def test_what_could_not_be_drawn_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def refuse(source: Any, view: str = "unfolded", **options: Any) -> Any:
        if view == "folded":
            raise RuntimeError("no <way> to fold this")
        return drawn(source, view=view, **options)

    drawn = mg.draw
    monkeypatch.setattr(mg, "draw", refuse)
    assert sheet.main([str(tmp_path), "--only", "micrograd", "--theme", "print", "--no-shots"]) == 1
    assert "micrograd: folded, print: RuntimeError: no <way> to fold this" in capsys.readouterr().out
    page = tmp_path.joinpath("index.html").read_text("utf-8")
    assert "no &lt;way&gt; to fold this" in page
    assert page.count("<img ") == 2


def test_a_program_that_is_not_there_is_refused(tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit):
        sheet.main([str(tmp_path), "--only", "nobody"])
    assert "no program has nobody in its name" in capsys.readouterr().err


def test_every_program_has_a_page_of_its_own() -> None:
    assert len({sheet.slug(name) for name in PROGRAMS}) == len(PROGRAMS)


def test_a_screenshot_is_as_wide_as_was_asked_for(tmp_path: Path) -> None:
    if not any(map(shutil.which, sheet.BROWSERS)):
        if os.environ.get("MINIGRAD_CI") == "1":
            pytest.fail("CI must have a browser")
        pytest.skip("no Chromium")
    assert sheet.main([str(tmp_path), "--only", "micrograd", "--theme", "light", "--width", "400"]) == 0
    header = tmp_path.joinpath("micrograd-400.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(header[16:20], "big") == 400
