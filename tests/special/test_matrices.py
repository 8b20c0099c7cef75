"""Matrices without an inverse, without rows, and with values that only some vectors share."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.primitive import REGISTRY
from tests.numeric import vjp

EMPTY = np.zeros((0, 0))
SQUARE = {
    "inv": mg.inv,
    "pinv": mg.pinv,
    "solve": lambda x: mg.solve(x, np.zeros((*x.shape[:-2], 0, 2))),
    "det": mg.det,
    "slogdet": lambda x: mg.slogdet(x)[1],
    "cholesky": mg.cholesky,
    "eigvalsh": mg.eigvalsh,
    "eigh": lambda x: mg.eigh(x)[1],
    "eigh, some": lambda x: mg.eigh(x, only=slice(-1, None))[1],
    "svdvals": mg.svdvals,
    "svd": lambda x: mg.svd(x)[0],
    "svd, some": lambda x: mg.svd(x, only=slice(1))[2],
    "matrix_power": lambda x: mg.matrix_power(x, 2),
    "trace": lambda x: mg.trace(x, axis1=-2, axis2=-1),
}


@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("f", SQUARE.values(), ids=SQUARE)
def test_a_matrix_of_no_rows(f, batch):
    x = np.zeros((*batch, 0, 0))
    y = f(mg.tensor(x)).value
    assert y.shape[: len(batch)] == batch
    assert vjp(f, [x], np.ones_like(y))[0].shape == x.shape
    assert mg.grad(lambda x: mg.sum(mg.grad(lambda x: mg.sum(f(x)))(x)))(x).value.shape == x.shape


def test_the_determinant_of_a_matrix_of_no_rows_is_one():
    assert float(mg.det(EMPTY)) == 1
    assert float(mg.slogdet(EMPTY)[1]) == 0


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
@pytest.mark.parametrize("only", [None, slice(1)])
def test_singular_values_of_a_matrix_without_rows_or_columns(shape, only):
    f = lambda x: mg.svd(x, full_matrices=False, only=only)[0]
    x = np.zeros(shape)
    assert mg.svdvals(x).shape == (0,)
    assert vjp(f, [x], np.ones(f(x).shape))[0].shape == shape


@pytest.mark.parametrize("x", [np.zeros((2, 2)), np.diag([1.0, 0.0])], ids=["0", "rank 1"])
@pytest.mark.parametrize(
    "f", [mg.inv, lambda x: mg.solve(x, np.ones(2)), mg.cholesky, lambda x: mg.matrix_power(x, -1)]
)
def test_what_a_singular_matrix_does_not_have_is_an_error(f, x):
    with pytest.raises(np.linalg.LinAlgError, match=r"float64\[2, 2\].*test_matrices\.py"):
        f(mg.parameter(x))


@pytest.mark.parametrize("x", [np.zeros((2, 2)), np.diag([1.0, 0.0])], ids=["0", "rank 1"])
def test_the_logarithm_of_a_determinant_of_zero_has_no_gradient(x):
    assert [float(part) for part in mg.slogdet(x)] == [0, -np.inf]
    with pytest.raises(np.linalg.LinAlgError, match="inv"):
        mg.grad(lambda x: mg.slogdet(x)[1])(x)


@pytest.mark.parametrize("rows", [3, 4])
def test_the_fourth_derivative_of_a_determinant_that_is_a_rounding(rows, rng):
    x = rng.standard_normal((rows, rows - 1)) @ rng.standard_normal((rows - 1, rows))
    assert 0 < abs(np.linalg.det(x)) < 1e-12
    g, h = rng.standard_normal((2, rows, rows))
    with np.errstate(all="ignore"):
        found = vjp(lambda x: REGISTRY["cofactors_along_both"](x, g, h), [x], np.ones_like(x))[0]
    assert (found == 0).all() if rows == 3 else not np.isfinite(found).any()


# -- some vectors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("only", [slice(-1, None), slice(1, 3), slice(None, None, -1), slice(0)])
def test_some_eigenvectors_and_singular_vectors_are_those_of_all(only, rng):
    x = rng.standard_normal((2, 4, 3))
    gram = x.swapaxes(-1, -2) @ x
    w, v = mg.eigh(gram)
    some = mg.eigh(gram, only=only)
    np.testing.assert_array_equal(some.eigenvalues, w[..., only])
    np.testing.assert_array_equal(some.eigenvectors, v[..., only])
    u, s, vh = mg.svd(x, full_matrices=False)
    few = mg.svd(x, only=only)
    np.testing.assert_array_equal(few.U, u[..., only])
    np.testing.assert_array_equal(few.S, s[..., only])
    np.testing.assert_array_equal(few.Vh, vh[..., only, :])
    np.testing.assert_array_equal(mg.svd(x, compute_uv=False, only=only), s[..., only])


def _first_component(data):
    """How far the first row of centred data lies along their first principal component."""
    data = data - mg.mean(data, axis=0)
    _, vectors = mg.eigh(data.mT @ data, only=slice(-1, None))
    return mg.square(mg.sum(data[0] * vectors[:, 0]))


def _first_component_by_svd(data):
    data = data - mg.mean(data, axis=0)
    _, _, vh = mg.svd(data, only=slice(1))
    return mg.square(mg.sum(data[0] * vh[0]))


@pytest.mark.parametrize("f", [_first_component, _first_component_by_svd])
@pytest.mark.parametrize("rows", [3, 8])
def test_a_principal_component_of_data_of_lower_rank(f, rows, rng):
    data = rng.standard_normal((rows, 2)) @ rng.standard_normal((2, 5))
    assert np.linalg.matrix_rank(data) == 2
    assert mg.gradcheck(f, (data,))


@pytest.mark.parametrize("f", [_first_component, _first_component_by_svd])
def test_a_principal_component_of_data_without_direction_has_no_gradient(f):
    square = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    with np.errstate(all="ignore"):
        assert not np.isfinite(mg.grad(f)(square).value).any()


def test_a_cotangent_of_zero_does_not_tell_that_a_vector_is_not_used():
    x = np.diag([0.0, 0.0, 3.0])
    element = lambda values: lambda x: ((v := mg.eigh((x + x.mT) / 2))[1] * values(v[0]) @ v[1].mT)[0, 1]
    for values in (lambda w: w, lambda w: mg.log(1 + w)):  # both have the derivative 1 at 0, and the value 0
        with np.errstate(all="ignore"):
            found = mg.grad(element(values))(x).value
        assert not np.isfinite(found[0, 1]), "right is 1/2"


@pytest.mark.parametrize("f", [mg.eigh, mg.svd])
@pytest.mark.parametrize("only", [1, [0], "largest"])
def test_what_is_no_slice_is_refused(f, only):
    with pytest.raises(mg.errors.MisuseError, match=f"{f.__name__}: only="):
        f(np.eye(2), only=only)


def test_a_singular_value_of_zero_is_not_equal_to_itself():
    x = np.array([[1.0, 2.0], [2.0, 4.0]])
    u, _, vh = np.linalg.svd(x)
    np.testing.assert_allclose(mg.grad(lambda x: mg.svd(x)[1][0])(x).value, np.outer(u[:, 0], vh[0]), atol=1e-15)
    hessian = mg.hessian(lambda x: mg.sum(mg.square(mg.svdvals(x))))(x).value.reshape(4, 4)
    np.testing.assert_allclose(hessian, 2 * np.eye(4), atol=1e-14)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3)])
def test_a_singular_value_that_is_a_rounding_counts_as_zero(shape):
    def polar(x):
        u, _, vh = mg.svd(x, full_matrices=False)
        return mg.sum((u @ vh)[0])

    x = np.outer([1.0, 2.0, 3.0][: shape[0]], [1.0, 0.3, 0.7][: shape[1]])
    assert 0 < np.linalg.svd(x, compute_uv=False)[-1] < 1e-14
    with np.errstate(all="ignore"):
        assert not np.isfinite(mg.grad(polar)(x).value).any()


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3)])
def test_the_vectors_of_a_singular_value_of_zero_have_no_second_derivative(shape):
    x = np.zeros(shape)
    x[0, 0] = 2.0
    f = lambda x: mg.sum(mg.square(mg.svd(x, only=slice(-1, None))[0]))
    with np.errstate(all="ignore"):
        assert not np.isfinite(mg.hessian(f)(x).value).any()
