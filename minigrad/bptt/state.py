"""The carried state: what it begins from, what it is handed on as, and what a step must not change in it."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..engine.backend import find_module
from ..engine.capture import value_of
from ..engine.tape import Tape
from ..engine.tensor import Leaf, Tensor, is_tensor
from ..transforms.trees import children, tree_leaves, tree_map


def initial(state: Any) -> Any:
    """The initial state with arrays made leaves; tensors, parameters among them, stay as they are.

    Raises:
        ForeignTensorError: some tape recorded a part of it.
    """
    for leaf in tree_leaves(state):
        if is_tensor(leaf) and leaf.recorded:
            raise errors.ForeignTensorError(
                f"the initial state holds a tensor of shape {leaf.shape} that another tape recorded at step "
                f"{leaf._place[2]}; its history would be lost silently. Write .detach() to begin from its value, or "
                "window.state, which holds constants"
            )
    return tree_map(lambda leaf: Leaf(leaf.copy()) if find_module(leaf) is not None else leaf, state)


def constants(state: Any) -> Any:
    """The state with every recorded tensor replaced by its value; leaves stay as they are."""
    return tree_map(lambda leaf: leaf.detach() if is_tensor(leaf) and leaf.recorded else leaf, state)


def detached(state: Any) -> Any:
    """The state with every tensor in it replaced by a constant with its value."""
    return tree_map(lambda leaf: leaf.detach() if is_tensor(leaf) else leaf, state)


def aliased(state: Any) -> Any:
    """Recorded aliases of the state's values: where the history of the state ends, and what is differentiated by.

    A step that hands its state on unchanged has a result of its own all the same.
    """
    return tree_map(lambda leaf: Leaf(value_of(leaf)).reshape(leaf.shape) if is_tensor(leaf) else leaf, state)


def is_float(leaf: Any) -> bool:
    """Whether a part of a state is a tensor of floating-point numbers, which alone have a gradient."""
    return is_tensor(leaf) and leaf.dtype.kind == "f"


def of_its_step(leaf: Any) -> Any:
    """A part of a state; a parameter, handed on as it is, as a value that its step computed, so that a cut ends it."""
    return leaf.reshape(leaf.shape) if is_tensor(leaf) and leaf.wants_grad else leaf


def compare(new: Any, old: Any, tape: Tape, path: str) -> None:
    """Raise what makes one part of the state unlike what it was, if anything does."""
    step = f"step {tape.step}"
    if is_tensor(new) and new.recorded and not tape.holds(new):
        raise errors.ForeignTensorError(
            f"{step}: {path}, of shape {new.shape}, was recorded on another tape; compute it on the tape of the "
            "loop, or .detach() it to carry its value as a constant"
        )
    parts, before = parts_of(new), parts_of(old)
    if (parts is None) is not (before is None) or (parts is not None and parts.keys() != before.keys()):
        raise errors.ShapeError(
            f"{step}: {path} is {_described(new)}, before it was {_described(old)}; every step returns a state of "
            "the structure that it was given"
        )
    if parts is not None:
        for key, part in parts.items():
            compare(part, before[key], tape, f"{path}[{key!r}]")
        return
    if not hasattr(old, "shape"):
        return  # a plain value, which may become anything
    shape = getattr(new, "shape", None)
    if shape != old.shape and not (tape.step == 1 and _grows(old.shape, shape)):
        raise errors.ShapeError(f"{step}: {path} is {_described(new)}, before it was {_described(old)}")
    if new.dtype != old.dtype:
        raise errors.DTypeError(
            f"{step}: {path} has dtype {new.dtype}, before it was {old.dtype}; begin with a state of the parameters' "
            "dtype, or convert with .astype"
        )


def _grows(old: tuple[int, ...], new: tuple[int, ...] | None) -> bool:
    """Whether only axes of length 1 have grown, as when one initial row serves the whole batch."""
    return new is not None and len(new) == len(old) and all(n == o or o == 1 for n, o in zip(new, old))


def parts_of(tree: Any) -> Any:
    """The branches of a tree by key, or ``None`` for a leaf."""
    held = children(tree)
    return None if held is None else dict(held)


def _described(part: Any) -> str:
    if hasattr(part, "shape"):
        return f"an array of shape {part.shape}"
    if isinstance(part, (dict, tuple, list)):
        return f"a {type(part).__name__} of {len(part)}"
    return repr(part)


def fits(state: Any, expected: Any, key: int) -> bool:
    """Whether a state plainly is like the expected one; where this says no, a slower check looks closer."""
    if isinstance(state, Tensor):
        if not isinstance(expected, Tensor):
            return False
        new, old, place = state._value, expected._value, state._place
        known = place[2] < 0 or place[0] == key
        return known and not state.wants_grad and new.shape == old.shape and new.dtype == old.dtype
    if isinstance(state, dict) and isinstance(expected, dict):
        return state.keys() == expected.keys() and all(fits(state[name], expected[name], key) for name in state)
    if isinstance(state, (tuple, list)) and isinstance(expected, (tuple, list)):
        if len(state) != len(expected):
            return False
        for each, like in zip(state, expected):  # noqa: SIM110  (a generator costs more)
            if not fits(each, like, key):
                return False
        return True
    return False
