"""Chapter 1: the chain rule, by hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Values(NamedTuple):
    """The primals of the neuron, in the order in which it computes them."""

    p: float
    s: float
    h: float
    e: float
    loss: float


def forward(w: float, b: float, x: float) -> Values:
    """One neuron that tries to reproduce its input, one operation a line."""
    p = w * x
    s = p + b
    h = float(np.tanh(s))
    e = h - x
    loss = e**2
    return Values(p, s, h, e, loss)


def local_derivatives(w: float, x: float, values: Values) -> dict[str, float]:
    """The local derivatives of the five operations, as numbers: ``"p/w"`` stands for dp/dw.

    Args:
        w: the weight.
        x: the input.
        values: what ``forward`` returned: ``values.p``, ``values.s``, ``values.h``, ``values.e``, ``values.loss``.

    Returns:
        a dict with the keys ``p/w, p/x, s/p, s/b, h/s, e/h, e/x, loss/e``.
    """
    return {
        "p/w": x,
        "p/x": w,
        "s/p": 1.0,
        "s/b": 1.0,
        "h/s": 1 - values.h**2,
        "e/h": 1.0,
        "e/x": -1.0,
        "loss/e": 2 * values.e,
    }


def gradient_w_b(local: dict[str, float]) -> tuple[float, float]:
    """dℓ/dw and dℓ/db, from the local derivatives: those of ``forward``, or any other numbers under the same keys."""
    ds = local["loss/e"] * local["e/h"] * local["h/s"]
    return ds * local["s/p"] * local["p/w"], ds * local["s/b"]


def gradient_x(local: dict[str, float]) -> float:
    """dℓ/dx, from the local derivatives: those of ``forward``, or any other numbers under the same keys."""
    through_p = local["loss/e"] * local["e/h"] * local["h/s"] * local["s/p"] * local["p/x"]
    through_e = local["loss/e"] * local["e/x"]
    return through_p + through_e
