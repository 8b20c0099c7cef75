"""Reductions for which NaN is a missing value: they skip it, and it gets no cotangent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .choices import clip, where
from .comparisons import isnan
from .norms import vector_norm
from .reduce import all, max, min, sum
from .scan import prod
from .values import constant, floating, number, with_dtype

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
    x = with_dtype(x)
    return _as(x, _mean(_widened(x), axis, keepdims))


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    return nansum(x, axis, keepdims=keepdims) / _count(x, axis, keepdims)


def nanvar(x: Any, axis: Any = None, ddof: float = 0, *, keepdims: bool = False) -> Any:
    """The variance over ``axis`` without NaN: squared deviations over ``count - ddof``.

    Raises:
        TypeError: ``ddof`` is no number.
    """
    x = with_dtype(x)
    deviation, freedom = _deviation(_widened(x), axis, number("nanvar: ddof", ddof), keepdims)
    return _as(x, sum(deviation * deviation, axis=axis, keepdims=keepdims) / freedom)


def nanstd(x: Any, axis: Any = None, ddof: float = 0, *, keepdims: bool = False) -> Any:
    """The square root of ``nanvar``; where all elements are equal, the derivative is 0, and the next ones none.

    Raises:
        TypeError: ``ddof`` is no number.
    """
    x = with_dtype(x)
    deviation, freedom = _deviation(_widened(x), axis, number("nanstd: ddof", ddof), keepdims)
    return _as(x, vector_norm(deviation, axis=axis, keepdims=keepdims) / freedom**0.5)


def _deviation(x: Any, axis: Any, ddof: float, keepdims: bool) -> tuple[Any, Any]:
    """``x`` less its mean, 0 for NaN, and what to divide its squares by: NaN where there is nothing."""
    middle, known = _mean(x, axis, True), constant(x)
    ends = [constant(end(known, axis, keepdims=True)) for end in (nanmin, nanmax)]
    middle = middle + (clip(constant(middle), *ends) - constant(middle))  # of equal numbers it may be rounded
    count = _count(x, axis, keepdims)
    return where(isnan(x), 0, x - middle), where(count > ddof, count - ddof, math.nan).astype(count.dtype)


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
    """How many elements over ``axis`` are no NaN, in the dtype of ``x``."""
    values = constant(x)
    count = sum(values == values, axis=axis, keepdims=keepdims)
    return count.astype(values.dtype)


def _widened(x: Any) -> Any:
    """``x``, of float16 as float32, in which counts and sums of many elements have room."""
    return x.astype("float32") if x.dtype == "float16" else floating(x)


def _as(x: Any, result: Any) -> Any:
    """A result in the dtype of ``x``, if that is float16."""
    return result.astype("float16") if x.dtype == "float16" else result


def _is_whole(x: Any) -> bool:
    """Whether ``x`` holds integers or booleans, none of which is NaN."""
    return getattr(getattr(x, "dtype", None), "kind", "f") in "iub"
