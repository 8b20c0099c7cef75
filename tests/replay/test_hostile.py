"""Replayed calls that once returned something else than the function would have, without an error."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

X = mg.tensor([1.0, 2.0, 3.0])


def trusted(function: Any, *args: Any) -> Any:
    """The function replayed, after as many calls as it takes until its program runs."""
    program = mg.replay(function)
    for _ in range(3):
        program(*args)
    assert program.reason is None
    return program


# -- what a program takes for granted ---------------------------------------------------------------


class Trainer:
    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def step(self, x: Any) -> Any:
        return self.layer(x)

    def gradient(self, x: Any) -> Any:
        return mg.grad(lambda m: m(x).sum())(self.layer)["scale"]


class Scaled(nn.Module):
    def __init__(self) -> None:
        self.scale = mg.parameter(2.0)

    def __call__(self, x: Any) -> Any:
        return x * self.scale if self.training else x


HELD = {
    "an attribute of the object of a method": lambda layer: Trainer(layer).step,
    "a list": lambda layer: lambda x, layers=(layer,): layers[0](x),
    "an object in a closure": lambda layer, trainer=Trainer: (lambda t: lambda x: t.step(x))(trainer(layer)),
    "an object in an object": lambda layer: (lambda held: lambda x: held.inner.step(x))(
        SimpleNamespace(inner=Trainer(layer))
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_the_mode_of_a_module_wherever_it_is_held(name: str):
    layer = Scaled()
    program = trusted(HELD[name](layer), X)
    layer.eval()
    np.testing.assert_array_equal(program(X).value, X.value)
    layer.train()
    np.testing.assert_array_equal(program(X).value, 2 * X.value)


def test_the_mode_of_a_module_that_a_function_is_given_closes_over():
    layer = Scaled()

    def inside(x: Any) -> Any:
        return layer(x)

    program = trusted(lambda function, x: function(x), inside, X)
    layer.eval()
    np.testing.assert_array_equal(program(inside, X).value, X.value)


def test_the_mode_of_a_module_whose_copy_is_differentiated():
    layer = Scaled()
    program = trusted(Trainer(layer).gradient, X)
    assert float(program(X)) == 6
    layer.eval()
    assert float(program(X)) == float(program.function(X)) == 0


def test_a_mode_that_changes_between_the_two_calls_that_are_recorded():
    layer = Scaled()
    program = mg.replay(Trainer(layer).step)
    program(X)
    layer.eval()
    for _ in range(3):
        np.testing.assert_array_equal(program(X).value, X.value)
    assert program.reason is None


SETTINGS = {
    "a shift": (lambda n: lambda x: mg.roll(x, n), 1, 2),
    "an index": (lambda n: lambda x: x[n], 1, 2),
    "an index of several parts": (lambda n: lambda x: x.reshape((3, 1))[n, 0], 1, 2),
    "a mask": (lambda n: lambda x: x[n], [True, True, False], [False, True, True]),
    "an index that is set": (lambda n: lambda x: mg.at_set(x, n, 7.0), 1, 2),
    "repeats": (lambda n: lambda x: mg.repeat(x, n), [1, 1, 2], [2, 1, 1]),
    "sections": (lambda n: lambda x: mg.split(x, n)[0], [1, 2], [2, 3]),
    "points": (lambda n: lambda x: mg.interp(x, n, [0.0, 1.0, 2.0]), [0.0, 2.0, 4.0], [0.0, 1.0, 4.0]),
    "a condition": (lambda n: lambda x: mg.compress(n, x), [True, False, True], [False, True, True]),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_leaf_that_is_a_setting(name: str):
    make, before, after = SETTINGS[name]
    leaf = mg.tensor(before)
    function = make(leaf)
    program = trusted(function, X)
    leaf.value = after
    expected = function(X)
    for _ in range(3):
        np.testing.assert_array_equal(program(X).value, expected.value)
