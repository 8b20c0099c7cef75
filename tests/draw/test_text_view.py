"""The diagram of characters."""

from __future__ import annotations

import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.examples import modules
from minigrad.draw.write.text_canvas import Canvas, cropped, display_width
from tests.draw.tapes import KINDS, at_random, lstm, ramp, scalars, window

GOLDEN = """\
Unrolled graph, T = 4, truncated back-propagation through time, k = 2

                          window 1             ✂      window 2
                          t=1         t=2      ┊      t=3        t=4
 (1) x @ Wₓ               ●           ●        ┊      ●          ●
 (2) h @ Wₕ       h₀ ───▶ ●      ┌──▶ ●        ┊ ┌──▶ ●     ┌──▶ ●
 (3) (1) + (2)            ●      │    ●        ┊ │    ●     │    ●
 (4) (3) + b              ●      │    ●        ┊ │    ●     │    ●
 (5) h = tanh (4)         h₁ ────┘    h₂ ──────✂─┘    h₃ ───┘    h₄
 (6) (5) @ W_y            ●           ●        ┊      ●          ●
 (7) (6) − y              ●           ●        ┊      ●          ●
 (8) square (7)           ●           ●        ┊      ●          ●
 (9) ℓ = mean (8)         0.257       0.237    ┊      2.19       6.12

     ‖∂L/∂h‖              0.0622   ◀┄ 0.0702   ▐◀┄    0.201   ◀┄ 0.313

     Wₓ   (2, 3)  ‖∇‖ 1.94
     Wₕ   (3, 3)  ‖∇‖ 0.0726
     b    (3,)    ‖∇‖ 0.452
     W_y  (3, 1)  ‖∇‖ 0.860"""


def test_golden() -> None:
    text = draw(window(4, 2)).text(100)
    head = text.split("\n\n     ‖")[0]
    assert head == GOLDEN.split("\n\n     ‖")[0]
    assert "▐◀┄" in text
    assert text.splitlines()[-1].startswith("     W_y  (3, 1)  ‖∇‖ ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [40, 100])
def test_never_wider_than_asked(kind: str, width: int) -> None:
    for line in draw(KINDS[kind]()).text(width).splitlines():
        assert display_width(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("seed", range(40))
def test_any_tape(seed: int) -> None:
    drawing = draw(at_random(seed))
    lines = drawing.text(100).splitlines()
    assert lines[0].startswith(drawing.scene.title[:90])
    assert all(display_width(line) <= 100 for line in lines)


def test_steps_that_do_not_fit_are_counted() -> None:
    text = draw(window(40, 20)).text(80)
    assert "⋯ 37 steps, 1 ✂ ⋯" in text
    assert "t=1 " in text
    assert "t=40" in text
    everything = draw(window(40, 20), steps=range(1, 41)).text(1000)
    assert "⋯" not in everything
    assert "t=20" in everything


def test_two_states_have_lines_of_their_own() -> None:
    rows = draw(lstm()).text(100).splitlines()
    (c,) = [row for row in rows if " c = " in row]
    (h,) = [row for row in rows if " h = " in row]
    assert "c₁ ─────│─┘" in c
    assert "h₁ ─────┘" in h


def test_an_expression_is_a_list_of_values() -> None:
    rows = draw(scalars()).text(100).splitlines()
    assert rows[2:4] == [" (1) a × b        −6         ‖∇‖ 0.840", " (2) (1) + 5      −1         ‖∇‖ 0.840"]


def test_a_gradient_that_was_not_computed_is_no_number() -> None:
    tape = mg.Tape(inspect=True)
    W = mg.parameter([[0.5]], name="W")
    h = mg.tensor([[1.0]], name="h0")
    with tape:
        for _ in range(2):
            tape.mark()
            h = mg.tanh(h @ W)
    text = draw(tape).text(100)
    assert "‖∂" not in text
    assert ".grad is None" in text


def test_an_empty_tape() -> None:
    assert draw(mg.Tape()).text(60).endswith("Nothing has been recorded on this tape.")


def test_wide_characters_count_twice() -> None:
    assert display_width("日本") == 4
    assert display_width("x\u0304") == 1
    assert cropped("日本語", 4) == "日…"
    assert cropped("abc", 3) == "abc"


def test_lines_join_and_cross() -> None:
    canvas = Canvas()
    canvas.across(1, 0, 0, 1)
    canvas.corner(1, 2, 0, 2)
    canvas.across(2, 1, 0, 4)
    canvas.corner(1, 2, 0, 0)
    assert canvas.text() == ["──┬", "──│──", "  └"]


def test_one_step_is_one_step() -> None:
    shown = draw(window(6, 3), steps=[2, 5]).text(200)
    assert "⋯ 1 step ⋯" in shown
    assert "⋯ 2 steps, 1 ✂ ⋯" in shown


def test_a_linear_record_reads_as_a_formula() -> None:
    w = mg.parameter(ramp(2, 2), name="w")
    with mg.Tape(inspect=True) as tape:
        mg.linear(mg.linear(w, w, mg.tensor(ramp(2), name="b")), w, 1.0)
    assert "(1) w @ w + b" in draw(tape).text(80)
    assert "(2) (1) @ w + 1" in draw(tape).text(80)


def test_a_slice_says_what_it_reads() -> None:
    text = draw(lstm()).text(100)
    assert all(f")[:, {n}:{n + 2}]" in text for n in (0, 2, 4, 6))
    assert "getitem" not in text


def test_states_of_one_name_are_told_apart() -> None:
    text = draw(modules(), depth=2).text(120)
    assert "h⁽¹⁾ of (1)" in text
    assert "h₁⁽²⁾" in text
    assert [row.count("‖∂L/∂h⁽") for row in text.splitlines()].count(1) == 2
    assert "(1)‖" not in text
