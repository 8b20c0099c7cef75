"""Rows of a state that begin anew."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..primitives import where
from ..primitives.hidden import hide
from ..primitives.values import constant
from ..transforms.trees import tree_leaves, tree_refill
from .state import parts_of


def reset(state: Any, mask: Any, start: Any = None) -> Any:
    """Begin the state anew in the rows where ``mask`` is true; the other rows go on.

    Call it at the beginning of a step. No gradient flows across a reset: the old rows get none, and a
    parameter in ``start``, a learned initial state, gets that of the new ones.

    A row that has become NaN or infinite goes on from ``start``, and what it was computed from counts for nothing in
    the gradient, where that went through elementwise functions and products by rows, as in the cells, on one tape.
    Other functions (a softmax, a ``checkpoint``) may multiply it by the cotangent 0, which is NaN: give them finite
    inputs.

        def step(item, h):
            x, y, fresh = item
            h = cell(x, mg.bptt.reset(h, fresh))
            return loss(readout(h), y), h

    Args:
        state: any pytree of tensors or arrays whose first axis is the batch; one row (1, n), as a learned initial
            state has it, serves them all.
        mask: booleans (batch,), true in each row whose sequence begins at this step.
        start: the state of a sequence that begins, in the structure of ``state``, each part broadcast
            to that of the state: (batch, n), or (n,) for all rows alike. Zeros by default, but the masks of an
            ``nn.VariationalDropout`` need a start: its ``initial_state(batch)``, which draws new ones.

    Returns:
        The state in the same structure.

    Raises:
        ShapeError: the mask's shape is not (batch,), or ``start`` has another structure.
        TypeError: the mask is not boolean, a part of the state is no array, or one of ``start`` has another dtype.
        ValueError: the state holds masks of dropout, and there is no ``start``.
    """
    value = constant(mask)
    if getattr(getattr(value, "dtype", None), "kind", None) != "b":
        raise errors.DTypeError(
            f"reset: the mask must be an array of booleans, one for each row, not {getattr(value, 'dtype', mask)!r}"
        )
    if start is None and _holds_masks(state):
        raise errors.ArgumentError(
            "reset: the state holds masks of dropout, which are not to become zeros; give "
            "start=cell.initial_state(batch), which draws new ones"
        )
    leaves = tree_leaves(state)
    starts = [0.0] * len(leaves) if start is None else tree_leaves(start)
    if len(starts) != len(leaves):
        raise errors.ShapeError(f"reset: the start has {len(starts)} parts, the state {len(leaves)}")
    return tree_refill(state, [_restarted(h, value, fresh) for h, fresh in zip(leaves, starts, strict=True)])


def _holds_masks(tree: Any) -> bool:
    if any(part is not None for part in getattr(tree, "drawn_parts", ())):
        return True
    parts = parts_of(tree)
    return parts is not None and any(map(_holds_masks, parts.values()))


def _restarted(h: Any, mask: Any, start: Any) -> Any:
    shape = getattr(h, "shape", None)
    if shape is None:
        raise errors.MisuseError(f"reset: the state holds {h!r}, which has no rows; reset takes tensors and arrays")
    if mask.ndim != 1 or shape[:1] not in (mask.shape, (1,)):
        raise errors.ShapeError(
            f"reset: the mask has shape {mask.shape}, the state {shape}; the mask has one entry for each row "
            "of the state"
        )
    if isinstance(start, float):
        start = h.dtype.type(start)
    dtype = getattr(start, "dtype", h.dtype)
    if dtype != h.dtype:
        raise errors.DTypeError(
            f"reset: the start has dtype {dtype}, the state {h.dtype}; begin with a start of the state's dtype, or "
            f"convert it with .astype({str(h.dtype)!r})"
        )
    hide(h, mask)
    return where(mask.reshape(mask.shape + (1,) * (len(shape) - 1)), start, h)
