"""A function that has nothing to do still records its result, so that a gradient can be asked for at it.

Every public function is called with settings that may leave a parameter as it is: all that fit, by argument name.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import primitives
from minigrad.numpy_protocol import table
from minigrad.tree import tree_leaves

SHAPES = [(), (1,), (2,), (3,), (1, 1), (2, 2), (1, 1, 1)]
OPERANDS = ("x", "p", "m", "logits", "table", "b")  # what is the parameter
LISTS = ("arrays", "choicelist")
NONE = (None,)
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "y": (None, 0.0, 1.0, [1.0], np.ones(3), np.eye(2)),
    **dict.fromkeys(("axes", "axis", "source", "destination"), (None, (), 0, (0,), (0, 1), (1, 2))),
    **dict.fromkeys(("axis1", "k", "shift", "offset", "decimals", "ddof", "obj", "kth"), (0, [])),
    "axis2": (0, 1),
    "n": (0, 1),
    "shape": ((), -1, (1,), (2,), (1, 1), (2, 2), (1, 1, 1)),
    **dict.fromkeys(("min", "max", "append", "prepend", "to_begin", "to_end", "weights"), NONE),
    "dtype": ("float64",),
    **dict.fromkeys(("reps", "repeats"), (1, (), (1,), (1, 1))),
    "pad_width": (0, ()),
    "mode": ("constant", "edge", "full", "same", "valid"),
    "indices_or_sections": (1, []),
    "subscripts": ("->", "i->i", "i", "ij->ij", "...", "...->..."),
    "index": ((), ..., slice(None), [0], 0),
    "indices": (0, [0], [[0]]),
    "condition": (True, [True], [[True]], [True, True]),
    "condlist": ([True],),
    "q": (0.5, [0.5]),
    "rate": (0,),
    "rng": (np.random.default_rng(0),),
    "classes": (1,),
    "kernel": ([1.0],),
    "xp": ([-2.0, 2.0],),
    "fp": ([-2.0, 2.0],),
    "values": ([],),
    "value": (0.0, []),
    **dict.fromkeys(("w", "a"), (np.ones((1, 1)), np.eye(2))),
    "targets": (0, [0], [0, 0]),
    "sparse": (False, True),
    "safe": (0.5,),
}
OF_INTEGERS = {"bitwise_and", "bitwise_or", "bitwise_xor", "invert", "bitwise_invert", "bitwise_not", "one_hot"}


def calls(function: Callable[..., Any], p: mg.Leaf) -> Iterator[Callable[[], Any]]:
    """Calls of a function with a parameter as its operand, and with what may leave it as it is."""
    choices: list[list[tuple[str, Any]]] = []
    signature = inspect.signature(function)
    for name, argument in signature.parameters.items():
        if argument.kind is argument.VAR_POSITIONAL:
            choices.append([(name, (p,)), (name, ())])
        elif name in LISTS:
            choices.append([(name, [p]), (name, [p, p])])
        elif name in OPERANDS:
            choices.append([(name, p)])
        else:
            values = [] if argument.default is argument.empty else [argument.default]
            values += [value for value in NEUTRAL.get(name, ()) if not any(value is each for each in values)]
            choices.append([(name, value) for value in values])
    for chosen in itertools.product(*choices):
        bound = signature.bind_partial()
        bound.arguments.update(chosen)
        yield lambda bound=bound: function(*bound.args, **bound.kwargs)


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
@pytest.mark.parametrize("name", [name for name in primitives.__all__ if name not in OF_INTEGERS])
def test_the_result_of_a_leaf_is_on_the_tape(name):
    found = False
    for shape in SHAPES:
        p = mg.parameter(np.linspace(0.5, 0.8, int(np.prod(shape))).reshape(shape))
        for call in calls(getattr(mg, name), p):
            found |= check(call, p, name)
    assert found, f"no call of {name} fits: NEUTRAL in this file needs a value for one of its arguments"


@pytest.mark.filterwarnings("ignore")
def test_the_results_of_numpys_own_functions_are_on_the_tape():
    p = mg.parameter(np.eye(2))
    apart = {np.shape, np.ndim, np.size, np.zeros_like, np.ones_like}  # their results do not depend on the numbers
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
