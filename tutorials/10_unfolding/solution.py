"""Chapter 10: unfold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mine.engine import Tape, Tensor, tanh


def mark(tape: Tape) -> None:
    """Begin the next step: what is recorded from here on has its number."""
    tape.step += 1


def rnn_step(weights: Sequence[Tensor], x: Any, h: Tensor) -> Tensor:
    """The state after one more input: ``tanh(x @ U + h @ W + b)``, where ``weights`` are ``U, W, b``."""
    U, W, b = weights
    return tanh(x @ U + h @ W + b)


def unroll(tape: Tape, weights: Sequence[Tensor], xs: Sequence[Any], h: Tensor) -> list[Tensor]:
    """The state after each of the inputs; each input is a step of the tape."""
    states = []
    for x in xs:
        mark(tape)
        h = rnn_step(weights, x, h)
        states.append(h)
    return states
