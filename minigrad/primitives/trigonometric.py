"""The circular functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

from ..engine.primitive import primitive
from .arithmetic import polyval
from .choices import abs, round, where
from .radius import cosine, hypot, leg, ratio
from .values import with_dtype

__all__ = [
    "sin",
    "cos",
    "tan",
    "arcsin",
    "asin",
    "arccos",
    "acos",
    "arctan",
    "atan",
    "arctan2",
    "atan2",
    "deg2rad",
    "radians",
    "rad2deg",
    "degrees",
    "sinc",
]


@primitive(elementwise=True)
def sin(xp, x):
    """The sine of an angle in radians."""
    return xp.sin(x)


sin.defvjp(lambda g, x: g * cos(x))


@primitive(elementwise=True)
def cos(xp, x):
    """The cosine of an angle in radians."""
    return xp.cos(x)


cos.defvjp(lambda g, x: g * -sin(x))


@primitive(elementwise=True)
def tan(xp, x):
    """The tangent of an angle in radians."""
    return xp.tan(x)


tan.defvjp(lambda g, out: g * (1 + out * out))


@primitive(elementwise=True)
def arcsin(xp, x):
    """The inverse of ``sin``, on [-1, 1]; the derivative at the ends is infinite."""
    return xp.arcsin(x)


arcsin.defvjp(lambda g, x: g / leg(x))
asin = arcsin


@primitive(elementwise=True)
def arccos(xp, x):
    """The inverse of ``cos``, on [-1, 1]; the derivative at the ends is infinite."""
    return xp.arccos(x)


arccos.defvjp(lambda g, x: -g / leg(x))
acos = arccos


@primitive(elementwise=True)
def arctan(xp, x):
    """The inverse of ``tan``, in [-π/2, π/2]."""
    return xp.arctan(x)


def _arctan_rule(g: Any, x: Any) -> Any:
    length = hypot(x, 1.0)
    return g / length / length


arctan.defvjp(_arctan_rule)
atan = arctan


@primitive(elementwise=True)
def arctan2(xp, y, x):
    """The angle of the point (x, y), in [-π, π].

    The derivatives at the origin are 0, and those of higher order infinite or NaN. On the negative x axis, where the
    angle jumps, they are those beside it.
    """
    return xp.arctan2(y, x)


arctan2.defvjp(
    lambda g, y, x: g * ratio(cosine(x, y), hypot(x, y)),
    lambda g, y, x: -g * ratio(cosine(y, x), hypot(x, y)),
)
atan2 = arctan2


def deg2rad(x: Any) -> Any:
    """An angle in degrees, in radians."""
    return with_dtype(x) * (math.pi / 180)


def rad2deg(x: Any) -> Any:
    """An angle in radians, in degrees."""
    return with_dtype(x) * (180 / math.pi)


radians, degrees = deg2rad, rad2deg

# 1 - (πx)²/3! + (πx)⁴/5! - ..., highest power first; at |x| = 1/4 the first term left out is below 1e-19
_SINC_SERIES = [(-1) ** k * math.pi ** (2 * k) / math.factorial(2 * k + 1) for k in range(9, -1, -1)]


def sinc(x: Any) -> Any:
    """``sin(πx) / (πx)``, and 1 at 0, with all its derivatives there too."""
    near = abs(x) < 0.25
    beyond = where(near, 0.0, lambda t: sin(math.pi * (t - 2 * round(t / 2))) / t / math.pi, x)
    return where(near, lambda t: polyval(_SINC_SERIES, t * t), beyond, x, safe=0.0)
