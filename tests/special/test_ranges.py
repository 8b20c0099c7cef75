"""Statistics and losses at the ends of the number range: what is summed, squared or rounded on the way to a result."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minigrad as mg

DTYPES = ["float64", "float32", "float16"]


def gradient(f, x):
    return mg.grad(f)(x).value.astype(float)


# -- interpolation between large numbers -----------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("signs", [(1, 1), (-1, 1), (-1, -1)])
def test_what_lies_between_the_largest_numbers_is_finite(dtype, signs):
    largest = float(np.finfo(dtype).max)
    x = np.array([signs[0] * largest, signs[1] * largest], dtype)
    right = (signs[0] + signs[1]) / 2 * largest
    for f in (mg.median, lambda x: mg.quantile(x, 0.5), lambda x: mg.percentile(x, 50)):
        np.testing.assert_allclose(float(f(x)), right, rtol=1e-15)
        np.testing.assert_array_equal(gradient(f, x), [0.5, 0.5])

    ends = np.array([0.0, 1.0], dtype)
    for f in (lambda x: mg.interp(ends[1] / 2, ends, x), lambda x: mg.trapezoid(x, ends)):
        np.testing.assert_allclose(float(f(x)), right, rtol=1e-15)
        np.testing.assert_array_equal(gradient(f, x), [0.5, 0.5])


def test_a_quantile_is_that_of_numpy():
    x = np.random.default_rng(0).standard_normal(11)
    q = [0, 0.05, 0.3, 0.5, 0.72, 1]
    np.testing.assert_allclose(mg.quantile(x, q), np.quantile(x, q), rtol=1e-14)


def test_the_median_of_an_odd_number_is_an_element():
    for x in (5e-324, -1.7976931348623157e308, math.inf):
        assert float(mg.median(np.array([x]))) == x
    assert float(mg.median(np.array([math.inf, math.inf]))) == math.inf


# -- squares and products --------------------------------------------------------------------------

ROWS = np.array([[1.0, 2.0, 4.0], [3.0, 1.0, -1.0]])


@pytest.mark.parametrize(
    ("size", "dtype"),
    [(1e-200, "float64"), (1e200, "float64"), (1e-30, "float32"), (1e30, "float32"), (1e4, "float16")],
)
def test_a_correlation_squares_nothing_that_leaves_the_range(size, dtype):
    eps = float(np.finfo(dtype).eps)
    f = lambda x: mg.corrcoef(x)[0, 1]
    scaled = (ROWS * size).astype(dtype)
    np.testing.assert_allclose(mg.corrcoef(scaled).astype(float), np.corrcoef(ROWS), rtol=4 * eps)
    np.testing.assert_allclose(gradient(f, scaled) * size, gradient(f, ROWS), rtol=0, atol=16 * eps)


def test_a_constant_variable_has_no_correlation():
    with np.errstate(all="ignore"):
        found = mg.corrcoef(np.array([[1.0, 2.0, 4.0], [0.1, 0.1, 0.1]]))
        np.testing.assert_allclose(found, [[1, math.nan], [math.nan, math.nan]], rtol=1e-15)
        assert np.isnan(mg.corrcoef(np.array([1.0])))


def test_an_average_of_float16_whose_products_leave_the_range():
    x, weights = np.array([60_000.0, 30_000.0], "float16"), np.array([200.0, 100.0], "float16")
    for average in (mg.average, lambda x, weights: mg.average(mg.tensor(x), weights=mg.tensor(weights)).value):
        found = average(x, weights=weights)
        assert found.dtype == "float16"
        np.testing.assert_allclose(found.astype(float), 50_000, rtol=1e-3)
    by_weights = gradient(lambda w: mg.average(x, weights=w), weights)
    np.testing.assert_allclose(by_weights, [1e4 / 300, -2e4 / 300], rtol=1e-3)


# -- more float16 numbers than float16 counts ------------------------------------------------------

MANY = 200_000


@pytest.mark.parametrize(
    "f",
    [
        lambda x: mg.logsumexp(x),
        lambda x: mg.softmax(x)[7] * 1e3,
        lambda x: -mg.log_softmax(x)[7],
        lambda x: mg.cross_entropy(x, np.array(7)),
        lambda x: mg.cross_entropy(x, np.array(7), label_smoothing=0.5),
        lambda x: mg.cov(x),
        lambda x: mg.cov(x, x[::-1])[0, 1],
        lambda x: mg.corrcoef(x, x[::-1])[0, 1],
        lambda x: mg.average(x, weights=x + 1),
    ],
)
def test_more_float16_numbers_than_float16_counts(f):
    x = np.arange(MANY) % 5 / 2
    narrow = x.astype("float16")
    assert f(mg.tensor(narrow)).dtype == "float16"
    np.testing.assert_allclose(float(f(mg.tensor(narrow)).value), float(f(mg.tensor(x)).value), rtol=1e-2)
    smallest = float(np.finfo("float16").smallest_subnormal)
    np.testing.assert_allclose(gradient(f, narrow), gradient(f, x), rtol=1e-2, atol=2 * smallest)


# -- the tail of a certain class -------------------------------------------------------------------


def _each(x):
    return mg.sum(mg.cross_entropy(mg.stack([x, x]), np.array([0, 0]), "none"))


def _probable(x):
    return mg.cross_entropy(x, np.array([1.0, 0.0, 0.0], x.dtype), "sum")


@pytest.mark.parametrize(
    ("margin", "dtype"), [(40.0, "float64"), (36.0, "float64"), (17.0, "float32"), (8.0, "float16")]
)
@pytest.mark.parametrize("reduction", ["mean", "sum", "each", "probabilities"])
def test_the_gradient_by_a_class_that_is_certain_is_not_lost(margin, dtype, reduction):
    if reduction == "each":
        f, times = _each, 2
    elif reduction == "probabilities":
        f, times = _probable, 1
    else:
        f, times = (lambda x: mg.cross_entropy(x, np.array(0), reduction)), 1
    others = np.exp([-margin, -margin - 1])
    share = others.sum() / (1 + others.sum())
    eps = float(np.finfo(dtype).eps)
    x = np.array([margin, 0.0, -1.0], dtype)
    found = gradient(f, x)
    np.testing.assert_allclose(found[0], -share * times, rtol=max(4 * eps, 1e-12))
    with mg.Tape() as tape:
        leaf = mg.parameter(x)
        again = tape.gradient(f(leaf), leaf, create_graph=True).value
    np.testing.assert_allclose(again.astype(float), found, rtol=max(4 * eps, 1e-12))
    recorded = mg.jacobian(lambda x: mg.grad(f)(x))(x).value.astype(float)
    np.testing.assert_allclose(recorded[0, 0], share * (1 - share) * times, rtol=max(16 * eps, 1e-12))


# -- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["var", "std", "nanvar", "nanstd", "cov"])
@pytest.mark.parametrize("ddof", ["3", 1j, [1]])
def test_degrees_of_freedom_that_are_no_number_are_refused(name, ddof):
    with pytest.raises(mg.errors.MisuseError, match=f"{name}.*ddof"):
        getattr(mg, name)(np.ones(4), ddof=ddof)


@pytest.mark.parametrize("form", [int, np.int8, np.array, mg.tensor])
def test_an_ignored_index_in_every_form(form):
    logits, targets = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([1, -1])
    f = lambda x: mg.cross_entropy(x, targets, ignore_index=form(-1))
    right = lambda x: mg.cross_entropy(x[:1], targets[:1])
    np.testing.assert_allclose(float(f(logits)), float(right(logits)), rtol=1e-15)
    np.testing.assert_allclose(gradient(f, logits), gradient(right, logits), rtol=1e-15)


@pytest.mark.parametrize("ignored", [-1.0, "-1", [-1], np.array([-1, 0])])
def test_an_ignored_index_that_is_no_integer_is_refused(ignored):
    with pytest.raises(mg.errors.MisuseError, match="ignore_index"):
        mg.cross_entropy(np.zeros((2, 2)), np.array([0, 1]), ignore_index=ignored)
