"""Singular values, with their vectors. Leading axes are batch axes.

One record holds all factors side by side, so that its rule, written with its own result, can be
differentiated to any order.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import errors
from ..engine.primitive import primitive
from ..engine.tensor import Tensor
from .choices import where
from .decomposed import decomposed
from .gaps import ALL, check_only, gaps, resolved, rounding, size_of, skew
from .joining import concatenate
from .leading import of_last_axes
from .shape import matrix_transpose, reshape
from .values import constant, module_behind, shape_of

__all__ = [
    "svd",
    "svdvals",
]


@primitive(name="svd", public=False)
def _svd(xp, x):
    """The factors ``u``, ``s`` and ``vh`` of the matrices (..., m, n), side by side."""
    factors = decomposed(xp, "svd", x, full_matrices=False)
    sizes = _sizes(x.shape)
    return xp.concatenate([xp.reshape(f, (*x.shape[:-2], n)) for f, n in zip(factors, sizes, strict=True)], axis=-1)


def _sizes(shape: tuple[int, ...]) -> tuple[int, int, int]:
    rows, columns = shape[-2:]
    rank = min(rows, columns)
    return rows * rank, rank, rank * columns


def _factors(packed: Any, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """``u, s, vh`` of matrices of that shape, out of what ``_svd`` returned."""
    *batch, rows, columns = shape
    first, rank, _ = _sizes(shape)
    u, s, vh = packed[..., :first], packed[..., first : first + rank], packed[..., first + rank :]
    return reshape(u, shape=(*batch, rows, rank)), s, reshape(vh, shape=(*batch, rank, columns))


def _svd_rule(g: Any, out: Any, shape: tuple[int, ...]) -> Any:
    u, s, vh = _factors(out, shape)
    gu, gs, gvh = _factors(g, shape)
    ut, v = matrix_transpose(u), matrix_transpose(vh)
    row, column = s[..., None, :], s[..., :, None]
    gap = gaps(s, row - column, row + column)
    middle = skew(ut @ gu, gap) * row + column * skew(gvh @ v, -gap)
    rank = s.shape[-1]
    total = u @ middle @ vh + (u * gs[..., None, :]) @ vh
    above = _or_zero(s)
    if rank < shape[-2]:
        total = total + ((gu - u @ (ut @ gu)) / above[..., None, :]) @ vh
    if rank < shape[-1]:
        total = total + u @ ((gvh - (gvh @ v) @ vh) / above[..., :, None])
    return total


def _or_zero(s: Any) -> Any:
    """Singular values, 0 where they are no more than roundings."""
    return where(constant(s) <= rounding(constant(s)), 0, s)


_svd.defvjp(lambda g, out, shape: _svd_rule(g, out, shape))
_svd.defbatch(of_last_axes(_svd))


@primitive(name="singular_values", public=False)
def _singular_values(xp, x, known, *, only=ALL):
    """The singular values out of what ``_svd`` found: they have derivatives where the vectors have none."""
    first, rank, _ = _sizes(x.shape)
    return known[..., first : first + rank][..., only]


def _singular_values_rule(g: Any, x: Any, known: Any, only: slice) -> Any:
    if isinstance(x, Tensor) and only != ALL:
        u, vh = _halves(_singular_vectors(x, constant(known), only=only), x.shape)
    else:
        u, _, vh = _factors(_svd(x) if isinstance(x, Tensor) else known, x.shape)
        u, vh = u[..., only], vh[..., only, :]
    return (u * g[..., None, :]) @ vh


_singular_values.defvjp(lambda g, x, known, only: _singular_values_rule(g, x, known, only), None)
_singular_values.defbatch(of_last_axes(_singular_values))


@primitive(name="singular_vectors", public=False)
def _singular_vectors(xp, x, known, *, only):
    """Some of the columns of ``u``, above those of ``v``: no derivative looks at the distances of the others."""
    u, _, vh = _factors(known, x.shape)
    return xp.concatenate([u[..., only], matrix_transpose(vh)[..., only]], axis=-2)


def _halves(vectors: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """``u`` and ``vh`` out of what ``_singular_vectors`` returned."""
    return vectors[..., : shape[-2], :], matrix_transpose(vectors[..., shape[-2] :, :])


def _singular_vectors_rule(g: Any, x: Any, known: Any, only: slice) -> Any:
    u, s, vh = _factors(constant(known), x.shape)
    row, column = s[..., None, only], s[..., :, None]
    above = _or_zero(s)[..., None, only]
    gap = gaps(s, s[..., None, :] - column, s[..., None, :] + column, own=np.inf)[..., only]
    gap = where(above == 0, 0, gap)
    if isinstance(x, Tensor):
        return _across_both(g, x, known, only, (gap == 0).any(axis=-2))
    gu, gvh = _halves(g, x.shape)
    gv = matrix_transpose(gvh)
    left, right = matrix_transpose(u) @ gu, vh @ gv
    to_u = u @ ((left * row + column * right) / gap)
    to_v = matrix_transpose(vh) @ ((left * column + row * right) / gap)
    if u.shape[-2] > s.shape[-1]:
        to_u = to_u + (gu - u @ left) / above
    if vh.shape[-1] > s.shape[-1]:
        to_v = to_v + (gv - matrix_transpose(vh) @ right) / above
    return to_u @ vh[..., only, :] + u[..., only] @ matrix_transpose(to_v)


def _across_both(g: Any, x: Any, known: Any, only: slice, equal: Any) -> Any:
    """The same by the symmetric matrix of ``x`` beside its transpose, of which ``u`` above ``v`` is an eigenvector."""
    s, both = _singular_values(x, constant(known), only=only), _singular_vectors(x, constant(known), only=only)
    *batch, rows, columns = x.shape
    xp = module_behind(x)
    above, below = (xp.zeros((*batch, size, size), x.dtype) for size in (rows, columns))
    upper, lower = concatenate([above, x], axis=-1), concatenate([matrix_transpose(x), below], axis=-1)
    matrix = concatenate([upper, lower], axis=-2)
    size = size_of(_factors(constant(known), x.shape)[1])
    turned = resolved(matrix_transpose(g), matrix, s, matrix_transpose(both) / math.sqrt(2), size, equal)
    to_u, to_vh = _halves(matrix_transpose(turned), x.shape)
    u, vh = _halves(both, x.shape)
    return to_u @ vh + u @ to_vh


_singular_vectors.defvjp(lambda g, x, known, only: _singular_vectors_rule(g, x, known, only), None)
_singular_vectors.defbatch(of_last_axes(_singular_vectors))


class SVDResult(NamedTuple):
    """What ``svd`` returns, with NumPy's names."""

    U: Any
    S: Any
    Vh: Any


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True, only: slice | None = None) -> Any:
    """The singular value decomposition ``x = u @ diag(s) @ vh`` of matrices (..., m, n).

    The derivatives of ``u`` and ``vh``, and the second ones of ``s``, are infinite or NaN where two
    singular values are equal, to a few roundings, or where one is 0 and the
    matrix not square; a result that depends on the signs of the columns has no derivative either
    (Townsend 2016, "Differentiating the singular value decomposition"; PyTorch's formulas). Of ``s``, equal
    values have the first derivatives along the vectors that were found, which are right for functions that treat
    them alike; a value 0 has those of a signed value, which passes through 0, and so have its vectors.

    Where only some of the values need to be distinct, the largest of a matrix of lower rank say, ask for those:
    ``svd(x, only=slice(2))``; see ``eigh``. Asked for so, the vectors of a value 0 have no derivative.

    Args:
        x: (..., m, n).
        full_matrices: as in NumPy; only ``False`` for matrices that are not square, as the columns that
            complete a basis have no derivative.
        compute_uv: whether to return more than ``s``.
        only: which of the k values and of their vectors; all by default.

    Returns:
        ``(U, S, Vh)`` of shapes (..., m, k), (..., k), (..., k, n) with ``k = min(m, n)``, ``s`` from the
        largest on; or ``s`` alone.

    Raises:
        ShapeError: ``x`` has fewer than two axes, or is not square and ``full_matrices`` holds without ``only``.
        TypeError: ``only`` is no slice.
        numpy.linalg.LinAlgError: the computation did not converge, as with NaN.
    """
    shape = shape_of(x)
    if len(shape) < 2:
        raise errors.ShapeError(f"svd takes matrices (..., m, n), not shape {shape}")
    if only is not None:
        check_only("svd", only)
    if not compute_uv:
        return _singular_values(x, _svd(constant(x)), only=only or ALL)
    if only is not None:
        known = _svd(constant(x))
        u, vh = _halves(_singular_vectors(x, known, only=only), shape)
        return SVDResult(u, _singular_values(x, known, only=only), vh)
    if full_matrices and shape[-1] != shape[-2]:
        raise errors.ShapeError(
            f"svd of matrices {shape[-2:]}: the full u and vh have no derivative; pass full_matrices=False"
        )
    packed = _svd(x)
    u, _, vh = _factors(packed, shape)
    return SVDResult(u, _singular_values(x, constant(packed)), vh)


def svdvals(x: Any) -> Any:
    """The singular values (..., min(m, n)) of matrices (..., m, n), from the largest on.

    Second derivatives need them to be distinct. Equal values have the first derivatives along the vectors that were
    found, which are right for functions that treat them alike; a value 0 has those of a signed value, which passes
    through 0.
    """
    return svd(x, compute_uv=False)
