"""Comparisons, logic and bits. They have no derivative: what depends on them alone has no gradient."""

from __future__ import annotations

from ..engine.primitive import primitive

__all__ = [
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "isnan",
    "isinf",
    "isfinite",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "bitwise_not",
    "bitwise_invert",
]


@primitive(elementwise=True)
def equal(xp, x, y):
    """``x == y``, elementwise."""
    return x == y


@primitive(elementwise=True)
def not_equal(xp, x, y):
    """``x != y``, elementwise."""
    return x != y


@primitive(elementwise=True)
def less(xp, x, y):
    """``x < y``, elementwise."""
    return x < y


@primitive(elementwise=True)
def less_equal(xp, x, y):
    """``x <= y``, elementwise."""
    return x <= y


@primitive(elementwise=True)
def greater(xp, x, y):
    """``x > y``, elementwise."""
    return x > y


@primitive(elementwise=True)
def greater_equal(xp, x, y):
    """``x >= y``, elementwise."""
    return x >= y


@primitive(elementwise=True)
def isnan(xp, x):
    """Whether each element is NaN."""
    return xp.isnan(x)


@primitive(elementwise=True)
def isinf(xp, x):
    """Whether each element is infinite, of either sign."""
    return xp.isinf(x)


@primitive(elementwise=True)
def isfinite(xp, x):
    """Whether each element is neither infinite nor NaN."""
    return xp.isfinite(x)


@primitive(elementwise=True)
def logical_and(xp, x, y):
    """Whether both elements are nonzero."""
    return xp.logical_and(x, y)


@primitive(elementwise=True)
def logical_or(xp, x, y):
    """Whether one of the elements is nonzero."""
    return xp.logical_or(x, y)


@primitive(elementwise=True)
def logical_xor(xp, x, y):
    """Whether exactly one of the elements is nonzero."""
    return xp.logical_xor(x, y)


@primitive(elementwise=True)
def logical_not(xp, x):
    """Whether each element is 0."""
    return xp.logical_not(x)


@primitive(elementwise=True)
def bitwise_and(xp, x, y):
    """``x & y`` of booleans or integers."""
    return x & y


@primitive(elementwise=True)
def bitwise_or(xp, x, y):
    """``x | y`` of booleans or integers."""
    return x | y


@primitive(elementwise=True)
def bitwise_xor(xp, x, y):
    """``x ^ y`` of booleans or integers."""
    return x ^ y


@primitive(elementwise=True)
def invert(xp, x):
    """``~x``: not, for booleans; every bit flipped, for integers."""
    return ~x


bitwise_not = bitwise_invert = invert


for _one in (isnan, isinf, isfinite, logical_not, invert):
    _one.defvjp(None)
_of_two = (equal, not_equal, less, less_equal, greater, greater_equal, logical_and, logical_or, logical_xor)
for _two in (*_of_two, bitwise_and, bitwise_or, bitwise_xor):
    _two.defvjp(None, None)
