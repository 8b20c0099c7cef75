"""The heat map of the gradient: its numbers are those of the tape's own walks, and a cut is seen."""

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


def _rnn(steps: int, k: int, *, detach: int = 0) -> tuple[mg.Tape, list[Any], list[Any]]:
    """A tape of windows of k steps, its states and its losses."""
    w, h = mg.parameter(np.array([[0.9, -0.3], [0.2, 0.7]]), name="W"), mg.tensor(np.array([[0.1, 0.2]]), name="h0")
    states, losses = [], []
    with mg.Tape(inspect=True) as tape:
        window = []
        for t in range(1, steps + 1):
            tape.mark()
            h = mg.tanh((mg.stop_gradient(h) if t == detach else h) @ w + 0.1 * t)
            window.append(mg.square(h).sum())
            states.append(h)
            if t % k == 0:
                losses += window
                tape.backward(window)
                tape.cut()
                window = []
    return tape, states, losses


def _true(steps: int, k: int, t: int, j: int, detach: int = 0) -> float:
    """The derivative of one loss, asked of a tape that holds the steps of its window and no others."""
    w, h = mg.parameter(np.array([[0.9, -0.3], [0.2, 0.7]])), mg.tensor(np.array([[0.1, 0.2]]))
    with mg.Tape() as tape:
        states = [h]
        for n in range(1, t + 1):
            tape.mark()
            h = mg.tanh((mg.stop_gradient(h) if n == detach else h) @ w + 0.1 * n)
            states.append(h)
            if n % k == 0 and n < t:
                tape.cut()
        (found,) = tape.gradient(mg.square(h).sum(), [states[t - j]], unused="none")
    return 0.0 if found is None else float(np.linalg.norm(found.value))


@pytest.mark.parametrize("detach", [0, 3])
def test_each_number_is_the_derivative_of_that_loss_by_that_state(detach: int) -> None:
    tape, states, losses = _rnn(7, 4, detach=detach)
    place = {tape.admit(each): t for t, each in enumerate(states, 1)}
    when = {tape.admit(each): t for t, each in enumerate(losses, 1)}
    statements = mg.draw.flow(tape).statements()
    seen = set()
    for statement in statements:
        loss, state = statement.ids
        t, j = when.get(loss, 0), when.get(loss, 0) - place[state]
        if statement.kind == "flow" and t:
            assert statement.said == pytest.approx(_true(7, 4, t, j, detach), rel=1e-12)
            seen.add((t, j))
    assert seen == {(t, j) for t in range(1, 5) for j in range(t)}


def test_what_a_cut_removes_is_not_computed_and_what_is_detached_is_zero() -> None:
    tape, states, _ = _rnn(8, 4, detach=3)
    statements = mg.draw.flow(tape).statements()
    cut = {s.ids for s in statements if s.kind == "behind"}
    zero = {s.ids[1] for s in statements if s.kind == "flow" and s.said == 0.0}
    assert len(cut) == 4 * 4
    assert {i for _, i in cut} == {tape.admit(each) for each in states[:4]}
    assert zero == {tape.admit(each) for each in states[:2]}
    assert {s.cut for s in statements if s.kind == "behind"} == {1}
    text = mg.draw.flow(tape).text(60)
    assert "×" in text
    assert "0 exactly 0" in text


def _audited(program: Any) -> list[str] | None:
    source = program()
    try:
        drawing = mg.draw.flow(source)
    except mg.errors.ArgumentError:
        return None
    beside = [s for s in mg.draw(source, view="both").statements() if s.kind in ("step", "state", "before", "after")]
    auditor = Auditor(source, program, [*beside, *drawing.statements()])
    assert faults(drawing.scene) == {}
    assert drawing.text(70)
    wrong = [(s, auditor.audit(s)) for s in drawing.statements()]
    return [f"{statement}: {reason}" for statement, reason in wrong if reason]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_is_refused_or_drawn_without_a_false_number(name: str) -> None:
    assert not _audited(PROGRAMS[name])


def test_most_programs_are_drawn() -> None:
    drawn = 0
    for program in PROGRAMS.values():
        try:
            drawn += bool(mg.draw.flow(program()).statements())
        except mg.errors.ArgumentError:
            continue
    assert drawn > len(PROGRAMS) // 2


@SOME
@given(loops())
def test_random_loops_are_refused_or_drawn_without_a_false_number(plan: Plan) -> None:
    assert not _audited(lambda: run(plan))


def test_the_tape_stays_as_it_was() -> None:
    tape, _, _ = _rnn(7, 4)
    before = [(len(tape.records), len(tape.walks), tape.nbytes, tape.targets, tape.sources, tape.step)]
    freed = [record.out for record in tape.records if record.residuals is None]
    mg.draw.flow(tape)
    assert before == [(len(tape.records), len(tape.walks), tape.nbytes, tape.targets, tape.sources, tape.step)]
    assert freed == [record.out for record in tape.records if record.residuals is None]


@pytest.mark.parametrize("cell", [mg.nn.LSTMCell, mg.nn.GRUCell])
@pytest.mark.parametrize(("steps", "k"), [(12, 4), (30, 7), (60, 20)])
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_cells_are_drawn_cleanly_in_every_size(cell: Any, steps: int, k: int, theme: str) -> None:
    net = cell(2, 3, rng=0)
    state = net.initial_state(1)
    x = mg.tensor(np.ones((1, 2), "float32"), name="x")
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, steps + 1):
            tape.mark()
            state = net(x, state)
            losses.append(mg.square(net.output(state)).sum())
            if t % k == 0 or t == steps:
                tape.backward(losses)
                tape.cut()
                losses = []
    drawing = mg.draw.flow(tape, theme=theme)
    assert faults(drawing.scene) == {}
    for kind in ("svg", "dot", "tex"):
        assert drawing.encoded(kind)


def test_of_a_long_run_the_last_steps_are_drawn_and_it_says_so() -> None:
    tape, _, _ = _rnn(260, 10)
    drawing = mg.draw.flow(tape)
    shown = {s.ids[0] for s in drawing.statements()}
    assert len(shown) == 200
    assert any("the last 200 of 260 steps" in text.line.plain for text in drawing.scene.texts)
    assert len(drawing.svg()) < 2_000_000


def test_a_state_is_chosen_by_its_name() -> None:
    source = PROGRAMS["LSTM cell"]()
    everything = {s.ids[-1] for s in mg.draw.flow(source).statements()}
    only = {s.ids[-1] for s in mg.draw.flow(source, state="c").statements()}
    assert only < everything
    with pytest.raises(ValueError, match="the states are called 'c', 'h'"):
        mg.draw.flow(source, state="s")


def test_what_cannot_be_known_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"Tape\(inspect=True\)"):
        mg.draw.flow(mg.Tape())
    with pytest.raises(ValueError, match=r"call tape.mark\(\)"):
        mg.draw.flow(mg.Tape(inspect=True))
    with pytest.raises(ValueError, match=r"tape.backward\(losses\)"):
        mg.draw.flow(PROGRAMS["not walked"]())
    with pytest.raises(TypeError, match="takes a Tape"):
        mg.draw.flow(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="use one of light"):
        mg.draw.flow(PROGRAMS["plain"](), theme="pink")
    with pytest.raises(TypeError, match="weights of lags"):
        mg.draw.flow(PROGRAMS["plain"](), k=3)


def _with_a_constant(retain: bool) -> mg.Tape:
    """A loop with a constant array, which an inspected tape does not remember."""
    w, h = mg.parameter(np.ones(2), name="w"), mg.tensor(np.ones(2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = mg.tanh(np.array([0.5, 0.2]) * h * w)
        tape.backward(h.sum(), retain=retain)
    return tape


def test_where_a_walk_freed_what_is_kept_nowhere_retain_is_named() -> None:
    with pytest.raises(ValueError, match="pass retain=True to that walk"):
        mg.draw.flow(_with_a_constant(False))
    assert mg.draw.flow(_with_a_constant(True)).statements()


def test_a_chart_has_no_player_and_says_so() -> None:
    drawing = mg.draw.flow(PROGRAMS["plain"]())
    with pytest.raises(mg.draw.DrawingError, match="no player"):
        drawing.html()
    with pytest.raises(mg.draw.DrawingError, match="no moments"):
        drawing._moments()
    with pytest.raises(TypeError, match="a chart is a picture of numbers"):
        mg.draw_diff(drawing, PROGRAMS["plain"]())


# -- lags ------------------------------------------------------------------------------------------


def _lags(steps: int) -> mg.bptt.Lags:
    w, h = mg.parameter(0.5, name="w"), mg.tensor(0.3)

    def step(x: float, h: Any) -> tuple[Any, Any]:
        h = mg.tanh(w * h + x)
        return mg.square(h), h

    return mg.bptt.measure_lags(step, [0.1 * t for t in range(steps)], h, [w])


@pytest.mark.parametrize("steps", [8, 30, 90, 230])
@pytest.mark.parametrize("k", [None, 4, (2, 5)])
def test_lags_are_drawn_with_their_numbers(steps: int, k: Any) -> None:
    lags = _lags(steps)
    drawing = mg.draw.flow(lags, k=k)
    said = {(s.kind, s.said[0]): s.said[1] for s in drawing.statements()}
    shown = min(steps, 200)
    for kind, true in (("phi", lags.phi), ("by lag", lags.norms)):
        assert [said[kind, j] for j in range(shown)] == true[:shown].tolist()
    assert ("weight", 0) in said if k else ("weight", 0) not in said
    if k == 4:
        assert [said["weight", j] for j in range(6)] == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    assert faults(drawing.scene) == {}
    assert "log scale" in drawing.text(80)
    if steps > 200:
        assert any("the first 200 of 230 lags" in text.line.plain for text in drawing.scene.texts)


def test_lags_have_no_single_states() -> None:
    with pytest.raises(TypeError, match="nothing of single states"):
        mg.draw.flow(_lags(3), state="h")
    with pytest.raises(ValueError, match="must be at least k1"):
        mg.draw.flow(_lags(3), k=(3, 2))
