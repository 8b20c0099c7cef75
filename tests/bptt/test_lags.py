"""The lag-synchronous sweep against brute force, and on influence balancing, where truncation gets the sign wrong."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.bptt import Lags
from tests.bptt.problem import CELLS, Problem

STEPS = 9


@pytest.fixture(scope="module", params=list(CELLS))
def problem(request: pytest.FixtureRequest) -> Problem:
    return Problem(STEPS, cell=request.param)


def measured(problem: Problem, **options: Any) -> Lags:
    return mg.bptt.measure_lags(problem.step, problem.stream, problem.h0, problem.params, **options)


def test_the_sweep_equals_brute_force(problem: Problem) -> None:
    problem.forget()
    lags = measured(problem)
    np.testing.assert_allclose(lags.g * STEPS, problem.lag_gradients(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(lags.full, lags.g.sum(axis=0), rtol=1e-12, atol=1e-14)
    assert all(leaf.grad is None for leaf in problem.params)


@pytest.mark.parametrize(
    ("k1", "k2", "scheme"), [(3, 3, "window"), (2, 5, "window"), (1, 4, "lag mask"), (None, None, "window")]
)
def test_the_schemes_of_the_loop_are_the_kernels_of_the_lags(problem: Problem, k1: Any, k2: Any, scheme: str) -> None:
    if k1 is None:
        gradient = problem.gradient(None)
    else:
        gradient = problem.mean_over_offsets(k1, k2, scheme=scheme)
    np.testing.assert_allclose(measured(problem).truncated(k1, k2, scheme) * STEPS, gradient, rtol=1e-12, atol=1e-13)


def test_every_k_at_once(problem: Problem) -> None:
    lags = measured(problem)
    for k in range(1, STEPS + 1):
        np.testing.assert_allclose(lags.by_k("window")[k - 1], lags.truncated(k, k), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(lags.by_k()[k - 1], lags.truncated(1, k, "lag mask"), rtol=1e-12, atol=1e-14)
    assert lags.bias()[-1] < 1e-12
    assert lags.cosine()[-1] == pytest.approx(1)
    assert lags.bias()[0] > lags.bias()[-2]


def test_phi_equals_brute_force() -> None:
    """φ_j against one walk for each pair of a loss and an earlier state."""
    problem = Problem(STEPS)
    with mg.Tape() as tape:
        h, losses, states = mg.tensor(problem.h0), [], []
        for inputs in problem.stream:
            loss, h = problem.step(inputs, h)
            losses.append(loss)
            states.append(h)
        expected = [
            np.mean(
                [np.linalg.norm(tape.gradient(losses[s], states[s - j], retain=True).numpy()) for s in range(j, STEPS)]
            )
            for j in range(STEPS)
        ]
    np.testing.assert_allclose(measured(problem).phi, expected, rtol=1e-12)


def test_fewer_lags_and_a_stretch_of_a_stream(problem: Problem) -> None:
    all_of_them, few = measured(problem), measured(problem, lags=3)
    assert len(few) == 3
    np.testing.assert_allclose(few.g, all_of_them.g[:3], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(few.full, all_of_them.full, rtol=1e-12, atol=1e-15)
    assert measured(problem, steps=4).steps == 4


def test_bytes_are_those_of_the_tape(problem: Problem) -> None:
    lags = measured(problem)
    kept = {k: next(iter(problem.windows(k))).bytes_kept for k in (1, 4, STEPS)}
    problem.forget()
    assert {k: lags.nbytes[k] for k in kept} == kept
    assert len(set(np.diff(lags.nbytes[2:]))) == 1  # a + b·k


# -- influence balancing (Tallec and Ollivier 2017) ------------------------------------------------

UNITS, POSITIVE = 23, 10


def influence_balancing(steps: int = 100, theta: float = 0.5) -> Lags:
    chain = mg.tensor(0.5 * np.eye(UNITS) + 0.5 * np.eye(UNITS, k=1))
    sign = np.where(np.arange(UNITS) < POSITIVE, 1.0, -1.0)
    parameter = mg.parameter(theta)

    def step(last: bool, s: Any) -> Any:
        s = chain @ s + parameter * sign
        return (mg.square(s[0] - 1.0) * 0.5 if last else None), s

    stream = [False] * (steps - 1) + [True]
    return mg.bptt.measure_lags(step, stream, np.ones(UNITS), [parameter])


def test_influence_balancing_to_the_figures() -> None:
    lags = influence_balancing()
    sensitivity = lags.by_k()[:, 0] / lags.by_k()[0, 0]  # ds₁/dθ over k steps: 1 at k = 1
    assert [round(sensitivity[k - 1], 3) for k in (1, 10, 19, 40)] == [1.0, 10.0, 16.476, 0.566]
    assert sensitivity.argmax() + 1 == 19
    assert np.flatnonzero(sensitivity < 0)[0] + 1 == 41
    assert sensitivity[-1] == pytest.approx(-6.0, abs=5e-4)
    cosine = lags.cosine()
    assert (cosine[:40] == -1).all()
    assert (cosine[40:] == 1).all()


def test_the_wrong_sign_is_the_first_and_loudest_warning(capsys: pytest.CaptureFixture[str]) -> None:
    first = mg.bptt.verdict(influence_balancing())[0]
    assert first.startswith("!!! WRONG SIGN at k = 1 to 40, each loss sees its last k steps")


# -- the verdict -----------------------------------------------------------------------------------


def linear(weight: float, steps: int = 40) -> Lags:
    """h' = w h + θ x with a loss at every step: ``φ_j`` is proportional to ``w^j``."""
    theta, rng = mg.parameter(0.5), np.random.default_rng(0)

    def step(x: float, h: Any) -> Any:
        h = weight * h + theta * x
        return h * 1.0, h

    return mg.bptt.measure_lags(step, rng.uniform(0.5, 1.5, steps), np.array(0.0), [theta])


@pytest.mark.parametrize(
    ("weight", "word"), [(0.7, "Vanishing"), (1.2, "Exploding"), (1.0, "Neither vanishing nor exploding")]
)
def test_decay_in_words(weight: float, word: str) -> None:
    lags = linear(weight)
    assert lags.decay() == pytest.approx(weight, rel=1e-9)
    assert any(line.startswith(word) for line in mg.bptt.verdict(lags))


def test_adaptive_k_certifies_what_was_measured() -> None:
    lags = linear(0.7)
    k = lags.adaptive_k(0.1)
    assert k is not None
    assert lags.smallest_k(0.1) <= k <= lags.smallest_k(0.1) + 4
    assert (lags.bound() >= lags.bias() - 1e-12).all()
    assert lags.adaptive_k(0.001) > k


def test_no_k_is_certified_against_what_was_measured() -> None:
    """φ of influence balancing is flat at first, so a geometric fit from an early τ on ends far too low."""
    lags = influence_balancing(100)
    assert lags.smallest_k(0.1) == 54
    for tau in (None, 10, 40, 60):
        bound = lags.bound(tau)
        assert (bound >= lags.bias() - 1e-12).all()
    k = lags.adaptive_k(0.1)
    assert k is not None
    assert 54 <= k < 100


def test_the_bound_by_hand() -> None:
    """Aicher, Foti and Fox on φ = 0.5^j and g_j = 2 φ_j: E(k) = 2 · 0.5^k / (1 − 0.5)."""
    phi = 0.5 ** np.arange(12.0)
    lags = Lags(2 * phi[:, None], phi, np.array([4.0]), np.zeros(13, int), 12, 12)
    k = np.arange(1, 13)
    error, length = 2 * 0.5**k / 0.5, 4 * (1 - 0.5**k)
    with np.errstate(divide="ignore"):
        expected = np.where(error < length, error / (length - error), np.inf)
    np.testing.assert_allclose(lags.bound(tau=4), expected, rtol=1e-9)


def test_no_finite_k_is_certified_without_decay() -> None:
    lags = linear(1.1)
    assert lags.adaptive_k() is None
    assert np.isinf(lags.bound()).all()
    assert any("No finite k is certified" in line for line in mg.bptt.verdict(lags))


def test_smallest_k_is_the_one_from_which_the_bias_stays_small() -> None:
    g = np.array([[1.0], [-0.5], [0.5]])
    lags = Lags(g, np.ones(3), np.array([1.0]), np.zeros(4, int), 3, 3)
    assert lags.bias().tolist() == [0.0, 0.5, 0.0]
    assert lags.smallest_k(0.1) == 3


def test_report_prints_a_table_and_returns_what_it_measured(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(40)
    lags = mg.bptt.report(problem.step, problem.stream, problem.h0, problem.params, lags=30)
    printed = capsys.readouterr().out
    assert printed == mg.bptt.describe(lags) + "\n"
    assert "‖g_{k-1}‖" in printed
    assert "A bias of 10% takes k = " in printed
    assert len(printed.splitlines()) < 30


@pytest.mark.parametrize(
    ("stream", "options", "words"),
    [
        ([], {}, "stream is empty"),
        ([1.0], {"lags": 0}, "lags=0"),
        ([1.0], {"steps": 0}, "steps=0"),
        ([None], {}, "none of the 1 steps"),
    ],
)
def test_misuse(stream: Any, options: Any, words: str) -> None:
    theta = mg.parameter(1.0)
    step = lambda x, h: (None if x is None else theta * x, h)
    with pytest.raises(ValueError, match=words):
        mg.bptt.measure_lags(step, stream, np.array(0.0), [theta], **options)
    with pytest.raises(ValueError, match="no parameters"):
        mg.bptt.measure_lags(step, stream, np.array(0.0), [])
    with pytest.raises(ValueError, match="tau=9"):
        linear(0.5, steps=5).bound(tau=9)
    with pytest.raises(ValueError, match="scheme='tail'"):
        linear(0.5, steps=5).bias("tail")


def test_parameters_that_are_no_list_of_parameters() -> None:
    for params in (mg.nn.Linear(2, 2), [mg.tensor(1.0)], {"w": mg.parameter(1.0)}):
        for taker in (mg.bptt.measure_lags, mg.bptt.rtrl):
            with pytest.raises(TypeError, match=rf"{taker.__name__} takes (a list of )?parameters"):
                taker(lambda x, h: (x * h, h), [1.0], np.array(0.0), params)
        with pytest.raises(TypeError, match=r"Overlap takes (a list of )?parameters"):
            mg.bptt.Overlap(params)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((5, 2, 3, "tail"), "scheme='tail'"),
        ((5, 0), "k1=0"),
        ((5, 4, 2), "k2=2 must be at least k1=4"),
        ((5, None, 2), "k2=2 needs a k1"),
        ((-1, 2), "lags=-1"),
    ],
)
def test_no_kernel_of_what_is_no_scheme(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mg.bptt.kernel(*given)


def test_a_gradient_of_zero_has_nothing_to_compare() -> None:
    unused = mg.parameter(1.0)
    w = mg.parameter(0.5)
    lags = mg.bptt.measure_lags(lambda x, h: (w * h, w * h), [1.0] * 3, np.array(1.0), [unused])
    assert np.isnan(lags.bias()).all()
    assert mg.bptt.verdict(lags)[0].startswith("The full gradient is zero")
    assert "nan" in mg.bptt.describe(lags)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_gradient_that_overflows_is_called_exploding() -> None:
    lags = linear(30.0, steps=400)
    assert mg.bptt.verdict(lags) == [
        "Exploding: the full gradient is not finite; measure a shorter stretch, or smaller weights."
    ]


# -- plots -----------------------------------------------------------------------------------------


def test_plot_writes_a_picture(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    figure = mg.bptt.plot(influence_balancing(50), tmp_path / "lags.svg")
    assert [axes.get_title() for axes in figure.axes] == ["gradient by lag", "relative bias", "cosine with full BPTT"]
    assert (tmp_path / "lags.svg").stat().st_size > 1000


def test_plot_without_matplotlib_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(mg.errors.ExtraError, match=r"minigrad\[plot\]"):
        mg.bptt.plot(linear(0.5, steps=5))
