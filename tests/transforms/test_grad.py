"""``mg.grad`` and ``mg.value_and_grad``: trees of arguments, what is given to the function, and what is refused."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.context import active_tape
from tests.transforms.tools import value


class Pair(NamedTuple):
    a: Any
    b: Any


def test_grad_of_numbers_arrays_and_tensors():
    for x in (3.0, np.float64(3.0), np.array(3.0), mg.tensor(3.0), mg.parameter(3.0)):
        assert value(mg.grad(lambda x: x**3)(x)) == 27.0
    result, gradient = mg.value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    assert result.item() == 5.0
    np.testing.assert_array_equal(value(gradient), [2, 4])
    assert active_tape.get() is None


def test_float32_stays_float32():
    x = np.ones(3, "float32")
    f = lambda x: (mg.tanh(x) * 2.0).sum()
    assert mg.grad(f)(x).dtype == np.float32
    assert mg.hessian(f)(x).dtype == np.float32
    assert mg.jvp(f, (x,), (x,))[1].dtype == np.float32
    assert mg.hvp(f, (x,), (x,))[0].dtype == np.float32


def test_pytrees_keep_their_structure():
    tree = {"w": np.array([1.0, 2.0]), "rest": [3.0, (4.0, Pair(5.0, None))]}

    def f(t):
        return (t["w"] * t["rest"][0]).sum() * t["rest"][1][0] * t["rest"][1][1].a

    g = mg.grad(f)(tree)
    np.testing.assert_array_equal(value(g["w"]), [60, 60])
    assert value(g["rest"][0]) == 60.0
    assert isinstance(g["rest"][1], tuple)
    assert value(g["rest"][1][0]) == 45.0
    assert isinstance(g["rest"][1][1], Pair)
    assert value(g["rest"][1][1].a) == 36.0
    assert g["rest"][1][1].b is None


def test_several_argnums_and_keyword_arguments():
    def f(x, y, z, *, power=1, scale=2.0):
        assert isinstance(y, str)
        return scale * (x * z) ** power

    g = mg.grad(f, argnums=(0, -1))(3.0, "as it is", 5.0, power=2)
    assert isinstance(g, tuple)
    assert [value(k) for k in g] == [300.0, 180.0]
    assert value(mg.grad(f, argnums=2)(3.0, "", 5.0, scale=mg.tensor(1.0))) == 3.0
    assert mg.grad(f, (0,))(3.0, "", 5.0)[0].item() == 10.0
    for wrong in (3, -4, (0, 7)):
        with pytest.raises(ValueError, match="3 positional"):
            mg.grad(f, wrong)(1.0, "", 1.0)


def test_a_function_that_ignores_its_argument():
    x = np.ones((2, 3), "float32")
    for f in (lambda x: mg.tensor(2.0), lambda x: mg.tensor(2.0) * 3.0, lambda x: mg.stop_gradient(x).sum()):
        g = mg.grad(f)(x)
        assert (g.shape, g.dtype) == ((2, 3), np.float32)
        assert not value(g).any()
        assert not value(mg.hvp(f, (x,), (x,))[0]).any()
        assert value(mg.jvp(f, (x,), (x,))[1]) == 0.0
        assert mg.hessian(f)(x).shape == (2, 3, 2, 3)
    both = mg.grad(lambda x, y: x * 2.0, (0, 1))(1.0, 5.0)
    assert [value(g) for g in both] == [2.0, 0.0]
    second = mg.grad(mg.grad(lambda x: 3.0 * x))(1.0)
    assert value(second) == 0.0


@pytest.mark.parametrize("transform", [mg.grad, mg.jacobian, mg.hessian, mg.value_and_grad])
@pytest.mark.parametrize("bad", [3, True, np.array([1, 2]), [1.0, 2], mg.tensor([1, 2])])
def test_an_integer_argument_is_an_error(transform, bad):
    with pytest.raises(errors.DTypeError, match=r"(int64|bool).*test_grad"):
        transform(lambda x: x)(bad)
    assert active_tape.get() is None


@pytest.mark.parametrize("result", [lambda x: x, lambda x: 3.0, lambda x: (x.sum(), x), lambda x: None])
def test_grad_needs_a_scalar(result):
    with pytest.raises(errors.ShapeError, match="scalar tensor"):
        mg.grad(result)(np.ones(2))


def test_an_error_in_the_function_leaves_no_tape():
    with pytest.raises(ZeroDivisionError):
        mg.grad(lambda x: 1 / 0)(1.0)
    assert active_tape.get() is None


def test_wrapping_keeps_the_name():
    def energy(x):
        """Of a spring."""
        return x * x

    for f in (mg.grad(energy), mg.hessian(energy), mg.checkpoint(energy), mg.custom_vjp(energy)):
        assert (f.__name__, f.__doc__) == ("energy", "Of a spring.")


def test_a_function_may_change_the_tree_that_it_is_given():
    def of_dict(p):
        p["w"] = p["w"] * 2
        return (p["w"] ** 2).sum()

    def of_list(items):
        for k in range(len(items)):
            items[k] = items[k] * 3
        return sum((item * item).sum() for item in items)

    np.testing.assert_array_equal(mg.grad(of_dict)({"w": np.array([1.0, 2.0])})["w"].value, [8, 16])
    assert [float(g) for g in mg.grad(of_list)([1.0, 2.0])] == [18, 36]
    _, tangent = mg.jvp(of_list, ([1.0, 2.0],), ([1.0, 0.0],))
    assert float(tangent) == 18
    ((product, _),) = mg.hvp(of_list, ([1.0, 2.0],), ([1.0, 0.0],))
    assert float(product) == 18


@pytest.mark.skipif(np.dtype("longdouble").name == "float64", reason="long doubles are doubles here")
def test_only_the_usual_floating_point_is_differentiated():
    with pytest.raises(errors.DTypeError, match="float16, float32, float64"):
        mg.grad(lambda x: x * x)(np.longdouble(2))


@pytest.mark.parametrize("make", [lambda x: np.ma.array(x, mask=[0, 1]), lambda x: np.array(x).astype(complex)])
def test_an_argument_that_would_lose_something_is_refused(make):
    bad = make([1.0, 2.0])
    x = mg.parameter([1.0, 2.0])
    with pytest.raises(errors.DTypeError, match=r"masked|cannot differentiate by an argument of dtype complex"):
        mg.grad(lambda x: (x * x).sum())(bad)
    with mg.Tape() as tape:
        y = x * x
        with pytest.raises(errors.DTypeError, match=r"masked|complex"):
            tape.gradient(y, x, seed=bad)


def test_a_result_of_another_tape_is_refused():
    with mg.Tape():
        other = mg.parameter(2.0) * 3.0
    with pytest.raises(errors.ForeignTensorError, match=r"returned a tensor .*another tape"):
        mg.grad(lambda x: other)(1.0)
