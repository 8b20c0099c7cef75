"""``draw`` and what it returns."""

from __future__ import annotations

import gc
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import Drawing, draw
from tests.draw.tapes import KINDS, window


def test_draws_a_tape_or_a_window() -> None:
    last = window(4, 2)
    assert isinstance(draw(last), Drawing)
    assert draw(last).graph.nodes == draw(last.tape).graph.nodes


@pytest.mark.parametrize("wrong", [None, 3, [1], "tape"])
def test_refuses_anything_else(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"draw\(\) takes a Tape or a Window .* not " + type(wrong).__name__):
        draw(wrong)


def test_the_modules_are_importable_beside_the_function() -> None:
    assert importlib.import_module("minigrad.draw.graph.model").Graph
    assert importlib.import_module("minigrad.draw").draw is draw


def test_drawing_keeps_what_it_saw() -> None:
    last = window(4, 2)
    drawing = draw(last)
    before = drawing.svg()
    for leaf in last.tape.leaves.values():
        if leaf.wants_grad:
            leaf.grad = None  # type: ignore[misc]
    assert drawing.svg() == before
    assert draw(last).svg() != before


@pytest.mark.parametrize("kind", KINDS)
def test_notebooks_need_no_graphviz(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = draw(KINDS[kind]())
    bundle = drawing._repr_mimebundle_()
    assert bundle == {"text/plain": repr(drawing), "image/svg+xml": drawing.svg()}


def test_notebooks_may_choose() -> None:
    drawing = draw(window(4, 2))
    assert set(drawing._repr_mimebundle_(include=["image/svg+xml"])) == {"image/svg+xml"}
    assert set(drawing._repr_mimebundle_(exclude=["image/svg+xml"])) == {"text/plain"}


def test_a_notebook_never_sees_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Drawing) -> str:
        raise RuntimeError("no ink")

    monkeypatch.setattr(Drawing, "svg", broken)
    bundle = draw(window(4, 2))._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert "no ink" in bundle["text/plain"]


def test_titles() -> None:
    assert draw(window(6, 3)).scene.title == "Unrolled graph, T = 6, truncated back-propagation through time, k = 3"
    assert draw(window(6, 2, 4)).scene.title.endswith("k₁ = 2, k₂ = 4")
    assert draw(window(6, 3), title="mine").scene.title == "mine"
    without = draw(window(6, 3), title="").scene
    assert without.title == ""
    assert without.height < draw(window(6, 3)).scene.height


@pytest.mark.parametrize("enabled", [True, False])
def test_drawing_leaves_the_garbage_collector_as_it_was(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        draw(window(2, 1))
        assert gc.isenabled() == enabled
        with pytest.raises(ValueError, match="none of these steps"):
            draw(window(2, 1), steps=[99])
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_operations_that_differ_in_a_constant_do_not_look_the_same() -> None:
    x: Any = mg.tensor([1.0, 2.0])
    tape = mg.Tape(inspect=True)
    with tape:
        for factor in (2.0, 3.0, np.array([1.0, 2.0])):
            tape.mark()
            x = x * factor
            mg.tanh(x[:1]) * x[1:]
    boxes = [box for box in draw(tape).scene.boxes if box.name.startswith("n")]
    said = [tuple(line.plain for line in (*box.lines, *(badge.line for badge in box.badges))) for box in boxes]
    assert sum("2" in each for each in said) == sum("3" in each for each in said) == 1
    assert {each[0] for each in said} >= {"[:1]", "[1:]"}
