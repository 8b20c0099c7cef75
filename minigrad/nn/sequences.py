"""A cell run over a whole sequence, and over a batch of sequences of different lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from ..engine.backend import find_module, module_of, to_host
from ..engine.context import active_tape
from ..engine.tensor import Tensor, is_tensor
from ..primitives import concatenate, stack, take_rows, where
from ..transforms.trees import tree_leaves, tree_map, tree_refill
from .cells import Cell


def unroll(
    cell: Cell, inputs: Any, state: Any = None, *, lengths: Any = None, reverse: bool = False, mark: bool = True
) -> tuple[Tensor, Any]:
    """Run ``cell`` over a sequence.

    Args:
        cell: the cell.
        inputs: (time, batch, size), or integers (time, batch), or a list of what the cell takes, a step each:
            an array whose first axis is the batch, or a tuple or dict of such.
        state: the state before the first step; by default ``cell.initial_state(batch)``.
        lengths: for each row of the batch the number of its steps, at most ``time``; what follows is
            padding. There the row's state stays as it is, and its output is 0. Padding may hold anything, NaN
            too: the cell is never given it, but reads in its place what a row reads that goes on, and is not
            called at a step at which none does. Every part of the state has the batch as its first axis.
        reverse: read from the last step to the first; a row with padding begins at its own last step.
        mark: begin a new step of the active tape at each time step. Turn it off inside the step function
            of ``truncated_bptt``, which marks by itself.

    Returns:
        The outputs (time, batch, hidden), or (time, batch, …) for a cell whose output is (batch, …), in the order
        of the inputs, and the state after the last step read.

    Raises:
        TypeError: the inputs are no sequence, or the cell is none.
        ShapeError: there are no inputs, or the lengths are not one integer in [0, time] for each row, or the
            state has neither as many rows as the inputs nor one.
    """
    if not isinstance(cell, Cell):
        raise errors.MisuseError(f"unroll: takes a recurrent cell, not {type(cell).__name__}")
    if not hasattr(inputs, "__len__") or isinstance(inputs, dict):
        raise errors.MisuseError(
            f"unroll: the inputs must be an array (time, batch, …) or a list of steps, not {type(inputs).__name__}"
        )
    time = len(inputs)
    if not time:
        raise errors.ShapeError("unroll: there are no inputs")
    batch = _rows_of(inputs[0])
    if state is None:
        state = cell.initial_state(batch)
    present = _present(lengths, time, batch)
    tape = active_tape.get() if mark else None
    outputs: list[Any] = [None] * time
    for t in reversed(range(time)) if reverse else range(time):
        if tape is not None:
            tape.mark()
        if present is None or present[t].all():
            state = cell(inputs[t], state)
            outputs[t] = cell.output(state)
        else:
            state, outputs[t] = _partly(cell, inputs[t], state, present[t])
        _check_rows(outputs[t], batch)
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
        The outputs (time, batch, forward.hidden + backward.hidden, …), side by side on the axis after the batch,
        and both states: the forward cell's after the last step, the backward cell's after the first.

    Raises:
        ShapeError: as ``unroll`` does, or an output has no axis after the batch.
    """
    first, second = states if states is not None else (None, None)
    ahead, first = unroll(forward, inputs, first, lengths=lengths, mark=mark)
    back, second = unroll(backward, inputs, second, lengths=lengths, reverse=True, mark=mark)
    if ahead.ndim < 3:
        raise errors.ShapeError(
            f"bidirectional: outputs of shape {ahead.shape[1:]} for each step have no axis beside the batch on which "
            "to put both side by side"
        )
    return concatenate([ahead, back], axis=2), (first, second)


def _present(lengths: Any, time: int, batch: int) -> Any:
    """(time, batch): whether a row has not ended yet; on the host."""
    if lengths is None:
        return None
    value = lengths.value if is_tensor(lengths) else lengths
    counts = to_host(value) if find_module(value) is not None else np.asarray(value)
    if counts.shape != (batch,) or counts.dtype.kind not in "iu" or (counts < 0).any() or (counts > time).any():
        raise errors.ShapeError(
            f"unroll: lengths must be {batch} integers in [0, {time}], one for each row, not {counts}"
        )
    return np.arange(time)[:, None] < counts


def _rows_of(inputs: Any) -> int:
    """The batch of what a cell takes at one step: the first axis of its first array."""
    shapes = [leaf.shape for leaf in tree_leaves(inputs) if getattr(leaf, "shape", ())]
    return shapes[0][0] if shapes else len(inputs)


def _check_rows(output: Any, batch: int) -> None:
    """Raise where a state of several rows has widened the inputs, of which each row belongs to one row alone."""
    if output.shape[:1] not in ((batch,), (1,)):
        raise errors.ShapeError(
            f"unroll: the inputs have {batch} rows, but the cell's output has shape {output.shape}; give a state of "
            "as many rows as the inputs, or of one, which serves them all"
        )


def _partly(cell: Cell, inputs: Any, state: Any, present: Any) -> tuple[Any, Any]:
    """One step in the rows in which ``present`` holds; in the others the state stays, and the output is 0."""
    if not present.any():
        return state, _chosen(present, cell.output(state), 0)
    source = np.where(present, np.arange(len(present)), present.argmax())
    after = cell(_gathered(inputs, source), _gathered(state, source))
    pairs = zip(tree_leaves(after), tree_leaves(state), strict=True)
    chosen = tree_refill(after, [_chosen(present, new, old) for new, old in pairs])
    return chosen, _chosen(present, cell.output(after), 0)


def _gathered(tree: Any, source: Any) -> Any:
    """The arrays of a tree with the rows that ``source`` numbers; what has no row for each of them stays."""

    def gathered(leaf: Any) -> Any:
        if getattr(leaf, "shape", ())[:1] != source.shape:
            return leaf
        if is_tensor(leaf):
            return take_rows(leaf, module_of(leaf._value).asarray(source))
        return leaf[module_of(leaf).asarray(source)]

    return tree_map(gathered, tree)


def _chosen(present: Any, new: Any, old: Any) -> Any:
    """The rows of ``new`` where ``present`` holds, else those of ``old``, each of any rank."""
    if new is old:
        return new
    if getattr(new, "shape", ())[:1] not in (present.shape, (1,)):
        raise errors.ShapeError(
            f"unroll: with lengths, every part of the state and the output needs {len(present)} rows, one for each row "
            f"of the inputs, not {f'shape {new.shape}' if hasattr(new, 'shape') else repr(new)}"
        )
    value = new._value if is_tensor(new) else new
    rows = module_of(value).asarray(present.reshape(present.shape + (1,) * (value.ndim - 1)))
    return where(rows, new, old)
