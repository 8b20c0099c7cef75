"""Choices, kinks and jumps. Operands broadcast as in NumPy.

``abs`` has derivative 0 at 0; where the two operands of ``maximum`` or ``minimum`` are equal, each
receives half of the cotangent; ``sign``, ``floor``, ``ceil``, ``round`` and ``trunc`` have derivative 0
everywhere, also at their jumps.

At a kink the slope jumps, and what is differentiated twice counts the jump for nothing. So a function that is smooth
because its kinks cancel has a wrong second derivative there: at 0 that of ``abs(x) ** 2`` is 0, as in PyTorch, and
not 2. Write what has no kink: ``square(x)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import errors
from ..engine.primitive import primitive
from .comparisons import isnan
from .values import floating

__all__ = [
    "identity",
    "abs",
    "absolute",
    "sign",
    "floor",
    "ceil",
    "round",
    "around",
    "rint",
    "trunc",
    "fix",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "clip",
    "where",
    "select",
]


@primitive(elementwise=True, public=False)
def zero(xp, g):
    """The derivative 0 times a cotangent, which may be infinite."""
    return xp.zeros_like(g)


zero.defvjp(lambda g: zero(g))


@primitive(elementwise=True)
def identity(xp, x):
    """``x`` under a new id, so that a derivative can be taken at it alone."""
    return x


identity.defvjp(lambda g: g)


def renewed(y: Any, x: Any) -> Any:
    """``y``, but under a new id if there was nothing to do and it is the operand ``x`` itself."""
    return identity(y) if y is x else y


@primitive(elementwise=True)
def abs(xp, x):
    """The absolute value; the derivative at 0 is 0, and so is the second one of ``abs(x) ** 2``: use ``square``."""
    return xp.abs(x)


abs.defvjp(lambda g, x: g * sign(x))
absolute = abs


@primitive(elementwise=True)
def sign(xp, x):
    """-1, 0 or 1; its derivative is 0 everywhere."""
    return xp.sign(x)


sign.defvjp(lambda g: zero(g))


@primitive(elementwise=True)
def floor(xp, x):
    """The largest integer not above ``x``, in its dtype; its derivative is 0 everywhere."""
    return xp.floor(x)


floor.defvjp(lambda g: zero(g))


@primitive(elementwise=True)
def ceil(xp, x):
    """The smallest integer not below ``x``, in its dtype; its derivative is 0 everywhere."""
    return xp.ceil(x)


ceil.defvjp(lambda g: zero(g))


@primitive(elementwise=True)
def round(xp, x, *, decimals=0):
    """``x`` rounded to ``decimals`` places, halves to even; its derivative is 0 everywhere."""
    return xp.around(x, decimals)


round.defvjp(lambda g: zero(g))
around = round


def rint(x: Any) -> Any:
    """``x`` rounded to integers, in floating point, halves to even; its derivative is 0 everywhere."""
    return round(floating(x))


@primitive(elementwise=True)
def trunc(xp, x):
    """The integer part of ``x``, in its dtype; its derivative is 0 everywhere."""
    return xp.trunc(x)


trunc.defvjp(lambda g: zero(g))
fix = trunc


@primitive(elementwise=True)
def maximum(xp, x, y):
    """The larger of two; NaN if one is NaN. Equal operands share the cotangent evenly."""
    return xp.maximum(x, y)


@primitive(elementwise=True)
def minimum(xp, x, y):
    """The smaller of two; NaN if one is NaN. Equal operands share the cotangent evenly."""
    return xp.minimum(x, y)


def _chosen(g: Any, mine: Any, other: Any, out: Any) -> Any:
    """The cotangent of one operand of a choice: all where it won or is NaN, half where both did."""
    return _where(mine == other, 0.5 * g, _where(mine == out, g, _where(mine != mine, g, 0)))


maximum.defvjp(lambda g, x, y, out: _chosen(g, x, y, out), lambda g, x, y, out: _chosen(g, y, x, out))
minimum.defvjp(lambda g, x, y, out: _chosen(g, x, y, out), lambda g, x, y, out: _chosen(g, y, x, out))


def fmax(x: Any, y: Any) -> Any:
    """The larger of two, and where one is NaN the other."""
    return maximum(_where(isnan(x), y, x), _where(isnan(y), x, y))


def fmin(x: Any, y: Any) -> Any:
    """The smaller of two, and where one is NaN the other."""
    return minimum(_where(isnan(x), y, x), _where(isnan(y), x, y))


@primitive(name="clip", elementwise=True, public=False)
def _clip(xp, x, low, high):
    """``x`` limited to [``low``, ``high``]."""
    return xp.minimum(xp.maximum(x, low), high)


_clip.defvjp(
    lambda g, x, low, high: _where((x < low) | (x > high), 0, g),
    lambda g, x, low, high: _where((x < low) & (low <= high), g, 0),
    lambda g, x, low, high: _where((x > high) | (low > high), g, 0),
)


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """``x`` limited to [min, max]; a limit may be ``None``, a number, an array or a tensor.

    An element inside the limits, or equal to one, receives the whole cotangent; where an element lies
    outside, the limit that replaced it receives it.
    """
    low, high = (-np.inf, np.inf)
    dtype = getattr(x, "dtype", None)
    if dtype is not None and dtype.kind in "iu":
        low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    return _clip(x, low if min is None else min, high if max is None else max)


@primitive(name="where", elementwise=True, public=False)
def _where(xp, condition, x, y):
    """``x`` where the condition holds, ``y`` elsewhere."""
    return xp.where(condition, x, y)


_where.defvjp(None, lambda g, condition: _where(condition, g, 0), lambda g, condition: _where(condition, 0, g))


def where(condition: Any, x: Any, y: Any, *operands: Any, safe: float = 0.5) -> Any:
    """``x`` where ``condition`` holds, else ``y``; either may be a function of ``operands``.

    ``where(x > 0, log(x), 0.0)`` has a gradient of NaN at ``x = 0``: the cotangent of the branch that
    was not taken is 0, and ``log`` multiplies it by an infinite derivative. Written with a function,

        mg.where(x > 0, mg.log, 0.0, x)

    the branch is computed on operands that have ``safe`` in place of the elements for which it is not
    taken. So neither the value nor any derivative meets them, and NumPy gives no warning.

    Args:
        condition: booleans; everything broadcasts against everything.
        x: a tensor, an array, a number, or an elementwise function of ``operands``.
        y: likewise.
        operands: what the functions are called with.
        safe: a number at which the functions and their derivatives are finite.

    Raises:
        TypeError: a function without operands, or operands without a function.
    """
    if not operands and not callable(x) and not callable(y):
        return _where(condition, x, y)
    functions = [branch for branch in (x, y) if callable(branch)]
    if bool(functions) != bool(operands):
        raise errors.MisuseError(
            "where(condition, f, y, *operands) calls f on the operands, made safe where the condition fails: "
            f"it was given {len(functions)} functions and {len(operands)} operands"
        )
    if callable(x):
        x = x(*[_where(condition, operand, safe) for operand in operands])
    if callable(y):
        y = y(*[_where(condition, safe, operand) for operand in operands])
    return _where(condition, x, y)


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """For each element the choice whose condition is the first to hold there, or ``default`` where none does.

    Raises:
        ValueError: there are no conditions, or not as many choices.
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise errors.ArgumentError(
            f"select: {len(condlist)} conditions and {len(choicelist)} choices; give as many, and one at least"
        )
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        default = _where(condition, choice, default)
    return default
