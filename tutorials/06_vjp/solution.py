"""Chapter 6: vector-Jacobian products."""

from __future__ import annotations

from typing import Any

import numpy as np
from mine.engine import FORWARD, RULES, gradcheck


def tanh_jacobian(x: np.ndarray) -> np.ndarray:
    """The Jacobian of ``tanh`` at the vector ``x``: a matrix that has d tanh(x)_i / dx_j in row i, column j."""
    return np.diag(1 - np.tanh(x) ** 2)


def cumsum_jacobian(n: int) -> np.ndarray:
    """The Jacobian of ``np.cumsum`` on vectors of ``n`` numbers, as a matrix: it is the same at each of them."""
    return np.tril(np.ones((n, n)))


def cumsum_rule(g: np.ndarray) -> np.ndarray:
    """The cotangent of the vector ``x``, where ``g`` is that of ``np.cumsum(x)``.

    It is ``g @ cumsum_jacobian(len(g))``, but computed without that matrix: in memory for a few vectors,
    and with a few additions for each number, however many there are.
    """
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
    """What the operands of ``out = x @ y`` receive: a list of two, for the matrices ``x`` and ``y``."""
    return [g @ y.T, x.T @ g]


FORWARD |= {"square": np.square, "exp": np.exp, "log": np.log, "transpose": np.transpose, "matmul": np.matmul}
RULES |= {
    "square": square_rule,
    "exp": exp_rule,
    "log": log_rule,
    "transpose": transpose_rule,
    "matmul": matmul_rule,
}


def rule_error(op: str, *xs: np.ndarray, **params: Any) -> float:
    """How far the rule of an operation is from central differences, as ``gradcheck`` measures it."""
    g = np.cos(np.arange(FORWARD[op](*xs, **params).size)).reshape(FORWARD[op](*xs, **params).shape)

    def weighted(*xs: np.ndarray) -> float:
        return float((g * FORWARD[op](*xs, **params)).sum())

    def claimed(*xs: np.ndarray) -> list[Any]:
        return RULES[op](g, FORWARD[op](*xs, **params), *xs, **params)

    return gradcheck(weighted, claimed, *xs)
