"""Lines that could lie on each other: those of initial states, and of gradients past columns."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

import minigrad as mg
from minigrad.draw.scene import Path, Scene
from tests.draw.programs import PROGRAMS


def _verticals(path: Path) -> list[tuple[float, float, float]]:
    """The upright pieces of a line: at which x, from where to where."""
    pieces = pairwise(path.points)
    return [(x, *sorted((y, v))) for (x, y), (u, v) in pieces if abs(x - u) < 0.01 and abs(y - v) > 1]


def _overlapping(scene: Scene) -> list[tuple[str, str]]:
    """Pairs of lines of different initial states that lie on each other."""
    starts = {box.name for box in scene.boxes if box.kind == "data"}
    lines = [path for path in scene.paths if path.kind == "carried" and path.source in starts]
    return [
        (one.source, other.source)
        for one, other in combinations(lines, 2)
        if one.source != other.source
        for x, top, bottom in _verticals(one)
        for u, high, low in _verticals(other)
        if abs(x - u) < 2 and min(bottom, low) - max(top, high) > 1
    ]


@pytest.mark.parametrize("name", ["lags of one and three", "swapped pair"])
def test_two_starts_of_one_state_do_not_share_a_line(name: str) -> None:
    scene = mg.draw(PROGRAMS[name]()).scene
    assert len({path.source for path in scene.paths if path.kind == "carried" and path.source.startswith("d")}) > 1
    assert _overlapping(scene) == []


def test_three_starts_of_one_state() -> None:
    w = mg.parameter([0.5], name="w")
    past = [mg.tensor([0.1 * n], name=f"s{n}") for n in range(3)]
    with mg.Tape(inspect=True) as tape:
        for _ in range(5):
            tape.mark()
            past.append(mg.tanh(w * past[-1] + 0.5 * past[-2] + 0.25 * past[-3]))
        tape.backward(mg.sum(past[-1]))
    scene = mg.draw(tape).scene
    assert len({path.source for path in scene.paths if path.kind == "carried" and path.source.startswith("d")}) == 3
    assert _overlapping(scene) == []


@pytest.mark.parametrize("name", ["lags of one and three", "attention", "swapped pair"])
def test_gradients_past_columns_do_not_share_a_line(name: str) -> None:
    """Those that leave one state may."""
    scene = mg.draw(PROGRAMS[name]()).scene
    ways = [path for path in scene.paths if path.kind == "gradient" and len(path.points) > 2]
    flat = [(path.source, y, *sorted((x, u))) for path in ways for (x, y), (u, v) in pairwise(path.points) if y == v]
    assert len({source for source, *_ in flat}) > 2
    for (one, y, left, right), (other, v, low, high) in combinations(flat, 2):
        assert one == other or abs(y - v) > 3 or min(right, high) <= max(left, low)
    memory = min(box.top for box in scene.boxes if box.kind in ("memory", "freed"))
    assert max(y for _, y, _, _ in flat) < memory
