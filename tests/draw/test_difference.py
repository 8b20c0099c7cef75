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
    assert ("after: 9 records; 27 more had left the tape" if inspect else "after: 9 records") in texts
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


@pytest.mark.parametrize("inspect", [False, True])
def test_a_full_cut_is_drawn_although_nothing_follows(inspect: bool) -> None:
    w = mg.parameter(0.5, name="w")
    tape = mg.Tape(inspect=inspect)
    with tape:
        h = mg.tensor(1.0, name="h0")
        for _ in range(3):
            tape.mark()
            h = mg.tanh(h * w)
    before = draw(tape)
    assert not [path for path in before.scene.paths if path.kind == "cut"]
    tape.cut()
    after = draw(tape)
    for picture in (after, draw_diff(before, tape), draw(tape, width="12cm"), draw(tape, view="both")):
        assert [path.cut for path in picture.scene.paths if path.kind == "cut"] == [1]
        assert "cut 1" in [text.line.plain for text in picture.scene.texts]
        assert "Nothing has been recorded on this tape." not in picture.svg()
    cut = next(path for path in after.scene.paths if path.kind == "cut")
    assert all(box.right < cut.points[0][0] for box in after.scene.boxes if box.kind == "state")
    assert bool(after.graph.nodes) is inspect
    words = " ".join(text.line.plain for text in draw_diff(before, tape).scene.texts)
    assert "before: 6 records, of which 6 leave the tape (dashed)" in words
    assert (
        "after: 0 records; 6 more had left the tape" if inspect else "Nothing has been recorded since cut 1"
    ) in words
