"""The comparison of two captures of one function: a program is trusted when two calls recorded the same one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.backend import find_module, to_host
from ..engine.tensor import Leaf, Tensor
from ..transforms.trees import children, tree_leaves
from ..words import shown
from .functions import Accumulate, Effect, Read, Rule, Sum
from .instruction import Instruction, Literal
from .program import Fixed, Program


def difference(first: Program, second: Program) -> str | None:
    """What two programs do not have in common, in words; ``None`` if they are the same."""
    for k, (one, other) in enumerate(zip(first.instructions, second.instructions)):
        found = _unlike(one, other)
        if found is not None:
            return f"instruction {k}, {one.name}, {found}"
    if len(first) != len(second):
        return f"there were {len(first)} instructions, then {len(second)}"
    for number, array in first.constants.items():
        if number not in second.constants or not _equal(array, second.constants[number]):
            takers = dict.fromkeys(each.name for each in first.instructions if number in each.takes)
            return (
                f"an array of shape {array.shape}, an operand of {' and '.join(takers) or 'nothing'}, that is neither "
                "an argument nor a leaf, was another one in the second call"
            )
    if first.values != second.values:
        return "a shape or dtype changed"
    ones, others = tree_leaves(first.outputs), tree_leaves(second.outputs)
    if len(ones) != len(others):
        return "what it returned was put together otherwise"
    for one, other in zip(ones, others):
        if not isinstance(one, Fixed) or not isinstance(other, Fixed):
            if type(one) is not type(other) or one != other:
                return "what it returned was put together otherwise"
        elif not _equal(one.value, other.value):
            return f"it returned {shown(one.value)}, then {shown(other.value)}, which no instruction computed"
    return None


def _unlike(one: Instruction, other: Instruction) -> str | None:
    if (one.kind, one.name, one.results, one.argnum) != (other.kind, other.name, other.results, other.argnum):
        return f"was {other.name} in the second call"
    if one.primitive is not other.primitive or not _same(one.function, other.function):
        return "did something else in the second call"
    for before, after in zip(one.operands, other.operands):
        if isinstance(before, Literal) and isinstance(after, Literal):
            if not _equal(before.value, after.value):
                return f"took {shown(before.value)}, and {shown(after.value)} in the second call"
        elif before != after:
            return "took other operands in the second call"
    if len(one.operands) != len(other.operands):
        return "took other operands in the second call"
    for name, value in one.params.items():
        if not _equal(value, other.params[name]):
            return f"had {name}={shown(value)}, and {shown(other.params[name])} in the second call"
    return None


def _same(one: Any, other: Any) -> bool:
    """Whether two functions of instructions do the same; what they are told by is compared elsewhere."""
    if isinstance(one, Read) and isinstance(other, Read):
        return one.leaf is other.leaf or _passing(one.leaf, other.leaf)
    if isinstance(one, Accumulate) and isinstance(other, Accumulate):
        return one.leaf is other.leaf
    if isinstance(one, Effect) and isinstance(other, Effect):
        return one.function is other.function and _equal(one.args, other.args) and _equal(one.options, other.options)
    if isinstance(one, (Rule, Sum)):
        return bool(one == other)
    return type(one) is type(other)


def _passing(one: Tensor, other: Tensor) -> bool:
    """Whether two leaves are a constant that is made anew at each call."""
    made = isinstance(one, Leaf) and isinstance(other, Leaf) and not one.wants_grad and not other.wants_grad
    return made and _equal(one._value, other._value)


def _equal(one: Any, other: Any) -> bool:
    """Whether two settings are the same: equal numbers of one type, equal arrays, or the same object."""
    if one is other:
        return True
    held, others = children(one), children(other)
    if held is not None and others is not None:
        same = type(one) is type(other) and len(held) == len(others)
        return same and all(a == b and _equal(x, y) for (a, x), (b, y) in zip(held, others))
    if find_module(one) is not None and find_module(other) is not None:
        fits = one.shape == other.shape and one.dtype == other.dtype
        return fits and np.array_equal(to_host(one), to_host(other), equal_nan=one.dtype.kind == "f")
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return _equal(one._value, other._value)
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)
    try:
        return bool(one == other)
    except Exception:  # of whatever class a setting is: not known to be the same
        return False
