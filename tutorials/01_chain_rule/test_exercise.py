"""Tests of exercise 1; the number in a test's name is the hole that it looks at."""

import numpy as np
import pytest

from minigrad.tutorials import load

exercise = load(__file__)

W, B, X = 0.7, -0.2, 1.5
# Local derivatives that no neuron has, so that each path has a product of its own.
PRIMES = {"loss/e": 2.0, "e/h": 3.0, "e/x": 5.0, "h/s": 7.0, "s/p": 11.0, "s/b": 13.0, "p/w": 17.0, "p/x": 19.0}


def loss(w, b, x):
    return (np.tanh(w * x + b) - x) ** 2


def complex_step(f, x):
    """The derivative of an analytic function, exact to the last digits."""
    return f(x + 1e-30j).imag / 1e-30


def test_1_tanh_derivative():
    assert exercise.tanh_derivative(0.0) == 1.0, "tanh is steepest at 0, where its slope is 1"
    for s in (-2.0, 0.3, 1.0):
        h = np.tanh(s)
        got, want = exercise.tanh_derivative(h), complex_step(np.tanh, s)
        assert got != pytest.approx(1 - np.tanh(h) ** 2), "h is already tanh(s): do not apply tanh again"
        assert got == pytest.approx(want, rel=1e-12), f"at h = tanh({s}) the slope is {want}"


def test_2_local_derivatives():
    values = exercise.forward(W, B, X)
    local = exercise.local_derivatives(W, X, values)
    assert set(local) == set(PRIMES), "one entry for each use of a value, under the keys in the docstring"
    want = {
        "p/w": complex_step(lambda w: w * X, W),
        "p/x": complex_step(lambda x: W * x, X),
        "s/p": 1.0,
        "s/b": 1.0,
        "h/s": complex_step(np.tanh, values.s),
        "e/h": 1.0,
        "e/x": -1.0,
        "loss/e": complex_step(lambda e: e**2, values.e),
    }
    for key, value in want.items():
        assert local[key] == pytest.approx(value, rel=1e-12), f"d{key.replace('/', '/d')} is {value}, not {local[key]}"


def test_3_one_path_each():
    dw, db = exercise.gradient_w_b(PRIMES)
    assert dw == 2 * 3 * 7 * 11 * 17, "the path to w is loss/e, e/h, h/s, s/p, p/w"
    assert db == 2 * 3 * 7 * 13, "the path to b leaves the path to w at s: it takes s/b and stops"


def test_4_two_paths():
    through_p, through_e = 2 * 3 * 7 * 11 * 19, 2 * 5
    got = exercise.gradient_x(PRIMES)
    assert got not in (through_p, through_e), "that is one of the two paths; x is used in p and in e"
    assert got != through_p * through_e, "along a path factors multiply; different paths add"
    assert got == through_p + through_e


@pytest.mark.parametrize("x", [-1.0, 0.5, 2.0])
def test_5_finite_difference(x):
    got = exercise.finite_difference(lambda t: t**3, x)
    one_sided = ((x + 1e-5) ** 3 - x**3) / 1e-5
    assert abs(got - one_sided) > 1e-7, "that is the one-sided difference; step to both sides of x"
    assert got == pytest.approx(3 * x**2, rel=1e-8), "(f(x + ε) − f(x − ε)) / 2ε"


def test_5_finite_difference_with_another_epsilon():
    """Of t³ the central difference is 3 t² + ε²."""
    got = exercise.finite_difference(lambda t: t**3, 1.0, epsilon=0.5)
    assert got != pytest.approx(3.0, rel=1e-6), "ε is an argument: take that one, not one of your own"
    assert got == pytest.approx(3.25), "(f(x + ε) − f(x − ε)) / 2ε with ε = 0.5"


@pytest.mark.parametrize(("w", "b", "x"), np.random.default_rng(0).normal(size=(10, 3)).tolist())
def test_5_the_gradients_agree(w, b, x):
    def check(f, at):
        return pytest.approx(exercise.finite_difference(f, at), rel=1e-6, abs=1e-9)

    local = exercise.local_derivatives(w, x, exercise.forward(w, b, x))
    dw, db = exercise.gradient_w_b(local)
    assert dw == check(lambda v: loss(v, b, x), w)
    assert db == check(lambda v: loss(w, v, x), b)
    assert exercise.gradient_x(local) == check(lambda v: loss(w, b, v), x)
