"""The folded view: found on the tape, for any loop, and nothing is hidden."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.scene import Box, Scene
from tests.draw.programs import PROGRAMS
from tests.draw.tapes import (
    KINDS,
    at_random,
    attention,
    by_hand,
    cut_without_marks,
    evil,
    lstm,
    ramp,
    second_order,
    window,
    zeros,
)
from tests.draw.test_geometry import faults


def folded_boxes(scene: Scene) -> dict[str, Box]:
    return {box.name: box for box in scene.boxes if box.name.startswith(("fold-", "delay-"))}


def gru(steps: int = 4) -> mg.Tape:
    """A loop that no module of ours wrote."""
    W, U = (mg.parameter(ramp(2, 2), name=name) for name in ("W", "U"))
    tape = mg.Tape(inspect=True)
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    with tape:
        for t in range(steps):
            tape.mark()
            z = mg.sigmoid(mg.tensor(ramp(1, 2, scale=t + 1.0), name="x") @ W + h @ U)
            h = z * h + (1.0 - z) * mg.tanh(h @ U)
        tape.backward(mg.square(h).sum())
    return tape


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view", ["folded", "both"])
def test_every_kind_is_folded_cleanly(kind: str, view: Any) -> None:
    drawing = draw(KINDS[kind](), view=view)
    assert faults(drawing.scene) == {}
    assert drawing.svg()
    assert drawing.to_dot()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["folded", "both"]))
def test_random_tapes_are_folded_cleanly(seed: int, view: Any) -> None:
    assert faults(draw(at_random(seed), view=view).scene) == {}


def test_one_step_stands_for_all() -> None:
    scene = draw(window(6, 3), view="folded").scene
    boxes = folded_boxes(scene)
    operations = [box for name, box in boxes.items() if "-op-" in name]
    assert len(operations) == 9
    assert not any(box.style.dashed for box in operations)
    (delay,) = (box for name, box in boxes.items() if name.startswith("delay"))
    assert [line.plain for line in delay.lines] == ["t−1", "h0 = 0"]
    state = scene.theme.strokes["state"]
    edges = [(path.source, path.target) for path in scene.paths if path.stroke == state and path.source]
    into = next(source for source, target in edges if target == delay.name)
    out = next(target for source, target in edges if source == delay.name)
    assert boxes[into].lines[0].plain == "ht = tanh"
    assert (boxes[out].lines[0].plain, boxes[out].badges[0].line.plain) == ("@", "Wh")


@pytest.mark.parametrize(("tape", "states"), [(gru, {"h"}), (lstm, {"h", "c"})])
def test_every_state_of_a_loop_has_a_delay(tape: Any, states: set[str]) -> None:
    scene = draw(tape(), view="folded").scene
    starts = [box.lines[1].plain for name, box in folded_boxes(scene).items() if name.startswith("delay")]
    assert {start[0] for start in starts} == states


def test_all_uses_of_a_state_come_from_its_delay() -> None:
    scene = draw(gru(), view="folded").scene
    assert sum(path.source.startswith("delay") for path in scene.paths) == 3  # z's product, z · h, and the candidate's


def test_what_is_not_in_every_step_stays_and_says_where() -> None:
    scene = draw(lstm(3), view="folded").scene
    assert not any(box.style.dashed for box in folded_boxes(scene).values())  # the square and the sum are after it
    scene = draw(PROGRAMS["even and odd"](), view="folded").scene
    rare = [box for box in folded_boxes(scene).values() if box.style.dashed]
    assert [box.lines[-1].plain for box in rare] == ["only t = 1, 3, 5", "only t = 2, 4, 6"]
    assert any("not in every step" in text.line.plain for text in scene.texts)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_hidden(seed: int) -> None:
    drawing = draw(at_random(seed), view="folded")
    graph = drawing.graph
    slots = {i for i in graph.nodes if graph.nodes[i].key.order == 0}
    drawn = sum("-op-" in name for name in folded_boxes(drawing.scene))
    longest = max((len(ids) for key, ids in graph.columns.items() if key.order == 0), default=0)
    sums = len({i for i in slots if graph.nodes[i].shape == ()})
    if graph.marked and longest:
        assert drawn + sums >= longest


def test_what_is_outside_the_loop_is_there_too() -> None:
    names = {box.name for box in draw(attention(), view="folded").scene.boxes}
    assert "n2" in names  # A @ B, before the first step
    scene = draw(second_order(), view="folded").scene
    walk = [box for box in scene.boxes if box.style == scene.theme.boxes["walk"] and box.name.startswith("n")]
    assert walk


def test_states_of_many_steps_in_one_operation_are_badges() -> None:
    boxes = folded_boxes(draw(PROGRAMS["attention"](), view="folded").scene)
    (joined,) = (box for box in boxes.values() if box.lines[0].plain == "concatenate")
    assert [badge.line.plain for badge in joined.badges] == ["h1…t−1"]


def test_both_views_share_rows_and_colours() -> None:
    scene = draw(window(4, 2), view="both").scene
    boxes = folded_boxes(scene)
    unfolded = {box.name: box for box in scene.boxes if box.name.startswith("n")}
    assert len(boxes) > 9
    for box in boxes.values():
        if "-op-" in box.name:
            same = [other for other in unfolded.values() if abs(other.y - box.y) < 0.01 and other.style == box.style]
            assert len(same) >= 4
            assert any([b.style for b in other.badges] == [b.style for b in box.badges] for other in same)


def test_losses_become_one_sum() -> None:
    for source, text in ((window(6, 3), "L = mean ℓt"), (by_hand(), "L = Σ ℓt")):
        (total,) = (box for box in draw(source, view="folded").scene.boxes if box.kind == "sum")
        assert total.lines[0].plain == text


def test_the_depth_of_the_truncation_is_said() -> None:
    texts = [text.line.plain for text in draw(window(6, 2, 4), view="folded").scene.texts]
    assert "the gradient goes back at most 4 steps" in texts


def test_windows_without_steps_are_not_folded() -> None:
    drawing = draw(cut_without_marks(), view="folded")
    assert drawing._reading.view.loops == []
    assert drawing.scene.title == "Folded graph in windows, truncated back-propagation through time"


def test_names_cannot_break_a_folded_picture() -> None:
    svg = draw(evil(), view="both").svg()
    assert "<script" not in svg


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(ValueError, match="'unfolded', 'folded' or 'both'"):
        draw(window(4, 2), view="sideways")  # type: ignore[arg-type]


def test_inputs_that_are_numbered_by_step_are_one_input() -> None:
    W = mg.parameter(ramp(2, 2), name="W")
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    with mg.Tape() as tape:
        for t in range(3):
            tape.mark()
            h = mg.tanh(h @ W + mg.tensor(ramp(1, 2, scale=t + 1.0), name=f"x{t + 1}")) + mg.tensor(zeros(2), name="z7")
    inputs = [box for name, box in folded_boxes(draw(tape, view="folded").scene).items() if "-data-" in name]
    assert [box.lines[0].plain for box in inputs] == ["xt", "z7"]


def test_a_slice_that_is_the_same_at_every_step_says_so_in_the_fold() -> None:
    said = [line.plain for box in draw(lstm(), view="folded").scene.boxes for line in box.lines]
    assert {"[:, 0:2]", "[:, 2:4]", "[:, 4:6]", "[:, 6:8]"} <= set(said)
    assert "[ ]" not in said
    x, tape = mg.tensor(ramp(4, 2)), mg.Tape(inspect=True)
    with tape:
        h: Any = mg.tensor(ramp(2))
        for t in range(3):
            tape.mark()
            h = mg.tanh(h * x[t])
    said = [line.plain for box in draw(tape, view="folded").scene.boxes for line in box.lines]
    assert "[ ]" in said


FORMS: tuple[dict[str, Any], ...] = (
    {},
    {"view": "folded"},
    {"view": "both"},
    {"compact": True},
    {"compact": True, "view": "folded"},
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_number_that_is_cited_is_said_where_it_was_computed(name: str) -> None:
    """A badge %7 refers to the box that begins with %7, or with numbers of which that is one."""
    source = PROGRAMS[name]()
    for form in FORMS if draw(source).graph.marked else FORMS[:1]:
        scene = draw(source, **form).scene
        said = {
            i for box in scene.boxes if box.lines and re.match(r"%\d", box.lines[0].plain)
            for i in (*box.ids, *map(int, re.findall(r"%(\d+)", box.lines[0].plain)))
        }  # fmt: skip
        badges = [badge.line for box in scene.boxes for badge in (*box.before, *box.badges)]
        begins = [each for box in scene.boxes if box.kind == "delay" for each in box.lines]
        cited = {int(i) for each in (*badges, *begins) for i in re.findall(r"%(\d+)", each.plain)}
        assert cited <= said, form


def badges_of(box: Box) -> list[str]:
    return [badge.line.plain for badge in (*box.before, *box.badges)]


def test_what_differs_from_step_to_step_is_not_said_of_one_step() -> None:
    """Each step has a walk and a gradient of its own: no folded box may name only the last one's."""
    boxes = folded_boxes(draw(PROGRAMS["through SGD"](), view="folded").scene)
    heads = [box.lines[0].plain for box in boxes.values()]
    assert "L1 … L3 = square" in heads
    assert "%2 … %21 = −" in heads
    assert any(badges_of(box) == ["rate", "%7 … %26"] for box in boxes.values())


def test_a_delay_begins_with_what_its_own_users_take() -> None:
    """Of cells that alternate only the first takes h0: what the second takes begins with nothing."""
    scene = draw(PROGRAMS["alternating cells"](), view="folded").scene
    delays = sorted((box for box in scene.boxes if box.kind == "delay"), key=lambda each: each.y)
    assert [[line.plain for line in box.lines] for box in delays] == [["t−1", "h0"], ["t−1"]]


def test_a_list_names_what_other_loops_computed() -> None:
    scene = draw(PROGRAMS["bidirectional"](), view="folded").scene
    joined = [badges_of(box) for box in scene.boxes if box.lines and box.lines[0].plain == "concatenate"]
    assert sorted(joined) == [["f1", "b8"], ["f2", "b7"], ["f3", "b6"], ["f4", "b5"]]


def test_what_is_hidden_in_a_box_is_not_called_after_its_result() -> None:
    """The recorded walk takes the difference that is squared, not the square."""
    scene = draw(PROGRAMS["through SGD"](), compact=True).scene
    badges = [badge for box in scene.boxes if box.kind == "walk" for badge in badges_of(box)]
    assert [each for each in badges if "%" in each] == ["in %1", "in %11", "in %20"]


def test_a_first_step_that_lacks_an_operation_lacks_the_one_that_takes_the_state_before() -> None:
    """s = 0.8 s + 0.2 h with a number to begin with: step 1 has 0.2 h, and no 0.8 s, though both are products."""
    drawing = draw(PROGRAMS["exponential average"](), view="folded")
    products = [box for box in drawing.scene.boxes if box.kind == "op" and box.lines[0].plain == "×"]
    rare = [box for box in products if box.style.dashed]
    assert [[badge.line.plain for badge in box.badges] for box in rare] == [["0.800"]]
    assert [badge.line.plain for box in products if box not in rare for badge in box.badges] == ["w", "0.200"]
    delays = [path for path in drawing.scene.paths if path.target == rare[0].name]
    assert len(delays) == 1
    assert delays[0].source.startswith("delay")


def test_what_is_added_up_is_called_losses_only_if_no_state_is_among_it() -> None:
    words = " ".join(text.plain for box in draw(PROGRAMS["early exit"]()).scene.boxes for text in box.lines)
    assert "weighted Σ of 4 terms" in words
