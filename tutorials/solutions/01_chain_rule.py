"""The solution of exercise 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Values(NamedTuple):
    """What the forward computation meets, in order."""

    p: float
    s: float
    h: float
    e: float
    loss: float


def forward(w: float, b: float, x: float) -> Values:
    """One neuron that tries to reproduce its input."""
    p = w * x
    s = p + b
    h = np.tanh(s)
    e = h - x
    loss = e**2
    return Values(p, s, h, e, loss)


def tanh_derivative(h: float) -> float:
    """The derivative of ``tanh`` at the point where its result is ``h``."""
    return 1 - h**2


def local_derivatives(w: float, x: float, values: Values) -> dict[str, float]:
    """The local derivatives: ``"p/w"`` stands for ``dp/dw``, with everything else on that line held fixed."""
    return {
        "p/w": x,
        "p/x": w,
        "s/p": 1.0,
        "s/b": 1.0,
        "h/s": tanh_derivative(values.h),
        "e/h": 1.0,
        "e/x": -1.0,
        "loss/e": 2 * values.e,
    }


def gradient_w_b(local: dict[str, float]) -> tuple[float, float]:
    """``dℓ/dw`` and ``dℓ/db``, from the local derivatives."""
    ds = local["loss/e"] * local["e/h"] * local["h/s"]
    return ds * local["s/p"] * local["p/w"], ds * local["s/b"]


def gradient_x(local: dict[str, float]) -> float:
    """``dℓ/dx``, from the local derivatives."""
    de = local["loss/e"]
    through_p = de * local["e/h"] * local["h/s"] * local["s/p"] * local["p/x"]
    through_e = de * local["e/x"]
    return through_p + through_e


def finite_difference(f: Callable[[float], float], x: float, epsilon: float = 1e-5) -> float:
    """The central difference of ``f`` at ``x``."""
    return (f(x + epsilon) - f(x - epsilon)) / (2 * epsilon)
