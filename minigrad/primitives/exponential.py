"""Exponentials, logarithms, roots, and the hyperbolic functions."""

from __future__ import annotations

import math

import numpy as np

from ..engine.primitive import primitive
from ..engine.tensor import Tensor
from .choices import identity
from .radius import hypot, leg
from .tails import tail

__all__ = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "cbrt",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "asinh",
    "arccosh",
    "acosh",
    "arctanh",
    "atanh",
]


@primitive(elementwise=True)
def exp(xp, x):
    """``e ** x``."""
    return xp.exp(x)


exp.defvjp(lambda g, out: g * out)


@primitive(elementwise=True)
def exp2(xp, x):
    """``2 ** x``."""
    return xp.exp2(x)


exp2.defvjp(lambda g, out: g * (out * math.log(2)))


@primitive(elementwise=True)
def expm1(xp, x):
    """``e ** x - 1``, accurate near 0."""
    return xp.expm1(x)


expm1.defvjp(lambda g, x: g * exp(x))  # far below 0 the result is -1


@primitive(elementwise=True)
def log(xp, x):
    """The natural logarithm."""
    return xp.log(x)


log.defvjp(lambda g, x: g / x)


@primitive(elementwise=True)
def log1p(xp, x):
    """``log(1 + x)``, accurate near 0."""
    return xp.log1p(x)


log1p.defvjp(lambda g, x: g / (1 + x))


@primitive(elementwise=True)
def log2(xp, x):
    """The logarithm to base 2."""
    return xp.log2(x)


log2.defvjp(lambda g, x: g / x / math.log(2))


@primitive(elementwise=True)
def log10(xp, x):
    """The logarithm to base 10."""
    return xp.log10(x)


log10.defvjp(lambda g, x: g / x / math.log(10))


@primitive(elementwise=True)
def sqrt(xp, x):
    """The square root; the derivative at 0 is infinite."""
    return xp.sqrt(x)


sqrt.defvjp(lambda g, out: g * 0.5 / out)


@primitive(elementwise=True)
def cbrt(xp, x):
    """The cube root, of negative numbers too; the derivative at 0 is infinite."""
    return xp.cbrt(x)


cbrt.defvjp(lambda g, out: g / (3 * out * out))


# -- hyperbolic --------------------------------------------------------------------------------


@primitive(elementwise=True)
def sinh(xp, x):
    """The hyperbolic sine."""
    return xp.sinh(x)


sinh.defvjp(lambda g, x: g * cosh(x))


@primitive(elementwise=True)
def cosh(xp, x):
    """The hyperbolic cosine."""
    return xp.cosh(x)


cosh.defvjp(lambda g, x: g * sinh(x))


@primitive(elementwise=True, aux={"tail": identity})
def tanh(xp, x):
    """The hyperbolic tangent. On a device, the derivative is 0 where the result is rounded to ±1."""
    out = plain_tanh(xp, x)
    return out, tail(xp, x, out, True)


def plain_tanh(xp, x):
    """The hyperbolic tangent, without a look for its tails."""
    return xp.tanh(x)


@primitive(elementwise=True, public=False)
def tanh_slope(xp, x):
    """``1 - tanh(x) ** 2``, accurate also where it is small."""
    e = xp.exp(-2 * abs(x))
    below = 1 + e
    below *= below
    e *= 4
    e /= below
    return e


def _tanh_rule(g, out, tail):
    if tail is None:
        return g - g * out * out
    return g * (tanh_slope(tail) if isinstance(tail, Tensor) else tanh_slope.forward(np, tail))


tanh.defvjp(_tanh_rule)
tanh_slope.defvjp(lambda g, x, out: g * (-2 * out * tanh(x)))


@primitive(elementwise=True)
def arcsinh(xp, x):
    """The inverse of ``sinh``."""
    return xp.arcsinh(x)


arcsinh.defvjp(lambda g, x: g / hypot(x, 1.0))
asinh = arcsinh


@primitive(elementwise=True)
def arccosh(xp, x):
    """The inverse of ``cosh``, on [1, ∞); the derivative at 1 is infinite."""
    return xp.arccosh(x)


arccosh.defvjp(lambda g, x: g / (sqrt(x - 1) * sqrt(x + 1)))
acosh = arccosh


@primitive(elementwise=True)
def arctanh(xp, x):
    """The inverse of ``tanh``, on [-1, 1]; infinite at the ends, with an infinite derivative."""
    return xp.arctanh(x)


def _arctanh_rule(g, x):
    root = leg(x)
    return g / root / root


arctanh.defvjp(_arctanh_rule)
atanh = arctanh
