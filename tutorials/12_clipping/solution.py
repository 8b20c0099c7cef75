"""Chapter 12: vanish, explode, clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from mine.engine import Parameter


def state_jacobian(W: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The Jacobian of ``h = tanh(before @ W + …)`` by the state before, for one row: row i is for h_i."""
    return (1 - h**2)[:, None] * W.T


def norms_by_lag(W: np.ndarray, states: Sequence[np.ndarray]) -> list[float]:
    """How strongly the last state depends on the one ``j`` steps before it, for j = 0, 1, …: Frobenius norms."""
    product = np.eye(len(W))
    norms = [float(np.linalg.norm(product))]
    for h in reversed(states[1:]):
        product = product @ state_jacobian(W, h)
        norms.append(float(np.linalg.norm(product)))
    return norms


def clip_grad_norm(parameters: Iterable[Parameter], most: float) -> float:
    """Scale all gradients by one factor so that their norm taken together is at most ``most``.

    Returns:
        that norm as it was before.
    """
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in with_grad)))
    if norm > most:
        for p in with_grad:
            p.grad = p.grad * (most / norm)
    return norm
