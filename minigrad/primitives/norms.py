"""Norms of vectors and matrices. The derivative of every norm at 0 is taken as 0, and those of higher order are none.

The Hessians of ``norm(x)`` and, though it has one, of ``norm(x) ** 2`` at 0 are no numbers, as PyTorch's: write the
square as ``sum(x * x)``, which has all its derivatives. Norms of ``ord`` 1, ``inf`` and ``-inf`` are made of absolute
values, with kinks where an element is 0 or two are equal: there, second derivatives of their squares count the jump of
the slope for nothing, as ``abs`` does.
"""

from __future__ import annotations

import math
from typing import Any

from .. import errors
from .choices import abs, sign
from .length import norm as _norm
from .reduce import max, min, sum
from .shape import expand_dims, moveaxis
from .singular import svdvals
from .values import floating, several_axes, shape_of

__all__ = [
    "norm",
    "vector_norm",
    "matrix_norm",
]


def vector_norm(x: Any, ord: float | str = 2, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors over ``axis``, or of all elements, as ``np.linalg.vector_norm``.

    The derivative is 0 at a vector of zeros, and by an element that is 0 where ``ord`` is below 2. For
    ``ord=inf`` and ``-inf`` ties share the cotangent evenly.

    Args:
        x: any shape.
        ord: ``sum(abs(x) ** ord) ** (1 / ord)`` of any number but 0; the largest (``inf``) or smallest
            (``-inf``) absolute value; or the count of nonzero elements (0), whose derivative is 0.
        axis: the axes that hold the vectors: ``None``, an integer, or several.
        keepdims: keep them with size 1.

    Raises:
        ValueError: ``ord`` is no number.
        AxisError: there is no such axis.
    """
    if isinstance(ord, str) or ord != ord:
        raise errors.ArgumentError(f"vector_norm: ord={ord!r}; use a number, inf or -inf")
    x = floating(x)
    if ord == math.inf:
        return max(abs(x), axis=axis, keepdims=keepdims)
    if ord == -math.inf:
        return min(abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return sum(abs(sign(x)), axis=axis, keepdims=keepdims)
    return _norm(x, ord=ord, axis=axis, keepdims=keepdims)


def matrix_norm(x: Any, ord: float | str = "fro", keepdims: bool = False) -> Any:
    """The norm of matrices (..., m, n), as ``np.linalg.matrix_norm``.

    Where the largest or smallest of several is taken, ties share the cotangent evenly. The second
    derivatives of the norms of singular values need those to be distinct.

    Args:
        x: (..., m, n).
        ord: ``"fro"``, the root of the sum of squares; ``"nuc"``, the sum of the singular values; 2 or -2,
            the largest or smallest of them; 1 or -1, the largest or smallest sum of absolute values over
            a column; ``inf`` or ``-inf``, over a row.
        keepdims: keep the last two axes with size 1.

    Raises:
        ShapeError: ``x`` has fewer than two axes.
        ValueError: another ``ord``.
    """
    shape = shape_of(x)
    if len(shape) < 2:
        raise errors.ShapeError(f"matrix_norm takes matrices (..., m, n), not shape {shape}")
    x = floating(x)
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord == "nuc":
        result = sum(abs(svdvals(x)), axis=-1)
    elif ord in _CHOICES:
        choose, of = _CHOICES[ord]
        result = choose(of(x), axis=-1)
    else:
        raise errors.ArgumentError(f"matrix_norm: ord={ord!r}; use 'fro', 'nuc', 1, -1, 2, -2, inf or -inf")
    return expand_dims(result, axis=(-2, -1)) if keepdims else result


def _columns(x: Any) -> Any:
    return sum(abs(x), axis=-2)


def _rows(x: Any) -> Any:
    return sum(abs(x), axis=-1)


def _singular(x: Any) -> Any:
    return abs(svdvals(x))  # they are not negative: this gives the matrix of zeros the derivative 0


_CHOICES: dict[Any, tuple[Any, Any]] = {
    1: (max, _columns),
    -1: (min, _columns),
    2: (max, _singular),
    -2: (min, _singular),
    math.inf: (max, _rows),
    -math.inf: (min, _rows),
}


def norm(x: Any, ord: float | str | None = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of a vector or a matrix, as ``np.linalg.norm``; the derivative is 0 at a vector of zeros.

    Args:
        x: a vector or a matrix, of any shape if ``axis`` is given, or if neither it nor ``ord`` is.
        ord: ``None``, the root of the sum of squares; else see ``vector_norm`` for one axis, ``matrix_norm``
            for two.
        axis: the axis of the vectors, or the two axes of the matrices; all axes by default.
        keepdims: keep them with size 1.

    Raises:
        ShapeError: neither a vector nor a matrix.
        ValueError: there is no such ``ord``.
        AxisError: there is no such axis.
    """
    ndim = len(shape_of(x))
    if ord is None and axis is None:
        return vector_norm(x, keepdims=keepdims)
    axes = list(range(ndim)) if axis is None else several_axes(axis, ndim)
    if len(axes) == 1:
        return vector_norm(x, 2 if ord is None else ord, axes[0], keepdims)
    if len(axes) != 2:
        raise errors.ShapeError(
            f"norm: {len(axes)} axes hold neither vectors nor matrices; mg.vector_norm takes any number of axes"
        )
    result = matrix_norm(moveaxis(x, axes, (-2, -1)), "fro" if ord is None else ord)
    return expand_dims(result, axis=tuple(sorted(axes))) if keepdims else result
