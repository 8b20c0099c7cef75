"""Calls of every public function with settings that may leave its operand as it is: all that fit, by argument name."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad import primitives

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
NAMES = [name for name in primitives.__all__ if name not in OF_INTEGERS]


def calls(function: Callable[..., Any], p: Any) -> Iterator[Callable[[], Any]]:
    """Calls of a function with ``p`` as its operand, and with what may leave it as it is."""
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
