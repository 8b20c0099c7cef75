"""What a picture says about truncation: walks, memory, and gradients that fade."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.graph.memory import bytes_text
from tests.draw.programs import PROGRAMS
from tests.draw.tapes import Recurrence, ramp, stream, window, zeros
from tests.draw.tools import read


def test_every_walk_of_overlapping_windows_is_known() -> None:
    reaches = read(window(8, 2, 4)).reaches
    assert [(r.walk, r.border, r.first, r.last) for r in reaches] == [
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


def test_the_gradient_is_that_of_the_newest_walk_and_of_those_that_went_over_other_steps() -> None:
    boxes = draw(window(6, 2, 4)).scene.boxes
    pills = [box.lines[0].plain.split("‖")[1] for box in boxes if box.kind == "norm"]
    assert sorted(pills) == ["∂L1/∂h1", "∂L1/∂h2", "∂L3/∂h3", "∂L3/∂h4", "∂L3/∂h5", "∂L3/∂h6"]


@pytest.mark.parametrize(("k1", "k2", "k"), [(3, 3, (3, 3)), (2, 4, (2, 4)), (2, 5, (2, 5)), (1, 1, (1, 1))])
def test_k_is_that_of_the_walks(k1: int, k2: int, k: tuple[int, int]) -> None:
    assert read(window(9, k1, k2)).k == k


def test_no_k_is_said_before_a_walk_was_limited() -> None:
    assert read(window(2, 2, 5)).k is None
    assert read(window(6, None)).k is None


def sizes(tape: mg.Tape) -> list[int]:
    return [kept.size for kept in read(tape).kept.values()]


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("inspect", [True, False])
def test_bytes_by_step_are_those_of_the_tape(steps: int, inspect: bool) -> None:
    net = Recurrence()
    h = mg.tensor(zeros(1, 3), name="h0")
    with mg.Tape(inspect=inspect) as tape:
        losses = []
        for inputs in stream(steps):
            tape.mark()
            loss, h = net.step(inputs, h)
            losses.append(loss)
        expected = tape.nbytes
        assert sum(sizes(tape)) == expected
        tape.backward(losses)
    assert tape.nbytes == 0
    assert sum(sizes(tape)) == (expected if inspect else 0)  # after the walk nothing tells, unless the tape inspects


def test_memory_is_a_bar_below_each_step_and_hollow_once_freed() -> None:
    scene = draw(window(6, 3)).scene
    bars = [box for box in scene.boxes if box.name.startswith("memory")]
    assert [box.kind for box in bars] == ["freed"] * 6  # each window's walk freed what it had gone over
    retained = [box.kind for box in draw(window(6, 2, 4)).scene.boxes if box.name.startswith("memory")]
    assert set(retained[-2:]) == {"memory"}
    assert len({round(box.width) for box in bars}) == 2  # step 4 also keeps the state that entered it
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
    assert "‖∂L/∂h‖ is below 1 % of its newest value at lag 3 (t = 3)." in notes
    faint = [box for box in scene.boxes if box.kind == "norm" and box.style == scene.theme.boxes["faint"]]
    assert len(faint) == 3


def test_the_note_about_the_lag_has_the_names_of_the_picture() -> None:
    notes = [text.line for text in draw(window(6, 2, 4)).scene.texts if "is below" in text.line.plain]
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
    assert [(r.walk, r.border, r.last) for r in drawing._reading.reaches] == [(1, 1, 4)]
    pills = [box.lines[0].plain.split("‖")[1] for box in drawing.scene.boxes if box.kind == "norm"]
    assert pills == [f"∂L/∂h{t}" for t in (1, 2, 3, 4)]
    assert not any(box.kind == "stops" for box in drawing.scene.boxes)  # the walk passed it before the cut was made
    assert any(text.line.plain.startswith("walk 1") for text in drawing.scene.texts)


def test_the_heading_has_subscripts_that_every_font_has() -> None:
    """Few fonts have a bold ₁; the title of the file, which no font of ours paints, keeps it."""
    scene = draw(window(8, 2, 4)).scene
    (title,) = [text.line for text in scene.texts if text.kind == "title"]
    assert [run.text for run in title.runs if run.shift == "sub"] == ["1", "2"]
    assert not any(character in "₀₁₂₃₄₅₆₇₈₉" for text in scene.texts for character in text.line.plain)
    assert scene.title.endswith("k₁ = 2, k₂ = 4")


def test_the_walks_of_the_lane_are_listed_as_in_a_sentence() -> None:
    notes = [text.line.plain for text in draw(window(8, 2, 4)).scene.texts if text.kind == "note"]
    assert "Gradients are those of walks 2 and 4 of 4." in notes
    alone = [text.line.plain for text in draw(window(8, 2, 4), lane=3).scene.texts if text.kind == "note"]
    assert "Gradients are those of walk 3 of 4." in alone


@pytest.mark.parametrize("view", ["unfolded", "folded", "both"])
def test_bars_and_cuts_are_in_the_legend_where_they_are_in_the_picture(view: Any) -> None:
    for name, program in PROGRAMS.items():
        scene = draw(program(), view=view).scene
        legend = {text.line.plain.split(":")[0] for text in scene.texts if text.kind == "legend"}
        assert ("where a gradient stops" in legend) == any(box.kind == "stops" for box in scene.boxes), name
        assert ("cut" in legend) == any(path.kind == "cut" for path in scene.paths), name


def test_a_last_cut_without_a_state_is_explained_and_is_not_drawn_beside_one_folded_step() -> None:
    w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0, name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = mg.tanh(w * h)
        tape.backward(h)
        tape.cut()
    for view, drawn in (("unfolded", True), ("both", True), ("folded", False)):
        scene = draw(tape, view=view).scene  # type: ignore[arg-type]
        words = [text.line.plain for text in scene.texts]
        assert ("cut 1" in words) == ("cut: what is before it has left the tape" in words) == drawn
