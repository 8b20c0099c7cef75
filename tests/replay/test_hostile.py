"""Replayed calls that once returned something else than the function would have, without an error."""

from __future__ import annotations

import copy
import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.programs.passes import EXACT

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


# -- what is one call, and what another ------------------------------------------------------------


def test_none_is_no_empty_dict():
    program = trusted(lambda x, state: x if state is None else 2 * x, X, None)
    np.testing.assert_array_equal(program(X, {}).value, 2 * X.value)


def test_a_primitive_of_a_user_that_draws_is_called_as_often_as_before():
    rng = np.random.default_rng(0)

    @mg.primitive(name="noisy_of_a_test", public=False)
    def noisy(xp: Any, x: Any) -> Any:
        return x + rng.standard_normal(3)

    noisy.defvjp(lambda g: g)
    program = trusted(lambda x: noisy(x) - noisy(x), X)
    assert np.all(program(X).value != 0)


def test_a_leaf_that_is_made_anew_is_nobody_elses():
    program = mg.replay(lambda x: (2 * x, mg.tensor([0.0])))
    program(X)
    for _ in range(4):
        _, fresh = program(X)
        assert fresh.value.tolist() == [0]
        fresh.value = [5.0]


def test_a_setting_of_an_optimiser_that_the_function_sets():
    w = mg.parameter([1.0])
    optimizer = optim.SGD([w], lr=1.0)

    def train(lr: float) -> None:
        optimizer.lr = lr
        with mg.Tape() as tape:
            tape.backward(w.sum())
        optimizer.step()

    program = mg.replay(train)
    for lr in (0.25, 0.25, 0.25, 0.5, 0.5, 0.25, 0.5):
        before = w.value
        program(lr)
        assert float((before - w.value)[0]) == lr


def test_a_state_that_is_kept_from_an_earlier_capture():
    held = [mg.tensor([0.0, 0.0, 0.0])]

    def step(x: Any) -> Any:
        held[0] = mg.tanh(x + held[0])
        return held[0]

    program = mg.replay(step)
    program(X)
    for _ in range(3):
        with pytest.raises(mg.errors.CaptureError, match="give it to the next call as an argument"):
            program(X)


def test_copies_and_methods():
    class Model:
        def __init__(self, factor: float) -> None:
            self.factor = mg.parameter(factor)
            self.fast = mg.replay(self.scaled)

        def scaled(self, x: Any) -> Any:
            return self.factor * x

        @mg.replay
        def decorated(self, x: Any) -> Any:
            return self.factor * x

    model = Model(2.0)
    other = copy.deepcopy(model)
    other.factor.value = 3.0
    for _ in range(4):
        for each, factor in ((model, 2), (other, 3)):
            np.testing.assert_array_equal(each.fast(X).value, factor * X.value)
            np.testing.assert_array_equal(each.decorated(X).value, factor * X.value)
    assert model.fast.reason is None


def test_a_module_whose_parameter_is_replaced():
    layer = Scaled()
    program = trusted(lambda layer, x: layer(x), layer, X)
    layer.scale = mg.parameter(5.0)
    np.testing.assert_array_equal(program(layer, X).value, 5 * X.value)


# -- windows ---------------------------------------------------------------------------------------


def windows(step: Any, stream: Any, replay: bool, after: Any = lambda window: None) -> list[Any]:
    w = mg.parameter([0.5, -0.5])
    found = []
    for window in mg.truncated_bptt(step(w), stream, np.zeros(2), k1=4, replay=replay):
        found.append((window.losses, w.grad.tolist(), window.state.value.tolist()))
        w.grad = None
        after(window)
    return found


def recurrent(w: Any) -> Any:
    """A step with that weight."""

    def stepped(x: Any, h: Any) -> Any:
        h = mg.tanh(w * x + h)
        return h.sum(), h

    return stepped


def test_a_stream_that_fills_one_array_anew():
    def stream() -> Any:
        array = np.zeros(2)
        for k in range(18):
            array[:] = k % 5
            yield array

    assert windows(recurrent, stream(), replay=EXACT) == windows(recurrent, stream(), replay=False)


def test_windows_that_differ_are_computed_once():
    def step(w: Any) -> Any:
        count = itertools.count()

        def stepped(x: Any, h: Any) -> Any:
            h = mg.tanh(w * x + h * float(1 + next(count) // 4))
            return h.sum(), h

        return stepped

    reasons = []
    found = windows(step, np.ones((18, 2)), replay=True, after=lambda window: reasons.append(window.reason))
    assert found == windows(step, np.ones((18, 2)), replay=False)
    assert "computes something else" in reasons[-1]


def test_a_stream_that_assigns_to_one_leaf():
    def stream() -> Any:
        leaf = mg.tensor([0.0, 0.0])
        for k in range(18):
            leaf.value = [float(k % 5), 1.0]
            yield leaf

    assert windows(recurrent, stream(), replay=EXACT) == windows(recurrent, stream(), replay=False)


# -- who looks -------------------------------------------------------------------------------------


def test_what_is_no_number_is_found_where_it_is_looked_for():
    w = mg.parameter([1.0, 1.0, 1.0])

    def logarithm(x: Any) -> Any:
        with mg.Tape():
            return mg.log(x * w).sum()

    program = trusted(logarithm, X)
    with pytest.raises(mg.errors.AnomalyError), mg.detect_anomaly(), np.errstate(all="ignore"):
        program(mg.tensor([-1.0, -2.0, -3.0]))
    assert np.isfinite(program(X).value)


def test_windows_are_looked_at():
    def step(w: Any) -> Any:
        return lambda x, h: ((mg.log(w * x)).sum(), h)

    xs = np.array([[1.0, -1.0]] * 16)  # of the signs of w
    xs[12:] = -1
    with pytest.raises(mg.errors.AnomalyError), mg.detect_anomaly():
        windows(step, xs, replay=True)


def test_an_argument_that_the_function_closes_over():
    x = mg.tensor([1.0, 2.0])

    def gradient(given: Any) -> Any:
        with mg.Tape() as tape:
            y = (given * given).sum()
        return tape.gradient(y, x, unused="zero")

    for function in (gradient, lambda given: given + x):
        with pytest.raises(mg.errors.CaptureError, match="use the argument"):
            mg.replay(function)(x)
        program = mg.replay(function)
        for k in range(4):
            other = mg.tensor([float(k), 1.0])
            np.testing.assert_array_equal(program(other).value, function(other).value)
