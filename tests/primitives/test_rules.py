"""Every primitive of the table: derivatives, dtypes, memory layouts, devices, and PyTorch's opinion."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.backend import module_of
from minigrad.engine.primitive import REGISTRY
from tests.numeric import check_first, check_second, host, second, torch_or_skip, vjp
from tests.table import CALLS, COMPARISONS, LINALG, PAIRS, TABLE, ZERO, Call, distinct, nonzero, positive, real

PACKAGE = [name for name, primitive in REGISTRY.items() if primitive.__module__.startswith("minigrad.")]

every_call = pytest.mark.parametrize("call", [pytest.param(c, id=f"{name} {c.label}") for name, c in CALLS])


def one_of_each(wanted=lambda call: True) -> pytest.MarkDecorator:
    """One call of every primitive: the first that is wanted, with the most axes."""
    chosen = []
    for name, entry in TABLE.items():
        fitting = [c for c in entry if wanted(c) and all(a.size for a in c.arrays)]
        if fitting:
            chosen.append(pytest.param(max(fitting, key=lambda c: min(c.arrays[0].ndim, 3)), id=name))
    return pytest.mark.parametrize("call", chosen)


# -- the table itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PACKAGE)
def test_every_primitive_has_an_entry(name):
    assert name in TABLE, f"the primitive {name!r} has no entry in tests/table.py"
    assert bool(TABLE[name]) == any(REGISTRY[name].rules), f"{name!r}: calls are needed where there are rules"


def test_every_entry_is_a_primitive_and_calls_it():
    assert set(TABLE) <= set(REGISTRY)
    for name, entry in TABLE.items():
        for call in entry:
            with mg.Tape() as tape:
                call.f(*[mg.parameter(a) for a in call.arrays])
            used = {record.op for record in tape}
            assert name in used or call.label.startswith("()"), f"{name} {call.label} records {used}"


def test_every_public_primitive_is_exported():
    for name in PACKAGE:
        if REGISTRY[name].public:
            assert getattr(mg, name) is REGISTRY[name]
            assert name in mg.primitives.__all__


# -- derivatives -----------------------------------------------------------------------------------


@every_call
def test_gradient(call: Call, rng):
    check_first(call.f, call.arrays, rng, analytic=call.analytic)


@pytest.mark.parametrize("call", [pytest.param(c, id=f"{n} {c.label}") for n, c in CALLS if c.smooth])
def test_second_order(call: Call, rng):
    check_second(call.f, call.arrays, rng)


@every_call
def test_gradient_on_a_device(call: Call, rng, device):
    y = np.asarray(call.f(*call.arrays))
    v = rng.standard_normal(y.shape)
    for there, here in zip(vjp(call.f, call.arrays, v, device), vjp(call.f, call.arrays, v), strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-14)


@one_of_each()
def test_second_order_on_a_device(call: Call, rng, device):
    v = rng.standard_normal(np.shape(call.f(*call.arrays)))
    ws = [rng.standard_normal(a.shape) for a in call.arrays]
    for there, here in zip(second(call.f, call.arrays, v, ws, device), second(call.f, call.arrays, v, ws), strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("call", [pytest.param(c, id=f"{n} {c.label}") for n, c in CALLS if c.torch])
def test_agrees_with_pytorch(call: Call, rng):
    torch = torch_or_skip()
    operands = [torch.tensor(a, requires_grad=True) for a in call.arrays]
    expected = call.torch(torch, *operands)
    actual = np.asarray(call.f(*call.arrays))
    np.testing.assert_allclose(actual, expected.detach().numpy().reshape(actual.shape), rtol=1e-12, atol=1e-14)
    v = rng.standard_normal(actual.shape)
    gradients = torch.autograd.grad(expected, operands, torch.tensor(v).reshape(expected.shape))
    for mine, theirs in zip(vjp(call.f, call.arrays, v), gradients, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-10, atol=1e-12)


@one_of_each(lambda call: len(call.arrays) == 2)
def test_either_operand_may_be_a_constant(call: Call, rng, xp):
    v = rng.standard_normal(np.shape(call.f(*call.arrays)))
    both = vjp(call.f, call.arrays, v)
    for which in (0, 1):
        (alone,) = vjp(call.f, call.arrays, v, xp, wanted=[which])
        np.testing.assert_allclose(alone, both[which], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum"])
@pytest.mark.parametrize("number", [2.5, 2, True, np.float32(1.5), np.float64(0.75)])
def test_python_and_numpy_numbers_as_operands(name, number, rng):
    f = getattr(mg, name)
    x = positive((2, 3))
    check_first(lambda a: f(a, number), [x], rng)
    check_first(lambda a: f(number, a), [x], rng)


@one_of_each(lambda call: len(call.arrays) == 2 and call.arrays[0].shape == call.arrays[1].shape)
def test_the_same_tensor_in_both_places(call: Call, rng):
    x = positive(call.arrays[0].shape)
    if call.f in (mg.maximum, mg.minimum):  # a tie, with halves that add up to the whole
        v = rng.standard_normal(x.shape)
        np.testing.assert_array_equal(vjp(lambda a: call.f(a, a), [x], v)[0], v)
    else:
        check_first(lambda a: call.f(a, a), [x], rng)
        check_second(lambda a: call.f(a, a), [x], rng)


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("shapes", PAIRS, ids=str)
def test_comparisons(name, shapes, xp):
    x, y = (np.random.default_rng(k).integers(0, 3, shape).astype(float) for k, shape in enumerate(shapes))
    a, b = mg.parameter(xp.asarray(x)), mg.parameter(xp.asarray(y))
    with mg.Tape() as tape:
        result = getattr(mg, name)(a, b)
        np.testing.assert_array_equal(host(result), getattr(np, name)(x, y))
        assert result.dtype == bool
        masked = (result * a).sum()
        (gradient,) = tape.gradient(masked, [a])
        with pytest.raises(mg.errors.UnusedError):
            tape.gradient(masked * 0 + mg.where(result, 1.0, 2.0).sum(), b)
    expected = np.broadcast_to(getattr(np, name)(x, y), np.broadcast_shapes(*shapes)).astype(float)
    extra = expected.ndim - x.ndim
    axes = (*range(extra), *(k + extra for k, size in enumerate(x.shape) if size == 1))
    np.testing.assert_array_equal(host(gradient), expected.sum(axis=axes).reshape(x.shape))


def test_the_rule_of_a_zero_derivative_is_zero(rng):
    for name in ZERO:
        call = TABLE[name][3]
        for gradient in vjp(call.f, call.arrays, rng.standard_normal(np.shape(call.f(*call.arrays)))):
            assert gradient.size
            assert not np.any(gradient)


# -- dtypes and memory layouts ---------------------------------------------------------------------


@one_of_each()
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_dtype_is_kept(call: Call, dtype, rng, request):
    name = request.node.callspec.id.split("-")[1]
    if name == "astype" or (dtype == "float16" and name in LINALG):
        pytest.skip("astype is meant to change it, and NumPy's linear algebra has no float16")
    arrays = [a.astype(dtype) for a in call.arrays]
    leaves = [mg.parameter(a) for a in arrays]
    with mg.Tape() as tape:
        y = call.f(*leaves)
        assert y.dtype == dtype
        v = rng.standard_normal(y.shape)
        gradients = tape.gradient(y, leaves, seed=v)
        assert {record.dtype.name for record in tape} <= {dtype, "bool"}
        again = tape.gradient(call.f(*leaves), leaves, seed=v, create_graph=True)
        assert {record.dtype.name for record in tape} <= {dtype, "bool"}
    tolerance = {"float16": 2e-2, "float32": 1e-5}[dtype]
    for g, recorded, exact in zip(gradients, again, vjp(call.f, call.arrays, v), strict=True):
        assert g.dtype == recorded.dtype == dtype
        np.testing.assert_allclose(g.value, exact, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(recorded.value, exact, rtol=tolerance, atol=tolerance)


@one_of_each()
@pytest.mark.parametrize("wide", [0, 1])
def test_mixed_precision_gives_each_leaf_its_own_dtype(call: Call, wide, rng):
    if len(call.arrays) != 2:
        arrays = [a.astype("float32") for a in call.arrays]
        f = lambda *xs: call.f(*[mg.astype(x, dtype="float64") for x in xs])
    else:
        arrays = [a.astype("float64" if k == wide else "float32") for k, a in enumerate(call.arrays)]
        f = call.f
    leaves = [mg.parameter(a) for a in arrays]
    with mg.Tape() as tape:
        y = f(*leaves)
        assert y.dtype == np.float64
        v = rng.standard_normal(y.shape)
        tape.backward(y, v)
    for leaf, exact in zip(leaves, vjp(call.f, [a.astype(float) for a in arrays], v), strict=True):
        assert leaf.grad.dtype == leaf.dtype
        np.testing.assert_allclose(leaf.grad, exact, rtol=1e-5, atol=1e-5)


def _flipped(x):
    """The same elements reversed along every axis, and the function that shows them in order, as a view."""
    index = (slice(None, None, -1),) * x.ndim
    return np.ascontiguousarray(x[index]), lambda t: mg.getitem(t, index)


def _swapped(x):
    return np.ascontiguousarray(x.T), lambda t: mg.transpose(t)


def _spread_out(x):
    wide = np.zeros([2 * n for n in x.shape])
    index = (slice(None, None, 2),) * x.ndim
    wide[index] = x
    return wide, lambda t: mg.getitem(t, index)


@one_of_each()
@pytest.mark.parametrize("layout", [_flipped, _swapped, _spread_out])
def test_memory_layout_does_not_matter(call: Call, layout, rng):
    v = rng.standard_normal(np.shape(call.f(*call.arrays)))
    stored, views = zip(*[layout(x) for x in call.arrays], strict=True)
    shown = lambda *xs: call.f(*[view(x) for view, x in zip(views, xs, strict=True)])
    np.testing.assert_allclose(shown(*stored), call.f(*call.arrays), rtol=1e-13, atol=1e-15)
    for view, strided, plain in zip(views, vjp(shown, stored, v), vjp(call.f, call.arrays, v), strict=True):
        np.testing.assert_allclose(view(strided), plain, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "call", [pytest.param(c, id=f"{name} {c.label}") for name, c in CALLS if any(a.ndim > 1 for a in c.arrays)]
)
def test_columns_that_lie_together(call: Call, rng):
    """Every call, not one of each: a function may copy, or write into, some layouts only."""
    arrays = [np.asfortranarray(a) for a in call.arrays]
    np.testing.assert_allclose(call.f(*arrays), call.f(*call.arrays), rtol=1e-13, atol=1e-15)
    v = rng.standard_normal(np.shape(call.f(*call.arrays)))
    for g, plain in zip(vjp(call.f, arrays, v), vjp(call.f, call.arrays, v), strict=True):
        np.testing.assert_allclose(g, plain, rtol=1e-12, atol=1e-14)


@one_of_each()
def test_a_strided_cotangent(call: Call, rng):
    shape = np.shape(call.f(*call.arrays))
    wide = rng.standard_normal([2 * n for n in shape])
    v = wide[(slice(None, None, -2),) * len(shape)]
    for strided, plain in zip(vjp(call.f, call.arrays, v), vjp(call.f, call.arrays, v.copy()), strict=True):
        np.testing.assert_allclose(strided, plain, rtol=1e-12, atol=1e-14)


@one_of_each()
def test_arrays_in_array_out_and_nothing_recorded(call: Call):
    with mg.Tape() as tape:
        assert not isinstance(call.f(*call.arrays), mg.Tensor)
    assert len(tape) == 0
    outside = call.f(*[mg.parameter(a) for a in call.arrays])
    np.testing.assert_array_equal(outside.value, call.f(*call.arrays))


# -- kinks, ties, infinities and NaN ---------------------------------------------------------------

NAN, INF = np.nan, np.inf


def gradient_of(f, *arrays, seed=None):
    arrays = [np.asarray(a, float) for a in arrays]
    seed = np.ones(np.shape(f(*arrays))) if seed is None else np.asarray(seed, float)
    return vjp(f, arrays, seed)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (mg.relu, [0.0, -1.0, 2.0, -0.0], [0, 0, 3, 0]),
        (mg.abs, [0.0, -1.0, 2.0, -0.0], [0, -3, 3, 0]),
        (mg.square, [0.0], [0]),
        (lambda x: x**2, [0.0], [0]),
        (lambda x: mg.power(x, 1), [0.0], [3]),
        (lambda x: mg.power(x, 0), [0.0], [0]),
        (mg.sigmoid, [1000.0, -1000.0, 0.0], [0, 0, 0.75]),
        (mg.tanh, [1000.0, -1000.0, 0.0], [0, 0, 3]),
        (mg.leaky_relu, [0.0, 2.0], [0.03, 3]),
        (mg.elu, [0.0, 2.0, -1000.0], [3, 3, 0]),
        (mg.softplus, [1000.0, -1000.0, 0.0], [3, 0, 1.5]),
        (mg.log_sigmoid, [1000.0, -1000.0, 0.0], [0, 3, 1.5]),
        (mg.silu, [1000.0, -1000.0, 0.0], [3, 0, 1.5]),
        (mg.gelu, [100.0, -100.0, 0.0], [3, 0, 1.5]),
        (lambda x: mg.gelu(x, approximate=True), [100.0, -100.0, 0.0], [3, 0, 1.5]),
        (lambda x: mg.hypot(x, 0.0), [0.0], [0]),
        (lambda x: mg.arctan2(x, 0.0), [0.0], [0]),
        (lambda x: mg.clip(x, -1.0, 1.0), [-1.0, 1.0, 1.5, -2.0], [3, 3, 0, 0]),
        (mg.sign, [0.0, 2.0], [0, 0]),
        (mg.floor, [0.0, 2.0], [0, 0]),
        (mg.round, [0.5, 2.0], [0, 0]),
        (lambda x: mg.remainder(x, 2.0), [0.0, 2.0], [3, 3]),
    ],
)
def test_values_at_kinks_and_far_out(f, x, expected):
    (gradient,) = gradient_of(f, x, seed=[3.0] * len(x))
    np.testing.assert_array_equal(gradient, expected)


def test_sqrt_at_zero_is_infinite():
    with np.errstate(divide="ignore"):
        assert gradient_of(mg.sqrt, 0.0)[0] == INF


@pytest.mark.parametrize("ord", [0, 0.5, 1, 2, 2.5, 3, INF, -INF])
def test_the_norm_of_nothing_has_gradient_zero(ord):
    np.testing.assert_array_equal(gradient_of(lambda x: mg.norm(x, ord), np.zeros(3))[0], np.zeros(3))
    rows = np.array([[0.0, 0.0], [3.0, -4.0]])
    (gradient,) = gradient_of(lambda x: mg.norm(x, axis=1), rows)
    np.testing.assert_allclose(gradient, [[0, 0], [0.6, -0.8]])


def test_norms_agree_with_numpy():
    x = real((2, 3, 4))
    for ord in (1, 2, 2.5, INF, -INF):
        for axis in (None, 1, (0, 2)):
            expected = np.linalg.vector_norm(x, ord=ord, axis=axis, keepdims=True)
            np.testing.assert_allclose(mg.vector_norm(x, ord, axis, True), expected, rtol=1e-14)
    np.testing.assert_allclose(gradient_of(lambda a: mg.norm(a, INF), [-2.0, 2.0, 1.0])[0], [-0.5, 0.5, 0])
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(gradient_of(lambda a: mg.norm(a, -1), [0.0, 2.0])[0], [0, 0])


def test_the_deviation_of_equal_elements_has_gradient_zero():
    np.testing.assert_array_equal(gradient_of(mg.std, np.full(3, 2.0))[0], np.zeros(3))


def test_clip_hands_the_cotangent_to_the_limit_that_was_taken():
    x, low, high = gradient_of(mg.clip, [-2.0, 0.0, 2.0, 1.0], -np.ones(4), np.ones(4), seed=[3.0, 5.0, 7.0, 9.0])
    np.testing.assert_array_equal([x, low, high], [[0, 5, 0, 9], [3, 0, 0, 0], [0, 0, 7, 0]])
    crossed = gradient_of(mg.clip, [0.0, 2.0, 4.0], np.full(3, 3.0), np.ones(3))
    np.testing.assert_array_equal(crossed, [[0, 0, 0], [0, 0, 0], [1, 1, 1]])
    assert np.isnan(gradient_of(lambda a: mg.clip(a, 0, 1) * NAN, [NAN])[0])
    assert mg.clip(np.array([1, 5, 9]), 2, None).tolist() == [2, 5, 9]
    assert mg.clip(np.array([1, 5, 9]), max=4).dtype == np.int64


@pytest.mark.parametrize("f", [mg.max, mg.min])
def test_ties_of_a_reduction_share_evenly(f):
    sign = 1 if f is mg.max else -1
    x = sign * np.array([[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]])
    np.testing.assert_allclose(gradient_of(lambda a: f(a, axis=1), x, seed=[6.0, 6.0])[0], [[3, 3, 0], [2, 2, 2]])
    np.testing.assert_allclose(gradient_of(f, x, seed=6.0)[0], [[0, 0, 0], [2, 2, 2]])
    np.testing.assert_allclose(gradient_of(f, [sign * INF, sign * INF, 0.0])[0], [0.5, 0.5, 0])


@pytest.mark.parametrize("f", [mg.maximum, mg.minimum])
def test_ties_of_two_operands_share_evenly(f):
    a, b = gradient_of(f, [1.0, 2.0, 3.0], [1.0, 1.0, 4.0], seed=[5.0, 7.0, 9.0])
    first = [2.5, 7, 0] if f is mg.maximum else [2.5, 0, 9]
    np.testing.assert_array_equal(a, first)
    np.testing.assert_array_equal(a + b, [5, 7, 9])


@pytest.mark.parametrize("f", [mg.max, mg.min])
def test_a_nan_is_not_swallowed_by_a_reduction(f):
    x = np.array([[1.0, NAN, 3.0], [1.0, 2.0, 3.0]])
    assert np.isnan(f(x, axis=1)[0])
    (gradient,) = gradient_of(lambda a: f(a, axis=1), x)
    np.testing.assert_array_equal(gradient[0], [0, 1, 0])
    assert gradient[1].sum() == 1


@pytest.mark.parametrize("f", [mg.maximum, mg.minimum])
def test_a_nan_is_not_swallowed_by_a_choice(f):
    x, y = np.array([NAN, 1.0, NAN]), np.array([1.0, NAN, NAN])
    assert np.isnan(f(x, y)).all()
    a, b = gradient_of(f, x, y)
    assert a[0] == 1
    assert b[0] == 0
    assert a[1] == 0
    assert b[1] == 1
    assert np.all(a + b >= 1)


def test_where_keeps_a_bad_value_out_of_the_branch_taken():
    x = np.array([4.0, 0.0])
    with np.errstate(divide="ignore"):
        (inverse,) = gradient_of(lambda a: mg.where(a > 0, mg.where(a > 0, a, 1.0) ** -1, a), x)
    np.testing.assert_allclose(inverse, [-1 / 16, 1])
    a, b = gradient_of(lambda p, q: mg.where(np.array([True, False]), p, q), [1.0, NAN], [INF, 2.0], seed=[3.0, 5.0])
    np.testing.assert_array_equal(a, [3, 0])
    np.testing.assert_array_equal(b, [0, 5])


SAFE = [
    (mg.log, [2.0, 0.0, -1.0, NAN, INF], lambda x: np.log(x), lambda x: 1 / x),
    (mg.sqrt, [2.0, 0.0, -1.0, NAN, 4.0], lambda x: np.sqrt(x), lambda x: 0.5 / np.sqrt(x)),
    (mg.reciprocal, [2.0, 0.0, -1.0, NAN, 4.0], lambda x: 1 / x, lambda x: -1 / x**2),
    (lambda x: x**-0.5 * mg.exp(x), [2.0, 0.0, -1.0, -INF, 4.0], lambda x: x**-0.5 * np.exp(x), None),
]


@pytest.mark.parametrize(("f", "x", "value", "slope"), SAFE)
def test_where_with_a_function_never_meets_the_bad_values(f, x, value, slope, rng):
    x = np.array(x)
    taken = x > 0  # and the suite turns warnings into errors
    for safe in (lambda a: mg.where(a > 0, f, 0.0, a), lambda a: mg.where(~(a > 0), 0.0, f, a)):
        expected = np.zeros(5)
        expected[taken] = value(x[taken])
        np.testing.assert_array_equal(safe(x), expected)
        (gradient,) = gradient_of(safe, x)
        assert np.isfinite(gradient).all()
        assert not gradient[~taken].any()
        if slope is not None:
            np.testing.assert_allclose(gradient[taken], slope(x[taken]))
        assert np.isfinite(second(safe, [x], np.ones(5), [np.ones(5)])[0]).all()
        check_second(lambda a: mg.where(a > 0, f, 0.0, a), [positive((3,))], rng)


def test_where_with_functions_of_several_operands(rng):
    x, y = np.array([1.0, 2.0, 3.0]), np.array([0.0, 4.0, 0.0])
    a, b = gradient_of(lambda p, q: mg.where(q != 0, mg.divide, -1.0, p, q), x, y)
    np.testing.assert_allclose(a, [0, 0.25, 0])
    np.testing.assert_allclose(b, [0, -0.125, 0])
    two = mg.where(x > 1.5, mg.log, lambda t: t * 10.0, x)
    np.testing.assert_allclose(two, [10, np.log(2), np.log(3)])
    shifted = mg.where(x > 1.5, mg.arccosh, 0.0, x, safe=2.0)
    np.testing.assert_allclose(shifted, [0, np.arccosh(2), np.arccosh(3)])
    with pytest.raises(TypeError, match="operands"):
        mg.where(x > 0, mg.log, 0.0)
    with pytest.raises(TypeError, match="operands"):
        mg.where(x > 0, x, 0.0, x)


def test_where_masks_a_cotangent_that_is_not_a_number():
    a, b = gradient_of(lambda p, q: mg.where(np.array([True, False]), p, q), [1.0, 1.0], [2.0, 2.0], seed=[NAN, 5.0])
    assert np.isnan(a[0])
    assert a[1] == 0
    np.testing.assert_array_equal(b, [0, 5])


def test_logsumexp_at_infinity():
    assert mg.logsumexp(np.array([-INF, -INF])) == -INF
    np.testing.assert_array_equal(gradient_of(mg.logsumexp, [-INF, -INF])[0], [0, 0])
    np.testing.assert_allclose(gradient_of(mg.logsumexp, [-INF, 0.0, 0.0])[0], [0, 0.5, 0.5])
    rows = np.array([[-INF, -INF], [1.0, 1.0]])
    np.testing.assert_allclose(gradient_of(lambda x: mg.logsumexp(x, axis=1), rows)[0], [[0, 0], [0.5, 0.5]])


def test_logaddexp_at_infinity():
    a, b = gradient_of(mg.logaddexp, [-INF, -INF, 0.0], [-INF, 0.0, -INF])
    np.testing.assert_array_equal([a, b], [[0, 0, 1], [0, 1, 0]])
    a, b = gradient_of(mg.logaddexp, [INF, 1.0, INF], [1.0, INF, -INF])
    np.testing.assert_array_equal([a, b], [[1, 0, 1], [0, 1, 0]])


@pytest.mark.parametrize("zeros", [0, 1, 2, 5])
@pytest.mark.parametrize("f", [mg.prod, mg.cumprod])
def test_products_with_zeros_are_right_to_the_second_order(f, zeros, rng):
    x = nonzero((5,))
    x[rng.permutation(5)[:zeros]] = 0
    check_first(f, [x], rng, analytic=True)
    check_second(f, [x], rng)


def test_third_derivative_of_a_product():
    x = mg.parameter([2.0, 0.0, 0.0])
    with mg.Tape() as tape:
        (first,) = tape.gradient(mg.prod(x), [x], create_graph=True)
        (second_,) = tape.gradient(first[0], [x], create_graph=True)
        third = tape.gradient(second_[1], x)
    np.testing.assert_array_equal(third.value, [0, 0, 1])


def test_erf_is_exact_to_the_last_bits(xp):
    x = np.concatenate([np.linspace(-7, 7, 3001), np.logspace(-300, 1, 301), [0.0, -0.0, INF, -INF, NAN]])
    expected = np.array([math.erf(v) for v in x])
    np.testing.assert_allclose(host(mg.erf(xp.asarray(x))), expected, rtol=4e-16, atol=0)
    assert np.signbit(mg.erf(-0.0))


@pytest.mark.parametrize("f", [mg.logsumexp, mg.softmax, mg.log_softmax])
def test_large_numbers_do_not_overflow(f, rng):
    x = real((5,))
    v = rng.standard_normal(np.shape(f(x)))
    assert np.all(np.isfinite(f(x + 1e4)))
    np.testing.assert_allclose(vjp(f, [x + 1e4], v)[0], vjp(f, [x], v)[0], rtol=1e-9, atol=1e-10)


def test_cross_entropy_of_confident_logits_is_finite():
    logits = np.array([[1e4, 0.0, -1e4], [0.0, 1e4, 0.0]])
    assert mg.cross_entropy(logits, np.array([0, 0]), reduction="none").tolist() == [0, 1e4]
    (gradient,) = gradient_of(lambda x: mg.cross_entropy(x, np.array([0, 0]), reduction="sum"), logits)
    np.testing.assert_array_equal(gradient, [[0, 0, 0], [-1, 1, 0]])


def test_cross_entropy_that_ignores_targets(xp):
    logits, targets = real((4, 3)), np.array([0, -100, 2, -100])
    ignoring = lambda x, how="mean": mg.cross_entropy(x, xp.asarray(targets), how, ignore_index=-100)
    kept = mg.cross_entropy(logits[[0, 2]], targets[[0, 2]])
    np.testing.assert_allclose(host(ignoring(xp.asarray(logits))), kept)
    np.testing.assert_array_equal(host(ignoring(xp.asarray(logits), "none"))[[1, 3]], [0, 0])
    (gradient,) = vjp(ignoring, [logits], np.ones(()), xp)
    assert not gradient[[1, 3]].any()
    all_ignored = lambda x: mg.cross_entropy(x, np.full(4, 7), ignore_index=7)
    assert all_ignored(logits) == 0
    np.testing.assert_array_equal(gradient_of(all_ignored, logits)[0], np.zeros((4, 3)))
    with pytest.raises(IndexError):
        mg.cross_entropy(logits, targets)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_ignored_logits_may_be_anything(bad, smoothing):
    logits, targets = real((4, 3)), np.array([0, 7, 2, 7])
    kept = logits[[0, 2]]
    logits[[1, 3]] = bad
    right = lambda x: mg.cross_entropy(x, targets[[0, 2]], label_smoothing=smoothing)
    ignoring = lambda x: mg.cross_entropy(x, targets, ignore_index=7, label_smoothing=smoothing)
    np.testing.assert_allclose(ignoring(logits), right(kept), rtol=1e-12)
    (gradient,) = gradient_of(ignoring, logits)
    np.testing.assert_allclose(gradient[[0, 2]], gradient_of(right, kept)[0], rtol=1e-12)
    assert not gradient[[1, 3]].any()


def test_cross_entropy_of_probabilities():
    logits = np.array([[0.0, -INF, 1.0]])
    share = np.array([[0.5, 0.0, 0.5]])
    assert np.isfinite(mg.cross_entropy(logits, share))
    x = real((3, 4))
    hot = mg.one_hot(np.array([1, 0, 3]), 4)
    np.testing.assert_allclose(mg.cross_entropy(x, hot), mg.cross_entropy(x, np.array([1, 0, 3])), rtol=1e-14)


def test_dropout(xp, rng):
    x = xp.asarray(np.ones((100, 50), "float32"))
    leaf = mg.parameter(x)
    with mg.Tape() as tape:
        y = mg.dropout(leaf, 0.25, rng=rng)
        gradient = tape.gradient(y.sum(), leaf)
    assert [record.op for record in tape] == ["multiply", "sum"]
    assert y.dtype == np.float32
    np.testing.assert_array_equal(host(gradient), host(y))
    assert set(np.unique(host(y))) == {0, np.float32(1) / np.float32(0.75)}
    assert 0.72 < np.mean(host(y) > 0) < 0.78
    np.testing.assert_array_equal(host(mg.dropout(leaf, 0.0, rng=rng)), host(leaf))
    again = [mg.dropout(np.ones(9), 0.5, rng=np.random.default_rng(3)) for _ in range(2)]
    np.testing.assert_array_equal(*again)
    with pytest.raises(ValueError, match="rate"):
        mg.dropout(leaf, 1.0, rng=rng)


def test_power_of_zero_and_of_a_negative_number():
    np.testing.assert_array_equal(
        gradient_of(lambda x: x ** np.array([0.0, 1.0, 2.0, 3.0]), np.zeros(4))[0], [0, 1, 0, 0]
    )
    _, exponent = gradient_of(mg.power, [0.0], [2.0])
    np.testing.assert_array_equal(exponent, [0])
    np.testing.assert_allclose(gradient_of(lambda x: x**3, [-2.0])[0], [12])
    np.testing.assert_allclose(gradient_of(lambda x: x**-2, [-2.0])[0], [0.25])


def test_an_infinite_cotangent_stays_in_its_row():
    table = nonzero((3, 2))
    v = np.array([[INF, 1.0], [2.0, NAN]])
    (gradient,) = vjp(lambda x: mg.take_rows(x, np.array([0, 2])), [table], v)
    np.testing.assert_array_equal(gradient, [[INF, 1], [0, 0], [2, NAN]])


def test_a_float_that_becomes_an_integer_has_no_gradient():
    p = mg.parameter([1.5, 2.5])
    with mg.Tape() as tape:
        total = (p.astype("int64") * 2.5).sum() + p.sum()
        np.testing.assert_array_equal(tape.gradient(total, p).value, [1, 1])
        with pytest.raises(mg.errors.UnusedError):
            tape.gradient((p.astype(int) * 2.5).sum(), p)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "uint64"])
@pytest.mark.parametrize("rows", [100, 300, 4000])
def test_every_integer_type_picks_rows(dtype, rows, rng):
    picks = np.array([0, 99, 99, 1], dtype=dtype)
    table = real((rows, 2))
    v = rng.standard_normal((4, 2))
    expected = np.zeros((rows, 2))
    np.add.at(expected, picks.astype(int), v)
    np.testing.assert_allclose(vjp(lambda x: mg.take_rows(x, picks), [table], v)[0], expected)
    both = vjp(lambda x: mg.take_rows(x, picks) + mg.take_rows(x, picks.astype("int64")), [table], v)[0]
    np.testing.assert_allclose(both, 2 * expected)


# -- compositions ----------------------------------------------------------------------------------

COMPOSED = [
    ("ravel", lambda x: mg.ravel(x), np.ravel),
    ("moveaxis", lambda x: mg.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1)),
    ("moveaxis of two", lambda x: mg.moveaxis(x, (0, 1), (2, 0)), lambda x: np.moveaxis(x, (0, 1), (2, 0))),
    ("take", lambda x: mg.take(x, [2, 0, 2], axis=-1), lambda x: np.take(x, [2, 0, 2], axis=-1)),
    ("take flat", lambda x: mg.take(x, [[2], [7]]), lambda x: np.take(x, [[2], [7]])),
    ("take one", lambda x: mg.take(x, 1, axis=1), lambda x: np.take(x, 1, axis=1)),
    ("sort", lambda x: mg.sort(x, axis=1), lambda x: np.sort(x, axis=1)),
    ("sort flat", lambda x: mg.sort(x, axis=None), lambda x: np.sort(x, axis=None)),
    ("split", lambda x: mg.split(x, 2, axis=-1)[1], lambda x: np.split(x, 2, axis=-1)[1]),
    ("split at", lambda x: mg.split(x, [1, 3], axis=2)[2], lambda x: np.split(x, [1, 3], axis=2)[2]),
    ("hstack", lambda x: mg.hstack([x, x]), lambda x: np.hstack([x, x])),
    ("vstack", lambda x: mg.vstack([x[0], x[1]]), lambda x: np.vstack([x[0], x[1]])),
    ("vstack of vectors", lambda x: mg.vstack([x[0, 0], x[0, 1]]), lambda x: np.vstack([x[0, 0], x[0, 1]])),
    ("hstack of vectors", lambda x: mg.hstack([x[0, 0], x[0, 1]]), lambda x: np.hstack([x[0, 0], x[0, 1]])),
    ("hstack of numbers", lambda x: mg.hstack([x[0, 0, 0], x[1, 1, 1]]), lambda x: np.hstack([x[0, 0, 0], x[1, 1, 1]])),
    ("vdot", lambda x: mg.vdot(x, x), lambda x: np.vdot(x, x)),
    ("outer", lambda x: mg.outer(x[0], x[1]), lambda x: np.outer(x[0], x[1])),
    ("trace", lambda x: mg.trace(x, 1, 1, 2), lambda x: np.trace(x, 1, 1, 2)),
    ("dot of a number", lambda x: mg.dot(x, 2.0), lambda x: np.dot(x, 2.0)),
    ("inner of a number", lambda x: mg.inner(2.0, x), lambda x: np.inner(2.0, x)),
    ("solve a vector", lambda x: mg.solve(mg.tensor(3 * np.eye(2)) + 0, x[0, :2, 0]), lambda x: x[0, :2, 0] / 3),
]


@pytest.mark.parametrize(("f", "theirs"), [pytest.param(f, g, id=name) for name, f, g in COMPOSED])
def test_a_composition(f, theirs, rng):
    x = distinct((2, 3, 4))
    result = f(mg.tensor(x))
    np.testing.assert_allclose(result.value, theirs(x), rtol=1e-13)
    if "solve" not in str(f):
        check_first(lambda a: f(a) if isinstance(a, mg.Tensor) else np.asarray(host(f(mg.tensor(a)))), [x], rng)


def test_take_along_axis(rng, xp):
    x = distinct((2, 3, 4))
    for axis in (0, 1, -1):
        i = np.argsort(x, axis=axis)
        f = lambda a, i=i, axis=axis: mg.take_along_axis(a, module_of(getattr(a, "_value", a)).asarray(i), axis)
        np.testing.assert_array_equal(f(x), np.take_along_axis(x, i, axis))
        check_first(f, [x], rng, xp)
    best = mg.argmax(mg.tensor(x), axis=1, keepdims=True)
    np.testing.assert_array_equal(mg.take_along_axis(mg.tensor(x), best, 1).value, x.max(axis=1, keepdims=True))
    with pytest.raises(mg.errors.ShapeError, match="as many axes"):
        mg.take_along_axis(x, np.zeros(2, int), 1)


def test_sort_sends_the_cotangent_back_along_the_permutation(xp):
    x, v = np.array([3.0, 1.0, 2.0, 1.0]), np.array([10.0, 20.0, 30.0, 40.0])
    (gradient,) = vjp(mg.sort, [x], v, xp)
    np.testing.assert_array_equal(gradient, [40, 10, 30, 20])


def test_at_set_and_at_add(xp):
    x = mg.parameter(xp.asarray(np.zeros((3, 2), "float32")))
    y = mg.at_set(x, (1, 0), 5.0)
    z = mg.at_add(y, [1, 1, 2], 1.0)
    assert y.dtype == z.dtype == np.float32
    np.testing.assert_array_equal(host(z), [[0, 0], [7, 2], [1, 1]])
    np.testing.assert_array_equal(host(x), np.zeros((3, 2)))
    assert mg.at_set(np.zeros(2, int), 0, 0.5).tolist() == [0.5, 0]


def test_one_hot(xp):
    i = np.array([[0, 2], [1, 1]])
    hot = mg.one_hot(mg.tensor(xp.asarray(i)), 3, "float32")
    assert hot.dtype == np.float32
    np.testing.assert_array_equal(host(hot), np.eye(3)[i])
    for bad in ([3], [-1]):
        with pytest.raises(IndexError):
            mg.one_hot(np.array(bad), 3)


@pytest.mark.parametrize(
    ("subscripts", "shapes", "message"),
    [
        ("ij,jk", [(2, 3), (4, 2)], "'j' has sizes 3 and 4"),
        ("ij", [(2,)], "number of axes"),
        ("ij,jk", [(2, 3)], "2 terms for 1 operands"),
        ("ij->ik", [(2, 3)], "no operand has it"),
        ("ij->ii", [(2, 3)], "repeated"),
        ("i1", [(2, 3)], "letters"),
    ],
)
def test_einsum_says_what_does_not_fit(subscripts, shapes, message):
    with pytest.raises(mg.errors.ShapeError, match=message):
        mg.einsum(subscripts, *[np.zeros(shape) for shape in shapes])


def test_einsum_of_two_matrices_is_one_record():
    x, y = mg.parameter(real((2, 3))), mg.parameter(real((3, 4)))
    with mg.Tape() as tape:
        mg.einsum("ij,jk->ik", x, y)
    assert [record.op for record in tape] == ["einsum"]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: mg.tensordot(x, x, 1),
        lambda x: mg.tensordot(x, x, ((0, 1), (0,))),
        lambda x: mg.pad(x, ((1, 1), (1, 1), (1, 1))),
        lambda x: mg.pad(x, -1),
        lambda x: mg.split(x, 2, axis=1),
        lambda x: mg.split(x, 0),
        lambda x: mg.moveaxis(x, (0, 1), 0),
        lambda x: mg.moveaxis(x, 2, 0),
        lambda x: mg.moveaxis(x, (0, 0), (0, 1)),
        lambda x: mg.diag(x[None]),
        lambda x: mg.prod(x, axis=2),
        lambda x: mg.flip(x, axis=3),
        lambda x: mg.var(x, axis=(0, 0)),
        lambda x: mg.cross_entropy(x, np.ones((2, 1))),
        lambda x: mg.reshape(x, (4, 4)),
        lambda x: mg.at_set(x, 0, np.ones(5)),
    ],
)
def test_shapes_that_do_not_fit(call):
    with pytest.raises(mg.errors.ShapeError, match="test_rules"):
        call(mg.parameter(real((2, 3))))


@pytest.mark.parametrize("f", [mg.inv, mg.cholesky, lambda x: mg.solve(x, np.ones(2))])
def test_a_singular_matrix_raises_as_in_numpy(f):
    with pytest.raises(np.linalg.LinAlgError):
        f(mg.parameter(np.zeros((2, 2))))


def test_a_singular_matrix_has_cofactors(rng):
    sign, log = mg.slogdet(np.zeros((2, 2)))
    assert (sign, log) == (0, -INF)
    np.testing.assert_allclose(gradient_of(mg.det, [[1.0, 2.0], [2.0, 4.0]])[0], [[4, -2], [-2, 1]], atol=1e-14)
    np.testing.assert_array_equal(gradient_of(mg.det, np.zeros((3, 3)))[0], np.zeros((3, 3)))


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite", "logical_not"])
def test_questions_about_elements(name, xp):
    x = np.array([[0.0, 1.0, NAN], [INF, -INF, -2.0]])
    np.testing.assert_array_equal(host(getattr(mg, name)(mg.tensor(xp.asarray(x)))), getattr(np, name)(x))


@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor"])
def test_bits(name, xp):
    for x, y in [(np.array([True, False]), np.array([[True], [False]])), (np.arange(5), np.array(3))]:
        result = getattr(mg, name)(mg.tensor(xp.asarray(x)), xp.asarray(y))
        np.testing.assert_array_equal(host(result), getattr(np, name)(x, y))
        np.testing.assert_array_equal(host(mg.invert(mg.tensor(xp.asarray(x)))), ~x)


@pytest.mark.parametrize("name", ["argmax", "argmin", "any", "all"])
@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_without_a_derivative(name, axis, keepdims, xp):
    x = real((3, 4)) * (real((3, 4), 1) > 0)
    result = getattr(mg, name)(mg.tensor(xp.asarray(x)), axis=axis, keepdims=keepdims)
    expected = getattr(np, name)(x, axis=axis, keepdims=keepdims)
    np.testing.assert_array_equal(host(result), expected)
    assert result.dtype == expected.dtype


# -- what the primitives refuse --------------------------------------------------------------------


@pytest.mark.parametrize("index", [-1, 4, np.array([0, 4]), np.array([-1, 0])])
def test_take_rows_refuses_what_is_outside(index, xp):
    index = xp.asarray(index) if isinstance(index, np.ndarray) else index
    with pytest.raises(IndexError, match="4"):
        host(mg.take_rows(mg.parameter(xp.asarray(real((4, 2)))), index))  # on a device found when it is fetched


@pytest.mark.parametrize("index", [0.5, np.array([0.0]), np.array([True]), True])
def test_take_rows_refuses_what_is_no_integer(index):
    with pytest.raises(mg.errors.DTypeError, match="integers"):
        mg.take_rows(mg.parameter(real((4, 2))), index)


def test_cross_entropy_refuses_targets_that_do_not_fit(xp):
    logits = mg.parameter(xp.asarray(real((3, 4))))
    with pytest.raises(mg.errors.ShapeError, match=r"\(3,\)"):
        mg.cross_entropy(logits, xp.asarray(np.zeros((2,), int)))
    with pytest.raises(mg.errors.ShapeError, match=r"\(3,\)"):
        mg.cross_entropy(logits, xp.asarray(np.zeros((3, 1), int)))
    with pytest.raises(IndexError):
        host(mg.cross_entropy(logits, xp.asarray(np.array([0, 1, 4]))))
    with pytest.raises(IndexError):
        host(mg.cross_entropy(logits, xp.asarray(np.array([0, 1, -1]))))
    with pytest.raises(mg.errors.DTypeError, match="integers"):
        mg.cross_entropy(logits, xp.asarray(np.array([0.0, 1.0, 2.0])))
    with pytest.raises(ValueError, match="avg"):
        mg.cross_entropy(logits, xp.asarray(np.array([0, 1, 2])), reduction="avg")


@pytest.mark.parametrize("outer", [mg.sqrt, mg.log, mg.reciprocal])
@pytest.mark.parametrize(
    ("flat", "x"),
    [
        (mg.floor, 0.5),
        (mg.ceil, -0.5),
        (mg.round, 0.2),
        (mg.rint, 0.2),
        (mg.trunc, 0.2),
        (lambda x: mg.sign(x) - 1, 2.0),
        (lambda x: x // 1, 0.5),
        (mg.relu, -1.0),
    ],
)
def test_a_derivative_of_zero_stops_an_infinite_cotangent(flat, x, outer):
    with np.errstate(divide="ignore"):
        assert float(mg.grad(lambda x: outer(flat(x)))(x)) == 0
        assert float(mg.grad(mg.grad(lambda x: flat(x) * x))(x)) == 0


@pytest.mark.parametrize(
    "other", [2.0, np.float64(2), np.array(2.0), np.array(2), np.array(2, "uint8"), np.array(True)]
)
def test_logaddexp2_of_a_device_tensor_and_a_number(other, xp):
    x = np.array([1.0, 2.0])
    for operands, plain in (
        ((other, mg.tensor(xp.asarray(x))), (other, x)),
        ((mg.tensor(xp.asarray(x)), other), (x, other)),
    ):
        np.testing.assert_allclose(host(mg.logaddexp2(*operands)), np.logaddexp2(*plain))


@pytest.mark.parametrize(
    "other", [2.0, np.float64(2), np.array(2.0), np.array(2), np.array(2, "uint8"), np.array(True)]
)
def test_logaddexp2_of_two_dtypes(other):
    for dtype in ("float32", "float16"):
        x = np.asarray(1.7, dtype)
        expected = np.logaddexp2(x, other)
        got = mg.logaddexp2(mg.tensor(x), other)
        assert got.dtype == expected.dtype
        assert float(got) == pytest.approx(float(expected), rel=4 * float(np.finfo(expected.dtype).eps))


def test_label_smoothing_of_targets_that_are_no_distribution():
    """As PyTorch's: each probability p becomes (1 - s) p + s / classes."""
    torch = torch_or_skip()
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((3, 4)), rng.random((3, 4))
    x, t = mg.parameter(logits), mg.parameter(targets)
    with mg.Tape() as tape:
        loss = mg.cross_entropy(x, t, label_smoothing=0.3)
        tape.backward(loss)
    a, b = (torch.tensor(v, requires_grad=True) for v in (logits, targets))
    theirs = torch.nn.functional.cross_entropy(a, b, label_smoothing=0.3)
    theirs.backward()
    assert float(loss) == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(x.grad, a.grad, rtol=1e-10)
    np.testing.assert_allclose(t.grad, b.grad, rtol=1e-10)


def test_cross_entropy_takes_lists():
    logits = real((2, 3))
    np.testing.assert_array_equal(mg.cross_entropy(logits, [2, 0]), mg.cross_entropy(logits, np.array([2, 0])))
    probabilities = [[0.5, 0.25, 0.25], [1, 0, 0.0]]
    expected = -np.mean(np.sum(probabilities * mg.log_softmax(logits), axis=1))
    np.testing.assert_allclose(mg.cross_entropy(logits, probabilities), expected)
    single = mg.cross_entropy(mg.parameter(logits, dtype="float32"), probabilities)
    assert single.dtype == np.float32


def test_a_tensor_as_label_smoothing_is_refused():
    with pytest.raises(TypeError, match=r"label_smoothing=tensor.*must be a number"):
        mg.cross_entropy(real((2, 3)), [2, 0], label_smoothing=mg.parameter(0.1))


def test_results_have_numpys_names():
    x = mg.tensor([[2.0, 0.5], [0.5, 1.0]])
    for name in ("slogdet", "svd", "eigh"):
        ours, theirs = getattr(mg, name)(x), getattr(np.linalg, name)(x.numpy())
        assert ours._fields == theirs._fields
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(np.abs(host(mine)), np.abs(other))
    assert float(np.linalg.slogdet(x).logabsdet) == pytest.approx(math.log(1.75))


@pytest.mark.parametrize(("subscripts", "shape"), [("ii->i", (1, 3)), ("ii", (3, 1)), ("iji->j", (1, 2, 3))])
def test_einsum_takes_no_diagonal_of_unequal_sides(subscripts, shape):
    with pytest.raises(ValueError, match="collapsing index"):
        np.einsum(subscripts, np.ones(shape))
    with pytest.raises(mg.errors.ShapeError, match=r"repeated.*different sizes"):
        mg.einsum(subscripts, np.ones(shape))


def test_einsum_names_its_subscripts():
    a, b = mg.tensor(real((2, 3))), mg.tensor(real((3, 2)))
    with pytest.raises(TypeError, match=r"einsum: the subscripts come first.*test_rules"):
        np.einsum(a, [0, 1], b, [1, 2])
