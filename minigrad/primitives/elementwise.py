"""Elementwise primitives. Operands broadcast as in NumPy.

Subgradients at kinks: ``relu`` and ``abs`` have derivative 0 at 0; where the two operands of
``maximum`` or ``minimum`` are equal, each receives half of the cotangent.
"""

from __future__ import annotations

from typing import Any

from ..primitive import primitive

__all__ = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "negative",
    "identity",
    "astype",
    "exp",
    "log",
    "sqrt",
    "square",
    "tanh",
    "sigmoid",
    "relu",
    "abs",
    "sign",
    "maximum",
    "minimum",
    "where",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
]

# -- arithmetic --------------------------------------------------------------------------------


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
def identity(xp, x):
    """``x`` under a new id, so that a derivative can be taken at it alone."""
    return x


identity.defvjp(lambda g: g)


@primitive
def astype(xp, x, *, dtype):
    """``x`` converted to ``dtype``."""
    return xp.asarray(x, dtype=dtype)


astype.defvjp(lambda g: g)  # the walk gives every cotangent the dtype of its primal


# -- exponentials ------------------------------------------------------------------------------


@primitive
def exp(xp, x):
    """``e ** x``."""
    return xp.exp(x)


exp.defvjp(lambda g, out: g * out)


@primitive
def log(xp, x):
    """The natural logarithm."""
    return xp.log(x)


log.defvjp(lambda g, x: g / x)


@primitive
def sqrt(xp, x):
    """The square root; the derivative at 0 is infinite."""
    return xp.sqrt(x)


sqrt.defvjp(lambda g, out: g * 0.5 / out)


@primitive
def square(xp, x):
    """``x * x``."""
    return x * x


square.defvjp(lambda g, x: g * (2 * x))


# -- activations -------------------------------------------------------------------------------


@primitive
def tanh(xp, x):
    """The hyperbolic tangent."""
    return xp.tanh(x)


tanh.defvjp(lambda g, out: g * (1 - out * out))


@primitive
def sigmoid(xp, x):
    """``1 / (1 + e ** -x)``, computed without overflow."""
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1, e) / (1 + e)


sigmoid.defvjp(lambda g, out: g * (out * (1 - out)))


@primitive
def relu(xp, x):
    """``max(x, 0)``; the derivative at 0 is 0."""
    return xp.maximum(x, 0)


relu.defvjp(lambda g, out: g * (out != 0))  # so that NaN stays NaN


# -- kinks and choices -------------------------------------------------------------------------


@primitive
def abs(xp, x):
    """The absolute value; the derivative at 0 is 0."""
    return xp.abs(x)


abs.defvjp(lambda g, x: g * sign(x))


@primitive
def sign(xp, x):
    """-1, 0 or 1; its derivative is 0 everywhere."""
    return xp.sign(x)


sign.defvjp(lambda g, out: 0 * out)


@primitive(broadcasts=True)
def maximum(xp, x, y):
    """The larger of two; NaN if one is NaN. Equal operands share the cotangent evenly."""
    return xp.maximum(x, y)


@primitive(broadcasts=True)
def minimum(xp, x, y):
    """The smaller of two; NaN if one is NaN. Equal operands share the cotangent evenly."""
    return xp.minimum(x, y)


def _chosen(g: Any, mine: Any, other: Any, out: Any) -> Any:
    """The cotangent of one operand of a choice: all where it won or is NaN, half where both did."""
    return where(mine == other, 0.5 * g, where(mine == out, g, where(mine != mine, g, 0)))


maximum.defvjp(lambda g, x, y, out: _chosen(g, x, y, out), lambda g, x, y, out: _chosen(g, y, x, out))
minimum.defvjp(lambda g, x, y, out: _chosen(g, x, y, out), lambda g, x, y, out: _chosen(g, y, x, out))


@primitive(broadcasts=True)
def where(xp, condition, x, y):
    """``x`` where ``condition`` holds, else ``y``.

    The rule masks the cotangent, so a bad value in the branch that was not taken does not reach the
    other branch. What lies *before* the bad branch still multiplies 0 by an infinite derivative, as in
    ``where(x > 0, log(x), 0)``; make its argument safe first: ``log(where(x > 0, x, 1))``.
    """
    return xp.where(condition, x, y)


where.defvjp(None, lambda g, condition: where(condition, g, 0), lambda g, condition: where(condition, 0, g))


# -- comparisons, which have no derivative -----------------------------------------------------


@primitive(broadcasts=True)
def equal(xp, x, y):
    """``x == y``, elementwise."""
    return x == y


@primitive(broadcasts=True)
def not_equal(xp, x, y):
    """``x != y``, elementwise."""
    return x != y


@primitive(broadcasts=True)
def less(xp, x, y):
    """``x < y``, elementwise."""
    return x < y


@primitive(broadcasts=True)
def less_equal(xp, x, y):
    """``x <= y``, elementwise."""
    return x <= y


@primitive(broadcasts=True)
def greater(xp, x, y):
    """``x > y``, elementwise."""
    return x > y


@primitive(broadcasts=True)
def greater_equal(xp, x, y):
    """``x >= y``, elementwise."""
    return x >= y
