"""One step of a recurrence, recorded on a fresh tape: what a picture of a cell is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...checks import check_function
from ...engine.backend import find_module
from ...engine.tape import Tape
from ...engine.tensor import Leaf, Tensor, is_tensor
from ...errors import ArgumentError, MisuseError
from ...nn.cells import Cell
from ...transforms.trees import tree_leaves, tree_map, tree_refill, tree_structure
from ..text import without_index

MOST_OPERATIONS = 150


class Carried(NamedTuple):
    """A part of the state.

    Attributes:
        name: what it is called.
        before: the id of the leaf that the step took.
        after: the id of what the step returned in its place; ``None`` if that was not recorded.
    """

    name: str
    before: int
    after: int | None


@dataclass(frozen=True, slots=True)
class OneStep:
    """A step that was recorded.

    Attributes:
        title: what the step is called.
        tape: that holds it.
        states: the parts of its state that it used, in their order.
    """

    title: str
    tape: Tape
    states: tuple[Carried, ...]


def record_step(step: Callable[..., Any], inputs: Any, state: Any, title: str) -> OneStep:
    """Run a step once, on copies of what it is given, and look at what it recorded.

    Args:
        step: takes the inputs and the state, and returns the next state, or something and the next state.
        inputs: an example of them.
        state: an example of it.
        title: what the step is called.

    Raises:
        TypeError: the step is no function, or returns no state like the one that it took.
        ValueError: it recorded nothing, or too much for one picture.
    """
    check_function("cell", step)
    names = _names(state, "h")
    before = [_copied(leaf, name) for leaf, name in zip(tree_leaves(state), names, strict=True)]
    with Tape(inspect=True) as tape:
        tape.mark()
        given = tree_map(lambda leaf: _copied(leaf, getattr(leaf, "name", None) or "x"), inputs)
        result = step(given, tree_refill(state, before))
    after = tree_leaves(_next_state(result, state, title))
    count = len(tape.records)
    if not count:
        raise ArgumentError(f"cell(): {title} recorded nothing; it must compute with minigrad's operations on tensors")
    if count > MOST_OPERATIONS:
        raise ArgumentError(
            f"cell(): {title} recorded {count:,} operations, and a picture of a cell holds {MOST_OPERATIONS} at most; "
            "record it on a tape and draw that, where depth=1 makes a module one box"
        )
    states = [
        Carried(name, tape.admit(old), tape.admit(new) if is_tensor(new) and tape.holds(new) else None)
        for name, old, new in zip(names, before, after, strict=True)
        if is_tensor(old) and tape.holds(old)
    ]
    return OneStep(title, tape, tuple(states))


def example_of(cell: Cell) -> tuple[Any, Any]:
    """Inputs and a state for one row, by the sizes of a cell."""
    dtype = next((p.dtype for _, p in cell.named_parameters()), np.dtype("float32"))
    return Tensor(np.zeros((1, cell.inputs), dtype)), cell.initial_state(1)


def _names(tree: Any, above: str) -> list[str]:
    """What each leaf of a state is called: by its field or key, by its own name, or as what holds it."""
    if isinstance(tree, dict):
        return [name for key, part in tree.items() for name in _names(part, str(key))]
    if isinstance(tree, (tuple, list)):
        keys = getattr(tree, "_fields", [above] * len(tree))
        return [name for key, part in zip(keys, tree, strict=True) for name in _names(part, key)]
    return [] if tree is None else [without_index(getattr(tree, "name", None) or "") or above]


def _copied(leaf: Any, name: str) -> Any:
    """A leaf of its own for a tensor or a floating-point array; anything else as it is."""
    value = leaf._value if isinstance(leaf, Tensor) else np.asarray(leaf) if isinstance(leaf, float) else leaf
    if find_module(value) is None or (value.dtype.kind != "f" and not isinstance(leaf, Tensor)):
        return leaf
    return Leaf(value, name=name)


def _next_state(result: Any, state: Any, title: str) -> Any:
    """The state in what a step returned: that itself, or the second of two."""
    form = tree_structure(state)
    if tree_structure(result) == form:
        return result
    if isinstance(result, (tuple, list)) and len(result) == 2 and tree_structure(result[1]) == form:
        return result[1]
    raise MisuseError(
        f"cell(): {title} returned neither the next state nor a pair of something and the next state; the state must "
        "have the same structure as the one that was given"
    )
