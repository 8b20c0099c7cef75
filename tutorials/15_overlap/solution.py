"""Chapter 15: overlap, and two states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from mine.engine import Parameter, Tape, Tensor, collect, mark, tanh, tensor, walk

Step = Callable[[list[Tensor], Any, list[Tensor]], tuple[Tensor, list[Tensor]]]


def cut(tape: Tape, *states: Tensor, keep: int = 0) -> None:
    """Drop the records of all but the last ``keep`` steps, and the values that neither they nor the states need."""
    tape.records = [r for r in tape.records if r.step > tape.step - keep]
    kept = {state.i for state in states} | {i for r in tape.records for i in (*r.inputs, r.out)}
    tape.values = {i: value for i, value in tape.values.items() if i in kept}
    tape.parameters = {i: parameter for i, parameter in tape.parameters.items() if i in kept}
    tape.names = {i: name for i, name in tape.names.items() if i in kept}


def truncated(
    step: Step, stream: Iterable[Any], start: list[Any], parameters: list[Parameter], k1: int, k2: int
) -> Iterator[float]:
    """TBPTT(k1, k2): every ``k1`` steps a walk from the losses that are new, at most ``k2`` steps back.

    As in chapter 13, otherwise.
    """
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    items = iter(stream)
    while window := [item for _, item in zip(range(k1), items, strict=False)]:
        weights = [tensor(tape, parameter) for parameter in parameters]
        losses = []
        for item in window:
            mark(tape)
            loss, states = step(weights, item, states)
            losses.append(loss)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states, keep=k2 - k1)
        yield total


def sigmoid(x: Tensor) -> Tensor:
    """The logistic function, from the hyperbolic tangent."""
    return tanh(x * 0.5) * 0.5 + 0.5


def lstm_step(weights: list[Tensor], x: Any, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """The states (h, c) of an LSTM after one more input.

    Args:
        weights: U, W, b of the input gate, of the forget gate, of the candidate and of the output gate.
    """
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def reset(states: list[Tensor], first: np.ndarray) -> list[Tensor]:
    """The states, with zeros in the rows in which ``first`` is true: a new sequence begins there."""
    return [state * np.where(first, 0.0, 1.0)[:, None] for state in states]
