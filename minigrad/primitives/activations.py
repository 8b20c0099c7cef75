"""Activation functions.

At their kink at 0, ``relu`` has derivative 0, ``leaky_relu`` its slope, and ``elu`` its ``alpha``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..primitive import primitive
from .choices import where
from .error_function import erf
from .exponential import exp, tanh

__all__ = [
    "sigmoid",
    "log_sigmoid",
    "softplus",
    "relu",
    "leaky_relu",
    "elu",
    "silu",
    "gelu",
]


@primitive
def sigmoid(xp, x):
    """``1 / (1 + e ** -x)``, computed without overflow."""
    with np.errstate(over="ignore"):  # e ** -x may be infinite, and its reciprocal is then rightly 0
        return 1 / (1 + xp.exp(-x))


sigmoid.defvjp(lambda g, out: g * (out * (1 - out)))


@primitive
def log_sigmoid(xp, x):
    """``log(sigmoid(x))``, computed without overflow."""
    return -xp.logaddexp(-x, 0)


log_sigmoid.defvjp(lambda g, x: g * sigmoid(-x))


@primitive
def softplus(xp, x):
    """``log(1 + e ** x)``, computed without overflow: a smooth ``relu``."""
    return xp.logaddexp(x, 0)


softplus.defvjp(lambda g, x: g * sigmoid(x))


@primitive
def relu(xp, x):
    """``max(x, 0)``; the derivative at 0 is 0."""
    return xp.maximum(x, 0)


relu.defvjp(lambda g, out: where(out != 0, g, 0.0))  # so that NaN stays NaN


@primitive
def leaky_relu(xp, x, *, slope=0.01):
    """``x`` where positive, else ``slope * x``; the derivative at 0 is ``slope``."""
    return xp.where(x > 0, x, slope * x)


leaky_relu.defvjp(lambda g, x, slope: where(x > 0, g, slope * g))


@primitive
def elu(xp, x, *, alpha=1.0):
    """``x`` where positive, else ``alpha * (e ** x - 1)``; the derivative at 0 is ``alpha``."""
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


elu.defvjp(lambda g, x, out, alpha: g * where(x > 0, 1, out + alpha))


@primitive
def silu(xp, x):
    """``x * sigmoid(x)``, also called swish."""
    return x * sigmoid.forward(xp, x)


silu.defvjp(lambda g, x, out: g * _silu_slope(sigmoid(x), out))


def _silu_slope(s: Any, out: Any) -> Any:
    return s + out * (1 - s)


@primitive
def gelu(xp, x, *, approximate=False):
    """``x`` times the probability that a standard normal variable is below ``x``.

    Args:
        x: any shape.
        approximate: compute it by tanh, ``x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))``, within 5e-4 of the exact
            form, which needs the error function and takes longer (Hendrycks and Gimpel 2016,
            arXiv:1606.08415, section 2).
    """
    if approximate:
        return 0.5 * x * (1 + xp.tanh(_gelu_argument(x)))
    return 0.5 * x * (1 + erf.forward(xp, x * math.sqrt(0.5)))


def _gelu_argument(x: Any) -> Any:
    return math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))


def _gelu_slope(x: Any, approximate: bool) -> Any:
    if approximate:
        t = tanh(_gelu_argument(x))
        inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * (x * x))
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner
    return 0.5 * (1 + erf(x * math.sqrt(0.5))) + x * exp(-0.5 * (x * x)) / math.sqrt(2 * math.pi)


gelu.defvjp(lambda g, x, approximate: g * _gelu_slope(x, approximate))
