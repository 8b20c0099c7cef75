"""Descriptions: the statements of a picture in sentences, for whoever cannot see it."""

from __future__ import annotations

import re

import pytest

import minigrad as mg
from minigrad.draw.reading.description import description
from minigrad.statements import Statement
from tests.draw.programs import PROGRAMS

pytestmark = pytest.mark.unwitnessed("what is said of a recording is read")


def _said(program: str, **settings: object) -> str:
    return mg.draw(PROGRAMS[program](), **settings).scene.description  # type: ignore[arg-type]


def test_a_plain_loop_is_described_and_the_svg_says_so() -> None:
    said = _said("plain")
    assert "6 steps, t = 1 to 6." in said
    assert "The state h is carried from a step to the next." in said
    assert "The states begin with h0." in said
    svg = mg.draw(PROGRAMS["plain"]()).svg()
    assert re.search(r"<desc [^>]*>6 steps, t = 1 to 6\.", svg)


def test_where_a_gradient_stops_is_said_with_the_cut_and_the_walk() -> None:
    said = _said("walks overlap")
    assert "The tape was cut 4 times." in said
    assert "in walk 4 between step 5 and step 4, a constant by cut 3" in said
    assert "Every walk counts 2 new steps and goes back over 4 at most." in said


def test_a_hand_made_detach_is_said_and_no_cut_is() -> None:
    said = _said("stop gradient")
    assert "The value of step 2 is used later as a constant: no gradient passes." in said
    assert "cut" not in said


def test_a_state_of_zeros_is_said_to_be_zero_and_another_is_not() -> None:
    assert "which is 0" in _said("state of zeros")
    assert "which is 0" not in _said("state of five")


def test_a_graph_of_scalars_names_its_values_and_derivatives() -> None:
    said = _said("micrograd")
    assert "Derivatives: by a 139, by b 646 and by g 1." in said


def test_many_things_of_a_kind_are_counted_and_not_listed() -> None:
    statements = [Statement("parameter", (i,), i) for i in range(100)]
    assert description(statements) == "Parameters: %0, %1, %2, %3 and 96 more."


def test_nothing_is_said_without_statements() -> None:
    assert description([]) == ""


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("view", ["unfolded", "folded"])
def test_every_program_has_a_short_description(program: str, view: str) -> None:
    said = _said(program, view=view)
    assert len(said) < 1600
    assert "None" not in said
    assert "  " not in said
