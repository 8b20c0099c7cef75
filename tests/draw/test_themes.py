"""Colours of one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import minigrad as mg
from minigrad.draw import DARK, LIGHT, PRINT, Stroke, Style, Theme, draw
from minigrad.errors import ArgumentError
from tests.draw.programs import PROGRAMS

SEA = Style("#d5ebff", "#004a8f", "#00264a")


def test_themes_are_public() -> None:
    assert {theme.name for theme in (LIGHT, DARK, PRINT)} == {"light", "dark", "print"}
    assert mg.draw.Theme is Theme


def test_a_style_of_ones_own_is_painted() -> None:
    theme = replace(
        LIGHT, name="sea", boxes={**LIGHT.boxes, "state": SEA}, strokes={**LIGHT.strokes, "state": Stroke("#004a8f")}
    )
    svg = draw(PROGRAMS["RNN cell"](), theme=theme).svg()
    assert SEA.fill in svg
    assert LIGHT.boxes["state"].fill not in svg
    assert LIGHT.strokes["state"].colour not in svg


@pytest.mark.parametrize("kind", ["inks", "boxes", "strokes"])
def test_a_theme_without_a_role_is_refused(kind: str) -> None:
    for role in getattr(LIGHT, kind):
        fewer = {name: value for name, value in getattr(LIGHT, kind).items() if name != role}
        with pytest.raises(ArgumentError, match=f"Theme\\('half'\\): {kind} lacks {role}"):
            replace(LIGHT, name="half", **{kind: fewer})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["parameters", "windows"])
def test_a_theme_without_styles_to_take_in_turn_is_refused(kind: str) -> None:
    nothing: dict[str, Any] = {kind: ()}
    with pytest.raises(ArgumentError, match=f"{kind} is empty"):
        replace(LIGHT, **nothing)
