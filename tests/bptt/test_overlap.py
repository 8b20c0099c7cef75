"""Windows that overlap while the parameters change: two well-defined gradients, and never a mixture."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.transforms.trees import tree_map
from tests.bptt.problem import CELLS, Problem

OLD, NEW = 0.9, 0.8


def chain_gradient(overlap: str) -> float:
    """h' = θ h from h = 1: three steps with θ = 0.9, then θ = 0.8 and a step that only reads h."""
    theta = mg.parameter(OLD)

    def step(last: bool, h: Any) -> tuple[Any, Any]:
        return (h * 1.0, h) if last else (None, theta * h)

    windows = mg.truncated_bptt(step, [False, False, False, True], np.array(1.0), k1=1, k2=4, overlap=overlap)
    for window in windows:
        if window.index == 2:
            theta.value = NEW
    return float(theta.grad)


def test_the_linear_chain_never_mixes_old_activations_with_new_weights() -> None:
    assert chain_gradient("keep") == pytest.approx(3 * OLD**2)  # 2.43
    assert chain_gradient("recompute") == pytest.approx(3 * NEW**2)  # 1.92
    mixture = OLD**2 + OLD * NEW + NEW**2  # 2.17: old activations times new weights
    assert mixture == pytest.approx(2.17)


def test_the_linear_chain_by_hand_with_a_tape() -> None:
    theta, h = mg.parameter(OLD), mg.tensor(1.0)
    with mg.Tape() as tape:
        for _ in range(3):
            h = theta * h
        theta.value = NEW
        tape.backward(h)
    assert theta.grad == pytest.approx(2.43)


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


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("k1", "k2"), [(1, 3), (2, 3), (2, 5), (3, 8)])
def test_keep_is_exact_with_every_step_holding_the_parameters_of_its_own_time(k1: int, k2: int, cell: str) -> None:
    problem = Problem(9, cell=cell)
    networks: list[Any] = []
    state = tree_map(mg.tensor, problem.h0)
    for window in problem.windows(k1, k2):
        networks += [copy.deepcopy(problem.network) for _ in range(window.steps)]
        for network in networks:
            network.zero_grad() if hasattr(network, "zero_grad") else None
        reached = range(window.border, window.last_step + 1)
        with mg.Tape() as tape:
            h, losses = state, {}
            for number in range(1, window.last_step + 1):
                losses[number], h = networks[number - 1].step(problem.stream[number - 1], h)
                if number == window.border - 1:
                    h = tree_map(lambda leaf: leaf.detach(), h)
            sources = [leaf for number in reached for leaf in networks[number - 1].parameters()]
            gradients = tape.gradient([losses[n] for n in window.losses], sources, unused="zero")
        vectors = np.concatenate([g.numpy().ravel() for g in gradients]).reshape(len(reached), -1)
        np.testing.assert_allclose(problem.flat_grad(), vectors.sum(axis=0), rtol=1e-12, atol=1e-13)
        problem.descend()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("k1", "k2"), [(1, 3), (2, 3), (2, 5), (3, 8)])
def test_recompute_is_exact_for_todays_parameters_from_a_stale_border(k1: int, k2: int, cell: str) -> None:
    problem = Problem(9, cell=cell)
    before: dict[int, Any] = {1: tree_map(mg.tensor, problem.h0)}  # the newest state computed before each step
    for window in problem.windows(k1, k2, overlap="recompute"):
        expected = Problem(9, cell=cell)
        expected.assign(problem.flat_values())
        with mg.Tape() as tape:
            h, losses = before[window.border], []
            for number in range(window.border, window.last_step + 1):
                before[number] = tree_map(lambda leaf: leaf.detach(), h)
                loss, h = expected.step(problem.stream[number - 1], h)
                losses += [loss] if number in window.losses else []
            before[window.last_step + 1] = tree_map(lambda leaf: leaf.detach(), h)
            tape.backward(losses)
        assert np.array_equal(problem.flat_grad(), expected.flat_grad())
        problem.descend()


def test_keep_and_recompute_differ_once_the_parameters_move() -> None:
    def last_gradient(overlap: str) -> Any:
        problem = Problem(6)
        for window in problem.windows(2, 4, overlap=overlap):
            if window.index == 2:
                return problem.flat_grad()
            problem.descend(1.0)
        raise AssertionError

    assert not np.allclose(last_gradient("keep"), last_gradient("recompute"), rtol=1e-3)


def test_without_an_overlap_the_two_are_one() -> None:
    problem = Problem(6)
    assert np.array_equal(problem.gradient(3, overlap="keep"), problem.gradient(3, overlap="recompute"))


def test_recompute_runs_the_overlap_again_and_numbers_its_steps_alike() -> None:
    problem, seen = Problem(6), []

    def step(inputs: Any, h: Any) -> Any:
        number, pair = inputs
        seen.append(number)
        return problem.step(pair, h)

    stream = enumerate(problem.stream, start=1)
    windows = mg.truncated_bptt(step, stream, problem.h0, k1=2, k2=3, overlap="recompute")
    spans = [(w.border, w.first_step, w.last_step, sorted({r.step for r in w.tape})) for w in windows]
    assert seen == [1, 2, 2, 3, 4, 4, 5, 6]
    assert spans == [(1, 1, 2, [1, 2]), (2, 3, 4, [2, 3, 4]), (4, 5, 6, [4, 5, 6])]


@pytest.mark.parametrize("overlap", ["keep", "recompute"])
def test_a_learned_initial_state_is_reached_as_long_as_the_first_step_is(overlap: str) -> None:
    problem = Problem(6)
    h0 = mg.parameter(problem.h0)
    got = []
    for _ in mg.truncated_bptt(problem.step, problem.stream, h0, k1=2, k2=4, overlap=overlap):
        got.append(h0.grad is not None)
        h0.grad = None
    assert got == [True, True, False]


@pytest.mark.parametrize("scheme", ["tail", "tail window", "truncate_gradient"])
def test_the_tail_window_is_refused_with_a_reason(scheme: str) -> None:
    with pytest.raises(ValueError, match=r"refused: .* drops the gradients of all earlier losses"):
        mg.truncated_bptt(lambda x, h: (None, h), [], None, k1=2, scheme=scheme)


@pytest.mark.parametrize("overlap", ["keep", "recompute"])
def test_a_stream_may_fill_the_same_array_again(overlap: str) -> None:
    w, buffer = mg.parameter(np.ones(2)), np.zeros(2)

    def step(x: Any, h: Any) -> Any:
        h = mg.tanh(w * x + h)
        return h.sum(), h

    def filled() -> Any:
        for number in range(8):
            buffer[:] = number / 10
            yield buffer

    def gradients(stream: Any) -> list[Any]:
        found = []
        for _ in mg.truncated_bptt(step, stream, np.zeros(2), 2, 4, overlap=overlap):
            found.append(w.grad)
            w.grad = None
        return found

    expected = gradients([np.full(2, number / 10) for number in range(8)])
    np.testing.assert_array_equal(gradients(filled()), expected)
