"""``show`` and ``theme``: what boxes say, and in which colours."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.layout.values import heat_map, histogram, shade, value_parts
from minigrad.draw.scene import Cells
from minigrad.draw.theme import DARK, LIGHT, PRINT, THEMES, Theme
from tests.draw.tapes import KINDS, at_random, ramp, scalars, window
from tests.draw.test_geometry import faults

ALL = ("op", "name", "shape", "dtype", "value", "grad", "bytes")


def luminance(colour: str) -> float:
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_at_once_is_drawn_cleanly(kind: str) -> None:
    drawing = draw(KINDS[kind](), show=ALL, view="both")
    assert faults(drawing.scene) == {}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sets(st.sampled_from(ALL)), st.sampled_from(sorted(THEMES)))
def test_random_choices_are_drawn_cleanly(seed: int, show: set[str], theme: str) -> None:
    assert faults(draw(at_random(seed), show=sorted(show), theme=theme).scene) == {}


def lines(drawing: Any) -> list[str]:
    return [line.plain for box in drawing.scene.boxes if box.name.startswith("n") for line in box.lines]


def test_boxes_say_what_was_asked_for() -> None:
    tape = scalars()
    assert "×" in lines(draw(tape, show=["op"]))
    assert not any("∇" in text for text in lines(draw(tape, show=["op", "value"])))
    assert "−6" in lines(draw(tape, show=["value"]))
    assert any(text.startswith("∇ ") for text in lines(draw(tape, show=["grad"])))
    assert "scalar float64" in lines(draw(tape, show=["shape", "dtype"]))


def test_a_gradient_that_was_not_computed_is_no_zero() -> None:
    with mg.Tape(inspect=True) as tape:
        mg.tanh(mg.parameter(ramp(2, 2), name="W"))
    assert "∇ not computed" in lines(draw(tape, show=["op", "grad"]))
    with mg.Tape() as tape:
        mg.tanh(mg.parameter(ramp(2, 2), name="W"))
    assert "value not kept" in lines(draw(tape, show=["op", "value"]))


def test_few_numbers_are_written_more_are_mapped_many_are_counted() -> None:
    def part(*shape: int) -> Any:
        return value_parts(np.ones(shape), LIGHT, head="", missing="", ink="")

    assert part(3).plain == "[1, 1, 1]"
    assert value_parts(None, LIGHT, head="∇", missing="not computed", ink="").plain == "∇ not computed"
    assert isinstance(part(5), Cells)
    assert len(part(5).rows) == 1
    assert (len(part(100, 40).rows), len(part(100, 40).rows[0])) == (8, 16)
    assert len(part(100, 100).rows) == 6  # a histogram


def test_heat_maps_keep_the_order_and_the_sign_of_values() -> None:
    ((low, zero, high),), scale = heat_map(np.array([-2.0, 0.0, 2.0]), LIGHT)
    assert scale == "±2"
    assert (low, zero, high) == LIGHT.ramp
    grey = [luminance(shade(value, PRINT)) for value in np.linspace(-1, 1, 9)]
    assert grey == sorted(grey, reverse=True)  # printed without colour, it is still a scale
    assert shade(float("nan"), LIGHT) == LIGHT.boxes["cut"].stroke
    assert heat_map(np.array([[np.nan, 1.0]]), LIGHT)[0][0][0] == LIGHT.boxes["cut"].stroke
    assert heat_map(np.zeros((2, 4)), LIGHT)[1] == "all 0"
    assert heat_map(np.array([np.nan, np.inf]), LIGHT)[1] == "none finite"


def test_heat_maps_and_histograms_say_their_scale_and_the_legend_explains_it() -> None:
    x = mg.parameter(np.linspace(-0.5, 2.0, 12), name="x")
    with mg.Tape(inspect=True) as tape:
        y = mg.multiply(x, 2.0)
        mg.multiply(mg.tensor(np.linspace(-3.0, 7.0, 5000)), 1.0)
        tape.backward(y.sum())
    drawing = draw(tape, show=["op", "value", "grad"])
    said = [cells.label.plain for box in drawing.scene.boxes for cells in box.cells]
    assert {"±4", "∇ ±1", "−3 … 7"} <= set(said)
    texts = legend_texts(drawing)
    assert any(text.startswith("heat map") for text in texts)
    assert any(text.startswith("histogram") for text in texts)
    assert not any(text.startswith("histogram") for text in legend_texts(draw(tape)))


def legend_texts(drawing: Any) -> list[str]:
    return [text.line.plain for text in drawing.scene.texts if text.kind == "legend"]


def test_histograms_count() -> None:
    rows, scale = histogram(np.concatenate([np.zeros(30), np.ones(60)]), LIGHT)
    heights = [sum(bool(row[n]) for row in rows) for n in range(len(rows[0]))]
    assert (heights[0], heights[-1]) == (3, 6)
    assert sum(heights) == 9
    assert scale == "0 … 1"


def test_empty_arrays_have_pictures_too() -> None:
    with mg.Tape(inspect=True) as tape:
        mg.tanh(mg.parameter(np.zeros((0, 3)), name="W"))
    assert draw(tape, show=ALL).svg()


@pytest.mark.parametrize("theme", [LIGHT, DARK, PRINT], ids=lambda theme: theme.name)
def test_text_can_be_read_on_every_box(theme: Theme) -> None:
    for style in (*theme.boxes.values(), *theme.parameters, *theme.windows):
        if style.fill != style.ink:
            assert contrast(style.fill, style.ink) >= 4.5, style
    for ink in theme.inks.values():
        assert contrast(theme.background, ink) >= 4.5, ink


@pytest.mark.parametrize("theme", THEMES)
def test_roles_of_one_theme_look_different(theme: str) -> None:
    boxes = list(THEMES[theme].boxes.values())
    assert len(set(boxes)) == len(boxes)
    assert set(THEMES[theme].boxes) == set(LIGHT.boxes)
    assert set(THEMES[theme].strokes) == set(LIGHT.strokes)


def test_the_state_and_the_total_differ_in_grey() -> None:
    state, total = PRINT.boxes["state"].fill, PRINT.boxes["total"].fill
    assert contrast(state, total) > 1.4


def test_themes_by_name() -> None:
    last = window(2, 1)
    assert draw(last, theme="dark").svg() == draw(last, theme=DARK).svg()
    assert draw(last, theme="dark").svg() != draw(last).svg()
    with pytest.raises(ValueError, match="light, dark, print"):
        draw(last, theme="neon")


@pytest.mark.parametrize("wrong", [["colour"], ["op", "Value"]])
def test_unknown_words_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="use any of bytes, dtype"):
        draw(window(2, 1), show=wrong)


def test_one_word_by_itself_is_refused() -> None:
    with pytest.raises(TypeError, match="give a set of words, of bytes, dtype"):
        draw(window(2, 1), show="op")


def test_slices_say_which() -> None:
    tape = mg.Tape()
    with tape:
        x = mg.parameter(np.arange(12.0).reshape(3, 4), name="x")
        _ = x[..., 1:3] + x[:, None, ::2][:, 0] + x[np.array([0, 2, 1])][:, :2]
    shown = [box.lines[0].plain for box in draw(tape).scene.boxes if box.lines]
    assert {"[…, 1:3]", "[:, None, ::2]", "[:, 0]", "[array (3,)]", "[:, :2]"} <= set(shown)


def test_parameters_of_one_name_are_numbered() -> None:
    tape = mg.Tape()
    with tape:
        x = mg.tensor(np.ones((2, 3)), name="x")
        for value in (np.ones((3, 3)), np.eye(3)):
            x = x @ mg.parameter(value, name="W")
        tape.backward(x.sum())
    drawing = draw(tape)
    badges = [badge.line.plain for box in drawing.scene.boxes for badge in box.badges]
    assert badges == ["W(1)", "W(2)"]
    html = drawing.html()
    assert json.dumps("matmul(x, W⁽¹⁾)")[1:-1] in html
    assert "W⁽²⁾" in drawing.text()
