"""No picture may have boxes on each other, edges through boxes, or text that is cut off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.scene import Path, Scene
from minigrad.draw.text import line
from tests.draw.geometry import clipped, outside_its_frame, overlapping, pierced
from tests.draw.tapes import KINDS, at_random, ramp, window


def faults(scene: Scene) -> dict[str, Any]:
    names = [box.name for box in scene.boxes]
    found = {
        "overlapping": overlapping(scene),
        "pierced": pierced(scene),
        "clipped": clipped(scene),
        "outside": outside_its_frame(scene),
        "same name": sorted({name for name in names if names.count(name) > 1}),
    }
    return {fault: where for fault, where in found.items() if where}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tape_is_drawn_cleanly(kind: str) -> None:
    assert faults(draw(KINDS[kind]()).scene) == {}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_random_tapes_are_drawn_cleanly(seed: int) -> None:
    drawing = draw(at_random(seed))
    assert faults(drawing.scene) == {}
    assert drawing.svg()
    assert drawing.to_dot()


def test_many_states_of_one_low_box_have_room_at_cuts_and_in_the_fold() -> None:
    """Ten results in a row pass the cut; four of them are drawn as delays."""
    w = mg.parameter(ramp(2), name="w")
    tape = mg.Tape(inspect=True)
    states: list[Any] = [mg.tensor(ramp(2), name=f"s_{name}") for name in "abcdefghij"]
    with tape:
        for _ in range(2):
            tape.mark()
            with mg.scope("all of them"):
                drive = mg.tanh(states[0] * w)
                states = [drive * state for state in states]
            tape.backward(states[-1].sum(), retain=True)
            tape.cut()
    for view in ("unfolded", "folded", "both"):
        assert faults(draw(tape, depth=1, view=view).scene) == {}  # type: ignore[arg-type]


def move_onto(scene: Scene) -> None:
    scene.boxes[0].x, scene.boxes[0].y = scene.boxes[1].x, scene.boxes[1].y


def widen_text(scene: Scene) -> None:
    scene.boxes[0].lines = (line("a text that is much wider than its box ever was"),)


def shoot_through(scene: Scene) -> None:
    box = scene.boxes[0]
    scene.paths.append(Path(scene.theme.strokes["flow"], [(box.left - 9, box.y), (box.right + 9, box.y)]))


@pytest.mark.parametrize(
    ("damage", "fault"), [(move_onto, "overlapping"), (widen_text, "clipped"), (shoot_through, "pierced")]
)
def test_the_checks_find_damage(damage: Callable[[Scene], None], fault: str) -> None:
    scene = draw(window()).scene
    damage(scene)
    assert fault in faults(scene)


def test_the_same_operation_has_the_same_row_in_every_step() -> None:
    drawing = draw(window(6, 3))
    boxes = {box.name: box for box in drawing.scene.boxes}
    steps = list(drawing.graph.columns.values())
    assert len(steps) == 6
    for i, column in zip(steps[0], zip(*steps, strict=True), strict=True):
        assert {boxes[f"n{j}"].y for j in column} == {boxes[f"n{i}"].y}


def test_columns_follow_time() -> None:
    drawing = draw(window(6, 3))
    boxes = {box.name: box for box in drawing.scene.boxes}
    for first in zip(*drawing.graph.columns.values(), strict=True):
        positions = [boxes[f"n{i}"].x for i in first]
        assert positions == sorted(positions)
        assert len(set(positions)) == 6


@pytest.mark.parametrize("seed", [390, 839, 1231, 3680])
def test_lines_pass_beside_sums_and_gates(seed: int) -> None:
    """Totals that share sums, a loss below two sums, an initial state beside the gates of a lost cut."""
    assert faults(draw(at_random(seed)).scene) == {}
