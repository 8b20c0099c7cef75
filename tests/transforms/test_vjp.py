"""``mg.vjp``: cotangents pulled back, once and again, through trees."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from tests.transforms.tools import value


def test_vjp_pulls_back_again_and_again(rng):
    x, w = rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    result, pull = mg.vjp(mg.matmul, x, w)
    np.testing.assert_array_equal(value(result), x @ w)
    for _ in range(2):
        v = rng.standard_normal((2, 4))
        gx, gw = pull(v)
        np.testing.assert_allclose(value(gx), v @ w.T)
        np.testing.assert_allclose(value(gw), x.T @ v)


def test_vjp_of_trees():
    result, pull = mg.vjp(lambda p: {"b": p[0] * p[1], "a": (p[0], 5.0)}, [2.0, 3.0])
    assert result["b"].item() == 6.0
    (g,) = pull({"a": (10.0, 0.0), "b": 1.0})  # in another order of the keys
    assert [value(k) for k in g] == [13.0, 2.0]
    for bad in ({"b": 1.0}, [1.0, (2.0, 3.0)], {"b": 1.0, "a": (1.0,)}, {"b": np.ones(2), "a": (1.0, 1.0)}):
        with pytest.raises(errors.ShapeError):
            pull(bad)
    _, pull = mg.vjp(lambda x: (x * 2.0, None), 3.0)
    assert value(pull((5.0, None))[0]) == 10.0
    for bad in ((5.0, 1.0), (None, None), (5.0, ())):
        with pytest.raises(errors.ShapeError, match="must have the structure"):
            pull(bad)


def test_a_cotangent_of_another_tape_is_an_error_not_a_constant():
    _, pull = mg.vjp(mg.square, 3.0)
    v = mg.parameter(2.0)
    with mg.Tape(), pytest.raises(errors.ForeignTensorError, match="cotangent"):
        pull(v * 1.0)
    assert value(pull(v)[0]) == 12.0


def test_the_pullback_is_differentiable_by_its_cotangent():
    v = mg.parameter(2.0)
    with mg.Tape() as tape:
        _, pull = mg.vjp(lambda x: x**3, 3.0)
        (g,) = pull(v)
        assert tape.gradient(g, v).item() == 27.0


@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.slogdet, np.linalg.svd])
def test_a_plain_tuple_is_a_cotangent_of_a_named_one(function):
    value, pull = mg.vjp(getattr(mg, function.__name__), np.array([[2.0, 0.5], [0.5, 1.0]]))
    ones = [np.ones(part.shape) for part in value]
    (plain,) = pull(tuple(ones))
    (named,) = pull(type(value)(*ones))
    np.testing.assert_array_equal(plain.value, named.value)
    with pytest.raises(errors.ShapeError, match="structure"):
        pull(ones)
