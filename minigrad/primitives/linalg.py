"""Primitives of linear algebra. Leading axes are batch axes, and broadcast."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..engine import paranoid
from ..engine.backend import Array
from ..engine.cotangents import Outer, narrow
from ..engine.primitive import primitive
from ..engine.rows import as_matrix
from ..engine.tensor import Tensor
from .reduce import sum
from .shape import diagonal, expand_dims, ravel, reshape, swapaxes, tril
from .values import shape_of

__all__ = [
    "matmul",
    "linear",
    "vdot",
    "outer",
    "trace",
    "inv",
    "solve",
    "pinv",
    "cholesky",
]


@primitive
def matmul(xp, x, y):
    """The matrix product ``x @ y``; leading axes broadcast, and an operand may be a vector."""
    return x @ y


def _transposed(x: Any) -> Any:
    return x.T if x.ndim == 2 else swapaxes(x, axis1=-1, axis2=-2)


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


def _matmul_left(g: Any, w: Any, shape: tuple[int, ...]) -> Any:
    if type(w) is np.ndarray and w.ndim == 2 == g.ndim and len(g) >= _ROWS_WORTH_A_COPY:
        return g @ transposes.get(w)
    if w.ndim == 1:
        return expand_dims(g, axis=-1) * w
    if len(shape) == 1:
        g = expand_dims(g, axis=-2)
        return narrow((g @ _transposed(w))[..., 0, :], shape)
    result = g @ _transposed(w)
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
    return narrow(_transposed(x) @ g, shape)


matmul.defvjp(lambda g, y, shape: _matmul_left(g, y, shape), _matmul_right)


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


def outer_sum(x: Any, g: Any) -> Any:
    """``xᵀ g`` summed over leading axes: unevaluated for arrays, recorded for tensors."""
    return as_matrix(x).T @ as_matrix(g) if isinstance(g, Tensor) else Outer(x, g)


# -- products and sums ---------------------------------------------------------------------------


def vdot(x: Any, y: Any) -> Any:
    """The sum of the products of all elements of two arrays with equally many."""
    return matmul(ravel(x), ravel(y))


def outer(x: Any, y: Any) -> Any:
    """Every element of ``x`` times every element of ``y``, as a matrix (x.size, y.size)."""
    return reshape(x, shape=(-1, 1)) * reshape(y, shape=(1, -1))


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal over two axes; see ``diagonal``."""
    return sum(diagonal(x, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


# -- square matrices -----------------------------------------------------------------------------


@primitive
def inv(xp, x):
    """The inverse of the matrices (..., n, n).

    Raises:
        numpy.linalg.LinAlgError: a matrix is singular.
    """
    return xp.linalg.inv(x)


inv.defvjp(lambda g, out: -(_transposed(out) @ g @ _transposed(out)))


@primitive(name="solve", public=False)
def _solve(xp, a, b):
    """The solution of ``a @ x = b`` for matrices ``b``."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return xp.linalg.solve(xp.broadcast_to(a, batch + a.shape[-2:]), xp.broadcast_to(b, batch + b.shape[-2:]))


_solve.defvjp(
    lambda g, a, out, shape: narrow(-(_solve(_transposed(a), g) @ _transposed(out)), shape),
    lambda g, a, shape: narrow(_solve(_transposed(a), g), shape),
)


def solve(a: Any, b: Any) -> Any:
    """The solution of ``a @ x = b`` for matrices ``a`` (..., n, n) and ``b`` (n) or (..., n, k).

    Raises:
        numpy.linalg.LinAlgError: a matrix is singular.
    """
    if len(shape_of(b)) == 1:
        return _solve(a, expand_dims(b, axis=-1))[..., 0]
    return _solve(a, b)


@primitive(name="pinv", public=False)
def _pinv(xp, x, *, rcond):
    """The Moore-Penrose inverse of the matrices (..., m, n)."""
    return xp.linalg.pinv(x) if rcond is None else xp.linalg.pinv(x, rcond)


def _pinv_rule(g: Any, x: Any, out: Any) -> Any:
    turned, wide = _transposed(g), _transposed(out)
    outside = turned @ out @ wide
    beside = wide @ out @ turned
    return outside - x @ (out @ outside) + beside - (beside @ out) @ x - wide @ g @ wide


_pinv.defvjp(lambda g, x, out: _pinv_rule(g, x, out))


def pinv(x: Any, rcond: float | None = None) -> Any:
    """The Moore-Penrose inverse (..., n, m) of matrices (..., m, n).

    The derivative is that at constant rank, since the inverse jumps where the rank changes (Golub and
    Pereyra 1973, equation 4.12).

    Args:
        x: (..., m, n).
        rcond: singular values up to this share of the largest count as 0; NumPy's default for ``None``.
    """
    return _pinv(x, rcond=rcond)


@primitive
def cholesky(xp, x):
    """The lower triangular ``L`` with ``L @ L.T = x`` for symmetric positive definite matrices (..., n, n).

    Only the lower triangles are read; the cotangent is symmetric (Murray 2016, arXiv:1602.07527, eq. 10).

    Raises:
        numpy.linalg.LinAlgError: a matrix is not positive definite.
    """
    return xp.linalg.cholesky(x)


def _cholesky_rule(g: Any, out: Any) -> Any:
    upper = _transposed(out)
    product = upper @ g
    lower = 0.5 * (tril(product) + tril(product, k=-1))
    half = _solve(upper, _transposed(_solve(upper, lower)))
    return 0.5 * (half + _transposed(half))


cholesky.defvjp(lambda g, out: _cholesky_rule(g, out))
