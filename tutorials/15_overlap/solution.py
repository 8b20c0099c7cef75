"""Chapter 15: overlap, and two states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from mine.engine import Parameter, Step, Tape, Tensor, collect, run_window, tanh, tensor, walk


def cut(tape: Tape, *states: Tensor, keep: int = 0) -> None:
    """Forget what the tape has recorded before its last ``keep`` steps; the states stay in any case.

    The records of those steps are left, in order, and of ``values``, ``names`` and ``parameters`` the ids of the states
    and all that these records use or make. Steps and ids are counted on from where they are.
    """
    tape.records = [r for r in tape.records if r.step > tape.step - keep]
    kept = {state.i for state in states} | {i for r in tape.records for i in (*r.inputs, r.out)}
    tape.values = {i: value for i, value in tape.values.items() if i in kept}
    tape.names = {i: name for i, name in tape.names.items() if i in kept}
    tape.parameters = {i: parameter for i, parameter in tape.parameters.items() if i in kept}


def truncated(
    step: Step, stream: Iterable[Any], start: Sequence[Any], parameters: Sequence[Parameter], k1: int, k2: int
) -> Iterator[float]:
    """TBPTT(k1, k2): after every ``k1`` steps a walk from the losses that are new, at most ``k2`` steps back.

    Yields the sum of the new losses, when their gradient has been added to ``.grad``. No more than the last ``k2 - k1``
    steps are on the tape then.

    Args:
        step, stream, start, parameters: as in chapter 13.
        k1: the number of new steps; at the end of the stream there may be less, and the cut is as always.
        k2: how many steps a walk goes back, ``k1`` or more.
    """
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k1)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states, keep=k2 - k1)
        yield total


def sigmoid(x: Tensor) -> Tensor:
    """The logistic function ``1 / (1 + exp(-x))``, from the hyperbolic tangent: numbers from 0 to 1."""
    return tanh(x * 0.5) * 0.5 + 0.5


def lstm_step(weights: Sequence[Tensor], x: Any, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """The states (h, c) of an LSTM after one more input.

    Four sums ``x @ U + h @ W + b``, of rows: i, f, g, o. What c held stays by the share ``sigmoid(f)``; to it comes
    ``tanh(g)`` by the share ``sigmoid(i)``. The new h is ``tanh`` of the new c, by the share ``sigmoid(o)``.

    Args:
        weights: U, W, b of i, then of f, of g and of o: twelve.
        x: the input, an array or a tensor.
        h, c: the states before.
    """
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def reset(states: Sequence[Tensor], first: np.ndarray) -> list[Tensor]:
    """The states, with zeros in the rows in which a new sequence begins; no gradient crosses these zeros.

    Args:
        states: each with a row for each sequence.
        first: an array of shape (rows,), a bool for each: whether its next item is the first of a sequence.
    """
    return [state * np.where(first, 0.0, 1.0)[:, None] for state in states]
