"""Functions that are one record, checkpoints and rules of one's own alike: their seeds, copies and registers."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.primitive import REGISTRY
from tests.transforms.tools import ruled


def test_their_records_are_in_no_register():
    before = dict(REGISTRY)

    def tanh(x):
        return mg.tanh(x)

    def of_no_primitive(x):
        return x * 1.0

    for function in (tanh, of_no_primitive):
        made = ruled(function, lambda g, value, x: g)
        with mg.Tape() as tape:
            made(mg.parameter(1.0))
            mg.checkpoint(function)(mg.parameter(1.0))
        assert [record.op for record in tape] == [function.__name__, "checkpoint"]
    assert before == REGISTRY
    assert not tape[0].plan.primitive.public


@pytest.mark.parametrize("wrong", [3, None, "text"])
def test_they_take_functions(wrong):
    with pytest.raises(TypeError, match="checkpoint takes a function"):
        mg.checkpoint(wrong)
    with pytest.raises(TypeError, match="custom_vjp takes a function"):
        mg.custom_vjp(wrong)


@mg.custom_vjp
def own_cube(x):
    return x * x * x


@own_cube.defvjp
def _own_cube(cotangent, value, x):
    return cotangent * 3 * x * x


@pytest.mark.parametrize("cube", [own_cube, mg.checkpoint(lambda x: x * x * x)])
def test_a_seed_that_was_changed_between_two_walks(cube):
    x, seed = mg.parameter(3.0), mg.tensor(1.0)
    with mg.Tape() as tape:
        y = cube(x)
        assert float(tape.gradient(y, x, seed=seed, create_graph=True)) == 27
        seed.value = 5.0
        assert float(tape.gradient(y, x, seed=seed, create_graph=True)) == 135


def test_walks_with_the_same_seed_find_their_own():
    factor = [1.0]
    own = mg.custom_vjp(lambda x: x * 1.0)
    own.defvjp(lambda g, v, x: g * -factor[0])
    x, seed = mg.parameter([1.0, 2.0]), mg.tensor([1.0, 1.0])
    with mg.Tape() as tape:
        y = own(x)
        for factor[0] in (1.0, 5.0):
            np.testing.assert_array_equal(tape.gradient(y, x, seed=seed, retain=True).value, [-factor[0]] * 2)
        cube = mg.checkpoint(lambda x: x * x * x)(x)
        for _ in range(2):
            first = tape.gradient(cube, x, seed=seed, create_graph=True)
            np.testing.assert_array_equal(tape.gradient(first.sum(), x).value, [6, 12])


def test_a_copy_of_a_tape_with_functions_on_it():
    """Their records have primitives of their own, which no registry knows."""

    def tanh(x):
        return x * 2.0

    tanh = mg.custom_vjp(tanh)
    tanh.defvjp(lambda g, v, x: g * 5.0)
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * x)(tanh(x))
    twin = copy.deepcopy(tape)
    assert [record.op for record in twin] == [record.op for record in tape] == ["tanh", "checkpoint"]
    assert [record.plan.primitive for record in twin] == [record.plan.primitive for record in tape]
    tape.backward(y, np.ones(2))
    np.testing.assert_array_equal(x.grad, [20, 40])
