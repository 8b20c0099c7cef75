"""Kept bytes over a run: the saw-tooth of truncation, as ``tape.nbytes`` saw it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import minigrad as mg
from tests.draw.audit import Auditor
from tests.draw.programs import PROGRAMS
from tests.draw.random_programs import Plan, loops, run
from tests.draw.test_geometry import faults

SOME = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def _rnn(steps: int, k: int, keep: int = 0) -> tuple[mg.Tape, dict[int, int], list[int]]:
    """A tape of windows, its own ``nbytes`` after each step by the newest id, and before each walk."""
    w, h = mg.parameter(np.array([[0.9, -0.3], [0.2, 0.7]]), name="W"), mg.tensor(np.array([[0.1, 0.2]]), name="h0")
    seen, before = {}, []
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, steps + 1):
            tape.mark()
            h = mg.tanh(h @ w + 0.1 * t)
            losses.append(mg.square(h).sum())
            seen[tape.records[-1].out] = tape.nbytes
            if t % k == 0:
                before.append(tape.nbytes)
                tape.backward(losses, retain=keep > 0)
                tape.cut(keep=keep)
                losses = []
    return tape, seen, before


@pytest.mark.parametrize(("steps", "k", "keep"), [(8, 4, 0), (9, 4, 0), (8, 2, 2), (5, 8, 0)])
def test_the_bytes_are_those_that_the_tape_itself_said_at_each_step(steps: int, k: int, keep: int) -> None:
    tape, seen, before = _rnn(steps, k, keep)
    statements = mg.draw.memory(tape).statements()
    said = {
        s.ids[0]: s.said
        for s in statements
        if s.walk or s.cut or s.ids[0] not in {x.ids[0] for x in statements if x.walk}
    }
    assert {i: said[i] for i in seen} == seen
    peaks = [max(s.said for s in statements if s.walk == walk) for walk in range(1, len(before) + 1)]
    assert peaks == before


def test_the_end_of_the_run_is_what_the_tape_keeps_now() -> None:
    tape, _, _ = _rnn(8, 2, 2)
    last = mg.draw.memory(tape).statements()[-1]
    assert (last.said, last.walk, last.cut) == (tape.nbytes, 0, 0)
    assert tape.nbytes > 0


def test_walks_and_cuts_are_named_in_the_order_of_time() -> None:
    tape, _, _ = _rnn(8, 4)
    drawing = mg.draw.memory(tape)
    events = [t for t in drawing.scene.texts if t.line.plain.startswith(("walk ", "cut "))]
    names = [t.line.plain for t in sorted(events, key=lambda t: t.x)]
    assert names == ["walk 1", "cut 1", "walk 2", "cut 2"]
    assert drawing.text(80).index("walk 1, cut 1") < drawing.text(80).index("walk 2, cut 2")


def test_a_cut_long_after_a_walk_is_marked_where_it_was_made() -> None:
    w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0)
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 5):
            tape.mark()
            h = mg.tanh(w * h)
            if t == 1:
                tape.backward(mg.square(h))
            if t == 3:
                tape.cut()
    text = mg.draw.memory(tape).text(80)
    places = [text.index(word) for word in ("walk 1", "t = 2", "t = 3", "cut 1", "t = 4")]
    assert places == sorted(places)


def _audited(program: Any) -> list[str]:
    source = program()
    drawing = mg.draw.memory(source)
    auditor = Auditor(source, program, drawing.statements())
    assert faults(drawing.scene) == {}
    wrong = [(s, auditor.audit(s)) for s in drawing.statements()]
    return [f"{statement}: {reason}" for statement, reason in wrong if reason]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_is_drawn_without_a_false_number(name: str) -> None:
    assert not _audited(PROGRAMS[name])


@SOME
@given(loops())
def test_random_loops_are_drawn_without_a_false_number(plan: Plan) -> None:
    assert not _audited(lambda: run(plan))


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_a_long_run_is_bounded_and_says_what_is_left_out(theme: str) -> None:
    tape, _, _ = _rnn(300, 5)
    drawing = mg.draw.memory(tape, theme=theme)
    assert drawing.scene.width < 1600
    assert faults(drawing.scene) == {}
    words = [text.line.plain for text in drawing.scene.texts]
    assert "what was recorded before is not shown: 36 stretches between walks and cuts" in words
    assert {s.walk for s in drawing.statements()} == set(range(37, 61))


def test_a_region_is_told_apart() -> None:
    w, h = mg.parameter(np.ones((2, 2)), name="W"), mg.tensor(np.ones((1, 2)), name="h0")
    step = mg.custom_vjp(lambda h: mg.tanh(h))
    step.defvjp(lambda g, value, h: (g * (1 - value * value),))
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = step(h @ w)
        tape.backward(h.sum())
    scene = mg.draw.memory(tape).scene
    assert any("region" in text.line.plain for text in scene.texts)
    plain, _, _ = _rnn(3, 3)
    assert not any("region" in text.line.plain for text in mg.draw.memory(plain).scene.texts)


def test_what_is_no_inspected_tape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"memory\(\): this tape keeps no values"):
        mg.draw.memory(mg.Tape())
    with pytest.raises(TypeError, match=r"memory\(\) takes a Tape"):
        mg.draw.memory([])  # type: ignore[arg-type]
