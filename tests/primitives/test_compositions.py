"""Functions composed of primitives: NumPy's values, and gradients against finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.transforms.trees import tree_leaves, tree_map
from tests.numeric import check_first, check_second, host, vjp
from tests.table import distinct, invertible, nonzero, positive, real

NAN, INF = np.nan, np.inf
Case = tuple[str, Callable[..., Any], list[np.ndarray]]


class NumPy:
    """NumPy's names, those of ``np.linalg`` among them, and definitions of those that some NumPy from 2.0 on lacks."""

    fix = staticmethod(np.trunc)  # by this name deprecated from NumPy 2.5 on

    def __getattr__(self, name: str) -> Any:
        return getattr(np if hasattr(np, name) else np.linalg if hasattr(np.linalg, name) else Before22, name)


class Before22:
    """What NumPy 2.1 and 2.2 added, by functions that every NumPy from 2.0 on has, of arrays and of tensors."""

    @staticmethod
    def unstack(x: Any, axis: int) -> tuple[Any, ...]:
        return tuple(np.moveaxis(x, axis, 0))

    @staticmethod
    def cumulative_sum(x: Any, axis: int = 0, include_initial: bool = False) -> Any:
        total = np.cumsum(x, axis)
        return np.concatenate([0 * np.take(x, [0], axis), total], axis) if include_initial else total

    @staticmethod
    def cumulative_prod(x: Any, axis: int, include_initial: bool) -> Any:
        return np.concatenate([np.take(x, [0], axis) ** 0, np.cumprod(x, axis)], axis)

    @staticmethod
    def matvec(x: Any, y: Any) -> Any:
        return np.sum(x * np.expand_dims(y, -2), axis=-1)

    @staticmethod
    def vecmat(x: Any, y: Any) -> Any:
        return np.sum(np.expand_dims(x, -1) * y, axis=-2)


x3, y3 = real((3,)), real((3,), 1)
x23, y23 = distinct((2, 3)), distinct((2, 3), 1)
x234 = distinct((2, 3, 4))
GRID = np.array([-1.0, 0.2, 0.7, 2.5])
OFF_GRID = np.array([[-3.0, -0.5], [0.3, 1.9], [3.0, 0.6]])
POWERS = (-2, -1, 1, 2, 3, 6)
WHERE = np.array([[True, False, True], [False, False, True]])

CASES: list[Case] = [
    # elementwise
    ("fmax", lambda m, x, y: m.fmax(x, y), [x23, y23]),
    ("fmin", lambda m, x, y: m.fmin(x, y), [x23, distinct((3,), 1)]),
    ("logaddexp2", lambda m, x, y: m.logaddexp2(x, y), [x23, y23]),
    ("rint", lambda m, x: m.rint(x) + x, [x23]),
    ("fix", lambda m, x: m.fix(x) + x, [x23]),
    ("deg2rad", lambda m, x: m.deg2rad(x), [x23]),
    ("radians", lambda m, x: m.radians(x), [x23]),
    ("rad2deg", lambda m, x: m.rad2deg(x), [x23]),
    ("degrees", lambda m, x: m.degrees(x), [x23]),
    ("sinc", lambda m, x: m.sinc(x), [np.array([0.0, 1e-3, -0.1, 0.24, 0.26, 1.0, -2.5])]),
    ("polyval", lambda m, p, x: m.polyval(p, x), [x3, y23]),
    ("polyval of a constant", lambda m, p, x: m.polyval(p, x), [real((1,)), y23]),
    # choices
    ("select", lambda m, x, y: m.select([x > 0, y < 0], [x, y], 7.0), [x23, y23]),
    # shapes
    ("matrix_transpose", lambda m, x: m.matrix_transpose(x), [x234]),
    ("broadcast_arrays", lambda m, x, y: m.broadcast_arrays(x, y), [x3, x234[:, :, :1]]),
    ("meshgrid", lambda m, x, y: m.meshgrid(x, y), [x3, real((2,))]),
    ("meshgrid of three", lambda m, x, y: m.meshgrid(x, y, x), [x3, real((2,))]),
    ("meshgrid ij", lambda m, x, y: m.meshgrid(x, y, indexing="ij"), [x3, real((2,))]),
    ("meshgrid sparse", lambda m, x, y: m.meshgrid(x, y, sparse=True), [x3, real((2,))]),
    ("meshgrid of one", lambda m, x: m.meshgrid(x), [x3]),
    ("atleast_1d", lambda m, x, y: m.atleast_1d(x, y), [real(()), x3]),
    ("atleast_2d", lambda m, x, y: m.atleast_2d(x, y), [real(()), x3]),
    ("atleast_2d of one", lambda m, x: m.atleast_2d(x), [x3]),
    ("atleast_3d", lambda m, x, y, z, w: m.atleast_3d(x, y, z, w), [real(()), x3, x23, x234]),
    ("flipud", lambda m, x: m.flipud(x), [x23]),
    ("fliplr", lambda m, x: m.fliplr(x), [x23]),
    *((f"rot90 {k}", lambda m, x, k=k: m.rot90(x, k), [x234]) for k in (-1, 0, 1, 2, 3, 5)),
    ("rot90 of other axes", lambda m, x: m.rot90(x, 1, (2, 0)), [x234]),
    ("diagflat", lambda m, x: m.diagflat(x, 1), [x23]),
    # joining and parting
    ("dstack", lambda m, x, y: m.dstack([x, y]), [x23, y23]),
    ("dstack of vectors", lambda m, x, y: m.dstack([x, y]), [x3, y3]),
    ("column_stack", lambda m, x, y: m.column_stack([x, y]), [x3, real((3, 2))]),
    ("hstack of numbers", lambda m, x, y: m.hstack([x, y]), [real(()), x3]),
    ("append", lambda m, x, y: m.append(x, y), [x23, x3]),
    ("append along an axis", lambda m, x, y: m.append(x, y, axis=0), [x23, real((1, 3))]),
    ("block", lambda m, x, y: m.block([[x, x], [y, y]]), [x23, real((1, 3))]),
    ("block of vectors", lambda m, x, y: m.block([x, y]), [x3, real(())]),
    ("block of one", lambda m, x: m.block(x), [x3]),
    ("block deeper than wide", lambda m, x: m.block([[x], [x]]), [x3]),
    ("array_split", lambda m, x: tuple(m.array_split(x, 3)), [real((7, 2))]),
    ("array_split at", lambda m, x: tuple(m.array_split(x, [1, 2], axis=1)), [x23]),
    ("array_split into more parts than elements", lambda m, x: tuple(m.array_split(x, 4)), [x3]),
    ("hsplit", lambda m, x: tuple(m.hsplit(x, 3)), [x23]),
    ("hsplit of a vector", lambda m, x: tuple(m.hsplit(x, [1])), [x3]),
    ("vsplit", lambda m, x: tuple(m.vsplit(x, 2)), [x23]),
    ("dsplit", lambda m, x: tuple(m.dsplit(x, 2)), [x234]),
    ("unstack", lambda m, x: m.unstack(x, axis=-1), [x234]),
    # repeating and picking
    ("repeat of each", lambda m, x: m.repeat(x, [2, 0, 3], axis=1), [x23]),
    ("repeat of each, flat", lambda m, x: m.repeat(x, [1, 0, 3, 0, 2, 1]), [x23]),
    ("repeat of each, once given", lambda m, x: m.repeat(x, [2], axis=0), [x23]),
    *(
        (f"pad {mode} {width}", lambda m, x, mode=mode, w=width: m.pad(x, w, mode), [x23])
        for mode in ("edge", "reflect", "symmetric", "wrap")
        for width in (1, (1, 2), ((0, 0), (7, 5)), ((3, 0), (0, 2)))
    ),
    ("compress", lambda m, x: m.compress([True, False, True], x, axis=1), [x23]),
    ("compress, flat", lambda m, x: m.compress([False, True, False, True], x), [x23]),
    ("extract", lambda m, x: m.extract(WHERE.tolist(), x), [x23]),
    ("delete", lambda m, x: m.delete(x, 1, axis=1), [x23]),
    ("delete several, flat", lambda m, x: m.delete(x, [0, -1, 0]), [x23]),
    ("delete a slice", lambda m, x: m.delete(x, slice(0, 3, 2), axis=-1), [x23]),
    ("partition", lambda m, x: m.partition(x, 1), [x23]),
    ("partition, flat", lambda m, x: m.partition(x, 3, axis=None), [x23]),
    # scans and samples
    ("cumulative_sum", lambda m, x: m.cumulative_sum(x, axis=0), [x23]),
    ("cumulative_sum from 0", lambda m, x: m.cumulative_sum(x, include_initial=True), [x3]),
    ("cumulative_prod from 1", lambda m, x: m.cumulative_prod(x, axis=-1, include_initial=True), [x23]),
    ("diff", lambda m, x: m.diff(x), [x23]),
    ("diff twice", lambda m, x: m.diff(x, 2, axis=1), [x234]),
    ("diff not at all", lambda m, x: m.diff(x, 0), [x23]),
    ("diff with ends", lambda m, x, y: m.diff(x, axis=0, prepend=y, append=2.0), [x23, real((1, 3))]),
    ("ediff1d", lambda m, x: m.ediff1d(x), [x23]),
    ("ediff1d with ends", lambda m, x, y: m.ediff1d(x, y, 3.0), [x23, real((2,))]),
    ("trapezoid", lambda m, y: m.trapezoid(y), [x23]),
    ("trapezoid dx", lambda m, y: m.trapezoid(y, dx=0.1, axis=0), [x23]),
    ("trapezoid x", lambda m, y, x: m.trapezoid(y, x), [x23, x3]),
    ("trapezoid x along an axis", lambda m, y, x: m.trapezoid(y, x, axis=1), [x234, x3]),
    ("trapezoid x of many", lambda m, y, x: m.trapezoid(y, x, axis=0), [x23, y23]),
    ("interp", lambda m, x, p, f: m.interp(x, p, f), [OFF_GRID, GRID, real((4,))]),
    ("interp of one point", lambda m, x, p, f: m.interp(x, p, f), [x3, np.ones(1), np.array([5.0])]),
    *(
        (f"{n} {mode} {a} {b}", lambda m, x, y, n=n, o=mode: getattr(m, n)(x, y, o), [real((a,)), real((b,), 1)])
        for n in ("convolve", "correlate")
        for mode in ("full", "same", "valid")
        for a, b in [(5, 3), (3, 5), (4, 2), (2, 4), (3, 3), (1, 1)]
    ),
    # statistics
    ("average", lambda m, x: m.average(x, axis=0), [x23]),
    ("average of each", lambda m, x, w: m.average(x, weights=w), [x23, positive((2, 3))]),
    ("average along an axis", lambda m, x, w: m.average(x, axis=1, weights=w), [x234, positive((3,))]),
    ("average keepdims", lambda m, x, w: m.average(x, 1, w, keepdims=True), [x234, positive((2, 3, 4))]),
    ("ptp", lambda m, x: m.ptp(x, axis=1), [x23]),
    *(
        (f"median {axis} {k}", lambda m, x, a=axis, k=k: m.median(x, axis=a, keepdims=k), [x])
        for x, axes in ((x234, (None, 0, 1, -1, (0, 2))), (x3, (None, 0)))
        for axis in axes
        for k in (False, True)
    ),
    *(
        (f"quantile {q} {axis} {k}", lambda m, x, q=q, a=axis, k=k: m.quantile(x, q, axis=a, keepdims=k), [x234])
        for q in (0.0, 0.3, 1.0, [0.1, 0.5], [[0.1, 0.9, 1.0]])
        for axis in (None, 1, (0, 2))
        for k in (False, True)
    ),
    ("percentile", lambda m, x: m.percentile(x, [25, 50], axis=0), [x23]),
    ("cov", lambda m, x: m.cov(x), [x23]),
    ("cov of two", lambda m, x, y: m.cov(x, y, ddof=0), [x23, x3]),
    ("cov of columns", lambda m, x: m.cov(x, rowvar=False, bias=True), [real((4, 2))]),
    ("cov of one", lambda m, x: m.cov(x), [x3]),
    ("corrcoef", lambda m, x: m.corrcoef(x), [x23]),
    ("corrcoef of two", lambda m, x, y: m.corrcoef(x, y), [real((4,)), real((4,), 1)]),
    # products
    ("einsum with a number", lambda m, x: m.einsum(",ij,->ji", 2.0, x, 3.0), [x23]),
    ("tensordot with a number", lambda m, x: m.tensordot(x, 2.5, axes=0), [x23]),
    ("transpose of a vector", lambda m, x: m.transpose(x, 0), [x3]),
    ("cross", lambda m, x, y: m.cross(x, y), [x23, x3]),
    ("cross along an axis", lambda m, x, y: m.cross(x, y, axis=0), [real((3, 2)), real((3, 2), 1)]),
    ("kron", lambda m, x, y: m.kron(x, y), [x23, real((2, 2))]),
    ("kron of vectors", lambda m, x, y: m.kron(x, y), [x3, y23]),
    ("vecdot", lambda m, x, y: m.vecdot(x, y), [x23, x3]),
    ("matvec", lambda m, x, y: m.matvec(x, y), [x234, real((4,))]),
    ("vecmat", lambda m, x, y: m.vecmat(x, y), [real((2, 3)), x234]),
    ("multi_dot", lambda m, *xs: m.multi_dot(xs), [real((2, 3)), real((3, 4)), real((4, 2)), real((2, 2))]),
    ("multi_dot of vectors", lambda m, *xs: m.multi_dot(xs), [x3, real((3, 2)), real((2,))]),
    ("multi_dot of two", lambda m, *xs: m.multi_dot(xs), [x23, x3]),
    *((f"matrix_power {n}", lambda m, x, n=n: m.matrix_power(x, n), [invertible((2, 3, 3))]) for n in POWERS),
    # norms
    *(
        (f"norm {ord} {axis} {k}", lambda m, x, o=ord, a=axis, k=k: m.norm(x, o, a, k), [distinct((2, 3, 2))])
        for ord in (None, "fro", "nuc", 1, -1, 2, -2, INF, -INF)
        for axis in ((0, 1), (-1, -3))
        for k in (False, True)
    ),
    *(
        (f"norm of vectors {ord} {axis}", lambda m, x, o=ord, a=axis: m.norm(x, o, a), [nonzero((2, 3, 2))])
        for ord in (None, 1, 2, 0.5, 3, -2, INF, -INF)
        for axis in (0, -1, (1,))
    ),
    ("norm of a vector", lambda m, x: m.norm(x, 3), [nonzero((3,))]),
    ("norm of a matrix", lambda m, x: m.norm(x, 1), [x23]),
    ("norm of all", lambda m, x: m.norm(x, keepdims=True), [x234]),
    ("norm of a number", lambda m, x: m.norm(x), [nonzero(())]),
    *((f"matrix_norm {o}", lambda m, x, o=o: m.matrix_norm(x, ord=o, keepdims=True), [x234]) for o in ("nuc", 2)),
    # NaN as a missing value
    ("nansum", lambda m, x: m.nansum(x, axis=0), [x234]),
    ("nanprod", lambda m, x: m.nanprod(x, axis=1, keepdims=True), [x234]),
    ("nanmean", lambda m, x: m.nanmean(x), [x234]),
    ("nanvar", lambda m, x: m.nanvar(x, axis=0, ddof=1), [x234]),
    ("nanstd", lambda m, x: m.nanstd(x, axis=1), [x234]),
    ("nanmax", lambda m, x: m.nanmax(x, axis=1), [x234]),
    ("nanmin", lambda m, x: m.nanmin(x), [x234]),
    ("nan_to_num", lambda m, x: m.nan_to_num(x), [x23]),
]  # fmt: skip

every_case = pytest.mark.parametrize(("f", "arrays"), [pytest.param(f, a, id=name) for name, f, a in CASES])


def flat(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same with all its results side by side."""
    return lambda *operands: mg.concatenate([mg.reshape(y, -1) for y in tree_leaves(f(mg, *operands))])


@every_case
def test_values_are_numpys(f, arrays, xp):
    expected = f(NumPy(), *arrays)
    operands = [mg.parameter(xp.asarray(a)) for a in arrays]
    with mg.Tape():
        results = [f(mg, *operands), f(NumPy(), *operands)]
    results.append(f(mg, *[xp.asarray(a) for a in arrays]))
    for result in results:
        assert type(tree_map(lambda y: None, result)) is type(tree_map(lambda y: None, expected))
        for mine, theirs in zip(tree_leaves(result), tree_leaves(expected), strict=True):
            assert mine.shape == np.shape(theirs)
            np.testing.assert_allclose(host(mine), theirs, rtol=1e-12, atol=1e-15)


@every_case
def test_gradients(f, arrays, rng, device):
    check_first(flat(f), arrays, rng)
    v = rng.standard_normal(flat(f)(*arrays).shape)
    for there, here in zip(vjp(flat(f), arrays, v, device), vjp(flat(f), arrays, v), strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-14)


@every_case
def test_float32_stays(f, arrays):
    operands = [mg.parameter(a.astype("float32")) for a in arrays]
    with mg.Tape():
        assert {y.dtype.name for y in tree_leaves(f(mg, *operands))} == {"float32"}


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (mg.sinc, np.array([0.0, 1e-3, -0.1, 0.24, 0.26, 1.0])),
        (lambda x: mg.norm(x, "nuc"), x23),
        (lambda x: mg.norm(x, 2), x23),
        (mg.corrcoef, x23),
        (lambda x: mg.matrix_power(x, 3), real((2, 2))),
        (lambda x: mg.interp(x, x, x * x), np.array([0.1, 0.5, 1.5])),
    ],
)
def test_second_order(f, x, rng):
    check_second(f, [x], rng)


# -- at the edges ----------------------------------------------------------------------------------


def gradient(f: Callable[..., Any], x: Any) -> np.ndarray:
    x = np.asarray(x, float)
    return vjp(f, [x], np.ones(np.shape(f(x))))[0]


def test_erfc_is_accurate_where_it_is_small(xp):
    x = np.concatenate([np.linspace(-6, 26, 5001), np.random.default_rng(0).uniform(-1, 3, 5000)])
    exact = np.array([math.erfc(t) for t in x])
    np.testing.assert_allclose(host(mg.erfc(mg.tensor(xp.asarray(x)))), exact, rtol=1e-15)
    np.testing.assert_array_equal(mg.erfc(np.array([-INF, 0.0, 30.0, INF, NAN])), [2, 1, 0, 0, NAN])


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, INF, -INF])
def test_the_norm_of_a_matrix_of_zeros_has_gradient_zero(ord):
    np.testing.assert_array_equal(gradient(lambda x: mg.norm(x, ord), np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("ord", [1, -1, 2, -2, INF, -INF])
def test_ties_of_a_matrix_norm_share_evenly(ord):
    np.testing.assert_allclose(gradient(lambda x: mg.norm(x, ord), np.eye(3)), np.eye(3) / 3, atol=1e-15)


def test_norms_of_integers_and_lists_are_floating_point():
    assert mg.norm([3, 4], 1) == 7.0
    assert mg.norm(mg.tensor([3, 4])).dtype == np.float64
    assert mg.norm(np.array([[True, True]]), "fro") == np.sqrt(2)


def test_what_has_no_derivative_at_equal_singular_values_is_not_a_number():
    x = mg.parameter(np.eye(2))
    with np.errstate(all="ignore"), mg.Tape() as tape:
        u, s, _ = mg.svd(x)
        np.testing.assert_allclose(tape.gradient(s.sum(), x, retain=True).value, np.eye(2))
        assert not np.isfinite(tape.gradient((u * np.array([[1.0, 2.0], [3.0, 4.0]])).sum(), x).value).all()
        w, v = mg.eigh(x)
        np.testing.assert_allclose(tape.gradient(w.sum(), x, retain=True).value, np.eye(2))
        assert not np.isfinite(tape.gradient((v * np.array([[1.0, 2.0], [3.0, 4.0]])).sum(), x).value).all()


def test_a_nan_is_not_swallowed_by_a_median_or_a_quantile():
    x = np.array([[1.0, NAN, 3.0], [1.0, 2.0, 3.0]])
    for f in (lambda a: mg.median(a, axis=1), lambda a: mg.quantile(a, 0.5, axis=1)):
        np.testing.assert_array_equal(f(x), [NAN, 2])
        np.testing.assert_array_equal(gradient(f, x), [[0, 1, 0], [0, 1, 0]])
    np.testing.assert_array_equal(mg.quantile(np.array([1.0, 2.0, INF]), [0.5, 1.0]), [2, INF])


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin"])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_nan_is_a_missing_value(name, axis, keepdims, xp):
    x = distinct((3, 4))
    x.flat[::5] = NAN
    expected = getattr(np, name)(x, axis=axis, keepdims=keepdims)
    f = lambda a: getattr(mg, name)(a, axis=axis, keepdims=keepdims)
    result = f(mg.parameter(xp.asarray(x)))
    np.testing.assert_allclose(host(result), expected, rtol=1e-13)
    (found,) = vjp(f, [x], np.ones(expected.shape), xp)
    assert not found[np.isnan(x)].any()
    whole = np.isfinite(x)
    changed = lambda a: f(np.where(whole, a, NAN))
    for index in np.argwhere(whole):
        step = np.zeros(x.shape)
        step[tuple(index)] = 1e-5
        slope = (np.sum(changed(x + step)) - np.sum(changed(x - step))) / 2e-5
        np.testing.assert_allclose(found[tuple(index)], slope, rtol=1e-6, atol=1e-8)


def test_reductions_of_nothing_but_nan():
    x = np.full(3, NAN)
    assert (mg.nansum(x), mg.nanprod(x)) == (0, 1)
    assert np.isnan(mg.nanmax(x))
    assert np.isnan(mg.nanmin(x))
    np.testing.assert_array_equal(gradient(mg.nanstd, [2.0, 2.0, NAN]), [0, 0, 0])
    x = np.array([NAN, INF, -INF, 3.0])
    np.testing.assert_array_equal(mg.nan_to_num(x), np.nan_to_num(x))
    np.testing.assert_array_equal(mg.nan_to_num(x, nan=1.0, posinf=2.0, neginf=4.0), [1, 2, 4, 3])
    np.testing.assert_array_equal(gradient(mg.nan_to_num, x), [0, 0, 0, 1])


def test_the_larger_of_two_without_nan():
    x, y = np.array([NAN, 1.0, NAN, 2.0]), np.array([1.0, NAN, NAN, 2.0])
    for ours, theirs in ((mg.fmax, np.fmax), (mg.fmin, np.fmin)):
        np.testing.assert_array_equal(ours(x, y), theirs(x, y))
        a, b = vjp(ours, [x, y], np.ones(4))
        np.testing.assert_array_equal((a + b)[[0, 1, 3]], [1, 1, 1])
        np.testing.assert_array_equal([a[0], b[1], a[3]], [0, 0, 0.5])


def test_interp_is_constant_outside():
    x = np.array([-5.0, 0.5, 5.0])
    np.testing.assert_array_equal(gradient(lambda a: mg.interp(a, [0.0, 1.0], [3.0, 7.0]), x), [0, 4, 0])


def test_counts_may_be_a_tensor(xp):
    counts = mg.tensor(xp.asarray(np.array([2, 0, 1])))
    assert host(mg.repeat(mg.parameter(xp.asarray(np.arange(3.0))), counts)).tolist() == [0, 0, 2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: mg.norm(x, "two"), r"ord='two'; use 'fro', 'nuc'"),
        (lambda x: mg.norm(x[0], "fro"), r"ord='fro'; use a number"),
        (lambda x: mg.norm(x[None], 2), "vector_norm takes any number of axes"),
        (lambda x: mg.norm(x, axis=(0, 0)), "named twice"),
        (lambda x: mg.matrix_norm(x[0]), r"not shape \(3,\)"),
        (lambda x: mg.svd(x), r"\(2, 3\).*full_matrices=False"),
        (lambda x: mg.svdvals(x[0]), r"not shape \(3,\)"),
        (lambda x: mg.eigh(x), r"square matrices.*\(2, 3\)"),
        (lambda x: mg.matrix_power(x, 2), r"square matrices, not shape \(2, 3\)"),
        (lambda x: mg.multi_dot([x]), "two or more"),
        (lambda x: mg.multi_dot([x, x[0], x]), r"\[2, 1, 2\] dimensions"),
        (lambda x: mg.cross(x[:, :2], x), "length 3, not 2 and 3"),
        (lambda x: mg.repeat(x, [1, 2], axis=1), r"3 of them.*axis 1"),
        (lambda x: mg.repeat(x, -1), "from 0 on"),
        (lambda x: mg.pad(x, 1, "mean"), r"mode='mean'.*'reflect'"),
        (lambda x: mg.pad(x[:0], 1, "edge"), r"axis 0 of \(0, 3\) has nothing to repeat"),
        (lambda x: mg.select([x > 0], []), "1 conditions and 0 choices"),
        (lambda x: mg.meshgrid(x[0], indexing="yx"), "'yx'"),
        (lambda x: mg.broadcast_arrays(x, x[:, :2]), r"\(2, 3\), \(2, 2\) do not broadcast"),
        (lambda x: mg.block([[x], x]), "unevenly"),
        (lambda x: mg.array_split(x, 0), "at least 1"),
        (lambda x: mg.average(x, weights=x[0]), r"axis=None needs weights.*\(3,\)"),
        (lambda x: mg.average(x, axis=0, weights=x[0]), r"axis=0 needs weights"),
        (lambda x: mg.quantile(x, 1.5), r"q=1\.5 is outside"),
        (lambda x: mg.cov(x[None]), r"not shape \(1, 2, 3\)"),
        (lambda x: mg.diff(x, -1), "n=-1"),
        (lambda x: mg.interp(x, x[0], x[:, 0]), r"\(3,\) and fp of shape \(2,\)"),
        (lambda x: mg.interp(x, x[0] * 0, x[0]), "must increase"),
        (lambda x: mg.convolve(x, x[0]), r"not shape \(2, 3\)"),
        (lambda x: mg.convolve(x[0], x[0], "middle"), "'middle'"),
        (lambda x: mg.cumulative_sum(x), "needs an axis"),
        (lambda x: mg.compress(x > 0, x), r"must be a vector, not of shape \(2, 3\); mg\.extract"),
        (lambda x: mg.partition(x, 5), r"\(2, 3\).*out of bounds"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=rf"{message}.*test_compositions"):
        call(mg.parameter(x23))


def test_delete_names_what_is_not_there():
    with pytest.raises(IndexError, match=r"delete: obj=\[5\].*out of bounds.*test_compositions"):
        mg.delete(mg.parameter(x23), [5], axis=1)


def test_nan_to_num_of_integers():
    assert mg.nan_to_num([1, 2]).tolist() == [1, 2]


@pytest.mark.parametrize("name", ["nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nan_to_num"])
@pytest.mark.parametrize(
    "values", [np.array([True, False, False]), np.array([2**53 + 1, 1]), np.full(70_000, 0.5, "float16")], ids=str
)
def test_missing_values_among_what_has_none(name, values):
    """Integers keep their dtype where NumPy keeps it, and are counted as integers."""
    ours, theirs = getattr(mg, name)(mg.tensor(values)), getattr(np, name)(values)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-3)
    if values.dtype.kind == "i" and name in ("nanmax", "nan_to_num"):
        assert ours.numpy().max() == 2**53 + 1


@pytest.mark.parametrize("sections", [2, np.int64(2), np.array(2), [1, 3], np.array([1, 3]), (2,)])
@pytest.mark.parametrize("x", [[1.0, 2.0, 3.0, 4.0], np.arange(4.0), mg.tensor(np.arange(4.0))])
def test_split_by_any_kind_of_integers(sections, x):
    for ours, theirs in ((mg.split, np.split), (mg.array_split, np.array_split)):
        expected = theirs(np.arange(1.0, 5) if isinstance(x, list) else host(x), sections)
        got = ours(x, sections)
        assert len(got) == len(expected)
        for part, other in zip(got, expected, strict=True):
            np.testing.assert_array_equal(host(part), other)
    assert [float(part) for part in mg.unstack([1.0, 2.0])] == [1, 2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mg.vsplit(np.arange(4.0), 2), "vsplit"),
        (lambda: mg.vecdot(np.ones((1, 3)), np.ones((3, 1))), "lengths 3 and 1"),
        (lambda: mg.vecdot(np.float64(1), np.ones(3)), "out of bounds"),
        (lambda: mg.matvec(np.ones(3), np.ones(3)), r"matvec: a matrix is needed, not shape \(3,\)"),
        (lambda: mg.vecmat(np.ones(3), np.ones(3)), r"vecmat: a matrix is needed, not shape \(3,\)"),
    ],
)
def test_what_numpy_refuses_is_refused(call, message):
    with pytest.raises(mg.errors.ShapeError, match=message):
        call()


def test_repeat_of_a_single_number():
    np.testing.assert_array_equal(mg.repeat(mg.tensor(2.5), 3, axis=0).numpy(), np.repeat(2.5, 3, axis=0))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_repeat_counts_in_every_integer_type(dtype):
    counts = np.array([2, 0, 3], dtype)
    np.testing.assert_array_equal(mg.repeat(mg.tensor(x3), counts, axis=0).numpy(), x3[[0, 0, 2, 2, 2]])


def test_split_by_indices_on_a_device(xp):
    parts = mg.split(mg.tensor(xp.asarray(np.arange(4.0))), xp.asarray(np.array([1, 3])))
    assert [host(part).tolist() for part in parts] == [[0], [1, 2], [3]]


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:invalid value", "ignore:divide by zero")
def test_too_few_observations():
    x = np.array([[np.nan, 1], [np.nan, 2]])
    for ours, theirs in ((mg.nanvar, np.nanvar), (mg.nanstd, np.nanstd)):
        np.testing.assert_array_equal(ours(x, axis=0, ddof=1), theirs(x, axis=0, ddof=1))
        np.testing.assert_array_equal(ours(np.array([1, 2, np.nan]), ddof=3), theirs([1, 2, np.nan], ddof=3))
    y = np.array([[1.0, 2.0], [3.0, 5.0]])
    np.testing.assert_array_equal(mg.cov(y, ddof=3), np.cov(y, ddof=3))
    assert not np.isfinite(mg.grad(lambda x: mg.var(x, ddof=3))(np.array([1.0, 2.0])).value).any()
