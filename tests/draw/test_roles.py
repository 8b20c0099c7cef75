"""Which operations are losses, totals and states."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.graph.model import Graph
from minigrad.draw.graph.roles import find_initial_states, find_totals, norm
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


def texts(source: Any, **options: Any) -> list[str]:
    """All the text in the boxes of a picture."""
    boxes = draw(source, **options).scene.boxes
    return [line.plain for box in boxes for line in (*box.lines, *(b.line for b in (*box.before, *box.badges)))]


@pytest.mark.parametrize(("reduction", "rule"), [("mean", "mean"), ("sum", "Σ")])
def test_the_total_is_what_the_walk_started_from(reduction: str, rule: str) -> None:
    last = window(6, 3, reduction=reduction)
    first, second = find_totals(Graph(last))
    assert second.losses == last.tape.targets
    assert [total.rule for total in (first, second)] == [rule, rule]
    wanted = last.loss * (3 if reduction == "sum" else 1)
    assert second.value == pytest.approx(wanted)
    assert f"L2 = {rule} ℓt" in " ".join(texts(last))


def test_a_short_last_window_weighs_less() -> None:
    last = window(5, 3)
    total = find_totals(Graph(last))[-1]
    assert total.rule == "weighted Σ"
    assert total.value == pytest.approx(sum(last.losses.values()) / 3)


def test_one_loss_is_the_total() -> None:
    (*_, total) = find_totals(Graph(window(4, 1)))
    assert total.losses == (total.target,)
    assert total.gathers == ()


def test_losses_added_up_by_hand() -> None:
    tape = by_hand()
    first, second = find_totals(Graph(tape))
    graph = Graph(tape)
    for total, steps in ((first, [1, 2]), (second, [3, 4])):
        assert [graph.nodes[i].op for i in total.losses] == ["mean", "mean"]
        assert [graph.nodes[i].key.step for i in total.losses] == steps
        assert [graph.nodes[i].op for i in total.gathers] == ["add"]
    assert second.value == pytest.approx(float(tape.values[tape.targets[0]]))


def test_losses_stacked_and_averaged() -> None:
    tape = stacked()
    graph = Graph(tape)
    (total,) = find_totals(graph)
    assert [graph.nodes[i].op for i in total.gathers] == ["stack", "mean"]
    assert len(total.losses) == 3


def test_a_total_that_passes_a_cut_is_named_beyond_it() -> None:
    boxes = {box.name: box for box in draw(running_total()).scene.boxes}
    badges = [badge.line.plain for box in boxes.values() for badge in box.badges]
    assert badges.count("L1") == 2  # added to, and used by the state


def test_a_sum_of_states_is_no_loss() -> None:
    graph = Graph(attention())
    (total,) = find_totals(graph)
    assert total.losses == (total.target,)


def test_an_expression_without_steps_has_no_step_losses() -> None:
    graph = Graph(scalars())
    (total,) = find_totals(graph)
    assert total.losses == graph.tape.targets
    assert not any("ℓ" in text for text in texts(scalars()))


def test_initial_states_are_told_from_inputs() -> None:
    graph = Graph(lstm())
    initial = find_initial_states(graph, find_totals(graph))
    assert sorted(str(graph.leaves[i].name) for i in initial) == ["c0", "h0"]


def test_a_learned_initial_state_is_a_parameter_with_its_colour() -> None:
    W, h0 = mg.parameter(ramp(2, 2), name="W"), mg.parameter(ramp(1, 2), name="h0")
    with mg.Tape() as tape:
        h: Any = h0
        for _ in range(3):
            tape.mark()
            h = mg.tanh(h @ W)
        tape.backward(mg.square(h).sum())
    scene = draw(tape).scene
    panel = {box.name[1:]: box for box in scene.boxes if box.frame == "parameters"}
    outside = [box for box in scene.boxes if box.name.startswith("d")]
    assert len(panel) == 2
    assert [panel[box.name[1:]].style for box in outside] == [outside[0].style]


def test_states_are_named_after_their_initial_values() -> None:
    shown = texts(lstm())
    assert {"h1 = ×", "h2 = ×", "h3 = ×", "c1 = +", "c2 = +", "c3 = +"} <= set(shown)


def test_states_of_stacked_cells_are_told_apart() -> None:
    shown = set(texts(stacked()))
    assert {"h1(1) = tanh", "h1(2) = tanh", "h0(1) = 0", "h0(2) = 0"} <= shown


def test_norms_of_gradients() -> None:
    last = window(6, 3)
    graph = Graph(last)
    h6 = max(use.source for use in graph.carried())
    expected = math.sqrt(float(np.sum(np.square(last.tape.cotangents[h6]))))
    assert norm(graph, h6) == pytest.approx(expected)


def test_a_gradient_that_was_not_computed_is_not_zero() -> None:
    W = mg.parameter(ramp(2, 2), name="W")
    tape = mg.Tape(inspect=True)
    with tape:
        h: Any = mg.tensor(ramp(1, 2), name="h0")
        for _ in range(3):
            tape.mark()
            h = mg.tanh(h @ W)
    pictured = draw(tape)
    shown = [text.line.plain for text in pictured.scene.texts]
    assert "‖∇‖ not computed" in shown
    pills = [box.lines[0].plain for box in pictured.scene.boxes if box.name.startswith("g")]
    assert pills == [f"∂L/∂h{t} not computed" for t in (1, 2, 3)]
    assert not any(path.stroke == pictured.scene.theme.strokes["gradient"] for path in pictured.scene.paths)


def test_without_inspection_there_is_no_lane_and_a_note() -> None:
    scene = draw(window(6, 3, inspect=False)).scene
    assert not any(box.name.startswith("g") for box in scene.boxes)
    assert any("inspect=True" in text.line.plain for text in scene.texts)


def test_the_gradient_stops_at_a_bar_on_the_cut() -> None:
    scene = draw(window(6, 3)).scene
    boxes = {box.name: box for box in scene.boxes}
    (bar,) = (box for name, box in boxes.items() if name.startswith("bar"))
    (gate,) = (box for box in boxes.values() if box.shape == "scissors" and not box.name.startswith("legend"))
    assert bar.x == gate.x
    gradient = [path for path in scene.paths if path.stroke == scene.theme.strokes["gradient"] and path.source]
    assert all(path.points[0][0] > path.points[-1][0] for path in gradient)  # from right to left
    assert not any(min(a, b) < bar.left - 1 and max(a, b) > bar.right + 1 for path in gradient
                   for a, b in [(path.points[0][0], path.points[-1][0])])  # fmt: skip
    state = scene.theme.strokes["state"]
    through = [
        (path.source, path.target)
        for path in scene.paths
        if path.stroke == state and gate.name in (path.source, path.target)
    ]
    assert [gate.name in pair for pair in through] == [True, True]  # in on one side, out on the other


def test_a_lag_mask_walks_back_from_each_loss_alone_and_all_of_them_count() -> None:
    start = mg.tensor(zeros(1, 3))
    masked = mg.truncated_bptt(Recurrence().step, stream(5), start, 5, 2, scheme="lag mask", inspect=True)
    source = next(iter(masked))
    graph = Graph(source)
    (total,) = find_totals(graph)
    assert [graph.nodes[i].key.step for i in total.losses] == [1, 2, 3, 4, 5]
    assert (total.rule, total.value) == ("mean", pytest.approx(source.loss))
    captions = [frame.caption.plain for frame in draw(source).scene.frames if frame.caption]
    assert captions[0] == "steps 1 to 5  ·  45 records  ·  5 backward walks"
