"""Long graphs lose their middle and say so; ``steps`` chooses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.drawing import Drawing
from minigrad.draw.layout.place import FEWEST, WIDEST
from minigrad.draw.reading.view import MOST_COLUMNS, MOST_OPERATIONS
from minigrad.errors import ArgumentError, MisuseError
from tests.draw.tapes import by_hand, chain, ramp, window


def shown_steps(drawing: Drawing) -> list[int]:
    names = {box.name for box in drawing.scene.boxes}
    return sorted({node.key.step for node in drawing.graph.nodes.values() if f"n{node.id}" in names})


def gap_texts(drawing: Drawing) -> list[str]:
    return [text.line.plain for text in drawing.scene.texts if text.line.plain.startswith("⋯")]


def test_up_to_twelve_columns_are_all_shown() -> None:
    drawing = draw(window(MOST_COLUMNS, 4))
    assert shown_steps(drawing) == list(range(1, MOST_COLUMNS + 1))
    assert gap_texts(drawing) == []


def test_a_long_graph_loses_its_middle_and_says_so() -> None:
    drawing = draw(window(200, 5))
    assert shown_steps(drawing) == [1, 2, 3, 4, 5, 195, 196, 197, 198, 199, 200]
    assert gap_texts(drawing) == ["⋯ 189 steps ⋯"]
    texts = [text.line.plain for text in drawing.scene.texts]
    assert "6 to 194" in texts
    assert "38 cuts" in texts


@pytest.mark.parametrize(
    ("steps", "expected", "gaps"),
    [
        (range(3, 6), [3, 4, 5], ["⋯ 2 steps ⋯", "⋯ 15 steps ⋯"]),
        (slice(18, None), [18, 19, 20], ["⋯ 17 steps ⋯"]),
        (slice(None, 3), [1, 2], ["⋯ 18 steps ⋯"]),
        (slice(-2, None), [19, 20], ["⋯ 18 steps ⋯"]),
        (slice(1, None, 19), [1, 20], ["⋯ 18 steps ⋯"]),
        ([20, 7], [7, 20], ["⋯ 6 steps ⋯", "⋯ 12 steps ⋯"]),
        (range(1, 21), list(range(1, 21)), []),
        ([7, 9], [7, 9], ["⋯ 6 steps ⋯", "⋯ 1 step ⋯", "⋯ 11 steps ⋯"]),
    ],
)
def test_steps_choose(steps: slice | Iterable[int], expected: list[int], gaps: list[str]) -> None:
    drawing = draw(window(20, 5), steps=steps)
    assert shown_steps(drawing) == expected
    assert gap_texts(drawing) == gaps


@pytest.mark.parametrize("steps", [[], [99], slice(30, 40)])
def test_steps_that_are_not_there_are_refused(steps: slice | list[int]) -> None:
    with pytest.raises(ValueError, match="there are 1 to 20"):
        draw(window(20, 5), steps=steps)


@pytest.mark.parametrize(
    ("steps", "kind", "words"),
    [
        (slice("a", None), MisuseError, "not 'a'"),
        (slice(None, 1.5), MisuseError, "not 1.5"),
        (slice(None, None, 0), ArgumentError, "in the order of time"),
        (slice(None, None, -1), ArgumentError, "in the order of time"),
        ("12", MisuseError, "a list of step numbers"),
    ],
)
def test_steps_that_make_no_sense_say_so(steps: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        draw(window(20, 5), steps=steps)


def test_states_and_sums_run_into_the_gap_and_out_of_it() -> None:
    drawing = draw(by_hand(40, ()))
    scene = drawing.scene
    (gap,) = (frame for frame in scene.frames if frame.name.startswith("gap"))
    for kind in ("state", "loss"):
        paths = [path for path in scene.paths if path.stroke == scene.theme.strokes[kind]]
        into = [path for path in paths if path.source and not path.target]
        out = [path for path in paths if path.target and not path.source]
        assert [path.points[-1][0] for path in into] == [gap.left]
        assert [path.points[0][0] for path in out] == [gap.right]


def test_many_operations_in_one_step_lose_their_middle_too() -> None:
    w = mg.parameter(ramp(2), name="w")
    with mg.Tape() as tape:
        for _ in range(2):
            tape.mark()
            y = w * 2.0
            for _ in range(200):
                y = y + 1.0
    drawing = draw(tape)
    operations = [box for box in drawing.scene.boxes if box.name.startswith("n")]
    assert len(operations) == 2 * MOST_OPERATIONS
    more = [box.lines[0].plain for box in drawing.scene.boxes if box.name.startswith("more")]
    assert more == [f"⋯ {201 - MOST_OPERATIONS} operations ⋯"] * 2


def test_the_size_of_a_picture_does_not_grow_with_the_tape() -> None:
    short, long = (draw(window(steps, 5)) for steps in (50, 400))
    assert len(short.scene.boxes) == len(long.scene.boxes)
    assert len(short.scene.paths) == len(long.scene.paths)
    assert len(draw(chain(1000)).scene.boxes) == len(draw(chain(100)).scene.boxes)


def test_a_wide_picture_shows_fewer_columns_unless_they_are_asked_for() -> None:
    """Four operations side by side, with long names, make a column of some 700 points."""
    w = [mg.parameter(float(k), name=f"weight_{k}") for k in range(4)]
    tape = mg.Tape()
    with tape:
        for _ in range(20):
            tape.mark()
            for each in w:
                mg.tanh(each)
    widest = draw(tape)
    assert FEWEST - 1 <= len(shown_steps(widest)) < MOST_COLUMNS - 1
    assert widest.scene.width < WIDEST * 1.2
    assert shown_steps(draw(tape, steps=range(1, 21))) == list(range(1, 21))
    assert len(shown_steps(draw(tape, width="40cm"))) == MOST_COLUMNS - 1  # in rows there is room


def test_a_picture_of_every_step_grows_in_proportion() -> None:
    boxes, paths = [], []
    for steps in (20, 40, 60):
        scene = draw(window(steps, None), steps=range(1, steps + 1)).scene
        boxes.append(sum(not box.name.startswith("legend") for box in scene.boxes))
        paths.append(sum(bool(path.source or path.target) for path in scene.paths))
    assert boxes[2] - boxes[1] == boxes[1] - boxes[0]
    assert paths[2] - paths[1] == paths[1] - paths[0]
