"""Before and after a cut."""

from __future__ import annotations

import pytest

import minigrad as mg
from minigrad.draw import draw, draw_diff
from minigrad.draw.theme import DARK
from tests.draw.tapes import Recurrence, stream, window, zeros
from tests.draw.test_geometry import faults


@pytest.mark.parametrize("inspect", [True, False])
def test_what_a_cut_drops_is_dashed(inspect: bool) -> None:
    net = Recurrence()
    h = mg.tensor(zeros(1, 3), name="h0")
    with mg.Tape(inspect=inspect) as tape:
        for inputs in stream(4):
            tape.mark()
            _, h = net.step(inputs, h)
        before = draw(tape, theme="dark")
        tape.cut(keep=1)
        drawing = draw_diff(before, tape)
    scene = drawing.scene
    assert scene.theme == DARK
    dashed = [box.name for box in scene.boxes if box.style.dashed and box.style.stroke == DARK.boxes["cut"].stroke]
    assert len(dashed) == 27
    assert all(name.startswith("before-n") for name in dashed)
    texts = [text.line.plain for text in scene.texts]
    assert "before: 36 records, of which 27 leave the tape (dashed)" in texts
    assert "after: 9 records" in texts
    assert faults(scene) == {}
    assert drawing.svg()
    assert drawing.to_dot()


def test_what_is_new_is_thick() -> None:
    net = Recurrence()
    h = mg.tensor(zeros(1, 3), name="h0")
    with mg.Tape() as tape:
        first, second = stream(2)
        tape.mark()
        _, h = net.step(first, h)
        before = draw(tape)
        tape.mark()
        net.step(second, h)
    scene = draw_diff(before, tape, title="one more step").scene
    state = scene.theme.boxes["state"].stroke
    assert sum(box.style.width == 2.6 and box.style.stroke == state for box in scene.boxes) == 9
    assert scene.title == "one more step"
    assert faults(scene) == {}


def test_two_schedules_beside_each_other() -> None:
    scene = draw_diff(window(4, 2), window(4, 4)).scene
    assert faults(scene) == {}


def test_the_drawings_are_left_as_they_were() -> None:
    first, second = draw(window(4, 2)), draw(window(4, 2))
    before = first.svg(), second.svg()
    draw_diff(first, second)
    assert (first.svg(), second.svg()) == before
