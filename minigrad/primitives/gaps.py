"""The distances between eigenvalues or singular values, by which the derivatives of their vectors divide."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from .choices import abs, maximum, where
from .inverses import solve
from .reduce import max, sum
from .shape import matrix_transpose
from .values import constant, module_behind

__all__: list[str] = []
ALL = slice(None)


def gaps(values: Any, apart: Any, times: Any = 1, own: float = 1) -> Any:
    """Differences of values ``times`` a factor: 0 where they are no more than roundings, ``own`` on the diagonal."""
    xp, known = module_behind(values), constant(values)
    equal = abs(constant(apart)) <= rounding(known)[..., None]
    return where(xp.eye(known.shape[-1], dtype=bool), own, where(equal, 0, apart) * times)


def rounding(known: Any) -> Any:
    """By how much the values (..., n) of a matrix may be off, as (..., 1)."""
    return 4 * known.shape[-1] * np.finfo(known.dtype).eps * size_of(known)


def size_of(known: Any) -> Any:
    """The largest absolute value, as (..., 1); of nothing, or nothing but zeros, a tiny number."""
    xp, tiny = module_behind(known), np.finfo(known.dtype).tiny
    if not known.shape[-1]:
        return xp.full((*known.shape[:-1], 1), tiny, known.dtype)
    return maximum(max(abs(known), axis=-1, keepdims=True), tiny)


def skew(x: Any, gap: Any) -> Any:
    """``(x - xᵀ) / gap``: infinite or NaN where the gap is 0, even if the limit is not, which cannot be known here."""
    return (x - matrix_transpose(x)) / gap


def resolved(g: Any, matrix: Any, w: Any, v: Any, size: Any, equal: Any) -> Any:
    """``(w - matrix)⁺ @ g`` for eigenvalues ``w`` (..., k) of a symmetric matrix (..., n, n), each with its own g.

    It has all its derivatives where a value is distinct from all others, whether those are from each other or not.

    Args:
        g: (..., k, n).
        matrix: (..., n, n).
        w: (..., k).
        v: the vectors of the values, of length 1, as rows (..., k, n).
        size: an array (..., 1), of about the largest value.
        equal: (..., k), where a value is not distinct, and the result NaN.
    """
    xp = module_behind(size)
    across = g - v * sum(g * v, axis=-1, keepdims=True)
    along = v[..., :, None] * v[..., None, :] * size[..., None, None]  # in place of the 0 that w - matrix has there
    unit = xp.eye(v.shape[-1], dtype=size.dtype)
    nothing = where(equal, np.nan, 0.0).astype(size.dtype)[..., None, None]  # a singular system would be an error
    return solve(w[..., None, None] * unit - matrix[..., None, :, :] + along + nothing, across[..., None])[..., 0]


def check_only(taker: str, only: Any) -> None:
    """Refuse a choice among values that is no slice.

    Raises:
        TypeError: naming who takes it.
    """
    if not isinstance(only, slice):
        raise errors.MisuseError(f"{taker}: only={only!r} must be a slice, not {type(only).__name__}")
