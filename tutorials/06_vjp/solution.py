"""Chapter 6: vector-Jacobian products."""

from __future__ import annotations

from typing import Any

import numpy as np
from mine.engine import FORWARD, RULES


def tanh_jacobian(x: np.ndarray) -> np.ndarray:
    """The Jacobian of ``tanh`` at the vector ``x``: row i, column j has d tanh(x)_i / dx_j."""
    return np.diag(1 - np.tanh(x) ** 2)


def cumsum_jacobian(n: int) -> np.ndarray:
    """The Jacobian of ``np.cumsum`` on vectors of ``n`` numbers."""
    return np.tril(np.ones((n, n)))


def cumsum_rule(g: np.ndarray) -> np.ndarray:
    """``g @ cumsum_jacobian(len(g))``, without that matrix."""
    return np.cumsum(g[::-1])[::-1]


def square_rule(g: Any, out: Any, x: Any) -> list[Any]:
    """What the operand of ``out = x**2`` receives."""
    return [g * x * 2.0]


def exp_rule(g: Any, out: Any, x: Any) -> list[Any]:
    """What the operand of ``out = exp(x)`` receives."""
    return [g * out]


def log_rule(g: Any, out: Any, x: Any) -> list[Any]:
    """What the operand of ``out = log(x)`` receives."""
    return [g / x]


def transpose_rule(g: Any, out: Any, x: Any) -> list[Any]:
    """What the operand of ``out = x.T`` receives."""
    return [g.T]


def matmul_rule(g: Any, out: Any, x: Any, y: Any) -> list[Any]:
    """What the operands of ``out = x @ y`` receive, two matrices."""
    return [g @ y.T, x.T @ g]


FORWARD |= {"square": np.square, "exp": np.exp, "log": np.log, "transpose": np.transpose, "matmul": np.matmul}
RULES |= {
    "square": square_rule,
    "exp": exp_rule,
    "log": log_rule,
    "transpose": transpose_rule,
    "matmul": matmul_rule,
}
