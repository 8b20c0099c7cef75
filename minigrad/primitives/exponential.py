"""Exponentials, logarithms, roots, and the hyperbolic functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..primitive import primitive
from .choices import where

__all__ = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "sqrt",
    "cbrt",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
]


@primitive
def exp(xp, x):
    """``e ** x``."""
    return xp.exp(x)


exp.defvjp(lambda g, out: g * out)


@primitive
def exp2(xp, x):
    """``2 ** x``."""
    return xp.exp2(x)


exp2.defvjp(lambda g, out: g * (out * math.log(2)))


@primitive
def expm1(xp, x):
    """``e ** x - 1``, accurate near 0."""
    return xp.expm1(x)


expm1.defvjp(lambda g, out: g * (out + 1))


@primitive
def log(xp, x):
    """The natural logarithm."""
    return xp.log(x)


log.defvjp(lambda g, x: g / x)


@primitive
def log1p(xp, x):
    """``log(1 + x)``, accurate near 0."""
    return xp.log1p(x)


log1p.defvjp(lambda g, x: g / (1 + x))


@primitive
def log2(xp, x):
    """The logarithm to base 2."""
    return xp.log2(x)


log2.defvjp(lambda g, x: g / (x * math.log(2)))


@primitive
def log10(xp, x):
    """The logarithm to base 10."""
    return xp.log10(x)


log10.defvjp(lambda g, x: g / (x * math.log(10)))


@primitive(broadcasts=True)
def logaddexp(xp, x, y):
    """``log(exp(x) + exp(y))`` without overflow. Of -inf and -inf it is -inf, with gradient 0."""
    return xp.logaddexp(x, y)


logaddexp.defvjp(lambda g, x, out: g * _share(x, out), lambda g, y, out: g * _share(y, out))


def _share(x: Any, out: Any) -> Any:
    """``exp(x - out)``; 1 where both are infinite, and 0 where both are minus infinity."""
    return exp(where(x == math.inf, 0.0, lambda a, b: a - b, x, not_minus_infinity(out)))


def logaddexp2(x: Any, y: Any) -> Any:
    """``log2(2 ** x + 2 ** y)`` without overflow. Of -inf and -inf it is -inf, with gradient 0."""
    dtype = np.result_type(
        *(getattr(value, "dtype", value) for value in (x, y))
    )  # first, so that no operand is rounded in a narrower one
    x, y = (value.astype(dtype) if dtype.kind == "f" and hasattr(value, "astype") else value for value in (x, y))
    return logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)


def not_minus_infinity(x: Any) -> Any:
    """``x`` with 0 in place of -inf, so that ``-inf - x`` is -inf and no NaN."""
    return where(x == -math.inf, 0, x)


@primitive
def sqrt(xp, x):
    """The square root; the derivative at 0 is infinite."""
    return xp.sqrt(x)


sqrt.defvjp(lambda g, out: g * 0.5 / out)


@primitive
def cbrt(xp, x):
    """The cube root, of negative numbers too; the derivative at 0 is infinite."""
    return xp.cbrt(x)


cbrt.defvjp(lambda g, out: g / (3 * out * out))


# -- hyperbolic --------------------------------------------------------------------------------


@primitive
def sinh(xp, x):
    """The hyperbolic sine."""
    return xp.sinh(x)


sinh.defvjp(lambda g, x: g * cosh(x))


@primitive
def cosh(xp, x):
    """The hyperbolic cosine."""
    return xp.cosh(x)


cosh.defvjp(lambda g, x: g * sinh(x))


@primitive
def tanh(xp, x):
    """The hyperbolic tangent."""
    return xp.tanh(x)


tanh.defvjp(lambda g, out: g - g * out * out)


@primitive
def arcsinh(xp, x):
    """The inverse of ``sinh``."""
    return xp.arcsinh(x)


arcsinh.defvjp(lambda g, x: g / sqrt(x * x + 1))


@primitive
def arccosh(xp, x):
    """The inverse of ``cosh``, on [1, ∞); the derivative at 1 is infinite."""
    return xp.arccosh(x)


arccosh.defvjp(lambda g, x: g / sqrt(x * x - 1))


@primitive
def arctanh(xp, x):
    """The inverse of ``tanh``, on [-1, 1]; infinite at the ends, with an infinite derivative."""
    return xp.arctanh(x)


arctanh.defvjp(lambda g, x: g / (1 - x * x))
