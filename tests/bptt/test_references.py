"""Checkpointed BPTT, RTRL and ARTBP: other ways to the same gradient."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from functools import cache
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.bptt.checkpointed import _split
from minigrad.transforms.trees import tree_leaves, tree_map
from tests.bptt.problem import CELLS, Problem

STEPS = 9


@pytest.fixture(scope="module", params=list(CELLS))
def problem(request: pytest.FixtureRequest) -> Problem:
    return Problem(STEPS, cell=request.param)


# -- checkpointed ----------------------------------------------------------------------------------


@cache
def recursion(t: int, m: int) -> int:
    if t <= 1:
        return t
    if m == 1:
        return t * (t + 1) // 2
    return min(y + recursion(t - y, m - 1) + recursion(y, m) for y in range(1, t))


def test_forward_steps_are_those_of_the_table() -> None:
    table = {(10, 3): 25, (100, 10): 322, (1000, 50): 2948}
    assert {key: mg.bptt.forward_steps(*key) for key in table} == table


def test_the_closed_form_equals_the_recursion_and_the_split_reaches_it() -> None:
    for t, m in itertools.product(range(1, 40), range(1, 7)):
        assert mg.bptt.forward_steps(t, m) == recursion(t, m)
        if t > 1 and m > 1:
            y = _split(t, m)
            assert y + recursion(t - y, m - 1) + recursion(y, m) == recursion(t, m)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("states", [1, 2, 3, STEPS, 50])
def test_checkpointed_bptt_is_exact(problem: Problem, states: int, reduction: str) -> None:
    full = problem.gradient(None, reduction=reduction)
    window = next(iter(problem.windows(None)))
    problem.forget()
    done = mg.bptt.checkpointed_bptt(problem.step, problem.stream, problem.h0, states, reduction=reduction)
    np.testing.assert_allclose(problem.flat_grad(), full, rtol=1e-12, atol=1e-14)
    assert done.losses == window.losses
    assert done.loss == window.loss
    for mine, its in zip(tree_leaves(done.state), tree_leaves(window.state), strict=True):
        assert np.array_equal(mine.numpy(), its.numpy())


@pytest.mark.parametrize(("steps", "states"), [(10, 3), (100, 10), (1000, 50)])
def test_it_runs_as_many_steps_as_the_table_says(steps: int, states: int) -> None:
    theta, runs = mg.parameter(0.5), itertools.count()

    def step(x: float, h: Any) -> Any:
        next(runs)
        h = theta * h + x
        return h * 1.0, h

    done = mg.bptt.checkpointed_bptt(step, [0.1] * steps, np.array(1.0), states)
    assert done.forward_steps == next(runs) == mg.bptt.forward_steps(steps, states)
    gradient, theta.grad = theta.grad, None
    list(mg.truncated_bptt(step, [0.1] * steps, np.array(1.0)))
    assert gradient == pytest.approx(theta.grad, rel=1e-12)


def test_a_learned_initial_state_gets_its_gradient() -> None:
    problem = Problem(STEPS)
    h0 = mg.parameter(problem.h0)
    next(mg.truncated_bptt(problem.step, problem.stream, h0))
    expected, h0.grad = h0.grad, None
    mg.bptt.checkpointed_bptt(problem.step, problem.stream, h0, 2)
    np.testing.assert_allclose(h0.grad, expected, rtol=1e-12)


@pytest.mark.unwitnessed("measures memory, of which the witness takes its own")
def test_a_budget_in_bytes_is_kept() -> None:
    theta, stream = mg.parameter(np.full(5000, 0.9)), [0.1] * 60

    def step(x: float, h: Any) -> Any:
        h = theta * h + x
        return h.sum(), h

    budget = 600_000  # 15 vectors of 40,000 bytes

    def run() -> int:
        return mg.bptt.checkpointed_bptt(step, stream, np.ones(5000), budget=budget).states

    run()
    theta.grad = None
    tracemalloc.start()
    states = run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert states > 5
    assert peak < budget + 12 * 40_000  # the gradient, its parts, the temporaries of one step
    with pytest.raises(ValueError, match="budget=100 bytes is too small"):
        mg.bptt.checkpointed_bptt(step, stream, np.ones(5000), budget=100)


@pytest.mark.parametrize(
    ("stream", "options", "words"),
    [
        ([1.0], {}, "either states"),
        ([1.0], {"states": 1, "budget": 1}, "either states"),
        ([1.0], {"states": 0}, "states=0"),
        ([], {"states": 1}, "stream is empty"),
        ([1.0], {"states": 1, "reduction": "max"}, "reduction='max'"),
        ([1.0], {"states": 1}, "no loss depends on a parameter"),
    ],
)
def test_checkpointed_misuse(stream: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mg.bptt.checkpointed_bptt(lambda x, h: (h * x, h), stream, np.array(1.0), **options)
    with pytest.raises(TypeError, match=r"must be a sequence.*pass list"):
        mg.bptt.checkpointed_bptt(lambda x, h: (h * x, h), iter(stream), np.array(1.0), 1)
    with pytest.raises(TypeError, match=r"states=1\.5 must be an integer"):
        mg.bptt.checkpointed_bptt(lambda x, h: (h * x, h), [1.0], np.array(1.0), 1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"steps=2\.5 must be an integer"):
        mg.bptt.forward_steps(2.5, 1)  # type: ignore[arg-type]


# -- RTRL ------------------------------------------------------------------------------------------


def test_rtrl_is_full_bptt_while_the_parameters_stay(problem: Problem) -> None:
    full = problem.gradient(None)
    problem.forget()
    steps = list(mg.bptt.rtrl(problem.step, problem.stream, problem.h0, problem.params))
    np.testing.assert_allclose(problem.flat_grad(), full, rtol=1e-12, atol=1e-13)
    assert [each.step for each in steps] == list(range(1, STEPS + 1))


def test_rtrl_counts_each_step_with_the_parameters_of_its_own_time() -> None:
    mine, other = Problem(STEPS), Problem(STEPS)
    windows = other.windows(1, STEPS)
    for online, window in zip(mg.bptt.rtrl(mine.step, mine.stream, mine.h0, mine.params), windows, strict=True):
        assert online.loss == pytest.approx(window.loss, rel=1e-12)
        np.testing.assert_allclose(mine.flat_grad(), other.flat_grad(), rtol=1e-12, atol=1e-13)
        mine.descend()
        other.descend()


def test_the_influence_is_the_derivative_of_the_state_by_the_parameters(problem: Problem) -> None:
    """Against one reverse walk for each number in the state, through the whole unrolled network."""
    *_, last = mg.bptt.rtrl(problem.step, problem.stream, problem.h0, problem.params)
    rows = []
    with mg.Tape() as tape:
        state = tree_map(mg.tensor, problem.h0)
        for inputs in problem.stream:
            _, state = problem.step(inputs, state)
        for part in tree_leaves(state):
            for unit in np.eye(part.size):
                found = tape.gradient(part, problem.params, unit.reshape(part.shape), retain=True, unused="zero")
                rows.append(np.concatenate([g.numpy().ravel() for g in found]))
    np.testing.assert_allclose(last.influence, rows, rtol=1e-12, atol=1e-14)


def test_rtrl_leaves_the_users_tape_and_the_leaves_alone() -> None:
    problem = Problem(3)
    with mg.Tape() as mine:
        for online in mg.bptt.rtrl(problem.step, problem.stream, problem.h0, problem.params):
            mine.backward(problem.params[0].sum() * online.step)
    assert len(mine) == 2 * 3
    assert all(not leaf.recorded for leaf in problem.params)


def test_rtrl_needs_parameters(problem: Problem) -> None:
    with pytest.raises(ValueError, match="no parameters"):
        mg.bptt.rtrl(problem.step, problem.stream, problem.h0, [])


# -- ARTBP -----------------------------------------------------------------------------------------


class Script:
    """A generator of random numbers that cuts where a pattern says."""

    def __init__(self, pattern: tuple[bool, ...]) -> None:
        self.pattern = iter(pattern)

    def random(self) -> float:
        return -1.0 if next(self.pattern, False) else 2.0


@pytest.mark.parametrize("cell", CELLS)
def test_artbp_is_unbiased_over_all_cuts(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean over all 16 patterns of cuts in five steps, each with its probability, is full BPTT."""
    problem = Problem(5, cell=cell)
    probability = lambda since: 0.2 + 0.1 * since
    full, mean, total = problem.gradient(None), 0.0, 0.0
    monkeypatch.setattr(np.random, "default_rng", lambda script: script)
    for pattern in itertools.product([False, True], repeat=4):
        weight, since = 1.0, 0
        for cut in pattern:
            since += 1
            weight *= probability(since) if cut else 1 - probability(since)
            since = 0 if cut else since
        problem.forget()
        windows = mg.bptt.artbp(
            problem.step, problem.stream, problem.h0, cut_probability=probability, rng=Script(pattern), reduction="sum"
        )
        assert len(list(windows)) == 1 + sum(pattern)
        mean = mean + weight * problem.flat_grad()
        total += weight
    assert total == pytest.approx(1)
    np.testing.assert_allclose(mean, full, rtol=1e-12, atol=1e-13)


def test_artbp_that_never_cuts_is_full_bptt() -> None:
    full = Problem(STEPS).gradient(None)
    problem = Problem(STEPS)
    settings: dict[str, Any] = {"cut_probability": lambda since: 0.0, "reduction": "sum"}
    assert len(list(mg.bptt.artbp(problem.step, problem.stream, problem.h0, **settings))) == 1
    assert np.array_equal(problem.flat_grad(), full)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "either length"),
        ({"length": 0.5}, "length=0.5"),
        ({"length": 1}, "length=1 cuts after every step"),  # which is TBPTT(1), not unbiased
        ({"length": math.inf}, "length=inf"),  # by which losses would be divided
        ({"length": 2, "reduction": "max"}, "reduction='max'"),
        ({"cut_probability": lambda since: 0.5}, "'mean' together with length"),
    ],
)
def test_artbp_misuse(problem: Problem, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mg.bptt.artbp(problem.step, problem.stream, problem.h0, **options)
    for probability in (2.0, 1.0, -0.5):
        settings: dict[str, Any] = {"cut_probability": lambda since: probability, "reduction": "sum"}  # noqa: B023
        with pytest.raises(ValueError, match=f"step 1: a cut probability of {probability}"):
            list(mg.bptt.artbp(problem.step, problem.stream, problem.h0, **settings))


# -- a learned initial state, one row for the whole batch ------------------------------------------


@pytest.mark.parametrize("cell", list(CELLS))
def test_every_reference_learns_an_initial_row(cell: str) -> None:
    problem = Problem(STEPS, cell=cell)
    problem.h0 = tree_map(lambda h: mg.parameter(h[:1]), problem.h0)
    problem.params += tree_leaves(problem.h0)
    full = problem.gradient(None)
    run = problem.step, problem.stream, problem.h0

    problem.forget()
    mg.bptt.checkpointed_bptt(*run, 2, reduction="sum")
    np.testing.assert_allclose(problem.flat_grad(), full, rtol=1e-12, atol=1e-13)

    problem.forget()
    list(mg.bptt.rtrl(*run, problem.params))
    np.testing.assert_allclose(problem.flat_grad(), full, rtol=1e-12, atol=1e-13)

    lags = mg.bptt.measure_lags(*run, problem.params)
    np.testing.assert_allclose(lags.g.sum(axis=0) * STEPS, full, rtol=1e-12, atol=1e-13)
    masked = problem.gradient(2, 4, scheme="lag mask")
    np.testing.assert_allclose(lags.truncated(2, 4, "lag mask") * STEPS, masked, rtol=1e-12, atol=1e-13)


def test_every_reference_takes_a_learned_state_that_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    w, h0 = mg.parameter(0.5), mg.parameter(2.0)

    def step(x: float, state: Any) -> Any:
        h, before = state
        h, before = mg.tanh(w * h + before + x), h
        return h * 1.0, (h, before)

    def gradients(run: Any, *args: Any, **options: Any) -> Any:
        w.grad = h0.grad = None
        done = run(step, [0.1, -0.2, 0.3, 0.1], (h0, np.array(0.3)), *args, **options)
        list(done) if hasattr(done, "__next__") else None
        return [float(w.grad), float(h0.grad)]

    full, cut = (pytest.approx(gradients(mg.truncated_bptt, k1, reduction="sum"), rel=1e-12) for k1 in (None, 1))
    assert gradients(mg.bptt.checkpointed_bptt, 2, reduction="sum") == full
    assert gradients(mg.bptt.rtrl, [w, h0]) == full
    monkeypatch.setattr(np.random, "default_rng", lambda script: script)
    assert gradients(mg.bptt.artbp, 2, rng=Script((True,) * 4), reduction="sum") == cut
    lags = mg.bptt.measure_lags(step, [0.1, -0.2, 0.3, 0.1], (h0, np.array(0.3)), [w, h0])
    assert list(lags.g.sum(axis=0) * 4) == full
    assert list(lags.g[0] * 4) == cut


def test_one_row_may_begin_two_layers() -> None:
    rng = np.random.default_rng(0)
    h0, w = mg.parameter(rng.standard_normal((1, 3))), mg.parameter(rng.standard_normal((3, 3)))
    stream = list(rng.standard_normal((6, 4, 3)))

    def step(x: Any, state: Any) -> Any:
        low, high = state
        low = mg.tanh(low @ w + x)
        high = mg.tanh(high @ w + low)
        return mg.square(high).mean(), (low, high)

    list(mg.truncated_bptt(step, stream, (h0, h0)))
    expected = np.concatenate([h0.grad.ravel(), w.grad.ravel()])
    lags = mg.bptt.measure_lags(step, stream, (h0, h0), [h0, w])
    np.testing.assert_allclose(lags.g.sum(axis=0), expected, rtol=1e-12)
    h0.grad = w.grad = None
    list(mg.bptt.rtrl(step, stream, (h0, h0), [h0, w]))
    np.testing.assert_allclose(np.concatenate([h0.grad.ravel(), w.grad.ravel()]) / 6, expected, rtol=1e-12)


def test_checkpointed_bptt_begins_without_a_state() -> None:
    theta = mg.parameter(0.5)

    def step(x: float, h: Any) -> Any:
        h = theta * x if h is None else theta * h + x
        return h * 1.0, h

    done = mg.bptt.checkpointed_bptt(step, [0.1, 0.2, 0.3, 0.4], None, 2)
    gradient, theta.grad = theta.grad, None
    (window,) = mg.truncated_bptt(step, [0.1, 0.2, 0.3, 0.4], None)
    assert gradient == pytest.approx(theta.grad)
    assert done.losses == window.losses
