"""Exercise 1: the chain rule, by hand. README.md explains, hints.md helps; fill the holes in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minigrad.tutorials import Todo


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
    raise Todo("hole 1: the derivative of tanh, from its result alone")


def local_derivatives(w: float, x: float, values: Values) -> dict[str, float]:
    """The local derivatives: ``"p/w"`` stands for ``dp/dw``, with everything else on that line held fixed.

    The keys are p/w, p/x, s/p, s/b, h/s, e/h, e/x and loss/e.
    """
    raise Todo("hole 2: the eight local derivatives")


def gradient_w_b(local: dict[str, float]) -> tuple[float, float]:
    """``dℓ/dw`` and ``dℓ/db``, from the local derivatives."""
    raise Todo("hole 3: multiply along the path from the loss to w, and to b")


def gradient_x(local: dict[str, float]) -> float:
    """``dℓ/dx``, from the local derivatives."""
    raise Todo("hole 4: x is used twice")


def finite_difference(f: Callable[[float], float], x: float, epsilon: float = 1e-5) -> float:
    """The central difference of ``f`` at ``x``."""
    raise Todo("hole 5: the central difference")
