"""Truncated BPTT against brute force, its kernel, finite differences and PyTorch."""

from __future__ import annotations

import gc
import itertools
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.tape import active_tape

from .problem import BATCH, HIDDEN, Problem

STEPS = 9


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(STEPS)


@pytest.fixture(scope="module")
def lags(problem: Problem) -> list[Any]:
    return problem.lag_gradients()


def test_lags_add_up_to_full_bptt(problem: Problem, lags: list[Any]) -> None:
    np.testing.assert_allclose(problem.gradient(None), sum(lags), rtol=1e-12, atol=1e-13)


def test_full_bptt_equals_finite_differences(problem: Problem) -> None:
    gradient = problem.gradient(None)
    rng = np.random.default_rng(1)

    def total() -> float:
        with mg.Tape().paused():
            h, loss = mg.tensor(problem.h0), 0.0
            for inputs in problem.stream:
                value, h = problem.step(inputs, h)
                loss += value.item()
        return loss

    for _ in range(3):
        direction = rng.standard_normal(gradient.size)
        direction /= np.linalg.norm(direction)
        values = [leaf.numpy() for leaf in problem.params]

        def shifted(amount: float, direction: Any = direction, values: Any = values) -> float:
            parts = np.split(direction, np.cumsum([v.size for v in values])[:-1])
            for leaf, value, part in zip(problem.params, values, parts, strict=True):
                leaf.value = value + amount * part.reshape(value.shape)
            return total()

        h = 1e-3
        difference = (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h)
        shifted(0.0)
        np.testing.assert_allclose(gradient @ direction, difference, rtol=1e-8)


@pytest.mark.parametrize("k", [STEPS, STEPS + 1, 100])
def test_a_window_of_all_steps_is_full_bptt_bit_for_bit(problem: Problem, k: int) -> None:
    assert np.array_equal(problem.gradient(k), problem.gradient(None))


def windows_at_offset(problem: Problem, k1: int, k2: int, offset: int) -> np.ndarray[Any, Any]:
    """The gradient with the windows shifted: ``offset`` empty steps stand before the stream."""
    return problem.gradient(k1, k2, stream=[None] * offset + problem.stream)


@pytest.mark.parametrize(("k1", "k2"), [(1, 1), (2, 2), (3, 3), (5, 5), (1, 3), (2, 3), (2, 6), (3, 5), (4, 9)])
def test_each_scheme_equals_its_kernel(problem: Problem, lags: list[Any], k1: int, k2: int) -> None:
    """Averaged over offsets, TBPTT(k1, k2) is the sum of w(j) g_j with w(j) = clip((k2 - j) / k1, 0, 1)."""
    mean = sum(windows_at_offset(problem, k1, k2, offset) for offset in range(k1)) / k1
    weights = [min(1.0, max(0.0, (k2 - j) / k1)) for j in range(STEPS)]
    expected = sum(w * g for w, g in zip(weights, lags, strict=True))
    np.testing.assert_allclose(mean, expected, rtol=1e-12, atol=1e-13)


def test_disjoint_windows_differ_from_full_bptt(problem: Problem) -> None:
    """The truncation is really there: the bias is not small."""
    full, truncated = problem.gradient(None), problem.gradient(2)
    assert np.linalg.norm(truncated - full) > 0.05 * np.linalg.norm(full)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_tbptt_equals_torch_with_detach(problem: Problem, k: int, torch: Any) -> None:
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


def test_finite_differences_with_frozen_borders(problem: Problem) -> None:
    """The truncated gradient is the exact gradient of a surrogate: each window from a frozen border state."""
    k = 4
    borders: list[Any] = [mg.tensor(problem.h0)] + [window.state for window in problem.windows(k)]
    gradient = problem.gradient(k)
    values = [leaf.numpy() for leaf in problem.params]
    direction = np.random.default_rng(2).standard_normal(gradient.size)
    direction /= np.linalg.norm(direction)
    parts = np.split(direction, np.cumsum([v.size for v in values])[:-1])

    def surrogate(amount: float) -> float:
        for leaf, value, part in zip(problem.params, values, parts, strict=True):
            leaf.value = value + amount * part.reshape(value.shape)
        total = 0.0
        for start, h in zip(range(0, STEPS, k), borders, strict=False):
            for inputs in problem.stream[start : start + k]:
                loss, h = problem.step(inputs, h)
                total += loss.item()
        return total

    h = 1e-3
    difference = (8 * (surrogate(h) - surrogate(-h)) - (surrogate(2 * h) - surrogate(-2 * h))) / (12 * h)
    surrogate(0.0)
    np.testing.assert_allclose(gradient @ direction, difference, rtol=1e-8)


def test_overlap_keeps_the_parameters_of_each_step() -> None:
    """A linear chain h' = θ h, θ changed between windows: old steps differentiate with the old θ."""
    theta = mg.parameter(2.0)

    def step(x: Any, h: Any) -> tuple[Any, Any]:
        h = theta * h
        return h * x, h

    h0 = np.array(1.0)
    windows = mg.truncated_bptt(step, [1.0, 1.0], h0, k1=1, k2=2, reduction="sum")
    next(windows)
    assert theta.grad == 1.0  # d(θ h0)/dθ = h0
    theta.grad = None
    theta.value = 3.0
    next(windows)
    # h2 = θ_new (θ_old h0): through the new use h1 = 2, through the old use θ_new h0 = 3.
    assert theta.grad == 2.0 + 3.0


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


def test_each_loss_is_counted_once_and_the_ledger_adds_up(problem: Problem) -> None:
    windows = list(problem.windows(2, 5))
    counted = [step for window in windows for step in window.losses]
    assert counted == list(range(1, STEPS + 1))
    assert [window.steps for window in windows] == [2, 2, 2, 2, 1]
    third = windows[2]
    assert (third.first_step, third.last_step, third.border) == (5, 6, 2)
    assert (third.largest_lag, third.mean_lag) == (4, 3.5)
    assert windows[0].border == 1
    assert all(window.bytes_kept > 0 and window.seconds > 0 for window in windows)


def test_mean_reduction_weights_a_short_window_by_its_steps(problem: Problem) -> None:
    np.testing.assert_allclose(problem.gradient(4, reduction="mean"), problem.gradient(4) / 4, rtol=1e-12)
    np.testing.assert_allclose(problem.gradient(None, reduction="mean"), problem.gradient(None) / STEPS, rtol=1e-12)
    last = list(problem.windows(4, reduction="mean"))[-1]
    assert last.steps == 1
    assert last.loss == last.losses[9]


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


def test_a_learned_initial_state_gets_its_gradient_in_the_first_window(problem: Problem) -> None:
    h0 = mg.parameter(problem.h0, name="h0")
    windows = mg.truncated_bptt(problem.step, problem.stream, h0, k1=3)
    next(windows)
    assert h0.grad.shape == (BATCH, HIDDEN)
    assert np.abs(h0.grad).min() > 0
    h0.grad = None
    next(windows)
    assert h0.grad is None


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


def test_an_empty_stream_yields_no_window(problem: Problem) -> None:
    assert list(problem.windows(3, stream=[])) == []
    assert len(list(problem.windows(3))) == 3  # 9 steps: no empty fourth window


def test_memory_is_flat_over_ten_thousand_windows() -> None:
    problem = Problem(4)
    windows = problem.windows(2, 3, stream=itertools.cycle(problem.stream))

    def run(count: int) -> None:
        for _ in itertools.islice(windows, count):
            for leaf in problem.params:
                leaf.grad = None

    run(3000)  # CPython fills its free lists of tuples
    gc.disable()
    try:
        tracemalloc.start()
        run(1000)
        before, _ = tracemalloc.get_traced_memory()
        run(10_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert after - before < 20_000


def test_peak_memory_does_not_depend_on_the_length_of_the_stream() -> None:
    problem = Problem(4)

    def peak(steps: int, k2: int) -> int:
        stream = itertools.islice(itertools.cycle(problem.stream), steps)
        tracemalloc.start()
        for _ in problem.windows(5, k2, stream=stream):
            pass
        _, high = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return high

    peak(10_000, 5)  # CPython fills its free lists of tuples
    assert peak(4000, 5) < 1.05 * peak(400, 5)
    assert peak(400, 40) > 2 * peak(400, 10)


@pytest.mark.parametrize(
    ("k1", "k2", "reduction", "words"),
    [
        (0, None, "mean", "k1=0"),
        (2.5, None, "mean", "k1=2.5"),
        (4, 3, "mean", "k2=3"),
        (None, 3, "mean", "k2=3"),
        (2, None, "average", "reduction='average'"),
    ],
)
def test_bad_settings_are_refused_at_the_call(k1: Any, k2: Any, reduction: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mg.truncated_bptt(lambda x, h: (None, h), [], None, k1, k2, reduction=reduction)


def test_misuse_names_the_step(problem: Problem) -> None:
    def second_step(result: Any) -> Any:
        number = itertools.count(1)

        def step(inputs: Any, h: Any) -> Any:
            return problem.step(inputs, h) if next(number) == 1 else result(h)

        return step

    for result, error, words in [
        (lambda h: h, TypeError, "step 2: step.* must return"),
        (lambda h: (1.0, h), TypeError, "step 2: the loss must be a tensor"),
        (lambda h: (h, h), mg.errors.ShapeError, "step 2: the loss has shape"),
    ]:
        with pytest.raises(error, match=words):
            list(mg.truncated_bptt(second_step(result), problem.stream, problem.h0, k1=3))
