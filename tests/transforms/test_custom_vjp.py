"""Rules of one's own: ``mg.custom_vjp``, and primitives of the user."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.primitive import REGISTRY
from tests.numeric import host
from tests.transforms.tools import ruled, value


def make_clip(limit=0.5):
    @mg.custom_vjp
    def clip_gradient(x):
        return x * 1.0

    @clip_gradient.defvjp
    def _(cotangent, result, x):
        return mg.maximum(mg.minimum(cotangent, limit), -limit)

    return clip_gradient


def test_custom_vjp_overrides_the_rule():
    clip = make_clip()
    g = mg.grad(lambda x: (clip(x) * np.array([0.1, 2.0, -3.0])).sum())(np.ones(3))
    np.testing.assert_array_equal(value(g), [0.1, 0.5, -0.5])
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        y = clip(x * x) * 3.0
        assert [r.op for r in tape] == ["multiply", "clip_gradient", "multiply"]
        tape.backward(y)
    assert x.grad == 0.5 * 4.0
    assert clip(np.array([1.0])).tolist() == [1.0]


def test_custom_vjp_with_trees_settings_and_higher_order():
    @mg.custom_vjp
    def f(p, x, factor, *, power):
        return {"y": p["a"] * x**power * factor, "z": p["a"] * 2.0}

    @f.defvjp
    def _(cotangent, result, p, x, factor, *, power):
        assert isinstance(x, mg.Tensor)
        gy = cotangent["y"] * factor
        return {"a": gy * x**power + cotangent["z"] * 2.0}, gy * p["a"] * power * x ** (power - 1), None

    inputs = ({"a": np.array([1.0, 2.0])}, np.array([3.0, 0.5]))
    assert mg.gradcheck(lambda p, x: f(p, x, 1.5, power=3), inputs, order=3)
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        out = f({"a": x}, x, 1.0, power=2)
        assert tape.gradient(out["y"] + out["z"], x).item() == 3 * 4.0 + 2.0


def test_custom_vjp_with_its_result():
    """The implicit function theorem: the square root as a fixed point, without unrolling the iteration."""

    @mg.custom_vjp
    def root(a):
        x = a
        for _ in range(30):
            x = 0.5 * (x + a / x)
        return x

    root.defvjp(lambda cotangent, x, a: cotangent / (2 * x))
    assert mg.gradcheck(root, [np.array([2.0, 9.0])], order=2)
    with mg.Tape() as tape:
        root(mg.parameter(4.0))
    assert len(tape) == 1


def test_custom_vjp_refuses_what_cannot_be_right():
    w, x = mg.parameter(2.0), mg.parameter([1.0, 2.0])
    without = mg.custom_vjp(lambda x: x)
    with pytest.raises(errors.RuleError, match="no rule"):
        without(x)
    closes = mg.custom_vjp(lambda x: x * w)
    closes.defvjp(lambda g, y, x: g)
    with mg.Tape(), pytest.raises(errors.RuleError, match="not one of its positional"):
        closes(x)
    constant = mg.tensor(2.0)
    allowed = mg.custom_vjp(lambda x: x * constant)
    allowed.defvjp(lambda g, y, x: g)
    assert value(mg.grad(lambda x: allowed(x).sum())(np.ones(2))).tolist() == [1, 1]
    for rule, match in [
        (lambda g, y, x, z: g, "1 cotangents; it has 2"),
        (lambda g, y, x, z: (g, g, g), "3 cotangents"),
        (lambda g, y, x, z: (g.sum(), g), r"shape \(\) for argument 0.*\(2,\)"),
        (lambda g, y, x, z: (g, [g, g]), "argument 1"),
    ]:
        f = mg.custom_vjp(lambda x, z: x * z)
        f.defvjp(rule)
        with mg.Tape() as tape, pytest.raises(errors.RuleError, match=match):
            tape.backward(f(x, x * 2.0).sum())


# -- any result, any argument ----------------------------------------------------------------------


@mg.custom_vjp
def reverse(x):
    return x


reverse.defvjp(lambda cotangent, value, x: -cotangent)


@pytest.mark.parametrize(
    "result",
    [
        lambda x: x,
        lambda x: x * 1,
        lambda x: x.detach(),
        lambda x: mg.stop_gradient(mg.round(x)),
        lambda x: mg.tensor(np.round(x.numpy())),
        lambda x: np.round(x.numpy()),
        lambda x: mg.dropout(x, 0.0, rng=np.random.default_rng(0)),
        lambda x: mg.ones(2),
    ],
)
def test_a_rule_of_ones_own_holds_for_whatever_the_function_returns(result):
    own = mg.custom_vjp(result)
    own.defvjp(lambda cotangent, value, x: cotangent * 5)
    x = mg.parameter([1.2, 2.7])
    with mg.Tape() as tape:
        y = own(x)
        np.testing.assert_array_equal(y.value, host(result(mg.tensor(x.value))))
        tape.backward((y * 3.0).sum())
    np.testing.assert_array_equal(x.grad, [15, 15])
    np.testing.assert_array_equal(mg.grad(lambda x: (own(x) * 3.0).sum())(x.value).value, [15, 15])


def test_gradient_reversal():
    np.testing.assert_array_equal(mg.grad(lambda x: (reverse(x) * 3.0).sum())(np.array([1.0, 2.0])).value, [-3, -3])
    with pytest.raises(errors.GradientError):
        mg.gradcheck(reverse, (np.array([1.0, 2.0]),))


def test_an_argument_among_several_results():
    own = mg.custom_vjp(lambda x: (x, x * 2.0))
    own.defvjp(lambda g, v, x: g[0] * 100 + g[1] * 1000)

    def f(x):
        first, second = own(x)
        return (first * 3.0 + second).sum()

    np.testing.assert_array_equal(mg.grad(f)(np.array([1.0, 2.0])).value, [1300, 1300])


def test_a_rule_of_ones_own_has_no_say_over_what_is_no_argument():
    w = mg.parameter([3.0, 4.0])
    own = mg.custom_vjp(lambda x: w)
    own.defvjp(lambda g, v, x: g)
    with mg.Tape(), pytest.raises(errors.RuleError, match="not one of its positional arguments"):
        own(mg.parameter([1.0, 2.0]))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        lambda x: x * 1.0,
        lambda x: x.value * 1.0,
        lambda x: mg.tensor(x.value),
        lambda x: x.detach(),
    ],
    ids=["the argument", "recorded", "an array", "a constant", "detached"],
)
def test_the_rule_holds_whatever_kind_of_value_is_returned(function):
    f = ruled(function, lambda g, value, x: g * 10.0 * value)
    x = mg.parameter([2.0, 3.0])
    with mg.Tape() as tape:
        w = x * 1.0
        y = f(w)
        assert y.recorded
        assert tape.gradient(y, x, np.ones(2)).numpy().tolist() == [20.0, 30.0]
        assert len(tape) == 2


def test_results_of_every_kind_beside_each_other():
    f = ruled(
        lambda x: (x, x * 2.0, x.value * 3.0, mg.tensor([4, 5]), "text", None, np.array([6, 7])),
        lambda g, value, x: g[0] + 10.0 * g[1] + 100.0 * g[2],
    )
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        a, b, c, whole, text, nothing, array = f(x)
        assert (type(array), array.tolist()) == (np.ndarray, [6, 7])
        assert [each.numpy().tolist() for each in (a, b, c, whole)] == [[1, 2], [2, 4], [3, 6], [4, 5]]
        assert (text, nothing, whole.recorded) == ("text", None, False)
        for each, factor in [(a, 1.0), (b, 10.0), (c, 100.0), (a + b + c, 111.0)]:
            assert tape.gradient(each, x, np.ones(2), retain=True).numpy().tolist() == [factor] * 2


@pytest.mark.parametrize("create_graph", [False, True])
def test_an_argument_without_derivative_has_zeros(create_graph):
    f = ruled(lambda x, y: x * y, lambda g, value, x, y: (g * y, None))
    x, y = mg.parameter([2.0, 3.0]), mg.parameter(np.ones(2, "float32"))
    with mg.Tape() as tape:
        found = tape.gradient(f(x, y).sum(), [x, y], create_graph=create_graph)
    assert [(g.dtype.name, host(g).tolist()) for g in found] == [("float64", [1.0, 1.0]), ("float32", [0.0, 0.0])]
    assert all(type(g) is mg.Tensor for g in found)


def test_the_one_argument_may_be_a_pair():
    f = ruled(lambda pair: pair[0] * pair[1], lambda g, value, pair: [g * pair[1], g * pair[0]])
    x, y = mg.parameter(2.0), mg.parameter(3.0)
    with mg.Tape() as tape:
        assert [g.item() for g in tape.gradient(f([x, y]), [x, y])] == [3.0, 2.0]


@pytest.mark.parametrize("cotangent", [3.0, 3, np.float64(3), np.array(3.0), mg.tensor(3.0)])
def test_a_rule_may_return_numbers_also_for_what_is_no_tensor(cotangent):
    f = ruled(lambda x, k, y: x * k + y, lambda g, value, x, k, y: (cotangent, cotangent, cotangent))
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        assert tape.gradient(f(x, 5.0, x), x).item() == 6.0, "an argument that is there twice adds both"


def test_a_recorded_tensor_that_is_no_argument_is_refused():
    x = mg.parameter(2.0)
    with mg.Tape():
        hidden = x * 3.0
        for function in (lambda x: x * hidden, lambda x: hidden):
            with pytest.raises(errors.RuleError, match="not one of its positional arguments"):
                ruled(function, lambda g, value, x: g)(x)
        constant = mg.tensor(4.0)
        assert ruled(lambda x: x * constant, lambda g, value, x: g)(x).item() == 8.0
        assert ruled(lambda pair: pair[0] * pair[1], lambda g, value, pair: (g, g))((x, hidden)).item() == 12.0


# -- primitives of the user ------------------------------------------------------------------------


@pytest.fixture
def _forget():
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.mark.usefixtures("_forget")
def test_a_users_primitive_passes_gradcheck_and_every_transform():
    @mg.primitive(broadcasts=True)
    def my_hypot(xp, x, y):
        return xp.hypot(x, y)

    my_hypot.defvjp(lambda g, x, out: g * x / out, lambda g, y, out: g * y / out)
    x, y = np.array([[3.0], [1.0]]), np.array([4.0, 0.5])
    assert mg.gradcheck(my_hypot, (x, y), order=3)
    mg.jvp(my_hypot, (x, y), (x, y))
    h = mg.hessian(lambda x: my_hypot(x, 4.0))(3.0)
    assert h.item() == pytest.approx(16 / 125)
    with mg.Tape() as tape:
        out = my_hypot(mg.parameter(3.0), 4.0)
    assert tape[0].op == "my_hypot"
    assert out.item() == 5.0


def test_a_rule_that_returns_a_constant_array():
    user = mg.primitive(lambda xp, x: x * 2.0, name="test_user", public=False)
    del REGISTRY["test_user"]
    user.defvjp(lambda g, shape: np.full(shape, 2.0))
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        first = tape.gradient(user(x * x).sum(), x, create_graph=True)
        assert isinstance(first, mg.Tensor)
        np.testing.assert_array_equal(tape.gradient(first.sum(), x).value, [4, 4])
        direct = tape.gradient(user(x).sum(), x, create_graph=True)
        assert isinstance(direct, mg.Tensor)


def test_the_rule_of_one_argument_may_return_a_tuple_that_says_none():
    constant = mg.custom_vjp(lambda x: x * 2.0)
    constant.defvjp(lambda g, value, x: (None,))
    assert mg.grad(lambda x: constant(x) + x)(3.0).item() == 1.0
