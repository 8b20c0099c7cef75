"""Loops as text: what a state begins with, what stands for a number of the tape, and both views below each other."""

from __future__ import annotations

import re
from typing import Any

import pytest

import minigrad as mg
from tests.draw.programs import PROGRAMS


def test_a_state_that_begins_with_what_was_computed_before_says_so() -> None:
    text = mg.draw(PROGRAMS["encoder"](), view="folded").text(100)
    assert " (1) h @ W" in text
    assert "h goes on to the next step; it begins with (4)" in text
    assert "  (4) tanh (3)" in text


def test_a_state_that_begins_with_what_another_loop_left_says_so() -> None:
    text = mg.draw(PROGRAMS["encoder and decoder"](), view="folded").text(100)
    assert "h⁽²⁾ @ D" in text
    assert "h⁽²⁾ goes on to the next step; it begins with h₄⁽¹⁾" in text


@pytest.mark.parametrize("program", ["encoder and decoder", "plain", "unmarked loop"])
def test_both_views_stand_below_each_other(program: str) -> None:
    source = PROGRAMS[program]()
    both, folded, unfolded = (mg.draw(source, view=view).text(100) for view in ("both", "folded", "unfolded"))
    loops, diagram = both.split("\n\n" + " " * 10, 1)
    assert "folded · " in loops
    assert loops.splitlines()[1:] == folded.splitlines()[1 : len(loops.splitlines())]
    assert program == "unmarked loop" or diagram.splitlines()[1:] == unfolded.splitlines()[3:]


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_is_dashed_in_a_text(program: str) -> None:
    assert "dashed" not in mg.draw(PROGRAMS[program](), view="folded").text(100)


def test_what_comes_from_a_step_that_is_left_out_begins_there() -> None:
    rows = mg.draw(PROGRAMS["encoder and decoder"]()).text(90).splitlines()
    (state,) = [row for row in rows if row.startswith(" (6) h⁽²⁾")]
    assert state[state.index("⋯") - 1] == " "


@pytest.mark.parametrize("options", [{}, {"compact": True}], ids=str)
@pytest.mark.parametrize("view", ["unfolded", "folded", "both"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_no_number_of_the_tape_is_cited_that_stands_nowhere(program: str, view: Any, options: dict[str, Any]) -> None:
    source = PROGRAMS[program]()
    if options and (program == "nothing" or not getattr(source, "tape", source).step):
        pytest.skip("there is no cell without steps")
    assert not re.search(r"%\d", mg.draw(source, view=view, **options).text(300))


def test_outputs_of_all_steps_are_called_by_their_row() -> None:
    assert "stack (4)[t=1…6]" in mg.draw(PROGRAMS["outputs stacked"](), view="folded").text(100)
    with mg.Tape(inspect=True) as tape:
        w, h, outs = mg.parameter(0.5, name="w"), mg.tensor([1.0, 2.0], name="h0"), []
        for _ in range(5):
            tape.mark()
            h = mg.tanh(w * h)
            outs.append(mg.sigmoid(h))
        tape.backward(mg.stack([outs[0], outs[1], outs[2], outs[4]]).mean())
    assert "stack (3)[t=1…3], (3)[t=5]" in mg.draw(tape, view="folded").text(100)


def test_each_walk_of_a_folded_loop_has_its_own_total() -> None:
    text = mg.draw(PROGRAMS["windows of three"](), view="folded").text(100)
    assert "L₁ = mean ℓₜ,  t = 1 to 3" in text
    assert "L₂ = mean ℓₜ,  t = 4 to 6" in text


def test_captions_of_narrow_windows_do_not_run_into_each_other() -> None:
    head = mg.draw(PROGRAMS["k1 = 2, k2 = 5"]()).text(120).splitlines()[2]
    assert head.split("✂")[0].strip() == "dropped…"
    assert all(caption.count("dropped") <= 1 for caption in head.split("✂"))
    assert head.count("✂") == 2
