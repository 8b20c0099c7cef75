"""The error function, which NumPy lacks.

The Taylor series about the nearest of 193 points, every 1/32 from 0 to 6. Its coefficients follow
from the derivatives (NIST Digital Library of Mathematical Functions, 7.10.1)

    erf⁽ⁿ⁺¹⁾(c) = (-1)ⁿ (2/√π) Hₙ(c) exp(-c²),   Hₙ₊₁(c) = 2c Hₙ(c) - 2n Hₙ₋₁(c).

With ``|x - c|`` ≤ 1/64 the first neglected term is below 1e-17; the relative error, measured against
``math.erf``, is below 4e-16. From 6 on, ``erf`` is 1 to the last bit.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from ..backend import Array
from ..primitive import primitive
from .exponential import exp

__all__ = [
    "erf",
]

_STEPS = 32  # expansion points in an interval of length 1
_LAST = 6
_DEGREE = 8


@functools.cache
def _coefficients() -> Array:
    """The Taylor coefficients, (degree + 1, points)."""
    c = np.arange(_LAST * _STEPS + 1) / _STEPS
    rows = [np.array([math.erf(point) for point in c])]
    before, hermite = np.zeros_like(c), np.ones_like(c)
    for n in range(_DEGREE):
        rows.append((-1) ** n * 2 / math.sqrt(math.pi) * hermite * np.exp(-c * c) / math.factorial(n + 1))
        before, hermite = hermite, 2 * c * hermite - 2 * n * before
    return np.stack(rows)


@primitive
def erf(xp, x):
    """The error function, 2/√π times the integral of ``exp(-t²)`` from 0 to ``x``."""
    if xp.__name__ == "cupy":
        from cupyx.scipy.special import erf as on_gpu

        return on_gpu(x)
    dtype = xp.result_type(x, xp.float16)
    magnitude = xp.minimum(xp.abs(xp.asarray(x, dtype=xp.float64)), _LAST)
    magnitude = xp.where(magnitude == magnitude, magnitude, 0)
    nearest = xp.rint(magnitude * _STEPS)
    offset = magnitude - nearest / _STEPS
    rows = xp.asarray(_coefficients())[:, nearest.astype(xp.intp)]
    total = rows[_DEGREE]
    for row in rows[:_DEGREE][::-1]:
        total = total * offset + row
    return xp.where(x == x, xp.copysign(total, x), x).astype(dtype)


erf.defvjp(lambda g, x: g * (2 / math.sqrt(math.pi) * exp(-x * x)))
