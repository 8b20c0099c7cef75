"""Products of vectors and matrices, composed of other primitives."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Sequence
from typing import Any

from .. import errors
from ..checks import integer
from .choices import renewed, zero
from .contraction import LETTERS, einsum
from .joining import stack
from .linalg import inv, matmul
from .reduce import sum
from .shape import expand_dims, moveaxis, reshape
from .values import module_behind, one_axis, shape_of

__all__ = [
    "cross",
    "kron",
    "vecdot",
    "matvec",
    "vecmat",
    "multi_dot",
    "matrix_power",
]


def cross(x: Any, y: Any, axis: int = -1) -> Any:
    """The cross products of vectors of length 3 along ``axis``.

    Raises:
        ShapeError: the axis has another size.
        AxisError: there is no such axis.
    """
    x, y = moveaxis(x, axis, -1), moveaxis(y, axis, -1)
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise errors.ShapeError(f"cross takes vectors of length 3, not {x.shape[-1]} and {y.shape[-1]}")
    (a, b, c), (d, e, f) = ([v[..., k] for k in range(3)] for v in (x, y))
    return moveaxis(stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1), -1, axis)


def kron(x: Any, y: Any) -> Any:
    """The Kronecker product: each element of ``x`` replaced by its product with all of ``y``."""
    ndim = max(len(shape_of(x)), len(shape_of(y)))
    a, b = ((1,) * (ndim - len(shape_of(z))) + shape_of(z) for z in (x, y))
    apart = [itertools.chain(*((size, 1) for size in a)), itertools.chain(*((1, size) for size in b))]
    product = reshape(x, shape=tuple(apart[0])) * reshape(y, shape=tuple(apart[1]))
    return reshape(product, shape=tuple(map(operator.mul, a, b)))


def vecdot(x: Any, y: Any, axis: int = -1) -> Any:
    """The products of vectors along ``axis``, the other axes broadcast.

    Raises:
        ShapeError: the vectors differ in length.
        AxisError: an operand has no such axis.
    """
    lengths = [shape[one_axis(axis, len(shape))] for shape in (shape_of(x), shape_of(y))]
    if lengths[0] != lengths[1]:
        raise errors.ShapeError(f"vecdot: vectors of lengths {lengths[0]} and {lengths[1]}")
    return sum(x * y, axis=axis)


def matvec(x: Any, y: Any) -> Any:
    """The products of matrices (..., m, n) with vectors (..., n); leading axes broadcast.

    Raises:
        ShapeError: the shapes do not fit.
    """
    _check_matrix("matvec", x)
    return matmul(x, expand_dims(y, axis=-1))[..., 0]


def vecmat(x: Any, y: Any) -> Any:
    """The products of vectors (..., m) with matrices (..., m, n); leading axes broadcast.

    Raises:
        ShapeError: the shapes do not fit.
    """
    _check_matrix("vecmat", y)
    return matmul(expand_dims(x, axis=-2), y)[..., 0, :]


def _check_matrix(name: str, x: Any) -> None:
    if len(shape_of(x)) < 2:
        raise errors.ShapeError(f"{name}: a matrix is needed, not shape {shape_of(x)}")


def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of several matrices, the cheapest pair first; the first and the last may be vectors.

    Raises:
        ShapeError: the shapes do not fit.
    """
    ndims = [len(shape_of(x)) for x in arrays]
    if len(ndims) < 2 or any(n != 2 for n in ndims[1:-1]) or not {ndims[0], ndims[-1]} <= {1, 2}:
        raise errors.ShapeError(
            "multi_dot takes two or more matrices, of which the first and the last may be vectors, not arrays of "
            f"{ndims} dimensions"
        )
    terms = list(map("".join, itertools.pairwise(LETTERS)))[: len(ndims)]
    if ndims[0] == 1:
        terms[0] = terms[0][1:]
    if ndims[-1] == 1:
        terms[-1] = terms[-1][:1]
    ends = (terms[0][0] if ndims[0] == 2 else "") + (terms[-1][-1] if ndims[-1] == 2 else "")
    return einsum(f"{','.join(terms)}->{ends}", *arrays)


def matrix_power(x: Any, n: int) -> Any:
    """The matrices (..., m, m) multiplied ``n`` times with themselves, or their inverses for negative ``n``.

    Raises:
        ShapeError: ``x`` does not hold square matrices.
        numpy.linalg.LinAlgError: ``n`` is negative and a matrix is singular.
    """
    shape, n = shape_of(x), integer("matrix_power: n", n)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise errors.ShapeError(f"matrix_power takes square matrices, not shape {shape}")
    if n < 0:
        x, n = inv(x), -n
    xp = module_behind(x)
    if n == 0:
        return zero(x) + xp.eye(shape[-1], dtype=x.dtype)
    squares = [x]
    while 2 ** len(squares) <= n:
        squares.append(matmul(squares[-1], squares[-1]))
    power = functools.reduce(matmul, [square for k, square in enumerate(squares) if n >> k & 1])
    return renewed(power, x)
