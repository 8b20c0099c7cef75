"""The time and the memory that a picture of a long recurrent network takes.

pytest -m benchmark -s tests/benchmarks/test_drawing.py
"""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import graphviz
import numpy as np
import pytest

import minigrad as mg
from minigrad.draw.examples import characters
from minigrad.draw.scene import Scene
from tests.benchmarks.measure import medians

pytestmark = pytest.mark.benchmark

STEPS, WINDOW = 1000, 25
SHOWN = {"with the middle left out": None, "with every step": slice(None)}


@pytest.mark.parametrize(("cell", "bars"), [(mg.nn.RNNCell, (1.0, 1.0)), (mg.nn.LSTMCell, (1.0, 2.5))])
def test_the_time_of_a_long_picture(cell: Any, bars: tuple[float, float]) -> None:
    """In processor time of one thread, from the tape to the text of the SVG."""
    window = characters(cell, STEPS, WINDOW)
    runs = {name: (lambda steps=steps: mg.draw(window, steps=steps).svg()) for name, steps in SHOWN.items()}
    times = medians(runs, rounds=9, warmup=1, clock=time.process_time)
    print(f"\n{cell.__name__}, {STEPS:,} steps in windows of {WINDOW}, {len(mg.draw(window).graph.nodes):,} records")
    for (name, seconds), steps, bar in zip(times.items(), SHOWN.values(), bars, strict=True):
        size = len(mg.draw(window, steps=steps).svg())
        print(f"  {name:24} {seconds:5.2f} s, {size / 1e6:5.2f} MB")
        assert seconds < bar


def test_the_time_of_every_step_of_an_lstm() -> None:
    """Of a tape that does not inspect, after a walk: ``mg.draw`` and the text of the SVG, each for itself.

    Beside them, as a yardstick of the machine, graphviz's package: the DOT text of as many nodes and edges, unplaced.
    """
    cell, readout = mg.nn.LSTMCell(4, 8, rng=0), mg.nn.Linear(8, 1, rng=1)
    inputs = np.random.default_rng(0).normal(size=(STEPS, 2, 4)).astype("float32")
    with mg.Tape() as tape:
        state, losses = cell.initial_state(2), []
        for x in inputs:
            tape.mark()
            state = cell(x, state)
            losses.append(mg.mean(mg.square(readout(state[0]))))
        tape.backward(losses)
    drawing = mg.draw(tape, steps=slice(None))
    runs = {
        "mg.draw": lambda: mg.draw(tape, steps=slice(None)),
        "its SVG": drawing.svg,
        "graphviz, DOT only": lambda: dot_text(drawing.scene),
    }
    times = medians(runs, rounds=7, warmup=1, clock=time.process_time)
    parts = f"{len(drawing.scene.boxes):,} boxes, {len(drawing.scene.paths):,} lines"
    print(f"\nLSTMCell(4, 8), {STEPS:,} steps, {len(tape.records):,} records, {parts}")
    print(*(f"  {name:24} {seconds:5.2f} s" for name, seconds in times.items()), sep="\n")
    assert times["mg.draw"] + times["its SVG"] < 1.5


def dot_text(scene: Scene) -> str:
    """The boxes and lines of a scene as nodes and edges of graphviz's package, without a place."""
    graph = graphviz.Digraph()
    for box in scene.boxes:
        graph.node(box.name, box.lines[0].plain if box.lines else "", tooltip=box.tooltip, fillcolor=box.style.fill)
    for path in scene.paths:
        graph.edge(path.source, path.target, color=path.stroke.colour)
    return str(graph.source)


def test_memory_is_linear() -> None:
    peaks = []
    for steps in (STEPS, 2 * STEPS):
        window = characters(mg.nn.RNNCell, steps, WINDOW)
        tracemalloc.start()
        mg.draw(window, steps=slice(None)).svg()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    first, second = (f"{peak / 1e6:.0f} MB" for peak in peaks)
    print(f"\nRNNCell, every step drawn: {first} for {STEPS:,} steps, {second} for twice as many")
    assert peaks[1] < 2.2 * peaks[0]
