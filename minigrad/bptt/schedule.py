"""Truncated back-propagation through time, as a loop that the user owns."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .. import errors
from ..backend import find_module
from ..tape import Tape
from ..tensor import Leaf, Tensor, is_tensor
from ..tree import tree_map

Step = Callable[[Any, Any], tuple[Any, Any]]


@dataclass
class Window:
    """One window after its backward walk. The gradients of its losses lie in ``.grad``.

    Attributes:
        index: number of the window, from 0.
        first_step, last_step: the new steps, from 1, whose losses this window counted.
        border: the oldest step that the gradient reached; before it lies the cut.
        losses: the new losses, by step, as numbers.
        state: the carried state after the last step, as constants that are on no tape.
        tape: the tape, with the records of the window until the loop goes on.
        bytes_kept: bytes that the residuals took before the walk.
        seconds: time that the window's steps and its walk took.
    """

    index: int
    first_step: int
    last_step: int
    border: int
    losses: dict[int, float] = field(repr=False)
    state: Any = field(repr=False)
    tape: Tape = field(repr=False)
    bytes_kept: int
    seconds: float

    @property
    def steps(self) -> int:
        """The number of new steps."""
        return self.last_step - self.first_step + 1

    @property
    def loss(self) -> float:
        """The mean of the new losses; NaN when no step had one."""
        return sum(self.losses.values()) / len(self.losses) if self.losses else math.nan

    @property
    def largest_lag(self) -> int:
        """The lag from the newest loss back to the border."""
        return max((step - self.border for step in self.losses), default=0)

    @property
    def mean_lag(self) -> float:
        """The mean over the losses of the lag back to the border."""
        return sum(step - self.border for step in self.losses) / len(self.losses) if self.losses else 0.0


def truncated_bptt(
    step: Step,
    stream: Iterable[Any],
    state: Any,
    k1: int | None = None,
    k2: int | None = None,
    *,
    reduction: str = "mean",
    inspect: bool = False,
) -> Iterator[Window]:
    """Unroll ``step`` over ``stream`` and walk back every ``k1`` steps, at most ``k2`` steps deep.

    Each loss is counted exactly once. The gradients are added into ``.grad`` of the parameters, and the
    window is yielded while no tape is active; update the parameters there.

        for window in mg.truncated_bptt(step, stream, state, k1=25):
            mg.clip_grad_norm(params, 1.0)
            optimizer.step()

    With ``k2 > k1`` windows overlap: the records keep the parameter values that they were computed with.

    Args:
        step: ``step(inputs, state) -> (loss, state)``, one time step. The loss is a scalar tensor, or
            ``None`` where there is no label.
        stream: any iterable of inputs, one item a step; it may be endless.
        state: the initial state, any pytree of tensors or arrays. A parameter in it is a learned initial
            state and receives its gradient in the first window.
        k1: the number of new steps in a window; ``None`` unrolls the whole stream (full BPTT).
        k2: how many steps back the gradient may reach; ``k1`` by default.
        reduction: ``"mean"`` divides each loss by ``k1`` (so a last, shorter window weighs less), or by
            their number with ``k1=None``; ``"sum"`` adds them.
        inspect: keep values, cotangents and the records of earlier windows, for drawing.

    Yields:
        A ``Window`` after each backward walk.

    Raises:
        ValueError: ``k1`` below 1, or ``k2`` below ``k1``.
    """
    if k1 is not None and (not isinstance(k1, int) or k1 < 1):
        raise ValueError(f"truncated_bptt: k1={k1!r} must be an integer of at least 1, or None for full BPTT")
    if k2 is not None and (k1 is None or not isinstance(k2, int) or k2 < k1):
        raise ValueError(f"truncated_bptt: k2={k2!r} must be an integer of at least k1={k1!r}")
    if reduction not in ("mean", "sum"):
        raise ValueError(f"truncated_bptt: reduction={reduction!r}: use 'mean' or 'sum'")
    return _windows(step, iter(stream), tree_map(_as_tensor, state), k1, k2 or k1, reduction, inspect)


def _windows(
    step: Step,
    stream: Iterator[Any],
    state: Any,
    k1: int | None,
    k2: int | None,
    reduction: str,
    inspect: bool,
) -> Iterator[Window]:
    tape = Tape(inspect=inspect)
    index = 0
    measured = kept = -1  # the same records keep the same bytes, so they are counted once
    ended = False
    while not ended:
        started = time.perf_counter()
        losses: dict[int, Tensor] = {}
        first = tape.step + 1
        with tape:
            while k1 is None or tape.step - first + 1 < k1:
                try:
                    inputs = next(stream)
                except StopIteration:
                    ended = True
                    break
                number = tape.mark()
                loss, state = _checked(step(inputs, state), number)
                if loss is not None:
                    losses[number] = loss
            if tape.step < first:
                return
            if len(tape) != measured:
                measured, kept = len(tape), tape.nbytes
            if losses:
                scale = 1.0 if reduction == "sum" else 1.0 / (k1 or len(losses))
                tape.backward(list(losses.values()), [scale] * len(losses), retain=k1 != k2)
        border = max(1, tape.step - k2 + 1) if k2 else 1
        yield Window(
            index,
            first,
            tape.step,
            border,
            {number: float(loss.item()) for number, loss in losses.items()},
            tree_map(lambda leaf: leaf.detach() if is_tensor(leaf) else leaf, state),
            tape,
            kept,
            time.perf_counter() - started,
        )
        index += 1
        if not ended and k1 is not None and k2 is not None:
            tape.cut(keep=k2 - k1)


def _checked(result: Any, number: int) -> tuple[Tensor | None, Any]:
    """What ``step`` returned, or an error that names the step."""
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"step {number}: step(inputs, state) must return (loss, state), not {type(result).__name__}")
    loss, state = result
    if loss is not None and not is_tensor(loss):
        raise TypeError(f"step {number}: the loss must be a tensor or None, not {type(loss).__name__}")
    if loss is not None and loss.shape != ():
        raise errors.ShapeError(f"step {number}: the loss has shape {loss.shape}; reduce it to a scalar")
    return loss, state


def _as_tensor(leaf: Any) -> Any:
    return Leaf(leaf.copy()) if find_module(leaf) is not None else leaf
