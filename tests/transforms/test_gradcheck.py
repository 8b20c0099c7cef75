"""``mg.gradcheck`` passes what is right and names what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.primitive import REGISTRY


@pytest.fixture(autouse=True)
def _forget():
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def cube(*rules, forward=lambda xp, x, y: x**3 * y):
    made = mg.Primitive(forward, name="test_cube", public=False)
    made.defvjp(*rules)
    return made


right = lambda g, x, y: 3 * g * x * x * y
other = lambda g, x: g * x**3


def test_it_passes_what_is_right(rng):
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    assert mg.gradcheck(cube(right, other), (x, y), order=3) is True
    assert mg.gradcheck(mg.matmul, (rng.standard_normal((9, 10)), rng.standard_normal((10, 2))))
    assert mg.gradcheck(lambda p: {"a": mg.exp(p["x"]) * p["y"], "b": p["x"]}, [{"x": x, "y": mg.tensor(2.0)}])
    assert mg.gradcheck(mg.softmax, [x.astype("float32")])
    assert mg.gradcheck(mg.square, [np.ones((0, 3))])
    assert mg.gradcheck(lambda x: x * 2.0, [3.0])


def test_it_checks_a_module(rng):
    cell = mg.nn.RNNCell(3, 4, rng=0)
    x, h = rng.standard_normal((2, 3)), rng.standard_normal((2, 4))
    assert mg.gradcheck(lambda cell, x, h: cell(x, h), (cell, x, h), order=1)
    assert cell.W_h.dtype == np.float32


def entry(g, x, y):
    """Right but for the last of many entries."""
    mask = np.zeros(x.shape)
    mask.flat[-1] = 0.01
    return right(g, x, y) * (1 + mask)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ((lambda g, x, y: 1.01 * right(g, x, y), other), ["order 1", "argument 0", "entry [0, 0]", "expected", "got"]),
        ((right, lambda g, x: -g * x**3), ["order 1", "argument 1", "entry [0, 0]", "6 of 6"]),
        ((entry, other), ["order 1", "argument 0", "entry [1, 2]", "1 of 6"]),
        ((right, lambda g, x: 0 * g), ["argument 1"]),
        ((lambda g, x, y: 3 * x * x * y + 0 * g, other), ["order 1", "argument 0"]),
        # the second derivative is lost, as if by a rule that works on raw arrays
        ((lambda g, x, y: 3 * g * mg.stop_gradient(x) ** 2 * y, other), ["order 2", "argument 0"]),
        ((lambda g, x, y: mg.stop_gradient(3 * g) * x * x * y, other), ["order 2", "the cotangent of order 1"]),
    ],
)
def test_it_names_what_is_wrong(rules, words, rng):
    x, y = rng.uniform(0.5, 2, (2, 3)), rng.uniform(0.5, 2, (2, 3))
    with pytest.raises(errors.GradientError) as caught:
        mg.gradcheck(cube(*rules), (x, y))
    assert isinstance(caught.value, AssertionError)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_many_entries_are_checked_along_directions(rng):
    x, y = rng.uniform(0.5, 2, (10, 10)), rng.uniform(0.5, 2, (10, 10))
    assert mg.gradcheck(cube(right, other), (x, y))
    with pytest.raises(errors.GradientError, match="argument 0, random direction"):
        mg.gradcheck(cube(entry, other), (x, y))


def test_it_names_a_leaf_of_a_tree():
    f = lambda p: cube(right, lambda g, x: 2 * other(g, x))(p["x"], p["list"][1])
    with pytest.raises(errors.GradientError, match=r"argument 0\['list'\]\[1\], entry \[\]"):
        mg.gradcheck(f, [{"x": 1.5, "list": [2.0, 3.0]}])


def test_what_it_cannot_check():
    with pytest.raises(errors.DTypeError, match="int64"):
        mg.gradcheck(mg.square, [np.array([1, 2])])
    with pytest.raises(errors.DTypeError, match="float32"):
        mg.gradcheck(lambda x: x.astype("float32"), [1.0])
    with pytest.raises(errors.DTypeError, match="int"):
        mg.gradcheck(lambda x: 3, [1.0])
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="two different values"):
        mg.gradcheck(lambda x: x * rng.standard_normal(), [1.0])


@pytest.mark.parametrize("order", [0, -1])
def test_an_order_that_checks_nothing_is_refused(order):
    with pytest.raises(ValueError, match="below order 1"):
        mg.gradcheck(mg.sin, (np.ones(3),), order=order)


def test_a_result_that_is_no_number_is_named():
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(ValueError, match="result is not finite there"),
    ):
        mg.gradcheck(mg.log, (np.array([-1.0]),))
