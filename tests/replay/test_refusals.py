"""What cannot be a program is refused, with what to do; nothing is frozen in silence."""

from __future__ import annotations

import functools
import gc
import itertools
import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

X = mg.tensor([1.0, 2.0, 3.0])
W = mg.parameter([1.0, -1.0, 2.0])
READS = {
    "if": lambda x: x if x.sum() > 0 else -x,
    "float": lambda x: x * float(x.sum()),
    "int": lambda x: x * int(x.sum()),
    "item": lambda x: x * x.sum().item(),
    "value": lambda x: mg.tensor(x.value) * 2,
    "numpy": lambda x: x * x.numpy().max(),
    "tensor": lambda x: mg.tensor(x) * 2,
    "array": lambda x: x * np.asarray(x).max(),
    "np.asarray of a result": lambda x: x * np.asarray(x * 2).max(),
    "list": lambda x: x * sum(v for v in (x * 2).numpy().tolist()),
    "printed": lambda x: x * len(f"{x}"),
    "math": lambda x: x * math.sqrt(x.sum()),
    "index": lambda x: x[int(x.argmax())],
    "range": lambda x: sum((x * k for k in range(mg.argmax(x))), x),
    "a parameter's value": lambda x: x * W.value.max(),
    "a parameter as a number": lambda x: x * W[0].item(),
    "a parameter copied": lambda x: x * mg.tensor(W),
    "booleans as an index": lambda x: x[x > 1],
    "nonzero": lambda x: x[np.nonzero(x)],
    "allclose": lambda x: x if np.allclose(x, 1.0) else -x,
}


@pytest.mark.parametrize("name", READS)
def test_a_value_that_is_read(name: str):
    program = mg.replay(READS[name])
    with pytest.raises(mg.errors.CaptureError, match=r"while a program was captured|booleans pick another"):
        program(X)
    assert program.programs == []


def test_the_message_names_the_line_and_what_to_do():
    with pytest.raises(
        mg.errors.CaptureError, match=r"Write mg.where in place of an if.*\(at .*test_refusals.py:\d+\)"
    ):
        mg.replay(READS["if"])(X)


def test_the_gradient_of_a_parameter_is_not_read():
    w = mg.parameter([1.0, 2.0])

    def by_hand(x: Any) -> None:
        with mg.Tape() as tape:
            tape.backward((w * x).sum())
        w.value = w.value - 0.1 * w.grad

    with pytest.raises(mg.errors.CaptureError, match="leave its update to an optimiser"):
        mg.replay(by_hand)(mg.tensor([3.0, 4.0]))


# -- what changes from call to call ----------------------------------------------------------------

COUNT = itertools.count()
RNG = np.random.default_rng(0)
CHANGES = {
    "a count": lambda x: x * next(COUNT),
    "random numbers": lambda x: x * RNG.standard_normal(3),
    "a new array": lambda x: x + np.full(3, float(next(COUNT))),
    "another operation": lambda x: mg.sin(x) if next(COUNT) % 2 else mg.cos(x),
    "more operations": lambda x: sum((x for _ in range(next(COUNT) % 2 + 1)), x),
    "another exponent": lambda x: mg.round(x, decimals=next(COUNT) % 2),
    "a number that is returned": lambda x: (x, next(COUNT)),
    "another structure": lambda x: [x] * (next(COUNT) % 2 + 1),
    "a parameter made anew": lambda x: mg.grad(lambda w: (w * x).sum())(mg.parameter(RNG.standard_normal(3))),
    "a leaf with other numbers": lambda x: x * mg.tensor(RNG.standard_normal(3)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_from_call_to_call(name: str):
    program = mg.replay(CHANGES[name])
    program(X)
    with pytest.raises(mg.errors.CaptureError, match="computes something else at each call"):
        program(X)


def test_inputs_that_escape_into_numpy_are_found():
    """An argument that was an array is a tensor while it is recorded, and NumPy's functions of it are recorded."""
    program = mg.replay(lambda x: mg.tanh(np.exp(x) / 255.0))
    for k in range(4):
        x = np.arange(3.0) * k
        np.testing.assert_array_equal(program(x).value, np.tanh(np.exp(x) / 255.0))


# -- numbers that an effect returns ---------------------------------------------------------------


def clipped(look: Any) -> Any:
    w = mg.parameter([1.0, 2.0])
    optimiser = optim.SGD([w], 0.1)

    def train(x: Any) -> Any:
        with mg.Tape() as tape:
            tape.backward((w * x).sum())
        norm = mg.clip_grad_norm([w], 1.0)
        optimiser.step()
        return look(norm)

    return train


@pytest.mark.parametrize(
    "look",
    [lambda n: n * 2, lambda n: n > 1, float, math.isnan, str, lambda n: f"{n:.2f}", np.asarray, bool, lambda n: -n],
)
def test_a_norm_is_not_read(look: Any):
    with pytest.raises(mg.errors.CaptureError, match="return it from the function"):
        mg.replay(clipped(look))(mg.tensor([3.0, 4.0]))


def test_a_norm_is_returned():
    program, function = mg.replay(clipped(lambda n: n)), clipped(lambda n: n)
    for k in range(5):
        x = mg.tensor([3.0 * k, 4.0])
        assert program(x) == function(x)


# -- where there is nothing to record --------------------------------------------------------------


def test_a_tensor_that_was_kept():
    kept = []
    mg.replay(lambda x: kept.append(x * 2))(X)
    with pytest.raises(mg.errors.CaptureError, match="was kept and used outside"):
        kept[0] + 1


def test_under_a_tape_the_function_is_recorded_as_usual():
    program = mg.replay(lambda x: (x * W).sum())
    for _ in range(4):
        with mg.Tape() as tape:
            gradient = tape.gradient(program(X), W)
        np.testing.assert_array_equal(gradient.value, X.value)
    assert "a tape was active" in program.reason
    assert float(mg.grad(program)(X)[2]) == 2


def test_a_program_inside_another_is_a_part_of_it():
    inner = mg.replay(lambda x: x * 2)
    outer = mg.replay(lambda x: inner(x) + inner(x * 3))
    for k in range(4):
        assert float(outer(mg.tensor(float(k)))) == 8 * k
    assert inner.programs == []
    assert len(outer.programs[0]) == 4


def test_nothing_is_kept_of_what_was_captured():
    class Marked(np.ndarray):
        pass

    program = mg.replay(lambda x: mg.tanh(x * W).sum())
    with mg.Tape() as tape:
        before = tape.leaves
    program(X)
    gc.collect()
    assert not before
    assert not [each for each in gc.get_objects() if type(each).__name__ == "Traced"]


def test_calls_that_do_not_fit():
    with pytest.raises(TypeError, match="replay"):
        mg.replay(3)
    program = mg.replay(lambda x, y=1: x)
    with pytest.raises(TypeError, match="too many positional"):
        program(1, 2, 3)
    with pytest.raises(ValueError, match="most"):
        mg.replay(program, most=0)


# -- signatures -------------------------------------------------------------------------------------


def test_settings_structures_and_dtypes_make_programs_of_their_own():
    program = mg.replay(lambda x, scale=1.0, parts=(): x * scale + sum((part for part in parts), 0))
    calls: list[Any] = [
        functools.partial(program, X),
        functools.partial(program, X, 2.0),
        functools.partial(program, X, 2),
        functools.partial(program, X, parts=(X,)),
        functools.partial(program, X, parts=[X]),
        functools.partial(program, mg.tensor([1.0, 2.0, 3.0], dtype="float32")),
        functools.partial(program, mg.tensor([[1.0, 2.0, 3.0]])),
        functools.partial(program, X, 0.0),
        functools.partial(program, X, -0.0),
    ]
    for _ in range(3):
        for call in calls:
            expected = program.function(*call.args, **call.keywords)
            result = call()
            assert result.dtype == expected.dtype
            np.testing.assert_array_equal(np.signbit(result.value), np.signbit(expected.value))
            np.testing.assert_array_equal(result.value, expected.value)
    assert len(program.programs) == len(calls)
    assert program.reason is None


def test_the_programs_that_are_kept_are_bounded():
    program = mg.replay(lambda x: x * 2, most=3)
    for n in range(1, 9):
        program(mg.tensor(np.ones(n)))
    assert [p.values[p.inputs[0][1]].shape for p in program.programs] == [(6,), (7,), (8,)]


def test_parameters_and_modules_as_arguments():
    one, other = nn.Linear(3, 2, rng=0), nn.Linear(3, 2, rng=1)
    program = mg.replay(lambda layer, x: layer(x))
    x = mg.tensor(np.ones((2, 3), "float32"))
    for _ in range(3):
        for layer in (one, other):
            np.testing.assert_array_equal(program(layer, x).value, layer(x).value)
    assert len(program.programs) == 2
    gradients = mg.replay(lambda layer, x: mg.grad(lambda m: (m(x) * m(x)).sum())(layer))
    for k in range(4):
        one.W.value = one.W.value * (1 + k)
        expected = mg.grad(lambda m: (m(x) * m(x)).sum())(one)
        found = gradients(one, x)
        assert found.keys() == expected.keys()
        for name, gradient in found.items():
            np.testing.assert_array_equal(gradient.value, expected[name].value)


def test_one_array_given_twice():
    program = mg.replay(lambda x, y: x * 2 + y * 3)
    a, b = np.arange(3.0), np.arange(3.0) + 5
    for x, y in ((a, a), (a, a), (a, b), (b, a), (a, a)):
        np.testing.assert_array_equal(program(x, y).value, x * 2 + y * 3)


def test_an_argument_that_is_handed_back():
    program = mg.replay(lambda x, h: (h, x * 2, W, None, "text"))
    for k in range(4):
        h, twice, w, nothing, text = program(X, mg.tensor([float(k)]))
        assert h.value.tolist() == [k]
        assert twice.value.tolist() == [2, 4, 6]
        assert w is W
        assert (nothing, text) == (None, "text")
