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
from ..engine.capture import Traced, capturing
from ..engine.context import recording
from ..engine.plan import Plan
from ..engine.record import Record
from ..engine.tensor import Tensor
from .choices import where
from .comparisons import isfinite, isnan, logical_not
from .products import linear, matmul
from .reduce import all
from .values import constant, module_behind

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
        plan, g = record.plan, constant(g)
        if plan.primitive.__module__ not in ELEMENTWISE and plan.primitive not in (matmul, linear):
            return residuals
        if isinstance(g, Traced):
            return tuple(_noted(plan, k, g, value) for k, value in enumerate(residuals))
        dead = _dead(plan, g)
        return tuple(_replaced(plan, k, value, g, dead) for k, value in enumerate(residuals))


def _dead(plan: Plan, g: Any) -> Any:
    """Where an elementwise function, or a row of a product, receives nothing."""
    dead = g == 0
    return dead if plan.primitive.__module__ in ELEMENTWISE or not g.ndim else all(dead, axis=-1, keepdims=True)


def _noted(plan: Plan, k: int, g: Traced, value: Any) -> Any:
    """The same of one residual, while a program is captured: an instruction, as another run has other numbers."""
    capture = capturing.get()
    if capture is None or not isinstance(value, Traced):
        return value
    return capture.noted("hidden", lambda g, value: _replaced(plan, k, value, g, _dead(plan, g)), g, value)


def _replaced(plan: Plan, k: int, value: Any, g: Any, dead: Any) -> Any:
    """Residual ``k`` with numbers in place of those that are none."""
    elementwise = plan.primitive.__module__ in ELEMENTWISE
    infinite = not elementwise or plan.primitive.name == "multiply"
    if isinstance(value, float):  # a factor of all, say
        lost = elementwise and not math.isfinite(value) and (infinite or math.isnan(value))
        return SAFE if lost and dead.all() else value
    if not hasattr(value, "shape"):
        return value
    if value.shape != g.shape if elementwise else plan.saves[k] != ("operand", 0) or value.shape[:-1] != g.shape[:-1]:
        return value
    known = constant(value)
    bad = dead & (logical_not(isfinite(known)) if infinite else isnan(known))
    looked_at = module_behind(value) is np and not isinstance(bad, Tensor)
    return value if looked_at and not bad.any() else where(bad, known.dtype.type(SAFE), value)


def hide(x: Any, rows: Array) -> None:
    """Tell the active tape that a mask hides rows of ``x``: booleans for its leading axes, or for its only row."""
    tape = recording()
    if tape is None or not tape.holds(x):
        return
    if capturing.get() is None and module_behind(rows) is np:  # on a device, to look for them would mean to wait
        hidden = x._value[rows] if x._shape[: rows.ndim] == rows.shape else x._value
        if not rows.any() or np.isfinite(hidden).all():
            return
    tape.hidden = Hidden(tape._next_id)
