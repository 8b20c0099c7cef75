"""Rows and layers: alignment of steps, layered placement."""

from __future__ import annotations

import random

import pytest

from minigrad.draw.graph.align import align
from minigrad.draw.layout.layers import Extent, arrange, kept_within, separated


def test_equal_steps_have_equal_rows() -> None:
    rows, count = align([("a", "b", "a")] * 3)
    assert rows == [[0, 1, 2]] * 3
    assert count == 3


def test_steps_that_differ_share_what_they_have_in_common() -> None:
    rows, count = align([("x", "tanh"), ("x", "h", "+", "tanh"), ("x", "h", "+", "tanh", "loss")])
    assert rows == [[0, 3], [0, 1, 2, 3], [0, 1, 2, 3, 4]]
    assert count == 5


def test_rows_rise_within_every_step() -> None:
    rng = random.Random(0)
    steps = [tuple(rng.choice("abcd") for _ in range(rng.randrange(12))) for _ in range(20)]
    rows, count = align(steps)
    assert all(row == sorted(set(row)) and len(row) == len(step) for row, step in zip(rows, steps, strict=True))
    assert max(max(row, default=0) for row in rows) < count
    same: dict[int, set[str]] = {}
    for row, step in zip(rows, steps, strict=True):
        for slot, letter in zip(row, step, strict=True):
            same.setdefault(slot, set()).add(letter)
    assert all(len(letters) == 1 for letters in same.values())


def test_nothing_to_align() -> None:
    assert align([]) == ([], 0)
    assert align([(), ()]) == ([[], []], 0)


@pytest.mark.parametrize(
    ("wished", "distances", "expected"),
    [
        ([], [], []),
        ([5.0], [], [5.0]),
        ([0.0, 10.0], [3.0], [0.0, 10.0]),
        ([0.0, 0.0], [4.0], [-2.0, 2.0]),
        ([1.0, 0.0, 10.0], [1.0, 1.0], [0.0, 1.0, 10.0]),
    ],
)
def test_separated(wished: list[float], distances: list[float], expected: list[float]) -> None:
    assert separated(wished, distances) == pytest.approx(expected)


def test_separated_moves_the_light_one() -> None:
    light, heavy = separated([0.0, 0.0], [10.0], [1.0, 999.0])
    assert heavy - light == pytest.approx(10)
    assert abs(heavy) < 0.02


def box(count: int) -> list[Extent]:
    return [Extent(20.0, 10.0)] * count


def test_a_chain_is_straight() -> None:
    layers = arrange(box(4), [(0, 1), (1, 2), (2, 3)], spacing=5, channel=8)
    assert len(set(layers.across)) == 1
    assert layers.along == [5.0, 23.0, 41.0, 59.0]
    assert layers.length == 64.0


def test_a_side_input_stands_beside_its_use() -> None:
    edges = [(0, 1), (1, 3), (2, 3)]
    layers = arrange(box(4), edges, spacing=5, channel=8, beside=True)
    assert layers.level == [0, 1, 2, 2]
    assert layers.across[2] == layers.across[3] - 25
    assert layers.across[0] == layers.across[1] == layers.across[3]


def test_a_long_edge_passes_beside_what_lies_between() -> None:
    layers = arrange(box(4), [(0, 1), (1, 2), (2, 3), (0, 3)], spacing=5, channel=8)
    for across, along in layers.bends[0, 3]:
        for item in (1, 2):
            assert abs(across - layers.across[item]) >= 10 or abs(along - layers.along[item]) >= 5


def test_what_is_to_lie_on_top_does() -> None:
    layers = arrange(box(4), [(0, 1), (1, 2), (0, 3)], spacing=5, channel=8, on_top=frozenset({3}))
    assert layers.level[3] == max(layers.level) > layers.level[2]


@pytest.mark.parametrize("seed", range(20))
def test_items_never_overlap_and_edges_go_up(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.randrange(1, 40)
    extents = [Extent(rng.uniform(5, 60), rng.uniform(5, 30)) for _ in range(count)]
    pairs = [(rng.randrange(count), rng.randrange(count)) for _ in range(count)]
    edges = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    layers = arrange(extents, edges, spacing=4, channel=9, beside=bool(seed % 2))
    for i in range(count):
        assert layers.across[i] - extents[i].across / 2 >= -1e-6
        assert layers.across[i] + extents[i].across / 2 <= layers.width + 1e-6
        for j in range(i):
            apart = abs(layers.across[i] - layers.across[j]) >= (extents[i].across + extents[j].across) / 2 - 1e-6
            assert apart or layers.level[i] != layers.level[j]
    assert all(layers.level[a] <= layers.level[b] for a, b in edges)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], []),
        ([20.0, 50.0], [20.0, 50.0]),
        ([2.0, 50.0], [10.0, 58.0]),
        ([20.0, 95.0], [15.0, 90.0]),
        ([0.0, 100.0], [10.0, 110.0]),
    ],
)
def test_places_move_together_between_two_bounds(places: list[float], expected: list[float]) -> None:
    assert kept_within(places, 10.0, 90.0) == expected
