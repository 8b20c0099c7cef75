"""Truncated BPTT against brute force, its kernel, finite differences and PyTorch."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.context import active_tape
from tests.bptt.problem import BATCH, CELLS, HIDDEN, Problem, derivative

STEPS = 9


@pytest.fixture(scope="module", params=list(CELLS))
def problem(request: pytest.FixtureRequest) -> Problem:
    return Problem(STEPS, cell=request.param)


@pytest.fixture(scope="module")
def lags(problem: Problem) -> list[Any]:
    return problem.lag_gradients()


def test_lags_add_up_to_full_bptt(problem: Problem, lags: list[Any]) -> None:
    np.testing.assert_allclose(problem.gradient(None), sum(lags), rtol=1e-12, atol=1e-13)


def test_full_bptt_equals_finite_differences(problem: Problem) -> None:
    gradient, values = problem.gradient(None), problem.flat_values()
    rng = np.random.default_rng(1)

    def total(flat: Any) -> float:
        problem.assign(flat)
        state, loss = problem.states()[0], 0.0
        for inputs in problem.stream:
            value, state = problem.step(inputs, state)
            loss += value.item()
        return loss

    for _ in range(3):
        direction = rng.standard_normal(gradient.size)
        direction /= np.linalg.norm(direction)
        np.testing.assert_allclose(gradient @ direction, derivative(total, values, direction), rtol=1e-8)
    problem.assign(values)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("k", [STEPS, STEPS + 1, 100])
def test_a_window_of_all_steps_is_full_bptt_bit_for_bit(k: int, cell: str) -> None:
    full = Problem(STEPS, cell=cell).gradient(None)
    assert np.array_equal(Problem(STEPS, cell=cell).gradient(k), full)
    assert np.array_equal(Problem(STEPS, cell=cell).gradient(k, k + 3), full)
    assert np.array_equal(Problem(STEPS, cell=cell).gradient(k, k + 3, overlap="recompute"), full)


SCHEMES = [(1, 1), (2, 2), (3, 3), (5, 5), (1, 3), (2, 3), (2, 6), (3, 5), (4, 9)]


@pytest.mark.parametrize("overlap", ["keep", "recompute"])
@pytest.mark.parametrize(("k1", "k2"), SCHEMES)
def test_each_scheme_equals_its_kernel(problem: Problem, lags: list[Any], k1: int, k2: int, overlap: str) -> None:
    """Averaged over offsets, TBPTT(k1, k2) is the sum of w(j) g_j with w(j) = clip((k2 - j) / k1, 0, 1)."""
    weights = [min(1.0, max(0.0, (k2 - j) / k1)) for j in range(STEPS)]
    expected = sum(w * g for w, g in zip(weights, lags, strict=True))
    gradient = problem.mean_over_offsets(k1, k2, overlap=overlap)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("overlap", ["keep", "recompute"])
@pytest.mark.parametrize(("k1", "k2"), [(1, 1), (1, 4), (2, 4), (3, 2), (4, 1), (5, 9), (9, 3)])
def test_the_lag_mask_equals_its_kernel(problem: Problem, lags: list[Any], k1: int, k2: int, overlap: str) -> None:
    """Each loss sees exactly the last k2 uses of θ, wherever the windows lie: w(j) = 1 for j < k2, else 0."""
    gradient = problem.gradient(k1, k2, scheme="lag mask", overlap=overlap)
    np.testing.assert_allclose(gradient, sum(lags[:k2]), rtol=1e-12, atol=1e-13)


def test_disjoint_windows_differ_from_full_bptt(problem: Problem) -> None:
    """The truncation is really there: the bias is not small."""
    full, truncated = problem.gradient(None), problem.gradient(2)
    assert np.linalg.norm(truncated - full) > 0.05 * np.linalg.norm(full)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_tbptt_equals_torch_with_detach(k: int, torch: Any) -> None:
    problem = Problem(STEPS)
    params = [torch.tensor(leaf.numpy(), requires_grad=True) for leaf in problem.params]
    w_x, w_h, b, w, c = params
    h = torch.tensor(problem.h0)
    for start in range(0, STEPS, k):
        h = h.detach()
        loss = 0.0
        for x, y in problem.stream[start : start + k]:
            h = torch.tanh(torch.tensor(x) @ w_x + h @ w_h + b)
            loss = loss + torch.nn.functional.mse_loss(h @ w + c, torch.tensor(y))
        loss.backward()
    expected = np.concatenate([p.grad.numpy().ravel() for p in params])
    np.testing.assert_allclose(problem.gradient(k), expected, rtol=1e-12, atol=1e-13)


def test_forward_values_do_not_depend_on_k(problem: Problem) -> None:
    def losses(k1: int | None, k2: int | None = None) -> list[float]:
        return [loss for window in problem.windows(k1, k2) for loss in window.losses.values()]

    full = losses(None)
    assert all(losses(*scheme) == full for scheme in [(1, 1), (3, 3), (2, 5), (100, 100)])


@pytest.mark.parametrize(
    "options",
    [
        {"k1": 4},
        {"k1": 2, "k2": 5},
        {"k1": 2, "k2": 5, "overlap": "recompute"},
        {"k1": 3, "k2": 2, "scheme": "lag mask"},
        {"k1": 2, "k2": 4, "scheme": "lag mask", "overlap": "recompute"},
    ],
    ids=str,
)
def test_finite_differences_with_frozen_borders(problem: Problem, options: dict[str, Any]) -> None:
    """The truncated gradient is the exact gradient of a surrogate: each loss from its frozen border state."""
    frozen, values = problem.states(), problem.flat_values()
    reach = {step: window.reaches(step) for window in problem.windows(**options) for step in window.losses}
    gradient = problem.gradient(**options)
    direction = np.random.default_rng(2).standard_normal(gradient.size)
    direction /= np.linalg.norm(direction)

    def surrogate(flat: Any) -> float:
        problem.assign(flat)
        total = 0.0
        for last, first in reach.items():
            state = frozen[first - 1]
            for inputs in problem.stream[first - 1 : last]:
                loss, state = problem.step(inputs, state)
            total += loss.item()
        return total

    expected = derivative(surrogate, values, direction)
    problem.assign(values)
    np.testing.assert_allclose(gradient @ direction, expected, rtol=1e-8)


def test_an_update_changes_the_next_window_only_through_the_state() -> None:
    problem = Problem(6)
    windows = problem.windows(3)
    first = next(windows)
    for leaf in problem.params:
        leaf.grad = None
        leaf.value = 0.5 * leaf.value
    next(windows)
    carried = problem.flat_grad()

    again = mg.truncated_bptt(problem.step, problem.stream[3:], first.state, k1=3, reduction="sum")
    for leaf in problem.params:
        leaf.grad = None
    next(again)
    assert np.array_equal(problem.flat_grad(), carried)


def test_a_label_in_mid_window_only() -> None:
    """Steps without a loss still carry the state; a window without any loss has no gradient."""
    problem = Problem(6)

    def step(inputs: Any, h: Any) -> tuple[Any, Any]:
        number, pair = inputs
        loss, h = problem.step(pair, h)
        return (loss if number == 2 else None), h

    stream = enumerate(problem.stream, start=1)
    windows = mg.truncated_bptt(step, stream, problem.h0, k1=3, reduction="sum")
    first = next(windows)
    assert list(first.losses) == [2]
    reached = problem.flat_grad()
    second = next(windows)
    assert second.losses == {}
    assert math.isnan(second.loss)
    assert np.array_equal(problem.flat_grad(), reached)


def test_a_learned_initial_state_gets_its_gradient_in_the_first_window() -> None:
    problem = Problem(STEPS)
    h0 = mg.parameter(problem.h0, name="h0")
    windows = mg.truncated_bptt(problem.step, problem.stream, h0, k1=3)
    next(windows)
    assert h0.grad.shape == (BATCH, HIDDEN)
    assert np.abs(h0.grad).min() > 0
    h0.grad = None
    next(windows)
    assert h0.grad is None


@pytest.mark.parametrize("scheme", ["window", "lag mask"])
@pytest.mark.parametrize("overlap", ["keep", "recompute"])
@pytest.mark.parametrize("k2", [1, 2, 3])
def test_a_learned_initial_state_that_is_handed_on_belongs_to_its_step(scheme: str, overlap: str, k2: int) -> None:
    """Two steps of delay: the second one still reads the parameter, but a cut before it makes that a constant."""
    values = [2.0, 0.3]
    w, h0 = mg.parameter(0.5), mg.parameter(values[0])

    def step(x: float, state: Any) -> Any:
        h, before = state
        h, before = mg.tanh(w * h + before + x), h
        return h * 1.0, (h, before)

    windows = mg.truncated_bptt(step, [0.1] * 5, (h0, np.array(values[1])), 1, k2, overlap=overlap, scheme=scheme)
    reached = []
    for window in windows:
        reached.append(h0.grad is not None)
        h0.grad = w.grad = None
        if overlap == "keep":
            h0.value = h0.value + 1.0  # what has been read keeps its value
            values.insert(0, math.tanh(0.5 * values[0] + values[1] + 0.1))
            assert window.loss == pytest.approx(values[0], rel=1e-14)
    assert reached == [number <= k2 for number in range(1, 6)]


def test_state_is_any_pytree() -> None:
    problem = Problem(4)

    def step(inputs: Any, state: Any) -> tuple[Any, Any]:
        loss, h = problem.step(inputs, state["layers"][0])
        return loss, {"layers": [h], "count": state["count"] + 1, "nothing": None}

    start = {"layers": [problem.h0], "count": 0, "nothing": None}
    *_, last = mg.truncated_bptt(step, problem.stream, start, k1=2)
    assert last.state["count"] == 4
    assert last.state["nothing"] is None
    assert last.state["layers"][0].shape == (BATCH, HIDDEN)


def test_no_tape_is_active_in_the_loop_body_nor_after_break(problem: Problem) -> None:
    for window in problem.windows(2):
        assert active_tape.get() is None
        window.tape.records[0]
        break
    assert active_tape.get() is None

    windows = problem.windows(2)
    next(windows)
    del windows
    assert active_tape.get() is None


def test_an_exception_in_step_leaves_no_tape_active(problem: Problem) -> None:
    def step(inputs: Any, h: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        next(mg.truncated_bptt(step, problem.stream, problem.h0, k1=2))
    assert active_tape.get() is None


def test_the_users_own_tape_is_back_in_the_loop_body(problem: Problem) -> None:
    with mg.Tape() as mine:
        for _ in problem.windows(3):
            assert active_tape.get() is mine
        assert len(mine) == 0


def test_two_loops_side_by_side_do_not_mix(problem: Problem) -> None:
    other = Problem(STEPS, seed=5)
    alone = problem.gradient(3), other.gradient(2)
    for leaf in problem.params + other.params:
        leaf.grad = None
    for _ in itertools.zip_longest(problem.windows(3), other.windows(2)):
        pass
    assert np.array_equal(problem.flat_grad(), alone[0])
    assert np.array_equal(other.flat_grad(), alone[1])


def test_an_endless_stream_is_read_only_as_far_as_needed() -> None:
    problem = Problem(4)
    read = []

    def stream() -> Any:
        for number in itertools.count():
            read.append(number)
            yield problem.stream[number % 4]

    windows = problem.windows(3, stream=stream())
    next(windows)
    next(windows)
    assert len(read) == 6


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_stream_without_a_loss_is_one_window_of_full_bptt(reduction: str) -> None:
    (window,) = mg.truncated_bptt(lambda x, h: (None, h + x), [1.0, 2.0], np.array(0.0), reduction=reduction)
    assert (window.losses, window.last_step, float(window.state.item())) == ({}, 2, 3.0)


def test_an_empty_stream_yields_no_window(problem: Problem) -> None:
    assert list(problem.windows(3, stream=[])) == []
    assert len(list(problem.windows(3))) == 3  # 9 steps: no empty fourth window
