"""What a picture says about truncation: walks, memory, and gradients that fade."""

from __future__ import annotations

import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.graph.memory import bytes_text, kept_bytes
from minigrad.draw.graph.model import Graph
from minigrad.draw.graph.roles import find_totals
from tests.draw.tapes import Recurrence, ramp, stream, window, zeros


def test_every_walk_of_overlapping_windows_is_known() -> None:
    totals = find_totals(Graph(window(8, 2, 4)))
    assert [(t.number, t.border, t.first, t.last) for t in totals] == [
        (1, 1, 1, 2),
        (2, 1, 3, 4),
        (3, 3, 5, 6),
        (4, 5, 7, 8),
    ]


def test_brackets_say_how_far_each_walk_went() -> None:
    scene = draw(window(6, 2, 4)).scene
    texts = [text.line.plain for text in scene.texts if text.line.plain.startswith("walk ")]
    assert texts == [
        "walk 1  ℓ at 1 to 2, back to 1",
        "walk 2  ℓ at 3 to 4, back to 1",
        "walk 3  ℓ at 5 to 6, back to 3",
    ]
    assert not any(text.line.plain.startswith("walk ") for text in draw(window(6, 3)).scene.texts)


def test_the_gradient_is_named_after_the_newest_walk_that_reached_it() -> None:
    boxes = draw(window(6, 2, 4)).scene.boxes
    pills = [box.lines[0].plain.split("‖")[1] for box in boxes if box.name.startswith("g") and box.lines]
    assert pills == ["∂L2/∂h1", "∂L2/∂h2", "∂L3/∂h3", "∂L3/∂h4", "∂L3/∂h5", "∂L3/∂h6"]


@pytest.mark.parametrize("steps", [1, 4])
def test_bytes_by_step_are_those_of_the_tape(steps: int) -> None:
    net = Recurrence()
    h = mg.tensor(zeros(1, 3), name="h0")
    with mg.Tape() as tape:
        losses = []
        for inputs in stream(steps):
            tape.mark()
            loss, h = net.step(inputs, h)
            losses.append(loss)
        expected = tape.nbytes
        assert sum(kept_bytes(Graph(tape)).values()) == expected
        tape.backward(losses)
    assert tape.nbytes == 0
    assert sum(kept_bytes(Graph(tape)).values()) == expected  # still known after the walk


def test_memory_is_a_bar_below_each_step_and_hollow_once_freed() -> None:
    scene = draw(window(6, 3)).scene
    bars = [box for box in scene.boxes if box.name.startswith("memory")]
    assert [box.style for box in bars] == [scene.theme.boxes["freed"]] * 3 + [scene.theme.boxes["memory"]] * 3
    assert len({round(box.width) for box in bars}) == 1
    without = draw(window(6, 3), show=["op", "name"]).scene
    assert not any(box.name.startswith("memory") for box in without.boxes)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1400, "1.4 kB"), (123_456, "123 kB"), (2_500_000, "2.5 MB")]
)
def test_sizes(size: int, text: str) -> None:
    assert bytes_text(size) == text


def fading(factor: float, steps: int = 6) -> mg.Tape:
    """h' = factor · h + x, and a loss at the end only."""
    with mg.Tape(inspect=True) as tape:
        h = mg.parameter(ramp(2), name="h0")
        for t in range(steps):
            tape.mark()
            h = h * factor + mg.tensor(ramp(2, scale=t + 1.0), name="x")
        tape.backward(h.sum())
    return tape


def test_the_lag_at_which_the_gradient_falls_below_one_per_cent() -> None:
    scene = draw(fading(0.1)).scene  # 1, 0.1, 0.01, 0.001: three steps back it is below 1 %
    notes = [text.line.plain for text in scene.texts if "below 1 %" in text.line.plain]
    assert "‖∂L/∂h‖ falls below 1 % of its newest value at lag 3 (t = 3)." in notes
    faint = [box.name for box in scene.boxes if box.name.startswith("g") and box.style == scene.theme.boxes["faint"]]
    assert len(faint) == 3


def test_the_note_about_the_lag_has_the_names_of_the_picture() -> None:
    notes = [text.line for text in draw(window(6, 2, 4)).scene.texts if "falls below" in text.line.plain]
    assert [(run.text, run.shift) for run in notes[0].runs[1:5]] == [("L", ""), ("3", "sub"), ("/∂", ""), ("h", "")]


def test_a_gradient_that_does_not_fade_has_no_note() -> None:
    assert not any("below 1 %" in text.line.plain for text in draw(fading(0.9)).scene.texts)


def test_a_cut_after_a_walk_invents_no_second_one() -> None:
    net = Recurrence()
    h = mg.tensor(zeros(1, 3), name="h0")
    with mg.Tape(inspect=True) as tape:
        losses = []
        for inputs in stream(4):
            tape.mark()
            loss, h = net.step(inputs, h)
            losses.append(loss)
        tape.backward(losses)
        tape.cut(keep=2)
    drawing = draw(tape)
    assert [(t.number, t.border, t.last) for t in find_totals(drawing.graph)] == [(1, 1, 4)]
    pills = [box.lines[0].plain.split("‖")[1] for box in drawing.scene.boxes if box.name.startswith("g") and box.lines]
    assert pills == [f"∂L1/∂h{t}" for t in (1, 2, 3, 4)]
    assert any(text.line.plain.startswith("walk 1") for text in drawing.scene.texts)
