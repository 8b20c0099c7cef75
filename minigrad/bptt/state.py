"""The carried state: its checks from step to step, and its rows that begin anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import errors
from ..engine.backend import find_module
from ..engine.tape import Tape
from ..engine.tensor import Leaf, Tensor, is_tensor
from ..nn.dropout import MaskedState
from ..primitives import where
from ..primitives.hidden import hide
from ..transforms.trees import tree_leaves, tree_map, tree_refill

Step = Callable[[Any, Any], tuple[Any, Any]]


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


class Checked:
    """``step`` with its results checked; an error names the number of the step.

    The state keeps its structure, shapes and dtypes from the initial state on. An initial state of ``None``
    is made by the first step, and an initial row (1, n) may serve a whole batch (batch, n).

    Args:
        step: ``step(inputs, state) -> (loss, state)``.
        state: the initial state.

    Raises:
        TypeError: ``step`` cannot be called.
    """

    __slots__ = ("_expected", "unchecked")

    def __init__(self, step: Step, state: Any) -> None:
        if not callable(step):
            raise errors.MisuseError(
                f"step must be a function, step(inputs, state) -> (loss, state), not {type(step).__name__}"
            )
        self.unchecked = step
        self._expected = state

    def __call__(self, tape: Tape, inputs: Any, state: Any) -> tuple[Tensor | None, Any]:
        """Run one step at the tape's current mark.

        Raises:
            TypeError: the result is no pair, or the loss no tensor.
            ShapeError: the loss is no scalar, or the state has changed its structure or a shape.
            DTypeError: the state has changed a dtype.
            ForeignTensorError: the state or the loss was recorded on another tape.
            CutError: the loss was computed in steps that were cut away.
            UnusedError: the loss was not computed on this tape, so it depends on no parameter.
        """
        result = self.unchecked(inputs, state)
        if type(result) is not tuple or len(result) != 2:
            raise errors.MisuseError(
                f"step {tape.step}: step(inputs, state) must return (loss, state), not {type(result).__name__}"
            )
        loss, state = result
        if loss is not None:
            _check_loss(loss, tape)
        if not _fits(state, self._expected, tape._key):
            self.check_state(tape, state)
            state = tree_map(_of_its_step, state)
        return loss, state

    def check_state(self, tape: Tape, state: Any) -> None:
        """Compare the state after the tape's step with the one before; the first step's may have grown."""
        if tape.step > 1 or self._expected is not None:
            _compare(state, self._expected, tape, "the state")
        if tape.step == 1:
            self._expected = state


def _of_its_step(leaf: Any) -> Any:
    """A part of a state; a parameter, handed on as it is, as a value that its step computed, so that a cut ends it."""
    return leaf.reshape(leaf.shape) if is_tensor(leaf) and leaf.wants_grad else leaf


def _compare(new: Any, old: Any, tape: Tape, path: str) -> None:
    """Raise what makes one part of the state unlike what it was, if anything does."""
    step = f"step {tape.step}"
    if is_tensor(new) and new.recorded and new._place[0] != tape._key:
        raise errors.ForeignTensorError(
            f"{step}: {path}, of shape {new.shape}, was recorded on another tape; compute it on the tape of the "
            "loop, or .detach() it to carry its value as a constant"
        )
    parts, before = _parts(new), _parts(old)
    if (parts is None) is not (before is None) or (parts is not None and parts.keys() != before.keys()):
        raise errors.ShapeError(
            f"{step}: {path} is {_described(new)}, before it was {_described(old)}; every step returns a state of "
            "the structure that it was given"
        )
    if parts is not None:
        for key, part in parts.items():
            _compare(part, before[key], tape, f"{path}[{key!r}]")
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


def _parts(tree: Any) -> Any:
    """The branches of a tree by key, or ``None`` for a leaf."""
    if tree is None:
        return {}
    if isinstance(tree, dict):
        return tree
    return dict(enumerate(tree)) if isinstance(tree, (tuple, list)) else None


def _described(part: Any) -> str:
    if hasattr(part, "shape"):
        return f"an array of shape {part.shape}"
    if isinstance(part, (dict, tuple, list)):
        return f"a {type(part).__name__} of {len(part)}"
    return repr(part)


def _fits(state: Any, expected: Any, key: int) -> bool:
    """Whether a state plainly is like the expected one; where this says no, a slower check looks closer."""
    if isinstance(state, Tensor):
        if not isinstance(expected, Tensor):
            return False
        new, old, place = state._value, expected._value, state._place
        known = place[2] < 0 or place[0] == key
        return known and not state.wants_grad and new.shape == old.shape and new.dtype == old.dtype
    if isinstance(state, dict) and isinstance(expected, dict):
        return state.keys() == expected.keys() and all(_fits(state[name], expected[name], key) for name in state)
    if isinstance(state, (tuple, list)) and isinstance(expected, (tuple, list)):
        if len(state) != len(expected):
            return False
        for each, like in zip(state, expected):  # noqa: SIM110  (a generator costs more)
            if not _fits(each, like, key):
                return False
        return True
    return False


def _check_loss(loss: Any, tape: Tape) -> None:
    if not isinstance(loss, Tensor):
        raise errors.MisuseError(f"step {tape.step}: the loss must be a tensor or None, not {type(loss).__name__}")
    if loss._value.shape != ():
        raise errors.ShapeError(f"step {tape.step}: the loss has shape {loss.shape}; reduce it to a scalar")
    key, number, step = loss._place
    if key != tape._key or step < 0:
        if loss.recorded:
            raise errors.ForeignTensorError(f"step {tape.step}: another tape recorded the loss")
        raise errors.UnusedError(
            f"step {tape.step}: the loss depends on nothing that was computed in this window (it was detached, or "
            "computed from constants only); return None for a step without a loss"
        )
    if tape.last_cut is not None and number < tape.last_cut.border:
        raise errors.CutError(
            f"step {tape.step}: the loss was computed at step {step}, which cut {tape.last_cut.number} dropped "
            f"with every step up to {tape.last_cut.last_step}; return the loss of the step that computed it"
        )


def data_alone(step: int) -> str:
    """The message about a loss that no parameter and no state can change."""
    return (
        f"step {step}: the loss was computed from constants only: it depends neither on the state nor on a parameter; "
        "compute it from what the step computed, and return None for a step without a loss"
    )


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
    value = mask.value if is_tensor(mask) else mask
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
    if isinstance(tree, MaskedState):
        return any(mask is not None for mask in tree[1:])
    parts = _parts(tree)
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
