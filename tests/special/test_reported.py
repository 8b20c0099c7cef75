"""Cases of public reports and of users, each with its right value by mathematics."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

import minigrad as mg
from tests.numeric import vjp


def gradient(f, x):
    x = np.asarray(x)
    return vjp(f, [x], np.ones(np.shape(f(x)), x.dtype))[0]


@pytest.mark.parametrize("x", [2.0, 3.0, 0.5])
def test_the_hessian_of_a_power_with_exponent_zero(x):
    hessian = mg.hessian(lambda v: v[0] ** v[1])(np.array([x, 0.0])).value
    np.testing.assert_allclose(hessian, [[0, 1 / x], [1 / x, math.log(x) ** 2]], rtol=1e-15)


def test_the_third_mixed_derivative_of_a_power():
    by_x = mg.grad(mg.grad(mg.power))
    np.testing.assert_allclose(mg.grad(by_x, 1)(2.0, 1.0).value, 0.5)


@pytest.mark.parametrize("exponent", [0, 0.0, np.zeros(4)])
def test_a_power_with_exponent_zero_is_constant_everywhere(exponent):
    x = np.array([np.inf, -np.inf, 0.0, -2.0])
    np.testing.assert_array_equal(gradient(lambda x: x**exponent, x), np.zeros(4))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_second_derivatives_that_do_not_exist_are_no_numbers(dtype):
    for f in (lambda v: mg.hypot(v[0], v[1]), lambda v: mg.arctan2(v[0], v[1])):
        with np.errstate(all="ignore"):
            assert not np.isfinite(mg.hessian(f)(np.zeros(2, dtype)).value).any()
        np.testing.assert_array_equal(mg.grad(f)(np.zeros(2, dtype)).value, [0, 0])


@pytest.mark.parametrize(
    "f", [mg.abs, lambda x: mg.maximum(x, -x), lambda x: mg.norm(x, 1), lambda x: mg.norm(x, np.inf)]
)
def test_the_square_of_a_kink_counts_its_jump_for_nothing_as_the_docstrings_say(f):
    assert mg.hessian(lambda x: mg.sum(f(x) ** 2))(np.zeros(1)).value == 0
    assert mg.hessian(lambda x: mg.sum(mg.square(x)))(np.zeros(1)).value == 2
    assert "abs(x) ** 2" in mg.abs.__doc__
    assert "as ``abs`` does" in sys.modules[mg.norm.__module__].__doc__


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (mg.norm, [0.0, 0.0]),
        (lambda x: mg.norm(x) ** 2, [0.0, 0.0]),  # it has one, 2 I, that goes through numbers that do not exist
        (mg.std, [1.0, 1.0]),
        (mg.std, [0.1, 0.1, 0.1]),
        (mg.nanstd, [0.1, 0.1, 0.1]),
    ],
)
def test_the_hessian_of_a_length_of_zero_is_no_number(f, x, dtype):
    x = np.array(x, dtype)
    np.testing.assert_array_equal(mg.grad(f)(x).value, 0 * x)
    with np.errstate(all="ignore"):
        assert not np.isfinite(mg.hessian(f)(x).value).any()


@pytest.mark.parametrize(
    ("size", "dtype"), [(1e20, "float32"), (1e-23, "float32"), (1e-4, "float16"), (1e200, "float64")]
)
def test_lengths_square_nothing_that_leaves_the_range(size, dtype):
    x = np.array([size, size], dtype)
    rtol = 4 * float(np.finfo(dtype).eps)
    for ord in (2, 3):
        np.testing.assert_allclose(float(mg.norm(x, ord)), float(x[0]) * 2 ** (1 / ord), rtol=rtol)
        np.testing.assert_allclose(mg.grad(mg.norm)(x, ord).value, [2 ** (1 / ord - 1)] * 2, rtol=rtol)
    for f in (mg.std, mg.nanstd):
        np.testing.assert_allclose(float(f(x * np.array([1, 3], dtype))), float(x[0]), rtol=rtol)


@pytest.mark.parametrize(
    "f",
    [
        *(mg.var, mg.std, mg.nanvar, mg.nanstd, mg.nanmean, mg.average),
        lambda x: mg.average(x, weights=mg.ones_like(x)),
        lambda x: mg.nn.mse_loss(x, mg.zeros_like(x)),
    ],
)
def test_means_of_more_float16_numbers_than_float16_counts(f):
    x = np.array([1.0, 3.0] * 35_000)
    narrow = x.astype("float16")
    assert f(mg.tensor(narrow)).dtype == "float16"
    np.testing.assert_allclose(float(f(mg.tensor(narrow)).value), float(f(mg.tensor(x)).value), rtol=1e-3)
    np.testing.assert_allclose(gradient_of(f, narrow), gradient_of(f, x), rtol=1e-2)


def gradient_of(f, x):
    return mg.grad(f)(x).value.astype(float)


@pytest.mark.parametrize(
    ("size", "dtype", "rtol"), [(1e-200, "float64", 1e-15), (1e20, "float32", 1e-6), (300.0, "float16", 1e-3)]
)
def test_an_angle_far_from_or_near_to_the_origin(size, dtype, rtol):
    at = np.array(size, dtype)
    slope = gradient(lambda y: mg.arctan2(y, at), at)
    np.testing.assert_allclose(slope.astype(float), 1 / (2 * float(at)), rtol=rtol)


@pytest.mark.parametrize(("at", "dtype"), [(100.0, "float16"), (1e8, "float32"), (1e16, "float64"), (1e17, "float64")])
def test_equal_large_operands_have_half_of_the_sum_each(at, dtype):
    pair = np.full(2, at, dtype)
    for f in (mg.logsumexp, lambda v: mg.logaddexp(v[0], v[1]), lambda v: mg.logaddexp2(v[0], v[1])):
        np.testing.assert_array_equal(mg.grad(f)(pair).value, [0.5, 0.5])
    for f in (mg.logsumexp, lambda v: mg.logaddexp(v[0], v[1])):
        np.testing.assert_array_equal(mg.hessian(f)(pair).value, [[0.25, -0.25], [-0.25, 0.25]])


@pytest.mark.parametrize("size", [1, 9, 5000])
@pytest.mark.parametrize(
    ("f", "x", "right"),
    [
        (mg.sigmoid, 40.0, math.exp(-40)),
        (mg.sigmoid, 36.0, math.exp(-36)),
        (mg.tanh, 20.0, 4 * math.exp(-40)),
        (mg.tanh, -20.0, 4 * math.exp(-40)),
        (mg.expm1, -40.0, math.exp(-40)),
        (mg.elu, -40.0, math.exp(-40)),
        (lambda x: mg.grad(lambda x: mg.sum(mg.softplus(x)))(x), 40.0, math.exp(-40)),
    ],
)
def test_a_tail_is_not_lost(f, x, right, size):
    x = np.concatenate([np.full(size, 0.3), [x]])
    with mg.Tape() as tape:
        p = mg.parameter(x)
        found = tape.gradient(f(p).sum(), p).value
    np.testing.assert_allclose(found[-1], right, rtol=1e-12)


def test_tails_in_float32():
    np.testing.assert_allclose(gradient(mg.sigmoid, np.float32(17)), math.exp(-17), rtol=1e-6)
    share, bell = math.erfc(5 / math.sqrt(2)) / 2, math.exp(-12.5) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(gradient(mg.gelu, np.float32(-5)), share - 5 * bell, rtol=1e-6)
    np.testing.assert_allclose(mg.gelu(np.float32(-5)), -5 * share, rtol=1e-6)


@pytest.mark.parametrize(("x", "y", "quotient"), [(0.25, 1e-3, 249), (1.0, 0.1, 9), (-1.0, 0.1, -10)])
def test_the_quotient_of_a_remainder_is_the_one_of_its_value(x, y, quotient):
    assert round((x - x % y) / y) == quotient
    np.testing.assert_array_equal(gradient(lambda y: mg.remainder(x, y), y), -quotient)
    np.testing.assert_array_equal(gradient(lambda y: mg.fmod(x, y), y), -round((x - math.fmod(x, y)) / y))


def test_empty_axes(xp):
    assert float(mg.logsumexp(xp.asarray(np.zeros(0)))) == -math.inf
    assert mg.logsumexp(xp.asarray(np.zeros((2, 0))), axis=1).tolist() == [-math.inf] * 2
    for f in (mg.softmax, mg.log_softmax):
        assert f(xp.asarray(np.zeros((5, 0)))).shape == (5, 0)
        assert gradient(f, np.zeros((5, 0))).shape == (5, 0)
    assert gradient(mg.logsumexp, np.zeros(0)).shape == (0,)


@pytest.mark.parametrize(("f", "count"), [(mg.mean, 65_520), (mg.max, 70_000), (mg.min, 70_000)])
def test_a_count_that_float16_cannot_hold(f, count):
    np.testing.assert_allclose(gradient(f, np.ones(count, "float16")).astype(float), 1 / count, rtol=5e-3)


def _symmetric(x):
    return x + mg.transpose(x)


def _matrix_of(x):
    w, v = mg.eigh(_symmetric(x))
    return ((v * w) @ mg.transpose(v))[0, 1]


def _polar(x):
    u, _, vh = mg.svd(x, full_matrices=False)
    return (u @ vh)[0, 1]


MIRROR = np.eye(3) - np.outer([1, 2, 3], [1, 2, 3]) / 7


@pytest.mark.parametrize(
    "x", [np.eye(2), np.zeros((2, 2)), MIRROR @ np.diag([1, 1, 3]) @ MIRROR], ids=["I", "0", "rounded"]
)
@pytest.mark.parametrize("f", [_matrix_of, _polar])
def test_vectors_of_equal_values_have_no_finite_derivative(f, x):
    with np.errstate(all="ignore"):
        assert not np.isfinite(mg.grad(f)(x).value).any()


@pytest.mark.parametrize("x", [np.eye(2), np.zeros((2, 2))], ids=["I", "0"])
@pytest.mark.parametrize("of", [mg.eigvalsh, lambda x: mg.eigh(x)[0], mg.svdvals, lambda x: mg.svd(x)[1]])
def test_values_that_are_equal_have_first_derivatives_alone(of, x):
    f = lambda x: (of(_symmetric(x)) ** 2).sum()  # the sum of the squares of x + xᵀ
    np.testing.assert_allclose(mg.grad(f)(x).value, 8 * x, atol=1e-14)
    with np.errstate(all="ignore"):
        found = mg.hessian(f)(x).value
    assert not np.isfinite(found[0, 1]).any()


def test_values_that_are_distinct_have_every_derivative():
    right = 4 * (np.eye(4) + np.eye(4)[[0, 2, 1, 3]]).reshape(2, 2, 2, 2)
    for x in (np.diag([1.0, 2.0]), np.array([[1.0, 0.5], [0.5, 3.0]])):
        for of in (mg.eigvalsh, mg.svdvals):
            found = mg.hessian(lambda x, of=of: (of(_symmetric(x)) ** 2).sum())(x).value
            np.testing.assert_allclose(found, right, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3)])
def test_a_singular_value_of_zero_leaves_no_vectors_of_a_matrix_that_is_not_square(shape):
    x = np.zeros(shape)
    x[0, 0] = 2.0
    with np.errstate(all="ignore"):
        assert not np.isfinite(mg.grad(_polar)(x).value).all()


@pytest.mark.parametrize("options", [{}, {"ignore_index": -1}, {"label_smoothing": 0.1}], ids=str)
def test_a_cross_entropy_of_more_float16_rows_than_float16_counts(options):
    logits, targets = np.tile([1.0, 2.0], (70_000, 1)), np.zeros(70_000, int)
    f = lambda x: mg.cross_entropy(x, targets, **options)
    narrow = logits.astype("float16")
    assert f(mg.tensor(narrow)).dtype == "float16"
    np.testing.assert_allclose(float(mg.tensor(f(narrow)).value), float(mg.tensor(f(logits)).value), rtol=2e-3)
    np.testing.assert_allclose(gradient_of(f, narrow), gradient_of(f, logits), rtol=2e-2)


@pytest.mark.parametrize("index", [2**63, 2**64 - 1])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, i: mg.cross_entropy(x, i),
        lambda x, i: mg.cross_entropy(x, i, reduction="none", label_smoothing=0.1),
        lambda x, i: mg.take_rows(x, i),
        lambda x, i: mg.one_hot(i, classes=3),
        lambda x, i: mg.take(x, i, axis=0),
        lambda x, i: mg.take_along_axis(x, i[:, None], axis=1),
        lambda x, i: mg.getitem(x, i),
        lambda x, i: mg.getitem(x, (slice(None), i)),
        lambda x, i: mg.getitem(x, mg.tensor(i)),
        lambda x, i: mg.at_set(x, i, 1.0),
        lambda x, i: mg.at_add(x, i, 1.0),
        lambda x, i: mg.tensor(x)[i],
    ],
)
def test_unsigned_integers_do_not_wrap_to_the_last_element(f, index):
    x = np.ones((2, 3))
    f(x, np.array([0, 1], "uint64"))
    with pytest.raises(IndexError, match=str(index)):
        f(x, np.array([0, index], "uint64"))
