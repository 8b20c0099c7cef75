"""A step unrolled over time: run, checked, its loss noted and its state handed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import errors
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from ..transforms.trees import tree_map
from .state import aliased, compare, constants, fits, of_its_step

Step = Callable[[Any, Any], tuple[Any, Any]]


class Unroll:
    """Steps one after another. An error names the number of the step.

    The state keeps its structure, shapes and dtypes from the initial state on. An initial state of ``None``
    is made by the first step, and an initial row (1, n) may serve a whole batch (batch, n).

    Args:
        step: ``step(inputs, state) -> (loss, state)``.
        state: the initial state.

    Attributes:
        state: the state after the newest step.
        losses: by the number of the step, those since they were last taken.

    Raises:
        TypeError: ``step`` cannot be called.
    """

    __slots__ = ("_expected", "_step", "losses", "state")

    def __init__(self, step: Step, state: Any) -> None:
        if not callable(step):
            raise errors.MisuseError(
                f"step must be a function, step(inputs, state) -> (loss, state), not {type(step).__name__}"
            )
        self._step = step
        self._expected = state
        self.state = state
        self.losses: dict[int, Tensor] = {}

    def advance(self, tape: Tape, inputs: Any) -> None:
        """Run the next step, at a new mark of ``tape``.

        Raises:
            TypeError: the result is no pair, or the loss no tensor.
            ShapeError: the loss is no scalar, or the state has changed its structure or a shape.
            DTypeError: the state has changed a dtype.
            ForeignTensorError: the state or the loss was recorded on another tape.
            CutError: the loss was computed in steps that were cut away.
            UnusedError: the loss was not computed on this tape, so it depends on no parameter.
        """
        tape.mark()
        self._run(tape, inputs)

    def advance_apart(self, tape: Tape, inputs: Any) -> Any:
        """Run the next step by itself, from aliases of the state's values; returns them."""
        tape.mark()
        self.state = entering = aliased(constants(self.state))
        self._run(tape, inputs)
        return entering

    def advance_unrecorded(self, number: int, inputs: Any) -> None:
        """Run the next step, of that number, and keep nothing but its state."""
        self.state = constants(self._step(inputs, self.state)[1])
        tape = Tape()
        tape.step = number
        self._check_state(tape, self.state)

    def take_losses(self) -> dict[int, Tensor]:
        """The losses since the last call."""
        losses, self.losses = self.losses, {}
        return losses

    def _run(self, tape: Tape, inputs: Any) -> None:
        result = self._step(inputs, self.state)
        if type(result) is not tuple or len(result) != 2:
            raise errors.MisuseError(
                f"step {tape.step}: step(inputs, state) must return (loss, state), not {type(result).__name__}"
            )
        loss, state = result
        if loss is not None:
            _check_loss(loss, tape)
        if not fits(state, self._expected, tape._key):
            self._check_state(tape, state)
            state = tree_map(of_its_step, state)
        self.state = state
        if loss is not None:
            self.losses[tape.step] = loss

    def _check_state(self, tape: Tape, state: Any) -> None:
        """Compare the state after the tape's step with the one before; the first step's may have grown."""
        if tape.step > 1 or self._expected is not None:
            compare(state, self._expected, tape, "the state")
        if tape.step == 1:
            self._expected = state


def _check_loss(loss: Any, tape: Tape) -> None:
    if not isinstance(loss, Tensor):
        raise errors.MisuseError(f"step {tape.step}: the loss must be a tensor or None, not {type(loss).__name__}")
    if loss._value.shape != ():
        raise errors.ShapeError(f"step {tape.step}: the loss has shape {loss.shape}; reduce it to a scalar")
    _, number, step = loss._place
    if not tape.holds(loss) or step < 0:
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
