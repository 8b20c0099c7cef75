"""Every primitive of the table: derivatives, dtypes, memory layouts, devices, and PyTorch's opinion."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.primitive import REGISTRY

from .numeric import check_first, check_second, host, second, torch_or_skip, vjp
from .table import CALLS, COMPARISONS, PAIRS, TABLE, ZERO, Call, distinct, nonzero, positive, real

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
    assert bool(TABLE[name]) == bool(REGISTRY[name].rules), f"{name!r}: calls are needed where there are rules"


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
        x = distinct((2, 3))
        assert not np.any(vjp(getattr(mg, name), [x], rng.standard_normal(x.shape))[0])


# -- dtypes and memory layouts ---------------------------------------------------------------------


@one_of_each()
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_dtype_is_kept(call: Call, dtype, rng, request):
    if "astype" in request.node.callspec.id:
        pytest.skip("astype is meant to change it")
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
    ],
)
def test_values_at_kinks_and_far_out(f, x, expected):
    (gradient,) = gradient_of(f, x, seed=[3.0] * len(x))
    np.testing.assert_array_equal(gradient, expected)


def test_sqrt_at_zero_is_infinite():
    with np.errstate(divide="ignore"):
        assert gradient_of(mg.sqrt, 0.0)[0] == INF


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


# -- what the primitives refuse --------------------------------------------------------------------


@pytest.mark.parametrize("index", [-1, 4, np.array([0, 4]), np.array([-1, 0])])
def test_take_rows_refuses_what_is_outside(index, xp):
    index = xp.asarray(index) if isinstance(index, np.ndarray) else index
    with pytest.raises(IndexError, match="4"):
        mg.take_rows(mg.parameter(xp.asarray(real((4, 2)))), index)


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
        mg.cross_entropy(logits, xp.asarray(np.array([0, 1, 4])))
    with pytest.raises(IndexError):
        mg.cross_entropy(logits, xp.asarray(np.array([0, 1, -1])))
    with pytest.raises(mg.errors.DTypeError, match="integers"):
        mg.cross_entropy(logits, xp.asarray(np.array([0.0, 1.0, 2.0])))
    with pytest.raises(ValueError, match="avg"):
        mg.cross_entropy(logits, xp.asarray(np.array([0, 1, 2])), reduction="avg")
