"""A cell run over a whole sequence, and over a batch of sequences of different lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from ..active import active_tape
from ..backend import find_module, module_of, to_host
from ..primitives import concatenate, stack, where
from ..tensor import Tensor, is_tensor
from ..tree import tree_leaves, tree_refill
from .cells import Cell


def unroll(
    cell: Cell, inputs: Any, state: Any = None, *, lengths: Any = None, reverse: bool = False, mark: bool = True
) -> tuple[Tensor, Any]:
    """Run ``cell`` over a sequence.

    Args:
        cell: the cell.
        inputs: (time, batch, size), or integers (time, batch), or a list of what the cell takes, a step each.
        state: the state before the first step; by default ``cell.initial_state(batch)``.
        lengths: for each row of the batch the number of its steps, at most ``time``; what follows is
            padding. There the row's state stays as it is, and its output is 0.
        reverse: read from the last step to the first; a row with padding begins at its own last step.
        mark: begin a new step of the active tape at each time step. Turn it off inside the step function
            of ``truncated_bptt``, which marks by itself.

    Returns:
        The outputs (time, batch, hidden), in the order of the inputs, and the state after the last step read.

    Raises:
        TypeError: the inputs are no sequence, or the cell is none.
        ShapeError: there are no inputs, or the lengths are not one integer in [0, time] for each row.
    """
    if not isinstance(cell, Cell):
        raise errors.MisuseError(f"unroll: takes a recurrent cell, not {type(cell).__name__}")
    if not hasattr(inputs, "__len__"):
        raise errors.MisuseError(
            f"unroll: the inputs must be an array (time, batch, …) or a list of steps, not {type(inputs).__name__}"
        )
    time = len(inputs)
    if not time:
        raise errors.ShapeError("unroll: there are no inputs")
    batch = len(inputs[0])
    if state is None:
        state = cell.initial_state(batch)
    present = _present(lengths, time, batch)
    tape = active_tape.get() if mark else None
    outputs: list[Any] = [None] * time
    for t in reversed(range(time)) if reverse else range(time):
        if tape is not None:
            tape.mark()
        before, state = state, cell(inputs[t], state)
        outputs[t] = cell.output(state)
        if present is not None and not present[t].all():
            rows = module_of(outputs[t]._value).asarray(present[t])
            outputs[t] = where(rows, outputs[t], 0)
            state = _chosen(rows, state, before)
    return stack(outputs), state


def bidirectional(
    forward: Cell,
    backward: Cell,
    inputs: Any,
    states: tuple[Any, Any] | None = None,
    *,
    lengths: Any = None,
    mark: bool = True,
) -> tuple[Tensor, tuple[Any, Any]]:
    """Run one cell from the first step to the last, another from the last to the first (Schuster and Paliwal 1997).

    On a tape the backward run's steps are marked after the forward run's, in the order in which they run.

    Args:
        forward, backward: the cells.
        inputs: as for ``unroll``.
        states: the state of each cell before the first step that it reads; by default its initial one.
        lengths: as for ``unroll``; the backward cell begins at each row's own last step.
        mark: as for ``unroll``.

    Returns:
        The outputs (time, batch, forward.hidden + backward.hidden) side by side, and both states: the
        forward cell's after the last step, the backward cell's after the first.
    """
    first, second = states if states is not None else (None, None)
    ahead, first = unroll(forward, inputs, first, lengths=lengths, mark=mark)
    back, second = unroll(backward, inputs, second, lengths=lengths, reverse=True, mark=mark)
    return concatenate([ahead, back], axis=-1), (first, second)


def _present(lengths: Any, time: int, batch: int) -> Any:
    """(time, batch, 1): whether a row has not ended yet; on the host."""
    if lengths is None:
        return None
    value = lengths.value if is_tensor(lengths) else lengths
    counts = to_host(value) if find_module(value) is not None else np.asarray(value)
    if counts.shape != (batch,) or counts.dtype.kind not in "iu" or (counts < 0).any() or (counts > time).any():
        raise errors.ShapeError(
            f"unroll: lengths must be {batch} integers in [0, {time}], one for each row, not {counts}"
        )
    return (np.arange(time)[:, None] < counts)[..., None]


def _chosen(rows: Any, new: Any, old: Any) -> Any:
    """A state whose rows are the new ones where ``rows`` holds, else the old ones."""
    pairs = zip(tree_leaves(new), tree_leaves(old), strict=True)
    return tree_refill(new, [a if a is b else where(rows, a, b) for a, b in pairs])
