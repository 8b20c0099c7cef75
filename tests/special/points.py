"""The numbers at which derivatives are looked at."""

from __future__ import annotations

import math

import numpy as np

FLOATS = ("float64", "float32", "float16")
INF, NAN = math.inf, math.nan


def limits(dtype: str) -> list[float]:
    """The largest, the smallest normal and the smallest subnormal number of a dtype."""
    info = np.finfo(dtype)
    return [float(info.max), float(info.tiny), float(info.smallest_subnormal)]


def both(numbers: list[float]) -> list[float]:
    return [*numbers, *(-x for x in numbers)]


LIMITS = both([x for dtype in FLOATS for x in limits(dtype)])
ONES = both([1.0, *(1 + float(np.finfo(d).eps) for d in FLOATS), *(1 - float(np.finfo(d).epsneg) for d in FLOATS)])
TAILS = both([4.1, 5.0, 9.3, 17.0, 20.3, 36.0, 40.0, 88.1, 89.0, 104.0, 300.0, 700.0, 709.5, 710.0, 746.0])
SQUARES = both([1e-200, 1e-162, 1e-23, 1e20, 1e155, 1e200])  # which their squares leave the range
ORDINARY = [0.0, -0.0, *both([0.25, 0.3, 0.5, 1.7, 2.0, 3.0, math.pi / 2])]
EXTREME = [INF, -INF, NAN]

MODERATE = [*sorted({*ORDINARY, *ONES, *TAILS, *both([1e-23, 1e20])}), -0.0, *EXTREME]
FEW = sorted({*both([0.0, 0.3, 1.0, 4.1, 9.3, 20.3, 26.0, 40.0, 300.0]), -36.5, -14.1}) + EXTREME
NUMBERS = [*sorted({*ORDINARY, *ONES, *TAILS, *SQUARES, *LIMITS}), -0.0, *EXTREME]


def fits(x: float, dtype: str) -> bool:
    """Whether a dtype holds a number exactly."""
    with np.errstate(over="ignore"):
        return math.isnan(x) or float(np.asarray(x, dtype)) == x
