"""Folded loops as text: what a state begins with, and both views below each other."""

from __future__ import annotations

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
