"""Arithmetic. Operands broadcast as in NumPy."""

from __future__ import annotations

from typing import Any

from ..backend import REAL
from ..primitive import primitive
from .choices import floor, trunc, where, zero
from .exponential import log

__all__ = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
    "fmod",
    "power",
    "negative",
    "reciprocal",
    "square",
    "hypot",
    "identity",
    "astype",
    "polyval",
]


@primitive(broadcasts=True)
def add(xp, x, y):
    """``x + y``."""
    return x + y


add.defvjp(lambda g: g, lambda g: g)


@primitive(broadcasts=True)
def subtract(xp, x, y):
    """``x - y``."""
    return x - y


subtract.defvjp(lambda g: g, lambda g: -g)


@primitive(broadcasts=True)
def multiply(xp, x, y):
    """``x * y``."""
    return x * y


multiply.defvjp(lambda g, y: g * y, lambda g, x: g * x)


@primitive(broadcasts=True)
def divide(xp, x, y):
    """``x / y``."""
    return x / y


divide.defvjp(lambda g, y: g / y, lambda g, y, out: -g * out / y)


@primitive(broadcasts=True)
def floor_divide(xp, x, y):
    """``x // y``; its derivative is 0 everywhere, also at the jumps."""
    return x // y


floor_divide.defvjp(lambda g: zero(g), lambda g: zero(g))


@primitive(broadcasts=True)
def remainder(xp, x, y):
    """``x % y = x - y * floor(x / y)``, with the sign of ``y``; at the jumps the derivative is that beside them."""
    return x % y


remainder.defvjp(lambda g: g, lambda g, x, y: -g * floor(x / y))


@primitive(broadcasts=True)
def fmod(xp, x, y):
    """``x - y * trunc(x / y)``, with the sign of ``x``; at the jumps the derivative is that beside them."""
    return xp.fmod(x, y)


fmod.defvjp(lambda g: g, lambda g, x, y: -g * trunc(x / y))


@primitive(broadcasts=True)
def power(xp, x, y):
    """``x ** y``. At ``x = 0`` the derivative by ``y`` is taken as 0."""
    return x**y


power.defvjp(
    lambda g, x, y: g * (y * power(x, _one_less(y))),
    lambda g, x, out: g * (out * log(where(x == 0, 1, x))),
)


def _one_less(exponent: Any) -> Any:
    """``y - 1``, with 1 in place of -1, so that ``0 · 0 ** -1`` does not arise."""
    if isinstance(exponent, (int, float)):
        return exponent - 1 if exponent else 1
    return where(exponent == 0, 1, exponent - 1)


@primitive
def negative(xp, x):
    """``-x``."""
    return -x


negative.defvjp(lambda g: -g)


@primitive
def reciprocal(xp, x):
    """``1 / x``; of integers an integer, its fraction dropped, as in NumPy."""
    return xp.reciprocal(x)


reciprocal.defvjp(lambda g, out: -g * (out * out))


@primitive
def square(xp, x):
    """``x * x``."""
    return xp.square(x)


square.defvjp(lambda g, x: g * (2 * x))


@primitive(broadcasts=True)
def hypot(xp, x, y):
    """``sqrt(x * x + y * y)`` without overflow; the derivatives at (0, 0) are 0."""
    return xp.hypot(x, y)


hypot.defvjp(lambda g, x, out: g * (x / nonzero(out)), lambda g, y, out: g * (y / nonzero(out)))


def nonzero(x: Any) -> Any:
    """``x`` with 1 in place of 0, to divide by."""
    return where(x == 0, 1, x)


@primitive
def identity(xp, x):
    """``x`` under a new id, so that a derivative can be taken at it alone."""
    return x


identity.defvjp(lambda g: g)


@primitive
def astype(xp, x, *, dtype):
    """``x`` converted to ``dtype``, one of real numbers or booleans."""
    out = xp.asarray(x, dtype=dtype)
    if out.dtype.kind not in REAL:
        raise TypeError(f"minigrad computes with real numbers and booleans, not with {out.dtype}")
    return out


astype.defvjp(lambda g: g)  # the walk gives every cotangent the dtype of its primal


def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients ``p``, the highest power first, at ``x``, by Horner's rule."""
    value = p[0] + 0 * x
    for k in range(1, len(p)):
        value = value * x + p[k]
    return value
