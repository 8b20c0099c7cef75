"""Products of vectors and matrices: ``matmul`` and ``linear``, and what is composed of them.

Leading axes are batch axes, and broadcast; but ``dot``, ``inner``, ``outer`` and ``kron`` pair each with each.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import errors
from ..checks import integer
from ..engine import paranoid
from ..engine.backend import Array
from ..engine.cotangents import Outer, narrow
from ..engine.primitive import Primitive, primitive
from ..engine.rows import as_matrix
from ..engine.tensor import Tensor
from .arithmetic import multiply
from .choices import renewed, zero
from .contraction import LETTERS, einsum, tensordot
from .inverses import inv
from .joining import stack
from .reduce import sum
from .shape import expand_dims, moveaxis, raised, ravel, reshape, squeeze, transposed
from .values import module_behind, one_axis, shape_of

__all__ = [
    "matmul",
    "linear",
    "dot",
    "inner",
    "vdot",
    "outer",
    "vecdot",
    "matvec",
    "vecmat",
    "cross",
    "kron",
    "multi_dot",
    "matrix_power",
]


@primitive
def matmul(xp, x, y):
    """The matrix product ``x @ y``; leading axes broadcast, and an operand may be a vector."""
    return x @ y


class Transposes:
    """Contiguous transposes of the matrices that backward walks multiply by again and again.

    A product with a transposed view takes up to 1.5 times as long as one with a copy. A copy is this cache's own:
    rules only read it, it is true because nothing writes into a matrix that a record holds, and it is dropped
    together with its matrix.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], Array]] = {}

    def get(self, matrix: Array) -> Array:
        """``matrix.T``, contiguous."""
        key = id(matrix)
        known = self._known.get(key)
        if known is None:
            reference = weakref.ref(matrix, lambda _: self._known.pop(key, None))
            known = self._known[key] = (reference, matrix.T.copy())
        paranoid.compare(known[1], matrix.T)
        return known[1]


transposes = Transposes()
_ROWS_WORTH_A_COPY = 8


def across(g: Any, w: Any) -> Any:
    """The transpose of a matrix, by which the rows of ``g`` are multiplied."""
    return transposes.get(w) if type(w) is np.ndarray and len(g) >= _ROWS_WORTH_A_COPY else transposed(w)


def _matmul_left(g: Any, w: Any, shape: tuple[int, ...]) -> Any:
    if type(w) is np.ndarray and w.ndim == 2 == g.ndim:
        return g @ across(g, w)
    if w.ndim == 1:
        return expand_dims(g, axis=-1) * w
    if len(shape) == 1:
        g = expand_dims(g, axis=-2)
        return narrow((g @ transposed(w))[..., 0, :], shape)
    result = g @ transposed(w)
    return result if result.shape == shape else narrow(result, shape)


def _matmul_right(g: Any, x: Any, shape: tuple[int, ...]) -> Any:
    if len(shape) == 2 and x.ndim >= 2:
        return outer_sum(x, g)
    if len(shape) == 1:
        if x.ndim == 1:
            return g * x
        return narrow(expand_dims(g, axis=-1) * x, shape)
    if x.ndim == 1:
        return expand_dims(x, axis=-1) * expand_dims(g, axis=-2)
    return narrow(transposed(x) @ g, shape)


matmul.defvjp(lambda g, y, shape: _matmul_left(g, y, shape), _matmul_right)


def _by_rows(product: Primitive, x: Any, w: Any, *bias: Any) -> Any:
    """The product of all rows of a batch with one vector or matrix, as one matrix product."""
    rows, width = math.prod(x.shape[:-1]), x.shape[-1]
    return reshape(product(reshape(x, shape=(rows, width)), w, *bias), shape=(*x.shape[:-1], *shape_of(w)[1:]))


def _matrices(batched: Sequence[bool], x: Any, y: Any) -> tuple[Any, Any, tuple[int, ...]]:
    """Operands as matrices whose leading axes broadcast, and which axes of the product stand for those of vectors."""
    a, b = (len(shape_of(z)) - leads for z, leads in zip((x, y), batched, strict=True))
    x, y = (expand_dims(x, axis=-2) if a == 1 else x), (expand_dims(y, axis=-1) if b == 1 else y)
    ndim = max(a, b, 2)
    x, y = (raised(z, ndim) if leads else z for z, leads in zip((x, y), batched, strict=True))
    return x, y, (-2,) * (a == 1) + (-1,) * (b == 1)


def _matmul_batch(batched: Sequence[bool], x: Any, y: Any) -> Any:
    if batched[0] and not batched[1] and len(shape_of(y)) <= 2:
        return _by_rows(matmul, x, y)
    if not batched[0] and len(shape_of(y)) == 2 and len(shape_of(x)) <= 2:  # a batch of vectors
        return matmul(y, x if len(shape_of(x)) == 1 else transposed(x))
    x, y, extra = _matrices(batched, x, y)
    return squeeze(matmul(x, y), axis=extra) if extra else matmul(x, y)


matmul.defbatch(_matmul_batch)


@primitive(broadcasts=True)
def linear(xp, x, w, b):
    """``x @ w + b`` in one record: x (..., n), w (n, m), and b (m,), or what else broadcasts to the product.

    Raises:
        ShapeError: b has more elements than the product.
    """
    out = x @ w
    shape = out.shape
    if getattr(b, "dtype", None) is not out.dtype:
        out = out.astype(xp.result_type(out, b), copy=False)
    out += b  # in place, where a b with more elements is an error,
    if out.shape != shape:  # but for a product that is a scalar
        raise ValueError("b has more elements than the product")
    return out


linear.defvjp(_matmul_left, _matmul_right, lambda g, shape: g if g.shape == shape else narrow(g, shape))


def _linear_batch(batched: Sequence[bool], x: Any, w: Any, b: Any) -> Any:
    of_x, of_w, of_b = batched
    if of_x and not of_w and not of_b and len(shape_of(w)) == 2 and len(shape_of(b)) <= 1:
        return _by_rows(linear, x, w, b)
    if not of_x and not of_w:
        product = matmul(x, w)
        return product + raised(b, len(shape_of(product)))
    left, right, extra = _matrices(batched[:2], x, w)
    if not extra:
        return linear(left, right, raised(b, max(left.ndim, right.ndim) - 1) if of_b else b)
    product = _matmul_batch(batched[:2], x, w)
    return product + (raised(b, product.ndim - 1) if of_b else b)


linear.defbatch(_linear_batch)


def outer_sum(x: Any, g: Any) -> Any:
    """``xᵀ g`` summed over leading axes: unevaluated for arrays, recorded for tensors."""
    return as_matrix(x).T @ as_matrix(g) if isinstance(g, Tensor) else Outer(x, g)


# -- composed of others ---------------------------------------------------------------------------


def dot(x: Any, y: Any) -> Any:
    """``np.dot``: the sum of products over the last axis of ``x`` and the last but one of ``y``, or its only one."""
    a, b = len(shape_of(x)), len(shape_of(y))
    if not a or not b:
        return multiply(x, y)
    return matmul(x, y) if b <= 2 else tensordot(x, y, axes=(-1, -2))


def inner(x: Any, y: Any) -> Any:
    """The sum of products over the last axes."""
    if not shape_of(x) or not shape_of(y):
        return multiply(x, y)
    return tensordot(x, y, axes=(-1, -1))


def vdot(x: Any, y: Any) -> Any:
    """The sum of the products of all elements of two arrays with equally many."""
    return matmul(ravel(x), ravel(y))


def outer(x: Any, y: Any) -> Any:
    """Every element of ``x`` times every element of ``y``, as a matrix (x.size, y.size)."""
    return reshape(x, shape=(-1, 1)) * reshape(y, shape=(1, -1))


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
