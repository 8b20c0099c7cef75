"""Averages, order statistics and covariances, composed of other primitives."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from .. import errors
from ..words import shown
from .arithmetic import subtract
from .choices import where
from .comparisons import isnan
from .index import sort
from .joining import concatenate
from .length import widened
from .norms import vector_norm
from .products import matmul
from .reduce import max, mean, min, sum
from .shape import at_least, expand_dims, moveaxis, reshape, transpose
from .values import axes_of, floating, module_behind, number, shape_of, with_dtype
from .variance import deviation

__all__ = [
    "average",
    "ptp",
    "median",
    "quantile",
    "percentile",
    "cov",
    "corrcoef",
]


def average(x: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """The weighted mean over ``axis``, or over all elements.

    Args:
        x: any shape.
        axis: an integer, several, or ``None``.
        weights: of the shape of ``x``, or of one weight for each element along ``axis``.
        keepdims: keep the axes with size 1.

    Raises:
        ShapeError: the weights have another shape.
    """
    if weights is None:
        return mean(x, axis=axis, keepdims=keepdims)
    shape, given = shape_of(x), shape_of(weights)
    if given != shape:
        axes = axes_of(axis, len(shape))
        if axis is None or given != tuple(shape[k] for k in axes):
            raise errors.ShapeError(
                f"average: x of shape {shape} with axis={axis!r} needs weights of its shape, or one for each element "
                f"along the axis, not of shape {given}"
            )
        weights = reshape(weights, shape=tuple(size if k in axes else 1 for k, size in enumerate(shape)))
        weights = weights + module_behind(x).zeros(shape, weights.dtype)
    x, weights = with_dtype(x), with_dtype(weights)
    total = sum(widened(x) * weights, axis=axis, keepdims=keepdims)
    return _as(np.result_type(x.dtype, weights.dtype), total / sum(widened(weights), axis=axis, keepdims=keepdims))


def _as(dtype: Any, result: Any) -> Any:
    """A result in that dtype, if it is float16, for which it was computed in float32."""
    return result.astype("float16") if dtype == "float16" else result


def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Peak to peak: the largest element less the smallest; ties of each share the cotangent evenly."""
    return max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims)


def median(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle element over ``axis``, or over all; the mean of the two middle ones of an even number.

    The derivative is that of the elements that are taken, of equal ones the one that ``sort`` takes. Where
    there is a NaN, or no element, the result is NaN.
    """
    rows = _sorted_rows(x, axis)
    count = shape_of(rows)[-1]
    if count == 0:
        return mean(x, axis=axis, keepdims=keepdims)
    middle = rows[..., count // 2]
    if count % 2 == 0:
        middle = middle * 0.5 + rows[..., count // 2 - 1] * 0.5  # their sum may be beyond the largest number
    return _put_back(where(isnan(rows[..., -1]), rows[..., -1], middle), x, axis, keepdims)


def quantile(x: Any, q: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The quantiles over ``axis``, or over all elements, interpolated linearly between neighbours.

    The derivative is that of the elements that are taken, of equal ones the one that ``sort`` takes.

    Args:
        x: any shape.
        q: numbers in [0, 1], of any shape, which comes first in the result's; they have no derivative.
        axis: an integer, several, or ``None``.
        keepdims: keep the axes with size 1.

    Raises:
        ValueError: a number is outside [0, 1], or there is no element.
    """
    given = q
    try:
        q = np.asarray(q, dtype=np.float64)
    except OverflowError:
        q = np.asarray(np.inf)
    if not ((q >= 0) & (q <= 1)).all():
        raise errors.ArgumentError(f"quantile: q={shown(given)} is outside [0, 1]")
    rows = _sorted_rows(x, axis)
    if shape_of(rows)[-1] == 0:
        raise errors.ArgumentError(f"quantile: x of shape {shape_of(x)} has no element over axis={axis}")
    xp, place = module_behind(x), q * (shape_of(rows)[-1] - 1)
    low, high = np.floor(place), np.ceil(place)
    share = xp.asarray((place - low).astype(rows.dtype))
    below, above = (rows[..., xp.asarray(side.astype(np.intp))] for side in (low, high))
    last = reshape(rows[..., -1], shape=(*shape_of(rows)[:-1], *(1,) * q.ndim))
    step = where(share == 0, 0.0, subtract, above * 0.5, below * 0.5)  # the whole may be beyond the largest number
    between = where(isnan(last), last, below + share * step + share * step)
    between = moveaxis(between, tuple(range(-q.ndim, 0)), tuple(range(q.ndim)))
    return _put_back(between, x, axis, keepdims, q.ndim)


def percentile(x: Any, q: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """``quantile`` of ``q / 100``.

    The derivative is that of the elements that are taken, of equal ones the one that ``sort`` takes.
    """
    try:
        share = np.true_divide(q, 100)
    except OverflowError:
        raise errors.ArgumentError(f"percentile: q={shown(q)} is outside [0, 100]") from None
    return quantile(x, share, axis, keepdims=keepdims)


def _sorted_rows(x: Any, axis: Any) -> Any:
    """The elements over ``axis`` as one last axis, sorted."""
    x = floating(x)
    axes = axes_of(axis, x.ndim)
    kept = [k for k in range(x.ndim) if k not in axes]
    rows = transpose(x, axes=(*kept, *axes))
    return sort(reshape(rows, shape=(*(x.shape[k] for k in kept), math.prod(x.shape[k] for k in axes))))


def _put_back(reduced: Any, x: Any, axis: Any, keepdims: bool, before: int = 0) -> Any:
    """A reduction of ``x``, behind ``before`` other axes, with size 1 at the reduced axes if they are to be kept."""
    if not keepdims:
        return reduced
    return expand_dims(reduced, axis=tuple(before + k for k in axes_of(axis, len(shape_of(x)))))


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """The covariance matrix of variables, as ``np.cov``.

    Args:
        m: (variables, observations), or the observations of one variable.
        y: further variables.
        rowvar: whether the variables are rows, not columns.
        bias: divide by the number of observations, not by one less.
        ddof: divide by the number of observations less ``ddof``, whatever ``bias`` says.

    Raises:
        ShapeError: more than two axes.
        TypeError: ``ddof`` is no number.
    """
    less = int(not bias) if ddof is None else number("cov: ddof", ddof)
    x = _variables(m, y, rowvar)
    away = deviation(widened(x), axis=1)
    return _table(x.dtype, matmul(away, transpose(away)) / builtins.max(x.shape[1] - less, 0))


def _variables(m: Any, y: Any, rowvar: bool) -> Any:
    """All variables as rows."""
    parts = [_rows(part, rowvar) for part in (m, y) if part is not None]
    return concatenate(parts, axis=0) if len(parts) > 1 else parts[0]


def _rows(x: Any, rowvar: bool) -> Any:
    x = floating(x)
    if x.ndim > 2:
        raise errors.ShapeError(f"cov: variables and observations are two axes, not shape {x.shape}")
    return at_least(x, 2) if rowvar or x.ndim < 2 else transpose(x)


def _table(dtype: Any, products: Any) -> Any:
    """What is computed of each pair of variables, in the dtype of their observations; of one variable a number."""
    return _as(dtype, products if products.shape != (1, 1) else products[0, 0])


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The matrix of correlation coefficients of variables; see ``cov``. Those of a constant variable are NaN."""
    x = _variables(x, y, rowvar)
    away = deviation(widened(x), axis=1)
    away = away / vector_norm(away, axis=1, keepdims=True)  # first, as squares may leave the range
    return _table(x.dtype, matmul(away, transpose(away)))
