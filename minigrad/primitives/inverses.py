"""Inverses of matrices, solutions of linear systems, Cholesky factors. Leading axes are batch axes, and broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.cotangents import narrow
from ..engine.primitive import primitive
from .decomposed import decomposed
from .diagonals import tril
from .leading import elementwise, of_last_axes
from .shape import expand_dims, transposed
from .values import shape_of

__all__ = [
    "inv",
    "solve",
    "pinv",
    "cholesky",
]


@primitive
def inv(xp, x):
    """The inverse of the matrices (..., n, n).

    Raises:
        numpy.linalg.LinAlgError: a matrix is singular.
    """
    return decomposed(xp, "inv", x)


inv.defvjp(lambda g, out: -(transposed(out) @ g @ transposed(out)))
inv.defbatch(of_last_axes(inv))


@primitive(name="solve", public=False)
def _solve(xp, a, b):
    """The solution of ``a @ x = b`` for matrices ``b``."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (xp.broadcast_to(each, batch + each.shape[-2:]) for each in (a, b))
    return decomposed(xp, "solve", a, b)


_solve.defvjp(
    lambda g, a, out, shape: narrow(-(_solve(transposed(a), g) @ transposed(out)), shape),
    lambda g, a, shape: narrow(_solve(transposed(a), g), shape),
)
_solve.defbatch(elementwise(_solve))  # as matrices broadcast


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
    return decomposed(xp, "pinv", x, *(() if rcond is None else (rcond,)))


def _pinv_rule(g: Any, x: Any, out: Any) -> Any:
    turned, wide = transposed(g), transposed(out)
    outside = turned @ out @ wide
    beside = wide @ out @ turned
    return outside - x @ (out @ outside) + beside - (beside @ out) @ x - wide @ g @ wide


_pinv.defvjp(lambda g, x, out: _pinv_rule(g, x, out))
_pinv.defbatch(of_last_axes(_pinv))


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
    return decomposed(xp, "cholesky", x)


def _cholesky_rule(g: Any, out: Any) -> Any:
    upper = transposed(out)
    product = upper @ g
    lower = 0.5 * (tril(product) + tril(product, k=-1))
    half = _solve(upper, transposed(_solve(upper, lower)))
    return 0.5 * (half + transposed(half))


cholesky.defvjp(lambda g, out: _cholesky_rule(g, out))
cholesky.defbatch(of_last_axes(cholesky))
