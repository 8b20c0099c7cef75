"""ARTBP, RTRL, checkpoints and lags: steps without a loss, states with whole numbers, bounds of their settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from tests.bptt.problem import Problem


def counting(problem: Problem) -> Any:
    """The problem's step with a counter beside its state, and a loss at every second step only."""

    def step(inputs: Any, state: Any) -> Any:
        h, count, note = state
        loss, h = problem.step(inputs, h)
        return (loss if int(count.item()) % 2 else None), (h, count + 1, note)

    return step


def start(problem: Problem) -> Any:
    return problem.h0, np.array(0), "note"


def full(problem: Problem) -> list[Any]:
    """The gradients of full BPTT over the sum of the losses."""
    list(mg.truncated_bptt(counting(problem), problem.stream, start(problem), reduction="sum"))
    gradients = [leaf.grad for leaf in problem.params]
    problem.forget()
    return gradients


@pytest.mark.parametrize("inspect", [False, True])
def test_artbp_numbers_its_windows_and_hands_out_constants(inspect: bool) -> None:
    problem = Problem(6)
    cuts = iter([0.0, 1 - 1e-12, 0.0, 0.0, 1 - 1e-12, 0.0])
    settings = {"cut_probability": lambda since: next(cuts), "reduction": "sum", "rng": 0, "inspect": inspect}
    windows = []
    for window in mg.bptt.artbp(counting(problem), problem.stream, start(problem), **settings):
        windows.append(window)
        assert window.tape.inspect is inspect
        assert not window.state[0].recorded
        assert window.state[2] == "note"
    assert [(w.index, w.first_step, w.last_step) for w in windows] == [(0, 1, 2), (1, 3, 5), (2, 6, 6)]
    assert [sorted(w.losses) for w in windows] == [[2], [4], [6]]
    assert {w.scale for w in windows} == {1.0}


def test_artbp_inspects_nothing_by_default() -> None:
    problem = Problem(2)
    assert not next(iter(mg.bptt.artbp(problem.step, problem.stream, problem.h0, 2.0, rng=0))).tape.inspect


def test_a_weight_stands_at_each_border_that_was_not_cut() -> None:
    """One uncut border of probability ½ doubles what flows over it."""
    problem = Problem(2)
    draws = type("Draws", (), {"random": lambda self: 0.99})()
    expected = []
    for factor in (1.0, 2.0):

        def step(inputs: Any, state: Any, factor: float = factor) -> Any:
            loss, h = problem.step(inputs, state)
            return loss, factor * h + (1 - factor) * mg.stop_gradient(h)

        list(mg.truncated_bptt(step, problem.stream, problem.h0, reduction="sum"))
        expected.append(problem.cell.W_h.grad)
        problem.forget()
    settings = {"cut_probability": lambda since: 0.5, "reduction": "sum"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "default_rng", lambda seed: draws)
        list(mg.bptt.artbp(problem.step, problem.stream, problem.h0, **settings))
    np.testing.assert_allclose(problem.cell.W_h.grad, expected[1], rtol=1e-12)
    assert not np.allclose(expected[0], expected[1])


def test_artbp_windows_have_the_mean_length_and_count_each_loss_once() -> None:
    w = mg.parameter(0.5)
    step = lambda x, h: (h * w, h * 1.0)
    windows = list(mg.bptt.artbp(step, range(1500), np.array(1.0), 5, rng=0))
    assert [number for window in windows for number in window.losses] == list(range(1, 1501))
    assert np.mean([window.steps for window in windows]) == pytest.approx(5, rel=0.15)
    assert {window.scale for window in windows} == {0.2}
    assert all(0 <= window.seconds < 60 for window in windows)
    assert w.grad == pytest.approx(1500 / 5)
    assert next(mg.bptt.artbp(step, [1], np.array(1.0), 5, rng=0, reduction="sum")).scale == 1.0


def test_a_stream_that_ends_at_a_cut_has_no_empty_window() -> None:
    cuts = iter([0.0, 1 - 1e-12] * 2)
    settings = {"cut_probability": lambda since: next(cuts), "reduction": "sum", "rng": 0}
    problem = Problem(4)
    windows = mg.bptt.artbp(problem.step, problem.stream, problem.h0, **settings)
    assert [(window.first_step, window.last_step) for window in windows] == [(1, 2), (3, 4)]


def test_a_weight_of_three() -> None:
    """A border of probability 2/3 that is not cut: a step later, the loss is counted threefold."""
    w = mg.parameter(1.0)
    draws = type("Draws", (), {"random": lambda self: 0.99})()
    settings = {"cut_probability": lambda since: 2 / 3, "reduction": "sum"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "default_rng", lambda seed: draws)
        step = lambda last, state: (state[0] * 1.0 if last else None, (w * state[0], state[1], state[2] + 1, "note"))
        start = np.array(1.0), np.array(2.0), np.array(3), "note"
        (window,) = mg.bptt.artbp(step, [False, True], start, **settings)
    assert w.grad == pytest.approx(3.0)
    assert (int(window.state[2]), window.state[3]) == (5, "note")


@pytest.mark.parametrize("states", [1, 2, 3, 6])
def test_checkpoints_with_whole_numbers_and_steps_without_a_loss(states: int) -> None:
    problem = Problem(6)
    expected = full(problem)
    result = mg.bptt.checkpointed_bptt(counting(problem), problem.stream, start(problem), states, reduction="sum")
    for leaf, gradient in zip(problem.params, expected, strict=True):
        np.testing.assert_allclose(leaf.grad, gradient, rtol=1e-12, atol=1e-14)
    h, count, note = result.state
    assert (int(count.item()), note, h.recorded, count.recorded) == (6, "note", False, False)
    assert sorted(result.losses) == [2, 4, 6]
    problem.forget()


def test_an_error_of_a_checkpointed_step_names_it() -> None:
    problem = Problem(4)

    def step(inputs: Any, state: Any) -> Any:
        loss, h = problem.step(inputs, state[0])
        return loss, (h[:1] if int(state[1].item()) == 2 else h, state[1] + 1)

    for steps, states in ((3, 2), (4, 1), (4, 2), (4, 4)):  # the step is recorded, or run to reach another one
        with pytest.raises(mg.errors.ShapeError, match=r"^step 3: the state"):
            mg.bptt.checkpointed_bptt(step, problem.stream[:steps], (problem.h0, np.array(0)), states)


def test_checkpoints_of_two_steps_from_no_state() -> None:
    w = mg.parameter(0.5)
    step = lambda x, h: (h if h is None else h * w, w * x)
    done = mg.bptt.checkpointed_bptt(step, [3.0, 4.0], None, 1)
    assert (done.losses, done.loss, float(w.grad)) == ({2: 0.75}, 0.75, 3.0)


@pytest.mark.parametrize("states", [1, 2, 5])
def test_a_state_that_is_a_constant_again_ends_what_flows_back(states: int) -> None:
    w = mg.parameter(0.5)
    step = lambda t, h: (w * h * (t + 1.0), mg.tensor(np.array(3.0)) if t % 2 else h * w)
    run = step, range(5), np.array(2.0)
    next(mg.truncated_bptt(*run))
    expected, w.grad = w.grad, None
    mg.bptt.checkpointed_bptt(*run, states)
    assert w.grad == pytest.approx(expected, rel=1e-12)


def test_checkpoints_without_a_loss() -> None:
    problem = Problem(3)
    for reduction in ("mean", "sum"):
        with pytest.raises(mg.errors.UnusedError, match="checkpointed_bptt: no loss depends on a parameter"):
            mg.bptt.checkpointed_bptt(lambda x, h: (None, h), [1, 2], problem.h0, 1, reduction=reduction)


def test_a_budget_for_just_one_state() -> None:
    problem = Problem(4)
    with mg.Tape() as tape:
        _, h = problem.step(problem.stream[0], mg.tensor(problem.h0))
    least = tape.nbytes + h.value.nbytes
    assert mg.bptt.checkpointed_bptt(problem.step, problem.stream, problem.h0, budget=least).states == 1
    assert mg.bptt.checkpointed_bptt(problem.step, problem.stream[:1], problem.h0, budget=least).states == 1
    problem.forget()
    with pytest.raises(ValueError, match="is too small"):
        mg.bptt.checkpointed_bptt(problem.step, problem.stream, problem.h0, budget=least - 1)


def test_a_budget_for_states_that_hold_numbers_or_nothing() -> None:
    w = mg.parameter(np.ones(4))
    for start, step in [(0, lambda x, n: (mg.sum(w * w), n + 1)), (None, lambda x, n: (mg.sum(w * w), None))]:
        assert mg.bptt.checkpointed_bptt(step, range(5), start, budget=1000).states == 5
    alone = lambda x, h: (mg.sum(w * w), h * w)
    beside = lambda x, state: (mg.sum(w * w), (state[0] * w, state[1] + 1))
    runs = [(alone, np.ones(4)), (beside, (np.ones(4), 0))]
    states = [mg.bptt.checkpointed_bptt(step, range(50), start, budget=1000).states for step, start in runs]
    assert 1 < states[0] == states[1] < 32


def test_forward_steps_are_the_least_that_the_recursion_finds() -> None:
    """C(t, m) = min over y of y + C(t − y, m − 1) + C(y, m), and C(t, 1) = t (t + 1) / 2."""
    least: dict[tuple[int, int], int] = {(0, m): 0 for m in range(1, 6)}
    for m in range(1, 6):
        for t in range(1, 25):
            choices = [y + least[t - y, m - 1] + least[y, m] for y in range(1, t)] if m > 1 and t > 1 else []
            least[t, m] = min(choices) if choices else t * (t + 1) // 2
    assert {key: mg.bptt.forward_steps(*key) for key in least} == least
    for wrong in ((-1, 1), (1, 0)):
        with pytest.raises(ValueError, match="forward_steps"):
            mg.bptt.forward_steps(*wrong)


def test_rtrl_steps_without_a_loss_and_states_with_whole_numbers() -> None:
    problem = Problem(6)
    expected = full(problem)
    steps = list(mg.bptt.rtrl(counting(problem), problem.stream, start(problem), problem.params))
    assert [each.loss is None for each in steps] == [True, False] * 3
    for leaf, gradient in zip(problem.params, expected, strict=True):
        np.testing.assert_allclose(leaf.grad, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("at", [1, 3])
def test_an_error_of_an_online_step_names_it(at: int) -> None:
    problem, numbers = Problem(4), iter(range(1, 5))
    step = lambda x, h: (None, mg.zeros((1, 1)) if next(numbers) == at else h * 1.0)
    with pytest.raises(mg.errors.ShapeError, match=rf"^step {at}: the state"):
        list(mg.bptt.rtrl(step, problem.stream, problem.h0, problem.params))


@pytest.mark.parametrize("state", [None, (), 7, np.array(7)])
def test_rtrl_of_steps_that_carry_no_real_numbers(state: Any) -> None:
    w = mg.parameter(np.array([1.0, 2.0]))
    step = lambda x, h: (mg.sum(w * w) * x if x else None, h)
    steps = list(mg.bptt.rtrl(step, [3.0, 0.0, 1.0], state, [w]))
    assert [each.loss for each in steps] == [15.0, None, 5.0]
    assert [each.influence.shape for each in steps] == [(0, 2)] * 3
    np.testing.assert_allclose(w.grad, [8, 16])


def test_the_influence_is_float64() -> None:
    w = mg.parameter(np.float32(0.1))
    (online,) = mg.bptt.rtrl(lambda x, h: (h * w, h * w), [1.0], np.float32(3), [w])
    assert online.influence.dtype == np.float64


def test_lags_with_whole_numbers_and_steps_without_a_loss() -> None:
    problem = Problem(6)
    lags = mg.bptt.measure_lags(counting(problem), problem.stream, start(problem), problem.params)
    assert len(lags.by_k()) == len(lags) == 6
    for tau in (0, 5):
        lags.bound(tau)
    for tau in (-1, 6):
        with pytest.raises(ValueError, match=f"tau={tau} is outside the 6 lags"):
            lags.bound(tau)


@pytest.mark.parametrize("scheme", ["window", "lag mask"])
def test_a_kernel_without_k2_is_that_of_k1(scheme: str) -> None:
    weights = mg.bptt.kernel(5, 3, scheme=scheme)
    assert weights.dtype == np.float64
    np.testing.assert_allclose(weights, [1, 2 / 3, 1 / 3, 0, 0] if scheme == "window" else [1, 1, 1, 0, 0])
