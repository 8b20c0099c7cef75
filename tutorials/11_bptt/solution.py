"""Chapter 11: back-propagation through time, by hand and by tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mine.engine import Parameter, Tape, Tensor, mark, rnn_step, square, tensor, walk


class Problem(NamedTuple):
    """A recurrent network with its inputs, and a target for its state after each of them: arrays only."""

    U: np.ndarray
    W: np.ndarray
    b: np.ndarray
    xs: list[np.ndarray]
    ys: list[np.ndarray]
    h0: np.ndarray


def forward(p: Problem) -> list[np.ndarray]:
    """The states ``h_0`` to ``h_T``: one more than there are inputs."""
    states = [p.h0]
    for x in p.xs:
        states.append(np.tanh(x @ p.U + states[-1] @ p.W + p.b))
    return states


def direct_terms(p: Problem, states: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What the loss of each step t = 1 … T, the sum of ``(h_t - y_t)**2``, says about its own ``h_t``."""
    return [2 * (h - y) for h, y in zip(states[1:], p.ys, strict=True)]


def deltas(W: np.ndarray, states: Sequence[np.ndarray], direct: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The cotangents δ_1 to δ_T, in this order: of L, the sum of all losses, by ``s_t``, where ``h_t = tanh(s_t)``.

    Args:
        W: of ``s_t = x_t @ U + h_{t-1} @ W + b``.
        states: ``h_0`` to ``h_T``, matrices: a row for each sequence, a column for each unit.
        direct: the direct terms of the steps 1 to T, none of which is changed.
    """
    found = []
    later: Any = 0.0
    for h, own in zip(reversed(states[1:]), reversed(direct), strict=True):
        delta = (own + later) * (1 - h**2)
        found.append(delta)
        later = delta @ W.T
    return found[::-1]


def weight_gradient(states: Sequence[np.ndarray], ds: Sequence[np.ndarray]) -> np.ndarray:
    """The gradient of L by ``W``, in the shape of ``W``.

    Args:
        states: ``h_0`` to ``h_T``, each with a row for each sequence.
        ds: δ_1 to δ_T, in the shapes of ``h_1`` to ``h_T``.
    """
    return sum(before.T @ delta for before, delta in zip(states[:-1], ds, strict=True))


def input_gradient(U: np.ndarray, ds: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The cotangents of L by each of the inputs ``x_1`` to ``x_T``, a list of arrays.

    Args:
        U: of ``s_t = x_t @ U + h_{t-1} @ W + b``; ``x_t`` has a row for each sequence.
        ds: δ_1 to δ_T.
    """
    return [delta @ U.T for delta in ds]


def by_hand(p: Problem) -> dict[str, Any]:
    """The gradients of L by ``W`` and by each input: two loops over time, forward and back."""
    states = forward(p)
    ds = deltas(p.W, states, direct_terms(p, states))
    return {"W": weight_gradient(states, ds), "xs": input_gradient(p.U, ds)}


def recorded(p: Problem) -> tuple[Tape, Tensor, list[Tensor], list[Tensor]]:
    """The same network on your tape: the tape, ``W``, the inputs, and the losses."""
    tape = Tape()
    weights = [tensor(tape, Parameter(value, name)) for value, name in ((p.U, "U"), (p.W, "W"), (p.b, "b"))]
    xs = [tensor(tape, x, "x") for x in p.xs]
    h, losses = tensor(tape, p.h0, "h0"), []
    for x, y in zip(xs, p.ys, strict=True):
        mark(tape)
        h = rnn_step(weights, x, h)
        losses.append(square(h - tensor(tape, y, "y")).sum())
    return tape, weights[1], xs, losses


def by_tape(p: Problem) -> dict[str, Any]:
    """The same gradients from a walk back, which knows nothing of time."""
    _, W, xs, losses = recorded(p)
    cotangents = walk(*losses)
    return {"W": cotangents[W.i], "xs": [cotangents[x.i] for x in xs]}
