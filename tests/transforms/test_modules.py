"""Modules as arguments: one stands for its parameters."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from tests.transforms.tools import value


def model_and_data(rng):
    class Model(mg.nn.Module):
        def __init__(self):
            self.layers = [mg.nn.Linear(3, 4, rng=0), mg.nn.Linear(4, 2, rng=1)]
            self.tied = self.layers[0]
            self.scale = 2.0

        def __call__(self, x):
            return self.layers[1](mg.tanh(self.tied(x))) * self.scale

    return Model(), rng.standard_normal((5, 3)).astype("float32")


def test_a_module_stands_for_its_parameters(rng):
    model, x = model_and_data(rng)
    loss = lambda model, x: (model(x) ** 2).mean()
    result, gradients = mg.value_and_grad(loss)(model, x)
    with mg.Tape() as tape:
        expected = loss(model, x)
        tape.backward(expected)
    assert result.item() == expected.item()
    assert list(gradients) == [name for name, _ in model.named_parameters()]
    for name, parameter in model.named_parameters():
        np.testing.assert_array_equal(value(gradients[name]), parameter.grad)
        assert not parameter.recorded
    pair = mg.grad(lambda pair, x: loss(pair["m"], x) * pair["s"])({"m": model, "s": 3.0}, x)
    assert pair["s"].item() == pytest.approx(expected.item())
    np.testing.assert_allclose(value(pair["m"]["layers.0.W"]), 3 * gradients["layers.0.W"].value, rtol=1e-5)


def test_second_derivatives_by_a_module(rng):
    model, x = model_and_data(rng)
    loss = lambda model: (model(x) ** 2).mean()
    along = {name: rng.standard_normal(p.shape).astype("float32") for name, p in model.named_parameters()}
    (product,) = mg.hvp(loss, (model,), (along,))
    squared = mg.grad(lambda model: sum((g * g).sum() for g in mg.grad(loss)(model).values()))(model)
    (half,) = mg.hvp(loss, (model,), ({name: g.value for name, g in mg.grad(loss)(model).items()},))
    for name in along:
        np.testing.assert_allclose(value(squared[name]), 2 * half[name].value, rtol=1e-3, atol=1e-5)
        assert product[name].shape == along[name].shape
    mg.gradcheck(loss, [model])


def test_a_module_used_elsewhere_on_the_tape_does_not_mix():
    cell = mg.nn.Linear(2, 2, rng=0)
    with mg.Tape() as tape:
        outside = (cell.W * cell.W).sum()
        inner = mg.grad(lambda m: (m.W * 3.0).sum() * outside)(cell)["W"]  # outside is a constant to it
        np.testing.assert_allclose(value(inner), 3 * outside.item() * np.ones((2, 2)), rtol=1e-6)
        g = tape.gradient(inner.sum(), cell.W)
    np.testing.assert_allclose(value(g), 12 * 2 * cell.W.value, rtol=1e-5)


def test_a_constant_copy_of_a_module():
    model = mg.nn.Linear(1, 1, rng=0, dtype="float64", bias=False)
    x, w = mg.ones((1, 1)), model.W.value.item()
    gradient = mg.grad(lambda m: ((m(x) - mg.stop_gradient(m)(x) * 2) ** 2).sum())(model)
    np.testing.assert_allclose(gradient["W"].value, [[2 * (w - 2 * w)]])
    assert mg.stop_gradient(model).W is not model.W
    with mg.Tape() as tape:
        tape.backward(((model(x) - mg.stop_gradient(model)(x) * 2) ** 2).sum())
    np.testing.assert_allclose(model.W.grad, [[2 * (w - 2 * w)]])


class Held(mg.nn.Module):
    """A module that holds one of its own methods."""

    def __init__(self):
        self.w = mg.parameter([2.0, 3.0])
        self.function = self.run

    def run(self, x):
        return x * self.w

    def __call__(self, x):
        return self.function(x)


def test_a_module_that_holds_its_own_method():
    gradient = mg.grad(lambda m: m(mg.tensor([1.0, 5.0])).sum())(Held())
    np.testing.assert_array_equal(gradient["w"].value, [1, 5])
