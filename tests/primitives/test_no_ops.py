"""A function that has nothing to do still records its result, so that a gradient can be asked for at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.arrays.protocol import table
from minigrad.transforms.trees import tree_leaves
from tests.neutral import NAMES, calls

SHAPES = [(), (1,), (2,), (3,), (1, 1), (2, 2), (1, 1, 1)]


def check(call: Callable[[], Any], p: mg.Leaf, name: str) -> bool:
    """Whether the call fits; then its results are on the tape, and no leaf."""
    with mg.Tape() as tape, np.errstate(all="ignore"):
        try:
            results = [y for y in tree_leaves(call()) if getattr(y, "dtype", np.dtype(float)).kind == "f"]
        except (TypeError, ValueError, IndexError, np.linalg.LinAlgError):
            return False
        for y in results:
            assert isinstance(y, mg.Tensor), f"{name} returned {y!r}"
            assert y is not p, f"{name} returned its operand"
            assert y.recorded, name
            assert tape.gradient(y, p, seed=np.ones(y.shape), unused="zero", retain=True).shape == p.shape
    return True


@pytest.mark.unwitnessed("at most one record each, and many thousands of them")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_the_result_of_a_leaf_is_on_the_tape(name):
    found = False
    for shape in SHAPES:
        p = mg.parameter(np.linspace(0.5, 0.8, int(np.prod(shape))).reshape(shape))
        for call in calls(getattr(mg, name), p):
            found |= check(call, p, name)
    assert found, f"no call of {name} fits: NEUTRAL in neutral.py needs a value for one of its arguments"


@pytest.mark.filterwarnings("ignore")
def test_the_results_of_numpys_own_functions_are_on_the_tape():
    p = mg.parameter(np.eye(2))
    apart = {np.shape, np.ndim, np.size, np.count_nonzero, np.zeros_like, np.ones_like}  # constants
    fitting = {f.__name__ for f in table() if f not in apart and check(lambda f=f: f(p), p, f.__name__)}
    assert fitting >= {"positive", "conjugate", "real", "copy", "trace", "sum"}


METHODS = {
    "+x": lambda x: +x,
    "x[...]": lambda x: x[...],
    "x.T": lambda x: x.T,
    "reshape": lambda x: x.reshape(x.shape),
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(),
    "squeeze": lambda x: x.squeeze(),
    "astype": lambda x: x.astype(x.dtype),
    "clip": lambda x: x.clip(),
    "repeat": lambda x: x.repeat(1, axis=0),
    "sum": lambda x: x.sum(axis=()),
    "round": lambda x: round(x, 20),
}


@pytest.mark.parametrize("name", METHODS)
def test_the_result_of_a_method_is_on_the_tape(name):
    p = mg.parameter([0.5, 0.7])
    assert check(lambda: METHODS[name](p), p, name)


LAYERS = {
    "Sequential": nn.Sequential(),
    "Dropout of nothing": nn.Dropout(0.0),
    "Dropout in evaluation": nn.Dropout(0.5).eval(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_result_of_a_layer_that_does_nothing_is_on_the_tape(name):
    p = mg.parameter([0.5, 0.7])
    assert check(lambda: LAYERS[name](p), p, name)
