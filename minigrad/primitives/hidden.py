"""Numbers that are none, and that a mask hides: a walk reads what was computed from them as nothing.

The cotangent of what a mask hides is 0, but rules before the mask multiply it by what they kept, and 0 · NaN is NaN.
A finite target does not depend on a NaN, as what is computed with one is another. So where a record kept a NaN and the
cotangent is 0, any number may stand for it. Of infinities this is not true, whose inverse is finite: there it is done
in products alone, since a function that stays finite while its argument grows ends up flat.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.backend import Array
from ..engine.context import recording
from ..engine.record import Record
from .choices import where
from .products import linear, matmul
from .values import module_behind, raw

__all__: list[str] = []

ELEMENTWISE = frozenset(
    f"minigrad.primitives.{name}"
    for name in ("activations", "arithmetic", "choices", "error_function", "exponential", "radius", "trigonometric")
)
SAFE = 0.5  # in the domain of nearly every function, and nobody's kink


class Hidden:
    """What a tape knows of values that are no numbers and were hidden.

    Attributes:
        before: an id; what was recorded earlier may hold them.
    """

    def __init__(self, before: int) -> None:
        self.before = before

    def replaced(self, record: Record, g: Any, residuals: tuple[Any, ...]) -> tuple[Any, ...]:
        """The residuals of a record with numbers in place of those that are none and meet no cotangent.

        Args:
            record: an elementwise function, or a product by rows; the residuals of others are left as they are.
            g: the cotangent of its result.
            residuals: arrays, or tensors if the walk is recorded.
        """
        plan, g = record.plan, raw(g)
        if plan.primitive.__module__ in ELEMENTWISE:
            dead, infinite = g == 0, plan.primitive.name == "multiply"
            fits = [getattr(value, "shape", g.shape) == g.shape for value in residuals]
        elif plan.primitive in (matmul, linear):
            dead = (g == 0).all(axis=-1, keepdims=True) if g.ndim else g == 0
            infinite = True
            fits = [
                kind == ("operand", 0) and raw(x).shape[:-1] == g.shape[:-1]
                for x, kind in zip(residuals, plan.saves, strict=True)
            ]
        else:
            return residuals
        return tuple(
            _replaced(value, dead, infinite) if fit else value for value, fit in zip(residuals, fits, strict=True)
        )


def _replaced(value: Any, dead: Array, infinite: bool) -> Any:
    if isinstance(value, float):  # a factor of all, say
        return SAFE if not math.isfinite(value) and (infinite or math.isnan(value)) and dead.all() else value
    if not hasattr(value, "shape"):
        return value
    known, xp = raw(value), module_behind(value)
    bad = dead & (~xp.isfinite(known) if infinite else xp.isnan(known))
    return where(bad, known.dtype.type(SAFE), value) if xp is not np or bad.any() else value


def hide(x: Any, rows: Array) -> None:
    """Tell the active tape that a mask hides rows of ``x``: booleans for its leading axes, or for its only row."""
    tape = recording()
    if tape is None or not tape.holds(x):
        return
    if module_behind(rows) is np:  # on a device, to look for them would mean to wait
        hidden = x._value[rows] if x._shape[: rows.ndim] == rows.shape else x._value
        if not rows.any() or np.isfinite(hidden).all():
            return
    tape.hidden = Hidden(tape._next_id)
