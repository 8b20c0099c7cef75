"""Tests of exercise 3; the number in a test's name is the hole that it looks at."""

import inspect

import numpy as np
import pytest

import minigrad as mg
from minigrad.tutorials import load

exercise = load(__file__)

T, A, H0 = 12, 0.9, 0.3
XS, YS = np.random.default_rng(0).normal(size=(2, T)).tolist()


def total_loss(a):
    h, total = H0, 0.0
    for x, y in zip(XS, YS):
        h = np.tanh(a * h + x)
        total = total + (h - y) ** 2
    return total


def full_gradient():
    return total_loss(A + 1e-30j).imag / 1e-30


def close(value):
    return pytest.approx(value, rel=1e-12, abs=1e-14)


def test_1_values():
    with mg.Tape() as tape:
        losses, h = exercise.unroll(tape, mg.parameter(A), mg.tensor(H0), XS, YS)
    assert len(losses) == T, "one loss for each step"
    want = H0
    for x in XS:
        want = np.tanh(A * want + x)
    assert float(h) == close(want), "h_t = tanh(a · h_{t−1} + x_t)"
    assert sum(map(float, losses)) == close(total_loss(A)), "ℓ_t = (h_t − y_t)²"


def test_1_marks():
    with mg.Tape() as tape:
        exercise.unroll(tape, mg.parameter(A), mg.tensor(H0), XS, YS)
    assert tape.step != T - 1, "mark at the start of every step, also of the first"
    assert tape.step == T, "call tape.mark() once for each step"
    tanh_steps = [record.step for record in tape if record.op == "tanh"]
    assert tanh_steps == list(range(1, T + 1)), "mark before the step's operations, so that they belong to it"


@pytest.mark.parametrize("k", [T, T + 1, 100])
def test_2_one_window_is_full_bptt(k):
    assert exercise.truncated_gradient(A, H0, XS, YS, k) == close(full_gradient()), "k ≥ T is full BPTT"


@pytest.mark.parametrize(("k", "offset"), [(1, 0), (4, 0), (4, 3), (5, 0)])
def test_2_windows(k, offset):
    got = exercise.truncated_gradient(A, H0, XS, YS, k, offset)
    assert got != close(full_gradient()), "the history was not cut between windows"
    want = lag_sum(lambda t, j: same_window(t, j, k, offset))
    assert got == close(want), "each window's losses, back to the window's start, and the state carried on"


def test_2_the_tape_stays_short(monkeypatch):
    """What is on the tape at each walk: a window, however long the stream is."""
    lengths = []
    walk = mg.Tape.backward

    def backward(tape, *arguments, **options):
        lengths.append(len(tape.records))
        return walk(tape, *arguments, **options)

    monkeypatch.setattr(mg.Tape, "backward", backward)
    exercise.truncated_gradient(A, H0, XS * 4, YS * 4, 4)
    assert len(lengths) == 12, "one walk for each window of 4 steps, of 48"
    assert max(lengths) == min(lengths), "the tape grows from window to window: cut it after each walk"


def test_3_border():
    k = 5
    border, before = exercise.thrown_away(A, H0, XS, YS, k)
    border, before = float(border), float(before)
    kept = lag_sum(lambda t, j: (t <= k) or t - j > k)
    h = H0
    dh = 0.0
    for x in XS[:k]:
        previous = h
        h = np.tanh(A * h + x)
        dh = (1 - h**2) * (previous + A * dh)
    assert before == close(dh), "dh_k/da: ask for the gradient of the border state before the cut"
    assert border == close((full_gradient() - kept) / dh), "dL₂/dh_k: the gradient of the losses behind the cut"
    assert kept + border * before == close(full_gradient()), "kept + thrown away = full"


def test_4_kernel_values():
    got = [exercise.kernel(j, 4) for j in range(6)]
    assert min(got) >= 0, "behind the window the weight is 0, not negative"
    assert got == close([1, 0.75, 0.5, 0.25, 0, 0])


@pytest.mark.parametrize("k", [1, 3, T])
def test_4_kernel_predicts_the_mean(k):
    weights = [exercise.kernel(j, k) for j in range(T)]
    g = exercise.lag_gradients(A, H0, XS, YS)
    mean = np.mean([exercise.truncated_gradient(A, H0, XS, YS, k, offset) for offset in range(k)])
    assert mean == close(np.dot(weights, g)), "the mean over all offsets is Σ_j w(j) · g_j"


def test_4_agrees_with_truncated_bptt():
    assert list(inspect.signature(exercise.kernel).parameters) == ["j", "k"]
    assert exercise.kernel(0, 4) == 1, "a loss always sees its own step"
    a = mg.parameter(A)

    def step(pair, h):
        h = mg.tanh(a * h + pair[0])
        return mg.square(h - pair[1]), h

    for _ in mg.truncated_bptt(step, zip(XS, YS), mg.tensor(H0), k1=4, reduction="sum"):
        pass
    assert exercise.truncated_gradient(A, H0, XS, YS, 4) == close(float(a.grad))


def lag_sum(keeps):
    """The sum of all parts (loss of step t, use of a at step t − j) that ``keeps`` lets through."""
    hs = [H0]
    for x in XS:
        hs.append(np.tanh(A * hs[-1] + x))
    total = 0.0
    for t in range(1, T + 1):
        cotangent = 2 * (hs[t] - YS[t - 1])
        for j in range(t):
            cotangent *= 1 - hs[t - j] ** 2
            total += keeps(t, j) * cotangent * hs[t - j - 1]
            cotangent *= A
    return total


def same_window(t, j, k, offset):
    """Whether steps t and t − j, counted from 1, lie in one window."""
    shift = (offset or k) - k
    return (t - 1 - shift) // k == (t - j - 1 - shift) // k
