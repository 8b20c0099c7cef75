"""What lags say, from lags that were written down; and measured lags that are zero, small or large."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.bptt import Lags
from tests.bptt.problem import Problem


def made(g: list[float], phi: list[float], full: float | None = None) -> Lags:
    """Lags of one parameter."""
    rows = np.array(g)[:, None]
    total = rows.sum(axis=0) if full is None else np.array([full])
    return Lags(rows, np.array(phi), total, np.zeros(len(g) + 1, int), len(g), len(g))


IRREGULAR = [3.0, 2.0, 2.5, 0.7, 1.1, 0.9, 0.3, 0.5, 0.1, 0.12, 0.05, 0.02]


def test_the_bias_of_a_gradient_that_cancels_is_infinite_or_no_number() -> None:
    lags = made([1.0, -1.0], [1.0, 1.0])
    assert np.array_equal(lags.bias(), [np.inf, np.nan], equal_nan=True)
    assert np.isnan(lags.cosine()).all()


def test_the_smallest_k_by_its_definition() -> None:
    lags = made([1.0, -0.5, 0.5], [1.0] * 3)  # biases 0, 1/2, 0
    assert [lags.smallest_k(bias) for bias in (0.4, 0.5, 0.6)] == [3, 1, 1]
    assert lags.smallest_k() == 3, "a tenth by default"
    assert made([1.0, 0.5], [1.0, 1.0], full=2.0).smallest_k() is None, "lags that were not measured are missing"


def test_the_decay_is_fitted_to_what_is_not_zero() -> None:
    assert made([1.0] * 4, [1.0, 0.5, 0.0, 0.125]).decay(0) == pytest.approx(0.5)
    assert made([1.0] * 2, [1.0, 0.25]).decay(0) == pytest.approx(0.25)
    assert made([1.0] * 3, [1.0, 0.0, 0.0]).decay(1) == 0.0
    assert math.isnan(made([1.0] * 3, [1.0, 0.0, 0.0]).decay(0))


@pytest.mark.parametrize("tau", [0, 1, 4, 8, 11, None])
@pytest.mark.parametrize("phi", [IRREGULAR, [1.0] * 9 + [0.5, 0.2, 0.01], (0.5 ** np.arange(12.0)).tolist()])
def test_the_bound_by_its_definition(phi: list[float], tau: int | None) -> None:
    """Every sum written out, the geometric tail as far as it counts."""
    g = [0.3 * each * (1.5 if j == 2 else 1.0) for j, each in enumerate(phi)]
    lags = made(g, phi)
    beta, at = lags.decay(tau), 4 if tau is None else tau
    expected = []
    for k in range(1, 13):
        bounded = sum(phi[k:at]) + sum(phi[at] * beta ** (j - at) for j in range(max(k, at), 4000))
        error, length = 0.45 * max(bounded, sum(phi[k:])), abs(sum(g[:k]))
        expected.append(error / (length - error) if error < length and beta < 1 else np.inf)
    np.testing.assert_allclose(lags.bound(tau), expected, rtol=1e-9)


def test_what_a_bound_certifies() -> None:
    lags = made(IRREGULAR, IRREGULAR)
    for delta in (0.05, 0.1, 1.0):
        k = lags.adaptive_k(delta)
        assert k is not None
        assert lags.bound()[k - 1] <= delta < lags.bound()[k - 2]
    assert lags.adaptive_k() == lags.adaptive_k(0.1) != lags.adaptive_k(1.2)


def test_a_bound_of_few_lags_and_of_zeros() -> None:
    for phi in (0.0, 1.0):
        assert made([1.0], [phi]).bound().tolist() == [np.inf], "one lag says nothing about the others"
    assert np.isfinite(made([1.0, 0.5], [1.0, 0.5]).bound(0)).tolist() == [False, True]
    alone = made([1.0, 0.0, 0.0], [1.0, 0.0, 0.0])  # each loss looks at its own step
    assert alone.bound().tolist() == [0.0] * 3
    assert alone.adaptive_k(0.0) == 1
    assert made([0.0] * 3, [0.0] * 3).bound().tolist() == [np.inf] * 3
    vanished, zero = (made([1.0, 0.5, 0.25, last], [1.0, 0.5, 0.25, 0.0]) for last in (1e-160, 0.0))
    np.testing.assert_array_equal(vanished.bound(), zero.bound())  # the square of 1e-165 is 0
    assert np.isfinite(vanished.bound()[1:]).all()


def test_kernels_of_no_lags_and_of_no_step() -> None:
    assert mg.bptt.kernel(0, 2).shape == (0,)
    with pytest.raises(ValueError, match="k2=0"):
        mg.bptt.kernel(5, 2, 0, "lag mask")


# -- measured --------------------------------------------------------------------------------------


def test_the_bytes_of_no_step_and_of_as_many_as_lags() -> None:
    problem = Problem(6)
    whole, few = (
        mg.bptt.measure_lags(problem.step, problem.stream, problem.h0, problem.params, lags=n) for n in (6, 3)
    )
    assert whole.nbytes[0] == 0
    assert len(whole.nbytes) == 7
    np.testing.assert_array_equal(few.nbytes, whole.nbytes[:4])


def lags_of(step: Any, steps: int = 4, w: float = 0.5) -> tuple[Lags, float]:
    """The lags of a step of one parameter, and its gradient in full BPTT, averaged too."""
    parameter = mg.parameter(w)
    run = (lambda t, h: step(parameter, t, h)), range(steps), np.array(2.0)
    next(mg.truncated_bptt(*run))
    gradient = float(parameter.grad)
    return mg.bptt.measure_lags(*run, [parameter]), gradient


def test_a_state_that_is_a_constant_again_reaches_no_further() -> None:
    lags, gradient = lags_of(lambda w, t, h: (w * h * (t + 1.0), mg.tensor(np.array(3.0))))
    assert lags.g[1:].tolist() == [[0.0]] * 3
    assert lags.phi.tolist() == pytest.approx([0.0, 0.5 * (2 + 3 + 4) / 3, 0.0, 0.0])
    assert lags.g[0, 0] == pytest.approx(gradient)


def test_a_loss_at_the_first_step_alone() -> None:
    lags, gradient = lags_of(lambda w, t, h: (h * w if t == 0 else None, h * w))
    assert lags.phi.tolist() == [0.0] * 4
    np.testing.assert_allclose(lags.g[:, 0], [gradient, 0, 0, 0])


def test_lags_are_float64_and_squares_do_not_overflow_in_float32() -> None:
    w = mg.parameter(np.float32(0.5))
    step = lambda x, h: (mg.sum(h * w * np.float32(1e25)), h * w)
    lags = mg.bptt.measure_lags(step, [1.0] * 3, np.ones(2, "float32"), [w])
    assert lags.g.dtype == lags.full.dtype == lags.phi.dtype == np.float64
    assert lags.phi[1] == pytest.approx(0.5 * math.sqrt(2) * 1e25, rel=1e-6)
