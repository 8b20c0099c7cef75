"""What a drawing reads in a tape: losses, totals, states, and what begins and breaks them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.reading.words import made_of, which_steps
from minigrad.draw.subscripts import plain
from tests.draw.programs import PROGRAMS
from tests.draw.tapes import (
    Recurrence,
    attention,
    by_hand,
    lstm,
    ramp,
    running_total,
    scalars,
    stacked,
    stream,
    window,
    zeros,
)
from tests.draw.tools import read


def texts(source: Any, **options: Any) -> list[str]:
    """All the text in the boxes of a picture."""
    boxes = draw(source, **options).scene.boxes
    return [line.plain for box in boxes for line in (*box.lines, *(b.line for b in (*box.before, *box.badges)))]


def said(program: str) -> list[str]:
    """What each walk of a program differentiates, in words."""
    reading = read(PROGRAMS[program]())
    return [plain(made_of(reading.names, each)) for each in reading.sums]


# -- losses and totals -----------------------------------------------------------------------------


@pytest.mark.parametrize(("reduction", "weight"), [("mean", 1 / 3), ("sum", 1.0)])
def test_the_total_is_what_the_walk_started_from(reduction: str, weight: float) -> None:
    last = window(6, 3, reduction=reduction)
    first, second = read(last).sums
    assert second.losses == second.targets == last.tape.targets
    assert first.weights == second.weights == (weight,) * 3
    assert second.value == pytest.approx(last.loss * (3 if reduction == "sum" else 1))
    rule = "mean" if reduction == "mean" else "Σ"
    assert f"L2 = {rule} ℓt,  t = 4 to 6 = " in " ".join(texts(last))


def test_a_short_last_window_weighs_less() -> None:
    last = window(5, 3)
    total = read(last).sums[-1]
    assert total.weights == (1 / 3, 1 / 3)
    assert total.value == pytest.approx(sum(last.losses.values()) / 3)
    assert "0.333 Σ ℓt" in " ".join(texts(last))


def test_one_loss_is_the_total() -> None:
    (*_, total) = read(window(4, 1)).sums
    assert total.losses == (total.recorded,)
    assert total.gathers == ()


def test_losses_added_up_by_hand() -> None:
    tape = by_hand()
    reading = read(tape)
    first, second = reading.sums
    for total, steps in ((first, [1, 2]), (second, [3, 4])):
        assert [reading.graph.nodes[i].op for i in total.losses] == ["mean", "mean"]
        assert [reading.graph.nodes[i].key.step for i in total.losses] == steps
        assert [reading.graph.nodes[i].op for i in total.gathers] == ["add"]
    assert second.value == pytest.approx(float(tape.values[tape.targets[0]]))


def test_losses_stacked_and_averaged() -> None:
    reading = read(stacked())
    (total,) = reading.sums
    assert [reading.graph.nodes[i].op for i in total.gathers] == ["stack", "mean"]
    assert len(total.losses) == 3
    assert total.weights == ()  # the tape does not inspect: with what the walk began is not known


def test_what_a_total_still_holds_of_an_earlier_window_is_a_constant() -> None:
    tape = running_total()
    first, second = read(tape).sums[:2]
    assert second.weights == (1.0, 1.0)
    assert first.value is not None
    assert second.constant == pytest.approx(first.value)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("running total", "Σ ℓₜ,  t = 1 to 4"),
        ("list of losses", "Σ ℓₜ,  t = 1 to 4"),
        ("decayed total", "weighted Σ ℓₜ,  t = 1 to 4"),
        ("divided by T", "mean ℓₜ,  t = 1 to 4"),
        ("half of the sum", "0.500 Σ ℓₜ,  t = 1 to 4"),
        ("halved at each step", "weighted Σ ℓₜ,  t = 1 to 4"),
        ("mean of all but the first", "mean ℓₜ,  t = 2 to 4"),
        ("doubled total", "2 Σ ℓₜ,  t = 1 to 4"),
        ("two kinds of loss", "Σ ℓₜ⁽¹⁾ + 0.100 Σ ℓₜ⁽²⁾,  t = 1 to 4"),
        ("average with a start", "1.97 + weighted Σ ℓₜ,  t = 1 to 4"),
        ("running mean", "mean ℓₜ,  t = 1 to 4"),
        ("total of None", "Σ ℓₜ,  t = 1 to 6"),
        ("seed of a hundred", "100 ℓ"),
    ],
)
def test_a_sum_is_called_what_it_is(program: str, words: str) -> None:
    assert said(program)[0] == words


def test_a_product_of_losses_is_no_sum() -> None:
    reading = read(PROGRAMS["product of losses"]())
    (total,) = reading.sums
    assert total.losses == total.targets
    assert "Σ" not in " ".join(texts(PROGRAMS["product of losses"]()))


def test_seeds_are_what_was_given_not_what_had_arrived_in_the_end() -> None:
    tape = PROGRAMS["target of a target"]()
    total = read(tape).sums[-1]
    assert total.weights == (1.0, 1.0)
    assert total.value == pytest.approx(sum(float(tape.values[i]) for i in total.targets))


def test_a_target_that_is_a_state_is_called_by_its_name() -> None:
    boxes = texts(attention())
    assert not any(text.startswith("ℓ") and "concatenate" in text for text in boxes)
    assert "h6 = tanh" in texts(PROGRAMS["lag of two"]())
    assert any(text.startswith("‖∂h6/∂h4‖") for text in texts(PROGRAMS["lag of two"]()))


def test_an_expression_without_steps_has_no_step_losses() -> None:
    assert read(scalars()).sums == []
    assert not any("ℓ" in text for text in texts(scalars()))


# -- states ----------------------------------------------------------------------------------------


def test_initial_states_are_told_from_inputs() -> None:
    reading = read(lstm())
    assert sorted(str(reading.graph.leaves[i].name) for i in reading.names.starts) == ["c0", "h0"]


def test_a_learned_initial_state_is_a_parameter_with_its_colour() -> None:
    W, h0 = mg.parameter(ramp(2, 2), name="W"), mg.parameter(ramp(1, 2), name="h0")
    with mg.Tape() as tape:
        h: Any = h0
        for _ in range(3):
            tape.mark()
            h = mg.tanh(h @ W)
        tape.backward(mg.square(h).sum())
    scene = draw(tape).scene
    panel = {box.ids: box for box in scene.boxes if box.frame == "parameters"}
    (outside,) = (box for box in scene.boxes if box.name.startswith("d"))
    assert len(panel) == 2
    assert panel[outside.ids].style == outside.style


def test_states_are_named_after_their_initial_values() -> None:
    shown = texts(lstm())
    assert {"h1 = ×", "h2 = ×", "h3 = ×", "c1 = +", "c2 = +", "c3 = +"} <= set(shown)


def test_states_of_stacked_cells_are_told_apart() -> None:
    assert {"h1(1) = tanh", "h1(2) = tanh"} <= set(texts(stacked()))


def test_what_is_only_used_later_is_no_state() -> None:
    reading = read(PROGRAMS["outputs stacked"]())
    assert [name for name, _ in reading.names.states.values()] == ["h"]


def test_cells_that_alternate_have_one_state() -> None:
    reading = read(PROGRAMS["alternating cells"]())
    assert len(reading.states.rows) == 1
    assert len(reading.states.members(reading.states.rows[0])) == 6


@pytest.mark.parametrize(
    ("program", "word"),
    [
        ("stop gradient", "detached"),
        ("wrapped again", "detached"),
        ("fresh state", "reset"),
        ("two sequences", "reset"),
    ],
)
def test_a_state_that_enters_as_a_constant(program: str, word: str) -> None:
    statements = draw(PROGRAMS[program]()).statements()
    assert [s.kind for s in statements if s.kind in ("detached", "reset")] == [word]
    gates = [box for box in draw(PROGRAMS[program]()).scene.boxes if box.kind == "detached" and box.ids]
    assert len(gates) == (word == "detached")
    folded = " ".join(text.line.plain for text in draw(PROGRAMS[program](), view="folded").scene.texts)
    assert "✂ h " + ("enters as a constant" if word == "detached" else "begins anew") in folded


def test_zero_is_said_of_what_was_zero() -> None:
    assert any(text.endswith("h0 = 0") for text in texts(PROGRAMS["state of zeros"]()))
    for program in ("state of five", "state rebound"):
        assert any("= 5" in text for text in texts(PROGRAMS[program]()))
        assert not any("= 0" in text.replace("= 0.", "") for text in texts(PROGRAMS[program]()) if text.startswith("h"))
    assert not any("= 0" in text for text in texts(PROGRAMS["empty state"]()) if text.startswith("h"))


# -- gradients -------------------------------------------------------------------------------------


def test_norms_of_gradients() -> None:
    last = window(6, 3)
    reading = read(last)
    h6 = max(reading.states.of)
    expected = math.sqrt(float(np.sum(np.square(last.tape.cotangents[h6]))))
    assert reading.walks[-1].norm(h6) == pytest.approx(expected)


def test_a_gradient_that_was_not_computed_is_not_there() -> None:
    W = mg.parameter(ramp(2, 2), name="W")
    tape = mg.Tape(inspect=True)
    with tape:
        h: Any = mg.tensor(ramp(1, 2), name="h0")
        for _ in range(3):
            tape.mark()
            h = mg.tanh(h @ W)
    scene = draw(tape).scene
    assert ".grad is None" in [text.line.plain for text in scene.texts]
    assert not any(box.kind == "norm" for box in scene.boxes)
    assert not any(path.kind in ("gradient", "stops") for path in scene.paths)


def test_without_inspection_there_is_no_lane_and_a_note() -> None:
    scene = draw(window(6, 3, inspect=False)).scene
    assert not any(box.kind == "norm" for box in scene.boxes)
    assert any("inspect=True" in text.line.plain for text in scene.texts)


def test_the_gradient_stops_at_a_bar_on_the_cut() -> None:
    scene = draw(window(6, 3)).scene
    (bar,) = (box for box in scene.boxes if box.kind == "stops")
    (gate,) = (box for box in scene.boxes if box.kind == "cut" and not box.name.startswith("legend"))
    assert bar.x == gate.x
    ways = [path for path in scene.paths if path.kind in ("gradient", "stops") and path.source]
    assert len(ways) == 5
    assert all(path.points[0][0] > path.points[-1][0] for path in ways)  # from right to left
    spans = [sorted((path.points[0][0], path.points[-1][0])) for path in ways]
    assert not any(low < bar.left - 1 and high > bar.right + 1 for low, high in spans)
    carried = [path for path in scene.paths if path.kind == "carried" and gate.name in (path.source, path.target)]
    assert [(path.source == gate.name, path.target == gate.name) for path in carried] == [(False, True), (True, False)]


def test_the_lane_shows_the_newest_walk_and_others_only_where_that_did_not_go() -> None:
    for program, walk in (("two walks", 2), ("gradient of a state", 1)):
        reading = read(PROGRAMS[program]())
        assert {lane.walk.number for lane in reading.lanes} == {walk}


def test_arrows_have_the_lag_of_what_they_say() -> None:
    reading = read(PROGRAMS["lag of two"]())
    (lane,) = reading.lanes
    steps = [tuple(reading.graph.nodes[i].key.step for i in way) for way in lane.ways]
    assert steps == [(6, 4), (4, 2)]


def test_a_lag_mask_walks_back_from_each_loss_alone() -> None:
    start = mg.tensor(zeros(1, 3))
    masked = mg.truncated_bptt(Recurrence().step, stream(5), start, 5, 2, scheme="lag mask", inspect=True)
    source = next(iter(masked))
    reading = read(source)
    assert [[reading.graph.nodes[i].key.step for i in each.losses] for each in reading.sums] == [
        [1],
        [2],
        [3],
        [4],
        [5],
    ]
    captions = [frame.caption.plain for frame in draw(source).scene.frames if frame.caption]
    assert captions[0] == "steps 1 to 5  ·  45 records  ·  5 backward walks"


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([3], "t = 3"),
        ([1, 2, 3, 7], "t = 1 to 3, 7"),
        ([1, 3, 5, 7, 9], "t = 1, 3, … 9"),
        ([1, 3, 5, 8, 12], "in 5 of 20 steps"),
    ],
)
def test_steps_in_a_few_words(steps: list[int], words: str) -> None:
    assert which_steps(steps, 20) == words


def test_a_scheme_is_named_only_if_it_is_one() -> None:
    """One walk over the last three of six steps counts six new ones: k₂ below k₁ is no TBPTT(k₁, k₂)."""
    drawing = draw(PROGRAMS["cut without a walk"]())
    assert "k" not in {each.kind for each in drawing.statements()}
    assert drawing.scene.title.endswith("truncated back-propagation through time")


def test_a_cut_has_one_name_at_its_line_and_at_what_it_dropped() -> None:
    for name in ("lag mask", "walks overlap", "k1 = 2, k2 = 5"):
        scene = draw(PROGRAMS[name]()).scene
        lines = [text.line.plain for text in scene.texts if text.kind == "cut"]
        captions = [frame.caption.plain for frame in scene.frames if frame.kind == "window" and frame.caption]
        dropped = [each.split("  ")[0] for each in captions if each.startswith("dropped")]
        assert [each.replace("dropped", "cut") for each in dropped] == lines


def test_a_value_beside_a_number_says_what_is_done_with_the_number() -> None:
    """L = 0.0712 with 4 in a badge: it was divided by 4."""
    boxes = [box for box in draw(PROGRAMS["divided by T"]()).scene.boxes if box.kind == "total"]
    assert [[line.plain for line in box.lines][-1] for box in boxes if box.badges] == ["÷"]
