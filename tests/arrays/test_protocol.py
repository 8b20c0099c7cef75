"""NumPy's functions on tensors: recorded through one table, or refused."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.arrays.protocol import table
from tests.numeric import check_first, host
from tests.table import invertible, positive, real

CALLS = {
    "sum": lambda x: np.sum(x, 0),
    "sum keepdims": lambda x: np.sum(x, axis=-1, keepdims=True),
    "mean": lambda x: np.mean(x, axis=(0, 1)),
    "var": lambda x: np.var(x, 0, ddof=1),
    "std": lambda x: np.std(x, axis=1),
    "max": lambda x: np.max(x, axis=1),
    "amax": lambda x: np.amax(x),
    "min": lambda x: np.amin(x, 0),
    "prod": lambda x: np.prod(x, axis=0),
    "cumsum": lambda x: np.cumsum(x),
    "cumprod": lambda x: np.cumprod(x, axis=1),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "ravel": lambda x: np.ravel(x),
    "transpose": lambda x: np.transpose(x, (1, 0)),
    "permute_dims": lambda x: np.permute_dims(x, (1, 0)),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, -1),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "squeeze": lambda x: np.squeeze(np.expand_dims(x, 0), axis=0),
    "flip": lambda x: np.flip(x),
    "roll": lambda x: np.roll(x, 1, axis=0),
    "tile": lambda x: np.tile(x, (2, 1)),
    "repeat": lambda x: np.repeat(x, 2, axis=1),
    "pad": lambda x: np.pad(x, 1),
    "pad reflect": lambda x: np.pad(x, ((0, 0), (1, 2)), mode="reflect"),
    "pad mode": lambda x: np.pad(x, ((0, 1), (2, 0)), "constant", constant_values=2.0),
    "concatenate": lambda x: np.concatenate([x, x], axis=1),
    "concatenate with arrays": lambda x: np.concatenate([np.ones((1, 3)), x]),
    "stack": lambda x: np.stack([x, x], axis=-1),
    "hstack": lambda x: np.hstack([x, x]),
    "vstack": lambda x: np.vstack([x[0], x]),
    "split": lambda x: np.split(x, 3, axis=1)[1],
    "diagonal": lambda x: np.diagonal(x, 1),
    "diag": lambda x: np.diag(x),
    "trace": lambda x: np.trace(x),
    "tril": lambda x: np.tril(x),
    "where": lambda x: np.where(np.array([True, False, True]), x, 0.0),
    "take": lambda x: np.take(x, [2, 0, 2], axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([[1], [0]]), axis=1),
    "sort": lambda x: np.sort(x, axis=0),
    "clip": lambda x: np.clip(x, 0.5, 1.5),
    "clip max": lambda x: np.clip(x, None, 1.5),
    "dot": lambda x: np.dot(x, np.ones(3)),
    "vdot": lambda x: np.vdot(x, x),
    "inner": lambda x: np.inner(x, x),
    "outer": lambda x: np.outer(x, np.arange(2.0)),
    "tensordot": lambda x: np.tensordot(x, x, axes=([1], [1])),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "einsum optimize": lambda x: np.einsum("ij->j", x, optimize=True),
    "norm": lambda x: np.linalg.norm(x),
    "norm of rows": lambda x: np.linalg.norm(x, 3, axis=1, keepdims=True),
    "norm of a matrix": lambda x: np.linalg.norm(x, "nuc"),
    "vector_norm": lambda x: np.linalg.vector_norm(x, axis=1),
    "matrix_norm": lambda x: np.linalg.matrix_norm(x, ord=2, keepdims=True),
    "linalg.diagonal": lambda x: np.linalg.diagonal(np.stack([x, x, x])),
    "linalg.trace": lambda x: np.linalg.trace(np.stack([x, x, x]), offset=1),
    "copy": lambda x: np.copy(x),
    "fabs": lambda x: np.fabs(x),
    "arctan2": lambda x: np.arctan2(x, np.ones(3)),
    "floor_divide": lambda x: x - np.floor_divide(x, 10.0),
    "positive": lambda x: np.positive(x) * 2.0,
    "add": lambda x: np.add(np.ones(3), x),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_agrees_with_numpy_and_is_recorded(name, rng):
    f, x = CALLS[name], positive((2, 3))
    with mg.Tape() as tape:
        y = f(mg.parameter(x))
        assert isinstance(y, mg.Tensor)
        assert len(tape)
    np.testing.assert_allclose(y.value, f(x), rtol=1e-13)
    check_first(f, [x], rng)


@pytest.mark.parametrize("name", ["inv", "det", "cholesky"])
def test_linear_algebra(name, rng):
    x = invertible((2, 3, 3))
    x = x @ x.mT
    symmetric = lambda a: getattr(np.linalg, name)((a + np.swapaxes(a, -1, -2)) * 0.5)
    check_first(symmetric, [x], rng)
    check_first(np.linalg.solve, [x, real((3, 2))], rng)
    sign, log = np.linalg.slogdet(mg.tensor(x))
    np.testing.assert_allclose([sign.value, log.value], np.linalg.slogdet(x))


UNARY = [f for f in table() if isinstance(f, np.ufunc) and f.nin == 1 and f is not np.invert]


@pytest.mark.parametrize("ufunc", UNARY, ids=lambda f: f.__name__)
def test_a_ufunc_agrees_with_numpy(ufunc, xp):
    x = np.linspace(0.1, 0.9, 5) + (ufunc is np.arccosh)
    np.testing.assert_allclose(host(ufunc(mg.tensor(xp.asarray(x)))), ufunc(x), rtol=1e-15)


BINARY = [
    f
    for f in table()
    if isinstance(f, np.ufunc) and f.nin == 2 and f.nout == 1 and not f.__name__.startswith("bitwise")
]


@pytest.mark.parametrize("ufunc", BINARY, ids=lambda f: f.__name__)
def test_a_ufunc_of_two_agrees_with_numpy(ufunc):
    x, y = positive((3, 3)), positive((3, 3), 1)
    for a, b in [(mg.tensor(x), y), (x, mg.tensor(y)), (mg.tensor(x), mg.tensor(y))]:
        np.testing.assert_allclose(ufunc(a, b).value, ufunc(x, y), rtol=1e-14)


@pytest.mark.parametrize("name", ["argmax", "argmin", "argsort", "any", "all", "isnan", "isfinite", "logical_not"])
def test_functions_without_a_derivative(name):
    x = real((2, 3))
    y = getattr(np, name)(mg.parameter(x))
    assert isinstance(y, mg.Tensor)
    np.testing.assert_array_equal(y.value, getattr(np, name)(x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: np.heaviside(x, 0.5),
            r"np\.heaviside has no derivative here; write mg\.where\(x == 0, h, mg\.where\(x > 0",
        ),
        (lambda x: np.nextafter(x, 0.5), r"np\.nextafter has no derivative here; use functions of minigrad"),
        (lambda x: np.unwrap(x), r"np\.unwrap has no derivative here; use functions of minigrad"),
        (lambda x: np.fft.fft(x), r"np\.fft\.fft has no derivative here; tensors are real.*np\.cos.*test_protocol"),
        (lambda x: np.linalg.qr(x), r"np\.linalg\.qr has no derivative here; write mg\.solve, mg\.pinv"),
        (lambda x: np.linalg.eig(x), r"np\.linalg\.eig has no.*mg\.eigh"),
        (lambda x: np.gradient(x), r"np\.gradient has no.*mg\.diff.*mg\.grad"),
        (lambda x: np.unique(x), r"np\.unique has no.*mg\.sort"),
        (lambda x: np.put(x, [0], 1.0), r"np\.put has no.*never written into: use mg\.where"),
        (lambda x: np.histogram(x), r"np\.histogram has no.*counts"),
        (lambda x: np.median(x, overwrite_input=True), r"np\.median\(overwrite_input=.*no such argument"),
        (lambda x: np.add.reduce(x), r"np\.add\.reduce has no derivative here; write mg\.sum"),
        (lambda x: np.multiply.outer(x, x), r"np\.multiply\.outer"),
        (lambda x: np.add(x, 1.0, out=np.zeros(2)), r"np\.add\(out=\.\.\.\).*use the result"),
        (lambda x: np.add(x, 1.0, where=np.array([True, False])), r"where=.*mg\.where"),
        (lambda x: np.add(x, 1.0, dtype="float32"), r"dtype=.*astype"),
        (lambda x: np.sum(x, out=np.zeros(())), r"np\.sum\(out=\.\.\.\).*use the result"),
        (lambda x: np.sum(x, 0, np.float32), r"np\.sum\(dtype=\.\.\.\).*astype"),
        (lambda x: np.sum(x, where=np.array([True, False])), r"np\.sum\(where=\.\.\.\).*mg\.where"),
        (lambda x: np.sum(x, initial=1.0), "initial=.*no such argument"),
        (lambda x: np.concatenate([x, x], out=np.zeros(4)), r"np\.concatenate\(out=\.\.\.\)"),
        (lambda x: np.average(x, returned=True), r"np\.average\(returned=.*no such argument"),
        (lambda x: np.zeros(2).__iadd__(x), "out=.*use the result"),
    ],
)
def test_what_is_refused_names_the_alternative(call, message):
    x = mg.parameter([1.0, 2.0])
    with mg.Tape(), pytest.raises(TypeError, match=message):
        call(x * 2.0)


X = np.array([[1.5, np.nan, -2.0], [0.25, -0.0, 3.0]])


@pytest.mark.parametrize(
    ("name", "args", "advised"),
    [
        ("float_power", (3.0,), lambda x: mg.power(x, 3.0)),
        ("copysign", (-X,), lambda x: mg.where(np.signbit(-X), -mg.abs(x), mg.abs(x))),
        ("nancumsum", (), lambda x: mg.cumsum(mg.where(mg.isnan(x), 0.0, x))),
        ("nancumprod", (), lambda x: mg.cumprod(mg.where(mg.isnan(x), 1.0, x))),
        ("nanmedian", (), lambda x: mg.median(x[~mg.isnan(x)])),
        ("modf", (), lambda x: [x - mg.trunc(x), mg.trunc(x)]),
        ("ldexp", (3,), lambda x: x * 2.0**3),
    ],
)
def test_the_advice_beside_a_refusal_computes_the_same(name, args, advised):
    refused = getattr(np, name)
    with pytest.raises(TypeError, match=rf"np\.{name} has no derivative here; (write|leave)"):
        refused(mg.tensor(X), *args)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(np.array([*map(host, np.atleast_1d(advised(X)))]), np.atleast_1d(refused(X, *args)))


def test_the_advice_for_a_vandermonde_matrix_computes_the_same():
    x = np.array([2.0, -1.5, 0.5])
    np.testing.assert_allclose(mg.expand_dims(x, 1) ** np.arange(4)[::-1], np.vander(x, 4))


def test_the_advice_for_a_condition_number_computes_the_same():
    matrix = np.array([[2.0, 1.0], [0.5, -3.0]])
    s = mg.svdvals(matrix)
    np.testing.assert_allclose(s[0] / s[-1], np.linalg.cond(matrix))


@pytest.mark.parametrize("name", ["rint", "fabs", "square", "reciprocal", "floor", "ceil", "trunc", "sqrt", "median"])
@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_the_dtype_is_that_of_numpy(name, dtype):
    x = np.array([1, 2, 4], dtype)
    expected = getattr(np, name)(x)
    got = getattr(np, name)(mg.tensor(x))
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got.numpy(), expected)


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 2)])
def test_the_median_of_nothing_is_nan(shape):
    for axis in (None, -1):
        np.testing.assert_array_equal(mg.median(np.zeros(shape), axis=axis), np.median(np.zeros(shape), axis=axis))


def test_functions_that_look_at_values_only():
    x = mg.parameter([[1.0, 2.0]])
    with mg.Tape() as tape:
        y = x * 2.0
        assert (np.shape(y), np.ndim(y), np.size(y)) == ((1, 2), 2, 2)
        assert np.allclose(y, [[2, 4]])
        assert np.allclose(y, [[2, 4.1]], rtol=0.1)
        assert np.array_equal(y, y)
        assert np.isclose(y, 2.0, atol=0.1).tolist() == [[True, False]]
        assert np.count_nonzero(y > 2) == 1
        assert [part.tolist() for part in np.nonzero(y > 2)] == [[0], [1]]
        assert [part.tolist() for part in np.where(y > 2)] == [[0], [1]]
        assert np.searchsorted(y[0], 4.0, side="right") == 2
        assert np.digitize(y[0], [3.0]).tolist() == [0, 1]
        assert np.signbit(y).tolist() == [[False, False]]
        assert np.triu_indices_from(y)[1].tolist() == [0, 1]
        made = np.zeros_like(y), np.ones_like(y), np.full_like(y, 3)
    assert {record.op for record in tape} <= {"multiply", "greater", "getitem"}
    assert [leaf.value.tolist() for leaf in made] == [[[0, 0]], [[1, 1]], [[3, 3]]]
