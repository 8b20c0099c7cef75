"""``mg.jvp`` and ``mg.linearize``: tangents pushed forward."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.transforms.trees import tree_leaves
from tests.transforms.tools import value


def test_jvp_is_the_derivative_along_the_tangent(rng):
    x, w = rng.standard_normal((2, 3)), rng.standard_normal((3, 3))
    dx, dw = rng.standard_normal((2, 3)), rng.standard_normal((3, 3))
    f = lambda x, w: {"y": mg.tanh(x @ w), "s": mg.logsumexp(x), "x": x}
    result, tangent = mg.jvp(f, (x, w), (dx, dw))
    h = 1e-6
    plus, minus = f(x + h * dx, w + h * dw), f(x - h * dx, w - h * dw)
    for key in result:
        np.testing.assert_allclose(value(tangent[key]), (plus[key] - minus[key]) / (2 * h), rtol=1e-7, atol=1e-9)
    v = {key: rng.standard_normal(result[key].shape) for key in result}
    gx, gw = mg.vjp(f, x, w)[1](v)
    forward = sum(np.sum(v[key] * tangent[key].value) for key in v)
    assert forward == pytest.approx(np.sum(gx.value * dx) + np.sum(gw.value * dw), rel=1e-12)


def test_jvp_checks_its_tangents():
    for tangents in ((np.ones(3),), (np.ones(2), np.ones(2)), ([1.0, 2.0],)):
        with pytest.raises(errors.ShapeError, match="tangents"):
            mg.jvp(mg.square, (np.ones(2),), tangents)
    with pytest.raises(errors.ShapeError, match="tangents"):
        mg.hvp(lambda x: x.sum(), (np.ones(2),), (np.ones(3),))
    tangents = mg.jvp(lambda d: d["a"] * d["b"], ({"a": 2.0, "b": 3.0},), ({"b": 1.0, "a": 0.0},))[1]
    assert value(tangents) == 2.0


def test_jvp_of_what_is_not_linear_or_not_used():
    out, tangent = mg.jvp(lambda x, y: (x, mg.tensor(3.0), 4.0), (2.0, 1.0), (5.0, 7.0))
    assert [value(k) if isinstance(k, mg.Tensor) else k for k in out] == [2.0, 3.0, 4.0]
    assert [value(k) for k in tangent] == [5.0, 0.0, 0.0]


# -- linearize -------------------------------------------------------------------------------------


def test_linearize_runs_the_function_once_and_pushes_many_tangents(rng):
    calls = []

    def f(x, p):
        calls.append(x)
        return {"a": mg.tanh(x @ p["w"]), "b": (x * x).sum()}

    primals = rng.standard_normal((2, 3)), {"w": rng.standard_normal((3, 4))}
    value, push = mg.linearize(f, *primals)
    for _ in range(3):
        tangents = rng.standard_normal((2, 3)), {"w": rng.standard_normal((3, 4))}
        expected = mg.jvp(f, primals, tangents)
        for mine, its in zip(tree_leaves((value, push(*tangents))), tree_leaves(expected), strict=True):
            np.testing.assert_array_equal(mine.numpy(), its.numpy())
    assert len(calls) == 4
    with pytest.raises(mg.errors.ShapeError, match="the tangents"):
        push(primals[0])


def test_a_pushed_tangent_can_be_differentiated_by_the_primal():
    def directional(x):
        return mg.linearize(lambda x: x**3, x)[1](1.0)

    assert float(mg.grad(directional)(2.0)) == 12.0


def test_linearize_refuses_a_tangent_of_another_tape():
    """The derivative by it would be lost."""
    _, push = mg.linearize(mg.square, 3.0)
    assert float(push(1.0)) == 6
    with pytest.raises(errors.ForeignTensorError, match=r"tangents: one of them is on another tape.*test_jvp"):
        mg.grad(push)(1.0)

    def derivative(t):
        return mg.linearize(mg.square, 3.0)[1](t)

    assert float(mg.grad(derivative)(1.0)) == 6
