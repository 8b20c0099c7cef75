"""Programs as data: printed, counted, and the passes one by one against the program before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import minigrad as mg
from minigrad.programs.passes import PASSES
from minigrad.programs.passes.pruning import prune
from minigrad.programs.passes.sharing import share
from minigrad.programs.running import last_uses
from tests.replay.test_training import Model, batch, training
from tests.test_random_programs import programs, run


def recorded(function: Any, *calls: Any, passes: Any = ()) -> mg.Program:
    replayed = mg.replay(function, passes=passes)
    for args in calls:
        replayed(*args)
    return replayed.programs[-1]


X, Y = mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0])


def test_what_is_printed():
    w = mg.parameter([1.0, 2.0], name="w")
    program = recorded(lambda x, parts: mg.tanh(x * w) + parts["y"] * 2.0, (X, {"y": Y}), (Y, {"y": X}))
    assert str(program).splitlines() == [
        "program <lambda>: 5 instructions",
        "  %0 = input x : float64[2]",
        "  %1 = input parts.y : float64[2]",
        "  %2 = read w : float64[2]",
        "  %3 = multiply(%0, %2) : float64[2]",
        "  %4, %5 = tanh(%3) : float64[2], ?",
        "  %6 = multiply(%1, 2.0) : float64[2]",
        "  %7 = add(%4, %6) : float64[2]",
        "  return %7",
    ]
    assert repr(program) == "<Program <lambda>: 2 inputs, 5 instructions>"
    assert program.counts() == {"multiply": 2, "w": 1, "tanh": 1, "add": 1}
    assert bool(program)


def test_a_walk_and_an_update_are_printed():
    w = mg.parameter([1.0, 2.0], name="w")
    optimiser = mg.optim.SGD([w], 0.1)

    def train(x: Any) -> Any:
        with mg.Tape() as tape:
            tape.mark()
            tape.backward(mg.square(x * w).sum())
        optimiser.step()

    program = recorded(train, (X,), (Y,))
    lines = [line.split(" : ")[0].strip() for line in str(program).splitlines()]
    assert [line for line in lines if "vjp" in line or "accumulate" in line or "step" in line] == [
        "%6 = sum.vjp0(%5, (2,), None)",
        "%7 = square.vjp0(%6, %2)",
        "%8 = multiply.vjp1(%7, %0)",
        "accumulate(%8) @step 1",
        "SGD.step() @step 1",
    ]
    assert program.parameters == (w,)


def test_what_is_said_of_the_programs():
    replayed = mg.replay(lambda x: (x * 2 + x * 2, x * 3)[0])
    assert replayed.explain() == "<lambda>: no program was recorded yet."
    for x in (X, Y, X):
        replayed(x)
    words = [" ".join(line.split()) for line in replayed.explain().splitlines()]
    assert words == [
        "<lambda>(x: float64[2])",
        "captured 4 instructions",
        "prune 3 instructions",
        "share 2 instructions",
    ]
    assert repr(replayed) == "<replay of <lambda>: 1 programs>"


def test_prune_leaves_what_may_refuse():
    def function(i: Any, m: Any) -> Any:
        mg.take_rows(np.eye(3), i)
        mg.exp(m)
        mg.inv(m)
        return m * 2

    program = prune(recorded(function, (np.array([0, 1]), np.eye(2)), (np.array([2, 1]), 2 * np.eye(2))))
    assert list(program.counts()) == ["take_rows", "inv", "multiply"]
    replayed = mg.replay(function)
    for index in ([0, 1], [1, 2], [2, 0]):
        replayed(np.array(index), np.eye(2))
    with pytest.raises(IndexError, match="take_rows"):
        replayed(np.array([0, 3]), np.eye(2))
    with pytest.raises(np.linalg.LinAlgError, match="inv"):
        replayed(np.array([0, 1]), np.zeros((2, 2)))


def test_share_tells_numbers_apart():
    program = recorded(lambda x: (x * 1, x * 1.0, x * True, x * 0.0, x * -0.0, x * 1), (X,), (Y,))
    assert len(share(program)) == 5
    for k in range(4):
        replayed = mg.replay(lambda x: (x * 0.0, x * -0.0))
        zero, negative = [replayed(mg.tensor([1.0 + k])) for _ in range(3)][-1]
        assert not np.signbit(zero.value[0])
        assert np.signbit(negative.value[0])


def test_share_reads_a_leaf_again_after_an_effect():
    w = mg.parameter(2.0)
    optimiser = mg.optim.SGD([w], 0.5)

    def train(x: Any) -> Any:
        before = w * x
        with mg.Tape() as tape:
            tape.backward(w * x)
        optimiser.step()
        return before, w * x

    replayed = mg.replay(train)
    value = 2.0
    for k in range(1, 6):
        before, after = replayed(mg.tensor(float(k)))
        assert (float(before), float(after)) == (value * k, (value - 0.5 * k) * k)
        value -= 0.5 * k


def test_random_numbers_are_drawn_anew_and_in_order():
    def draws(seed: int) -> Any:
        rng = np.random.default_rng(seed)
        return lambda x: (mg.dropout(x, 0.5, rng=rng), mg.dropout(x, 0.5, rng=rng) * 0, mg.dropout(x, 0.3, rng=rng))

    function, replayed = draws(0), mg.replay(draws(0))
    x = mg.tensor(np.ones(20))
    masks = []
    for _ in range(5):
        for one, other in zip(function(x), replayed(x), strict=True):
            np.testing.assert_array_equal(one.value, other.value)
        masks.append(one.value.tolist())
    assert len({tuple(mask) for mask in masks}) == 5


def test_values_are_let_go_after_their_last_use():
    program = recorded(lambda x: mg.exp(mg.sin(x) * mg.cos(x)), (X,), (Y,))
    assert last_uses(program.instructions, set(program.returned)) == [(), (0,), (1, 2), (3,)]


# -- passes, one by one ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "passes", [(), (prune,), (share,), (share, prune), PASSES], ids=lambda passes: "-".join(p.__name__ for p in passes)
)
def test_every_pass_computes_the_same(passes: Any):
    first, second = Model("lstm", "adam", layers=2, rate=0.3), Model("lstm", "adam", layers=2, rate=0.3)
    train, program = training(first), mg.replay(training(second), passes=passes)
    for seed in range(5):
        state = mg.stop_gradient(first.cell.initial_state(4))
        (found, h), (expected, h2) = program(*batch(seed), state), train(*batch(seed), state)
        assert [float(x) for x in found["losses"]] == [float(x) for x in expected["losses"]]
        np.testing.assert_array_equal(h[0].h.value, h2[0].h.value)
    assert program.reason is None


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.integers(0, 1000))
def test_a_random_program(operations: Any, seed: int):
    """Its value, gradients and second derivatives, on other operands than those of the capture."""
    rng = np.random.default_rng(seed)
    f = lambda x, y: run(mg, operations, x, y)
    first = mg.replay(mg.value_and_grad(f, (0, 1)))
    second = mg.replay(lambda x, y, d, e: mg.hvp(f, (x, y), (d, e)))
    for _ in range(3):
        x, y, d, e = rng.standard_normal((4, 3, 3))
        value, gradients = first(x, y)
        products = second(x, y, d, e)
    value2, gradients2 = mg.value_and_grad(f, (0, 1))(x, y)
    assert float(value) == float(value2)
    for one, other in zip(gradients, gradients2, strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    for one, other in zip(products, mg.hvp(f, (x, y), (d, e)), strict=True):
        np.testing.assert_allclose(one.value, other.value, rtol=1e-9, atol=1e-9)
