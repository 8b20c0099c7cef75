"""Arithmetic. Operands broadcast as in NumPy."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..engine.backend import REAL
from ..engine.primitive import primitive
from .choices import round, where, zero
from .exponential import exp, sqrt

__all__ = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "true_divide",
    "floor_divide",
    "remainder",
    "mod",
    "fmod",
    "power",
    "pow",
    "negative",
    "reciprocal",
    "square",
    "astype",
    "polyval",
]


@primitive(elementwise=True)
def add(xp, x, y):
    """``x + y``."""
    return x + y


add.defvjp(lambda g: g, lambda g: g)


@primitive(elementwise=True)
def subtract(xp, x, y):
    """``x - y``."""
    return x - y


subtract.defvjp(lambda g: g, lambda g: -g)


@primitive(elementwise=True)
def multiply(xp, x, y):
    """``x * y``."""
    return x * y


multiply.defvjp(lambda g, y: g * y, lambda g, x: g * x)


@primitive(elementwise=True)
def divide(xp, x, y):
    """``x / y``; linear in ``x``, so its second derivative by ``x`` is 0, at ``y = 0`` too."""
    return x / y


divide.defvjp(lambda g, y: g / y, lambda g, y, out: -g * out / y)
true_divide = divide


@primitive(elementwise=True)
def floor_divide(xp, x, y):
    """``x // y``; its derivative is 0 everywhere, also at the jumps."""
    return x // y


floor_divide.defvjp(lambda g: zero(g), lambda g: zero(g))


@primitive(elementwise=True)
def remainder(xp, x, y):
    """``x % y = x - y * floor(x / y)``, with the sign of ``y``; at the jumps the derivative is that beside them."""
    return x % y


@primitive(elementwise=True)
def fmod(xp, x, y):
    """``x - y * trunc(x / y)``, with the sign of ``x``; at the jumps the derivative is that beside them."""
    return xp.fmod(x, y)


def _quotient(x: Any, y: Any, out: Any) -> Any:
    """The integer by which ``out`` is ``x - y * quotient``; that of the rounded ``x / y`` may be the next one."""
    return round(x / y - out / y)


remainder.defvjp(lambda g: g, lambda g, x, y, out: -g * _quotient(x, y, out))
fmod.defvjp(lambda g: g, lambda g, x, y, out: -g * _quotient(x, y, out))
mod = remainder


@primitive(elementwise=True)
def power(xp, x, y):
    """``x ** y``. At ``y = 0`` it is 1 and its derivative by ``x`` 0, for every ``x``.

    At ``x = 0`` the derivative by ``y`` is 0 for positive ``y``, where the power is 0, and infinite or NaN for the
    others; of a negative ``x`` it is NaN, since the power is a number for whole ``y`` only. PyTorch 2.13
    has a finite mixed second derivative at ``y = 0`` that is wrong.
    """
    return x**y


@primitive(elementwise=True, public=False)
def power_log(xp, x, y, *, times=1):
    """``x ** y * log(x) ** times``, a derivative of the power by ``y``; 0 where that is 0 and ``x`` not negative."""
    out = x**y
    logs = xp.log(xp.where((out == 0) & (x >= 0), 1, x))
    return (out * logs**times).astype(out.dtype)


def _power_slope(x: Any, y: Any) -> Any:
    """``y * x ** (y - 1)``. At (0, 0) it is 0 with all its derivatives by x, and those by y are infinite."""
    if isinstance(y, (int, float)):
        return y * power(x, y - 1) if y else zero(x)
    both = (x == 0) & (y == 0)
    return where(both, lambda x, y: exp(x) * sqrt(y), lambda x, y: y * power(x, y - 1), x, y)


def _power_log_slope(x: Any, y: Any, times: int) -> Any:
    before = power_log(x, y - 1, times=times - 1) if times > 1 else power(x, y - 1)
    return y * power_log(x, y - 1, times=times) + times * before


power.defvjp(lambda g, x, y: g * _power_slope(x, y), lambda g, x, y: g * power_log(x, y))
power_log.defvjp(
    lambda g, x, y, times: g * _power_log_slope(x, y, times),
    lambda g, x, y, times: g * power_log(x, y, times=times + 1),
)
pow = power


@primitive(elementwise=True)
def negative(xp, x):
    """``-x``."""
    return -x


negative.defvjp(lambda g: -g)


@primitive(elementwise=True)
def reciprocal(xp, x):
    """``1 / x``; of integers an integer, its fraction dropped, as in NumPy."""
    return xp.reciprocal(x)


reciprocal.defvjp(lambda g, out: -g * (out * out))


@primitive(elementwise=True)
def square(xp, x):
    """``x * x``."""
    return xp.square(x)


square.defvjp(lambda g, x: g * (2 * x))


def nonzero(x: Any) -> Any:
    """``x`` with 1 in place of 0, to divide by."""
    return where(x == 0, 1, x)


@primitive(elementwise=True)
def astype(xp, x, *, dtype):
    """``x`` converted to ``dtype``, one of real numbers or booleans."""
    out = xp.asarray(x, dtype=dtype)
    if out.dtype.kind not in REAL:
        raise errors.DTypeError(f"astype: minigrad computes with real numbers and booleans, not with {out.dtype}")
    return out


astype.defvjp(lambda g: g)  # the walk gives every cotangent the dtype of its primal


def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients ``p``, the highest power first, at ``x``, by Horner's rule."""
    value = p[0] + 0 * x
    for k in range(1, len(p)):
        value = value * x + p[k]
    return value
