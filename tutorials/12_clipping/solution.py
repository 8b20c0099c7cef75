"""Chapter 12: vanish, explode, clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mine.engine import Parameter


def spectral_radius(W: np.ndarray) -> float:
    """The largest absolute value of the eigenvalues of ``W``."""
    return float(np.abs(np.linalg.eigvals(W)).max())


def state_jacobian(W: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The Jacobian of ``h = tanh(before @ W + …)`` by the state before.

    Args:
        W: the weights, for n units.
        h: the new state, a vector of n numbers.

    Returns:
        row i, column j has the derivative of ``h[i]`` by ``before[j]``.
    """
    return (1 - h**2)[:, None] * W.T


def norms_back(W: np.ndarray, states: Sequence[np.ndarray]) -> list[float]:
    """How strongly the last state depends on the one j steps before it, for j = 0, 1, … T.

    That is the norm ``np.linalg.norm(…, 2)`` of the Jacobian of ``h_T`` by ``h_{T-j}``: the most that a small change of
    ``h_{T-j}``, in any direction, can grow until the end.

    Args:
        W: of ``h_t = tanh(h_{t-1} @ W + …)``.
        states: ``h_0`` to ``h_T``, vectors.
    """
    product = np.eye(len(W))
    norms = [1.0]
    for h in reversed(states[1:]):
        product = product @ state_jacobian(W, h)
        norms.append(float(np.linalg.norm(product, 2)))
    return norms


def clip_grad_norm(parameters: Sequence[Parameter], most: float) -> float:
    """Scale all gradients by one factor so that their global norm is at most ``most``.

    The global norm is that of all numbers in all gradients, as one vector. Where it is not above ``most``, nothing
    changes. No array that anyone holds is changed: a gradient that is scaled is a new array.

    Args:
        parameters: some of them may have no gradient.
        most: that the norm may be.

    Returns:
        the global norm as it was before.
    """
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in with_grad)))
    if norm > most:
        for p in with_grad:
            p.grad = p.grad * (most / norm)
    return norm
