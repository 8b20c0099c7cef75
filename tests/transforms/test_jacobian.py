"""Jacobians and Hessians, and products with them, also against PyTorch."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from tests.transforms.tools import value


def mixed(ops, x, y):
    """A vector function in minigrad's and in PyTorch's words alike."""
    return ops.tanh(x @ y) * ops.exp(-x.sum()) + (x * x) @ y


def test_jacobian_against_torch(rng, torch):
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))
    ours = mg.jacobian(lambda x, y: mixed(mg, x, y), (0, 1))(x, y)
    theirs = torch.autograd.functional.jacobian(lambda x, y: mixed(torch, x, y), (torch.tensor(x), torch.tensor(y)))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(value(a), b.numpy(), rtol=1e-12, atol=1e-14)


def test_hessian_hvp_and_jvp_against_torch(rng, torch):
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))
    dx, dy = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))
    ours = lambda x, y: (mixed(mg, x, y) ** 3).sum()
    theirs = lambda x, y: (mixed(torch, x, y) ** 3).sum()
    points = torch.tensor(x), torch.tensor(y)
    hessian = mg.hessian(ours, (0, 1))(x, y)
    for row, expected in zip(hessian, torch.autograd.functional.hessian(theirs, points), strict=True):
        for a, b in zip(row, expected, strict=True):
            np.testing.assert_allclose(value(a), b.numpy(), rtol=1e-10, atol=1e-10)
    directions = torch.tensor(dx), torch.tensor(dy)
    products = mg.hvp(ours, (x, y), (dx, dy))
    for a, b in zip(products, torch.autograd.functional.hvp(theirs, points, directions)[1], strict=True):
        np.testing.assert_allclose(value(a), b.numpy(), rtol=1e-10, atol=1e-10)
    full = np.tensordot(hessian[0][0].value, dx, 2) + np.tensordot(hessian[0][1].value, dy, 2)
    np.testing.assert_allclose(value(products[0]), full, rtol=1e-10, atol=1e-10)
    tangent = mg.jvp(lambda x, y: mixed(mg, x, y), (x, y), (dx, dy))[1]
    expected = torch.autograd.functional.jvp(lambda x, y: mixed(torch, x, y), points, directions)[1]
    np.testing.assert_allclose(value(tangent), expected.numpy(), rtol=1e-12, atol=1e-12)
    forward_over_reverse = mg.jvp(mg.grad(ours, (0, 1)), (x, y), (dx, dy))[1]
    for a, b in zip(forward_over_reverse, products, strict=True):
        np.testing.assert_allclose(value(a), b.value, rtol=1e-10, atol=1e-10)


def test_jacobian_of_trees_scalars_and_nothing():
    f = lambda p, k: {"sum": p["x"] * p["y"], "x": (p["x"], 1.0)}
    j = mg.jacobian(f)({"x": np.array([1.0, 2.0]), "y": 3.0}, 7)
    np.testing.assert_array_equal(value(j["sum"]["x"]), 3 * np.eye(2))
    np.testing.assert_array_equal(value(j["sum"]["y"]), [1, 2])
    np.testing.assert_array_equal(value(j["x"][0]["x"]), np.eye(2))
    assert not value(j["x"][1]["x"]).any()
    assert mg.jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    assert mg.jacobian(mg.square)(np.ones((0,))).shape == (0, 0)
    assert mg.jacobian(mg.square)(3.0).item() == 6.0
