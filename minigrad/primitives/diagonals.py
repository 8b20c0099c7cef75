"""Diagonals, and the triangles on either side of them."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..checks import integer
from ..engine.cotangents import unbroadcast
from ..engine.primitive import primitive
from .shape import broadcast_to, ravel
from .values import one_axis, shape_of

__all__ = [
    "diagonal",
    "diag",
    "diagflat",
    "tril",
    "triu",
]


@primitive
def diagonal(xp, x, *, offset=0, axis1=0, axis2=1):
    """The diagonal over two axes, moved to the last axis; above the main one for ``offset > 0``."""
    return xp.diagonal(x, offset, axis1, axis2)


@primitive(name="from_diagonal", public=False)
def _from_diagonal(xp, x, *, shape, offset, axis1, axis2):
    """Zeros with ``x`` on the diagonal over two axes."""
    out = xp.zeros(shape, x.dtype)
    start, steps = (max(-offset, 0), max(offset, 0)), xp.arange(x.shape[-1])
    xp.moveaxis(out, (axis1, axis2), (-2, -1))[..., start[0] + steps, start[1] + steps] = x
    return out


diagonal.defvjp(
    lambda g, shape, offset, axis1, axis2: _from_diagonal(g, shape=shape, offset=offset, axis1=axis1, axis2=axis2)
)
_from_diagonal.defvjp(lambda g, offset, axis1, axis2: diagonal(g, offset=offset, axis1=axis1, axis2=axis2))


def _diagonal_batch(x: Any, ndim: int, axis1: int, axis2: int, primitive: Any, **params: Any) -> Any:
    return primitive(x, axis1=one_axis(axis1, ndim) + 1, axis2=one_axis(axis2, ndim) + 1, **params)


diagonal.defbatch(
    lambda batched, x, offset, axis1, axis2: _diagonal_batch(x, x.ndim - 1, axis1, axis2, diagonal, offset=offset)
)
_from_diagonal.defbatch(
    lambda batched, x, shape, offset, axis1, axis2: _diagonal_batch(
        x, len(shape), axis1, axis2, _from_diagonal, offset=offset, shape=(x.shape[0], *shape)
    )
)


def diag(x: Any, k: int = 0) -> Any:
    """The matrix with a vector on its ``k``-th diagonal, or the ``k``-th diagonal of a matrix.

    Raises:
        ShapeError: ``x`` is neither a vector nor a matrix.
    """
    shape, k = shape_of(x), integer("diag: k", k)
    if len(shape) == 1:
        size = shape[0] + abs(k)
        return _from_diagonal(x, shape=(size, size), offset=k, axis1=0, axis2=1)
    if len(shape) != 2:
        raise errors.ShapeError(f"diag takes a vector or a matrix, not shape {shape}")
    return diagonal(x, offset=k)


def diagflat(x: Any, k: int = 0) -> Any:
    """The matrix with the elements of ``x`` on its ``k``-th diagonal."""
    return diag(ravel(x), k)


@primitive
def tril(xp, x, *, k=0):
    """The lower triangles of matrices (..., m, n), with zeros above the ``k``-th diagonal; a vector is every row."""
    return xp.tril(x, integer("tril: k", k))


tril.defvjp(lambda g, shape, k: unbroadcast(tril(g, k=k), shape))


@primitive
def triu(xp, x, *, k=0):
    """The upper triangles of matrices (..., m, n), with zeros below the ``k``-th diagonal; a vector is every row."""
    return xp.triu(x, integer("triu: k", k))


triu.defvjp(lambda g, shape, k: unbroadcast(triu(g, k=k), shape))
tril.defbatch(lambda batched, x, k: tril(_rows(x), k=k))
triu.defbatch(lambda batched, x, k: triu(_rows(x), k=k))


def _rows(x: Any) -> Any:
    """A batch of matrices; a vector is every row of one."""
    return x if x.ndim > 2 else broadcast_to(x[:, None], shape=(x.shape[0], x.shape[1], x.shape[1]))
