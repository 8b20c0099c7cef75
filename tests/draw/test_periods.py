"""Loops without marks: their steps are those that marks would have made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.graph.collapse import collapse
from minigrad.draw.graph.model import Graph
from minigrad.draw.graph.periods import with_found_steps as with_steps
from minigrad.draw.graph.steps import with_marked_steps
from tests.draw import module_tapes, tapes
from tests.draw.tapes import ramp
from tests.draw.test_geometry import faults


def without_marks(monkeypatch: pytest.MonkeyPatch, record: Callable[[], Any]) -> Any:
    """The same loop, by somebody who marks nothing."""
    with monkeypatch.context() as patch:
        patch.setattr(mg.Tape, "mark", lambda tape, name=None: 0)
        return record()


def steps(graph: Graph) -> list[int]:
    return [node.key.step for node in graph.nodes.values() if not node.key.order]


def loop(body: Callable[[Any, Any, int], Any], count: int = 6, start: Any = None) -> mg.Tape:
    """A loop without marks over ``body(h, x, t)``, which returns the next h."""
    tape = mg.Tape(inspect=True)
    h: Any = mg.tensor(ramp(1, 2), name="h0") if start is None else start
    with tape:
        for t in range(count):
            h = body(h, mg.tensor(ramp(1, 2, scale=t + 1.0), name="x"), t)
        tape.backward(mg.square(h).sum())
    return tape


W, U, V = (mg.parameter(ramp(2, 2), name=name) for name in "WUV")


LOOPS: dict[str, Callable[[], Any]] = {
    "lstm": tapes.lstm,
    "lstm of ours": lambda: module_tapes.judged(5),
    "stacked": tapes.stacked,
    "attention": lambda: tapes.attention(6),
    "a sum by hand": lambda: tapes.by_hand(5, ()),
    "a sum by hand, in windows": lambda: tapes.by_hand(6, (3,)),
    "second order": lambda: tapes.second_order(4),
    "modules in one call": lambda: module_tapes.marked_inside(4),
}


@pytest.mark.parametrize("kind", LOOPS)
def test_the_steps_are_those_that_marks_would_make(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = with_marked_steps(Graph(LOOPS[kind]()))
    found = with_steps(Graph(without_marks(monkeypatch, LOOPS[kind])))
    assert steps(found) == steps(marked)
    assert found.found_steps
    assert not marked.found_steps


@pytest.mark.parametrize("view", ["folded", "both"])
@pytest.mark.parametrize("kind", LOOPS)
def test_the_picture_is_that_of_a_loop_with_marks(kind: str, view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = draw(LOOPS[kind](), view=view).scene
    found = draw(without_marks(monkeypatch, LOOPS[kind]), view=view).scene
    assert faults(found) == {}
    names = [
        sorted(box.name for box in scene.boxes if box.name.startswith(("fold-", "delay-"))) for scene in (marked, found)
    ]
    assert names[0] == names[1] != []
    assert any("found by what repeats" in text.line.plain for text in found.texts)


def test_a_loop_of_modules_is_found_among_their_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = collapse(Graph(module_tapes.judged(4)), 1)
    found = with_steps(collapse(Graph(without_marks(monkeypatch, lambda: module_tapes.judged(4))), 1))
    assert steps(found) == steps(marked)


def test_a_state_that_the_first_step_lacks() -> None:
    def body(h: Any, x: Any, t: int) -> Any:
        return mg.tanh(x @ W if t == 0 else x @ W + h @ U)

    graph = with_steps(Graph(loop(body)))
    assert [len(ids) for ids in graph.columns.values()] == [2, 4, 4, 4, 4, 4, 2]  # the target comes after the last one


def test_what_comes_before_the_loop_is_no_step() -> None:
    def body(h: Any, x: Any, t: int) -> Any:
        return mg.tanh(h @ weight + x)

    tape = mg.Tape(inspect=True)
    with tape:
        weight = mg.sigmoid(V @ V)
        h: Any = mg.tensor(ramp(1, 2))
        for t in range(4):
            h = body(h, mg.tensor(ramp(1, 2)), t)
    assert steps(with_steps(Graph(tape))) == [0, 0, *(t for t in range(1, 5) for _ in range(3))]


def test_a_loop_inside_a_loop_belongs_to_the_step() -> None:
    def body(h: Any, x: Any, t: int) -> Any:
        h = x @ W + h
        for _ in range(3):
            h = mg.tanh(h @ U)
        return h

    graph = with_steps(Graph(loop(body, 5)))
    assert [len(ids) for ids in graph.columns.values()] == [8, 8, 8, 8, 8, 2]


def test_a_step_that_differs_stays_and_says_so() -> None:
    def body(h: Any, x: Any, t: int) -> Any:
        h = mg.tanh(h @ U + x @ W)
        return h * 0.5 if t == 3 else h

    scene = draw(loop(body, 8), view="folded").scene
    rare = [box for box in scene.boxes if "-op-" in box.name and box.style.dashed]
    assert [box.lines[-1].plain for box in rare] == ["only t = 4"]


@pytest.mark.parametrize("kind", [tapes.scalars, tapes.perceptron, tapes.empty, module_tapes.perceptron])
def test_where_nothing_repeats_nothing_is_folded(kind: Any) -> None:
    tape = kind()
    graph = Graph(tape)
    assert with_steps(graph) is graph
    notes = [text.line.plain for text in draw(tape, view="folded").scene.texts]
    assert any("nothing to fold" in note for note in notes) == bool(tape.records)


def test_layers_with_weights_of_their_own_are_no_loop() -> None:
    layers = [mg.nn.Linear(2, 2, rng=seed) for seed in range(6)]
    with mg.Tape() as tape:
        h: Any = mg.tensor(ramp(1, 2))
        for layer in layers:
            h = mg.tanh(layer(h))
    assert not with_steps(Graph(tape)).found_steps


def test_gates_beside_each_other_are_no_loop() -> None:
    with mg.Tape() as tape:
        z = mg.tensor(ramp(1, 8)) @ mg.parameter(ramp(8, 8))
        for k in range(4):
            mg.tanh(z[:, 2 * k : 2 * k + 2])
    assert not with_steps(Graph(tape)).found_steps


def test_marks_are_never_overruled() -> None:
    tape = tapes.by_hand(6, ())
    assert steps(with_steps(Graph(tape))) == steps(Graph(tape))


def test_unfolded_pictures_of_unmarked_tapes_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = draw(without_marks(monkeypatch, tapes.lstm))
    assert not drawing.graph.marked


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.integers(3, 9), st.integers(0, 2), st.integers(0, 2))
def test_any_body_is_found(body: list[int], count: int, before: int, after: int) -> None:
    """Random operations on the state in a loop, with others before it and after it."""
    operations = (lambda h: h @ W, lambda h: h @ U, mg.tanh, lambda h: h * h)
    with mg.Tape() as tape:
        h: Any = mg.tensor(ramp(1, 2))
        for _ in range(before):
            h = mg.sigmoid(h) @ V
        for _ in range(count):
            h = mg.cos(h)  # where an iteration begins
            for kind in body:
                h = operations[kind](h)
        for _ in range(after):
            h = mg.exp(h) + mg.sin(h)
    graph = with_steps(Graph(tape))
    begins = [column[0] for key, column in graph.columns.items() if key.step]
    assert [graph.nodes[i].op for i in begins] == ["cos"] * count
    assert steps(graph).count(0) == 2 * before + 3 * after


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["folded", "both"]), st.one_of(st.none(), st.integers(1, 3)))
def test_random_tapes_without_marks_are_folded_cleanly(seed: int, view: Any, depth: int | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        tape = without_marks(patch, lambda: module_tapes.at_random(seed))
    assert faults(draw(tape, view=view, depth=depth).scene) == {}


@pytest.mark.parametrize("loopless", [False, True])
def test_the_work_grows_with_the_tape(loopless: bool) -> None:
    """Ten times the records take less than thirty times as long."""

    def seconds(count: int) -> float:
        with mg.Tape() as tape:
            h: Any = mg.tensor(ramp(1, 2))
            for k in range(count):
                odd = loopless and bin(k).count("1") % 2  # the Thue–Morse sequence: it never repeats three times
                h = mg.tanh(h @ W) if odd else mg.sigmoid(h) @ U
        graph = Graph(tape)
        begin = time.perf_counter()
        with_steps(graph)
        return time.perf_counter() - begin

    seconds(100)
    assert min(seconds(5000) for _ in range(3)) < 30 * min(seconds(500) for _ in range(3)) + 0.05
