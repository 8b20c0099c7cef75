"""The length of a vector in the plane and its direction, by which angles and inverse functions are differentiated.

The partial derivatives of ``hypot`` are the cosine and the sine of the direction, and theirs are products of cosines
and sines over the length: nothing is squared that could leave the range, and nothing nearly equal is subtracted.
"""

from __future__ import annotations

from ..engine.primitive import primitive

__all__ = [
    "hypot",
]


@primitive(elementwise=True)
def hypot(xp, x, y):
    """``sqrt(x * x + y * y)`` without overflow; the derivatives at (0, 0) are 0, and those of higher order NaN."""
    return xp.hypot(x, y)


hypot.defvjp(lambda g, x, y: g * cosine(x, y), lambda g, x, y: g * cosine(y, x))


@primitive(elementwise=True, public=False)
def cosine(xp, x, y):
    """``x / hypot(x, y)``; at (0, 0) it is 0, and its derivatives are NaN."""
    size = xp.maximum(abs(x), abs(y))
    size = xp.where(size == 0, 1, size)
    x, y = x / size, y / size
    length = xp.hypot(x, y)
    return x / xp.where(length == 0, 1, length)


def _by_x(g, x, y):
    sine = cosine(y, x)
    return g * (sine * (sine / hypot(x, y)))


cosine.defvjp(_by_x, lambda g, x, y: g * (-cosine(y, x) * (cosine(x, y) / hypot(x, y))))


@primitive(elementwise=True, public=False)
def ratio(xp, x, y):
    """``x / y``, and 0 for 0 / 0, where the derivatives are those of the division: infinite or NaN."""
    return x / xp.where((x == 0) & (y == 0), 1, y)


ratio.defvjp(lambda g, y: g / y, lambda g, y, out: -g * out / y)


@primitive(elementwise=True, public=False)
def leg(xp, x):
    """``sqrt(1 - x * x)``, the other leg of a right triangle with a leg ``x`` and the hypotenuse 1."""
    return xp.sqrt((1 - x) * (1 + x))


leg.defvjp(lambda g, x, out: -g * (x / out))
