"""Chapter 10: unfold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from mine.engine import Parameter, Tape, Tensor, tanh, tensor


def mark(tape: Tape) -> None:
    """Begin the next step: what is recorded from here on has its number. The first step is number 1."""
    tape.step += 1


def rnn_step(weights: Sequence[Tensor], x: Any, h: Tensor) -> Tensor:
    """The state after one more input: ``tanh`` of the input times ``U``, plus the old state times ``W``, plus ``b``.

    Args:
        weights: ``U``, ``W`` and ``b``, in this order.
        x: the input, an array: a row for each sequence of a batch.
        h: the state before, with as many rows.
    """
    U, W, b = weights
    return tanh(x @ U + h @ W + b)


def unroll(tape: Tape, weights: Sequence[Tensor], xs: Iterable[Any], h: Tensor) -> list[Tensor]:
    """Read the inputs one after the other, each in a step of its own on the tape.

    Args:
        tape: that ``weights`` and ``h`` are on.
        weights: of ``rnn_step``.
        xs: the inputs.
        h: the state before the first of them.

    Returns:
        the state after each input, in order.
    """
    states = []
    for x in xs:
        mark(tape)
        h = rnn_step(weights, x, h)
        states.append(h)
    return states


def unfolded(parameters: Sequence[Parameter], xs: Iterable[Any], h: np.ndarray) -> tuple[Tape, list[Tensor]]:
    """A new tape on which the inputs were read, and the states."""
    tape = Tape()
    weights = [tensor(tape, parameter) for parameter in parameters]
    return tape, unroll(tape, weights, xs, tensor(tape, h, "h0"))
