"""A graph without steps that is very wide is broken into lines."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.layout.layers import Extent, arrange
from minigrad.draw.layout.wrap import MOST_AROUND, WIDEST, Wrapped
from tests.draw.tapes import chain, ramp
from tests.draw.test_geometry import faults


def with_skips(seed: int, length: int = 34) -> mg.Tape:
    """A long expression, some results of which are used again much later."""
    rng = random.Random(seed)
    tape = mg.Tape()
    with tape:
        results: list[Any] = [mg.tanh(mg.tensor(ramp(2), name="x"))]
        for _ in range(length):
            other = rng.choice(results) if rng.random() < 0.3 else None
            results.append(mg.tanh(results[-1]) if other is None else results[-1] * other)
    return tape


def test_a_long_chain_has_lines_that_are_about_equally_long() -> None:
    scene = draw(chain(31)).scene
    assert scene.width < WIDEST + 150
    ends: dict[float, float] = {}
    for box in scene.boxes:
        if box.name.startswith("n"):
            ends[box.y] = max(ends.get(box.y, 0.0), box.right)
    first, second = ends.values()
    assert abs(first - second) < 150
    assert faults(scene) == {}


def test_a_graph_that_has_room_stays_on_one_line() -> None:
    scene = draw(chain(8)).scene
    assert len({box.y for box in scene.boxes if box.name.startswith("n")}) == 1


@pytest.mark.parametrize("seed", range(30))
def test_edges_go_around_without_meeting_boxes(seed: int) -> None:
    scene = draw(with_skips(seed)).scene
    assert faults(scene) == {}
    names = {(path.source, path.target) for path in scene.paths}
    graph = draw(with_skips(seed)).graph
    uses = {use for uses in graph.uses.values() for use in uses}
    assert {(f"n{use.source}", f"n{use.target}") for use in uses if use.source in graph.nodes} <= names


@pytest.mark.parametrize(("chains", "lines"), [(MOST_AROUND, 2), (MOST_AROUND + 1, 1)])
def test_no_line_ends_where_many_edges_would_go_around(chains: int, lines: int) -> None:
    """Chains beside each other, all of them used at the end."""
    length, wide = 8, 300.0
    edges = [(n * length + k, n * length + k + 1) for n in range(chains) for k in range(length - 1)]
    edges += [((n + 1) * length - 1, chains * length) for n in range(chains)]
    layers = arrange([Extent(20.0, wide)] * (chains * length + 1), edges, spacing=10, channel=20)
    wrapped = Wrapped(layers, edges, [20.0] * (chains * length + 1))
    starts = [wrapped.centre(k)[0] for k in range(length)]
    assert sum(a > b for a, b in pairwise([*starts, 0.0])) == lines
    assert (wrapped.width > WIDEST) == (lines == 1)


def test_nothing_has_no_lines() -> None:
    wrapped = Wrapped(arrange([], [], spacing=1, channel=1), [], [])
    assert (wrapped.width, wrapped.height) == (0.0, 0.0)
