"""Activation functions.

At their kink at 0, ``relu`` has derivative 0, ``leaky_relu`` its slope, and ``elu`` its ``alpha``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.primitive import primitive
from ..engine.tensor import Tensor
from .choices import clip, identity, where
from .error_function import bell, erfc
from .exponential import exp
from .tails import tail

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


@primitive(elementwise=True, aux={"tail": identity})
def sigmoid(xp, x):
    """``1 / (1 + e ** -x)``. On a device, the derivative is 0 where the result is rounded to 1."""
    out = plain_sigmoid(xp, x)
    return out, tail(xp, x, out, False)


def plain_sigmoid(xp, x):
    """``e ** x / (1 + e ** x)``, which is 1 from 40 on, in float16 from 11 on."""
    e = xp.exp(xp.minimum(x, 11.0 if getattr(x, "dtype", None) == np.float16 else 40.0))
    return e / (1 + e)


def _sigmoid_rule(g: Any, out: Any, tail: Any) -> Any:
    if tail is None:
        return g * (out * (1 - out))
    return g * (out * (sigmoid(-tail) if isinstance(tail, Tensor) else plain_sigmoid(np, -tail)))


sigmoid.defvjp(_sigmoid_rule)


@primitive(elementwise=True)
def log_sigmoid(xp, x):
    """``log(sigmoid(x))``, computed without overflow."""
    return -xp.logaddexp(-x, 0)


log_sigmoid.defvjp(lambda g, x: g * sigmoid(-x))


@primitive(elementwise=True)
def softplus(xp, x):
    """``log(1 + e ** x)``, computed without overflow: a smooth ``relu``."""
    return xp.logaddexp(x, 0)


softplus.defvjp(lambda g, x: g * sigmoid(x))


@primitive(elementwise=True)
def relu(xp, x):
    """``max(x, 0)``; the derivative at 0 is 0."""
    return xp.maximum(x, 0)


relu.defvjp(lambda g, out: where(out != 0, g, 0.0))  # so that NaN stays NaN


@primitive(elementwise=True)
def leaky_relu(xp, x, *, slope=0.01):
    """``x`` where positive, else ``slope * x``; the derivative at 0 is ``slope``."""
    return xp.where(x > 0, x, slope * x)


leaky_relu.defvjp(lambda g, x, slope: where(x > 0, g, slope * g))


@primitive(elementwise=True)
def elu(xp, x, *, alpha=1.0):
    """``x`` where positive, else ``alpha * (e ** x - 1)``; the derivative at 0 is ``alpha``."""
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


elu.defvjp(lambda g, x, alpha: g * where(x > 0, 1.0, lambda t: alpha * exp(t), x, safe=0.0))


@primitive(elementwise=True)
def silu(xp, x):
    """``x * sigmoid(x)``, also called swish."""
    return x * plain_sigmoid(xp, x)


silu.defvjp(lambda g, x: g * _silu_slope(x))


def _silu_slope(x: Any) -> Any:
    s = sigmoid(x)
    return s + x * (s * sigmoid(-x))


@primitive(elementwise=True)
def gelu(xp, x, *, approximate=False):
    """``x`` times the probability that a standard normal variable is below ``x``.

    Args:
        x: any shape.
        approximate: compute it by tanh, ``x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))``, within 5e-4 of the exact
            form, which needs the error function and takes longer (Hendrycks and Gimpel 2016,
            arXiv:1606.08415, section 2).
    """
    if approximate:
        return x * plain_sigmoid(xp, _gelu_argument(x))
    return x * (0.5 * erfc.forward(xp, x * -math.sqrt(0.5)))


def _gelu_argument(x: Any) -> Any:
    """Twice that of the tanh, since ``(1 + tanh(a)) / 2`` is ``sigmoid(2 a)``."""
    return 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))


def _gelu_slope(x: Any, approximate: bool) -> Any:
    if approximate:
        x = clip(x, -30, 30)  # beyond, it is 0 or 1, and the cube may be infinite
        a = _gelu_argument(x)
        s = sigmoid(a)
        inner = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * (x * x))
        return s + x * (s * sigmoid(-a) * inner)
    return 0.5 * erfc(x * -math.sqrt(0.5)) + x * (bell(x, scale=0.5) / math.sqrt(2 * math.pi))


gelu.defvjp(lambda g, x, approximate: g * _gelu_slope(x, approximate))
