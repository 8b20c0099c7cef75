"""Reductions for which NaN is a missing value: they skip it, and it gets no cotangent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .choices import where
from .comparisons import isnan
from .exponential import sqrt
from .reduce import all, max, min, sum
from .scan import prod
from .values import floating, raw

__all__ = [
    "nan_to_num",
    "nansum",
    "nanprod",
    "nanmean",
    "nanvar",
    "nanstd",
    "nanmax",
    "nanmin",
]


def nan_to_num(x: Any, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """``x`` with numbers in place of NaN and of the infinities, by default the largest ones of its dtype."""
    if _is_whole(x):
        return x
    x = floating(x)
    largest = float(np.finfo(x.dtype).max)
    below = where(x == -math.inf, -largest if neginf is None else neginf, x)
    return where(isnan(x), nan, where(x == math.inf, largest if posinf is None else posinf, below))


def nansum(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The sum over ``axis`` without NaN; of nothing, 0."""
    return sum(where(isnan(x), 0, x), axis=axis, keepdims=keepdims)


def nanprod(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The product over ``axis`` without NaN; of nothing, 1."""
    return prod(where(isnan(x), 1, x), axis=axis, keepdims=keepdims)


def nanmean(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The mean over ``axis`` without NaN; of nothing, NaN."""
    return _over(nansum(x, axis, keepdims=keepdims), _count(x, axis, keepdims))


def nanvar(x: Any, axis: Any = None, ddof: float = 0, *, keepdims: bool = False) -> Any:
    """The variance over ``axis`` without NaN: squared deviations over ``count - ddof``."""
    deviation = where(isnan(x), 0, x - nanmean(x, axis, keepdims=True))
    total, count = sum(deviation * deviation, axis=axis, keepdims=keepdims), _count(x, axis, keepdims)
    return _over(where(count > ddof, total, math.nan), count - ddof)


def nanstd(x: Any, axis: Any = None, ddof: float = 0, *, keepdims: bool = False) -> Any:
    """The square root of ``nanvar``; where all elements are equal, the derivative is 0."""
    variance = nanvar(x, axis, ddof, keepdims=keepdims)
    return where(variance == 0, 0.0, sqrt, variance)


def nanmax(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The largest element over ``axis`` but NaN; of nothing, NaN. Ties share the cotangent evenly."""
    if _is_whole(x):
        return max(x, axis=axis, keepdims=keepdims)
    found = max(where(isnan(x), -math.inf, x), axis=axis, keepdims=keepdims)
    return where(all(isnan(x), axis=axis, keepdims=keepdims), math.nan, found)


def nanmin(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The smallest element over ``axis`` but NaN; of nothing, NaN. Ties share the cotangent evenly."""
    if _is_whole(x):
        return min(x, axis=axis, keepdims=keepdims)
    found = min(where(isnan(x), math.inf, x), axis=axis, keepdims=keepdims)
    return where(all(isnan(x), axis=axis, keepdims=keepdims), math.nan, found)


def _count(x: Any, axis: Any, keepdims: bool) -> Any:
    """How many elements over ``axis`` are no NaN, in the dtype of ``x`` if that is one for numbers so large."""
    values = raw(x)
    count = (values == values).sum(axis=axis, keepdims=keepdims)
    return count.astype(np.promote_types(values.dtype, "float32")) if values.dtype.kind == "f" else count


def _over(total: Any, count: Any) -> Any:
    """The quotient; of float16 in float16, though the count is not."""
    quotient = total / count
    return quotient.astype("float16") if total.dtype == "float16" else quotient


def _is_whole(x: Any) -> bool:
    """Whether ``x`` holds integers or booleans, none of which is NaN."""
    return getattr(getattr(raw(x), "dtype", None), "kind", "f") in "iub"
