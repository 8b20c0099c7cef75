"""Singular values and eigenvalues, with their vectors. Leading axes are batch axes.

One record holds all factors side by side, so that its rule, written with its own result, can be
differentiated to any order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import errors
from ..primitive import primitive
from ..tensor import Tensor
from .choices import where
from .linalg import solve
from .reduce import sum
from .shape import reshape, swapaxes, tril
from .values import module_behind, raw, shape_of

__all__ = [
    "svd",
    "svdvals",
    "eigh",
    "eigvalsh",
]

ALL = slice(None)


@primitive(name="svd", public=False)
def _svd(xp, x):
    """The factors ``u``, ``s`` and ``vh`` of the matrices (..., m, n), side by side."""
    factors = xp.linalg.svd(x, full_matrices=False)
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
    ut, v = _transposed(u), _transposed(vh)
    row, column = s[..., None, :], s[..., :, None]
    gap = _gap(s, row - column) * (row + column)
    middle = _skew(ut @ gu, gap) * row + column * _skew(gvh @ v, -gap)
    rank = s.shape[-1]
    total = u @ middle @ vh + (u * gs[..., None, :]) @ vh
    if rank < shape[-2]:
        total = total + ((gu - u @ (ut @ gu)) / row) @ vh
    if rank < shape[-1]:
        total = total + u @ ((gvh - (gvh @ v) @ vh) / column)
    return total


def _gap(values: Any, gap: Any, own: float = 1) -> Any:
    """Differences of values, ``own`` on the diagonal, and 0 where they are no more than roundings."""
    xp, known = module_behind(values), raw(values)
    size, count = xp.abs(known).max(axis=-1, initial=0)[..., None, None], known.shape[-1]
    equal = xp.abs(raw(gap)) <= 4 * count * np.finfo(known.dtype).eps * size
    return where(xp.eye(count, dtype=bool), own, where(equal, 0, gap))


def _skew(x: Any, gap: Any) -> Any:
    """``(x - xᵀ) / gap``: infinite or NaN where the gap is 0, even if the limit is not, which cannot be known here."""
    return (x - _transposed(x)) / gap


def _transposed(x: Any) -> Any:
    return swapaxes(x, axis1=-1, axis2=-2)


_svd.defvjp(lambda g, out, shape: _svd_rule(g, out, shape))


@primitive(name="singular_values", public=False)
def _singular_values(xp, x, known):
    """The singular values out of what ``_svd`` found: they have derivatives where the vectors have none."""
    first, rank, _ = _sizes(x.shape)
    return known[..., first : first + rank]


def _singular_values_rule(g: Any, x: Any, known: Any) -> Any:
    u, _, vh = _factors(_svd(x) if isinstance(x, Tensor) else known, x.shape)
    return (u * g[..., None, :]) @ vh


_singular_values.defvjp(lambda g, x, known: _singular_values_rule(g, x, known), None)


class SVDResult(NamedTuple):
    """What ``svd`` returns, with NumPy's names."""

    U: Any
    S: Any
    Vh: Any


class EighResult(NamedTuple):
    """What ``eigh`` returns, with NumPy's names."""

    eigenvalues: Any
    eigenvectors: Any


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition ``x = u @ diag(s) @ vh`` of matrices (..., m, n).

    The derivatives of ``u`` and ``vh``, and the second ones of ``s``, are infinite or NaN where two
    singular values are equal, to a few roundings, or where one is 0 and the
    matrix not square; a result that depends on the signs of the columns has no derivative either
    (Townsend 2016, "Differentiating the singular value decomposition"; PyTorch's formulas). Of ``s``, equal
    values have the first derivatives along the vectors that were found, which are right for functions that treat
    them alike; a value 0 has those of a signed value, which passes through 0, and so have its vectors.

    Args:
        x: (..., m, n).
        full_matrices: as in NumPy; only ``False`` for matrices that are not square, as the columns that
            complete a basis have no derivative.
        compute_uv: whether to return more than ``s``.

    Returns:
        ``(U, S, Vh)`` of shapes (..., m, k), (..., k), (..., k, n) with ``k = min(m, n)``, ``s`` from the
        largest on; or ``s`` alone.

    Raises:
        ShapeError: ``x`` has fewer than two axes, or is not square and ``full_matrices`` holds.
        numpy.linalg.LinAlgError: the computation did not converge, as with NaN.
    """
    shape = shape_of(x)
    if len(shape) < 2:
        raise errors.ShapeError(f"svd takes matrices (..., m, n), not shape {shape}")
    if not compute_uv:
        return _singular_values(x, _svd(raw(x)))
    if full_matrices and shape[-1] != shape[-2]:
        raise errors.ShapeError(
            f"svd of matrices {shape[-2:]}: the full u and vh have no derivative; pass full_matrices=False"
        )
    packed = _svd(x)
    u, _, vh = _factors(packed, shape)
    return SVDResult(u, _singular_values(x, raw(packed)), vh)


def svdvals(x: Any) -> Any:
    """The singular values (..., min(m, n)) of matrices (..., m, n), from the largest on.

    Second derivatives need them to be distinct. Equal values have the first derivatives along the vectors that were
    found, which are right for functions that treat them alike; a value 0 has those of a signed value, which passes
    through 0.
    """
    return svd(x, compute_uv=False)


@primitive(name="eigh", public=False)
def _eigh(xp, x):
    """The eigenvalues of the symmetric matrices (..., n, n), above their vectors."""
    w, v = xp.linalg.eigh(x)
    return xp.concatenate([w[..., None, :], v], axis=-2)


def _eigh_rule(g: Any, out: Any) -> Any:
    w, v = out[..., 0, :], out[..., 1:, :]
    gap = _gap(w, w[..., None, :] - w[..., :, None])
    turned = 0.5 * _skew(_transposed(v) @ g[..., 1:, :], gap) @ _transposed(v)
    return v @ turned + (v * g[..., 0, None, :]) @ _transposed(v)


_eigh.defvjp(lambda g, out: _eigh_rule(g, out))


@primitive(name="eigenvalues", public=False)
def _eigenvalues(xp, x, known, *, only=ALL):
    """The eigenvalues out of what ``_eigh`` found: they have derivatives where the vectors have none."""
    return known[..., 0, only]


def _eigenvalues_rule(g: Any, x: Any, known: Any, only: slice) -> Any:
    if not isinstance(x, Tensor):
        v = known[..., 1:, only]
    elif only == ALL:
        v = _eigh(x)[..., 1:, :]
    else:
        v = _eigenvectors(x, raw(known), only=only)
    return (v * g[..., None, :]) @ _transposed(v)


_eigenvalues.defvjp(lambda g, x, known, only: _eigenvalues_rule(g, x, known, only), None)


@primitive(name="eigenvectors", public=False)
def _eigenvectors(xp, x, known, *, only):
    """Some of the vectors out of what ``_eigh`` found: no derivative looks at the distances of the others."""
    return known[..., 1:, only]


def _eigenvectors_rule(g: Any, x: Any, known: Any, only: slice) -> Any:
    known = raw(known)
    w, v = known[..., 0, :], known[..., 1:, :]
    gap = _gap(w, w[..., None, :] - w[..., :, None], own=np.inf)[..., only]
    if isinstance(x, Tensor):
        return _symmetric(_resolved(g, x, known, only, (gap == 0).any(axis=-2)))
    return _symmetric(v @ (_transposed(v) @ g / gap) @ _transposed(v[..., only]))


def _resolved(g: Any, x: Any, known: Any, only: slice, equal: Any) -> Any:
    """Each vector's ``(w - x)⁺ @ g`` times the vector: an expression that is smooth where its own value is distinct."""
    xp = module_behind(known)
    w, v = _eigenvalues(x, known, only=only), _transposed(_eigenvectors(x, known, only=only))
    g, size = _transposed(g), xp.abs(known[..., 0, :]).max(axis=-1, initial=np.finfo(known.dtype).tiny)
    across = g - v * sum(g * v, axis=-1, keepdims=True)
    along = v[..., :, None] * v[..., None, :] * size[..., None, None, None]  # in place of what w - x maps to 0
    unit = xp.eye(known.shape[-1], dtype=known.dtype)
    whole = (tril(x) + _transposed(tril(x, k=-1)))[..., None, :, :]
    honest = xp.where(equal, np.nan, 0).astype(known.dtype)[..., None, None]  # a singular system would raise an error
    shifted = w[..., None, None] * unit - whole + along + honest
    return _transposed(solve(shifted, across[..., None])[..., 0]) @ v


def _symmetric(x: Any) -> Any:
    return 0.5 * (x + _transposed(x))


_eigenvectors.defvjp(lambda g, x, known, only: _eigenvectors_rule(g, x, known, only), None)


def eigh(x: Any, only: slice | None = None) -> EighResult:
    """The eigenvalues (..., n) of symmetric matrices (..., n, n), from the smallest on, and their vectors (..., n, n).

    Only the lower triangles are read; the cotangent is symmetric (Giles 2008, section 3.1). The derivatives
    of the vectors, and the second ones of the values, are infinite or NaN where two values are equal, to a few
    roundings: also those of a smooth function of the matrix, as in PyTorch. Equal values have the first
    derivatives along the vectors that were found, which are right for functions that treat them alike.

    Where only some of the values need to be distinct, the largest of a Gram matrix with a null space say, ask for
    those: ``eigh(x, only=slice(-1, None))``. A zero that arrives for the others does not tell that they are not
    used: so has the logarithm of the identity.

    Args:
        x: (..., n, n).
        only: which of the values and vectors; all by default.

    Raises:
        ShapeError: the matrices are not square.
        TypeError: ``only`` is no slice.
        numpy.linalg.LinAlgError: the computation did not converge, as with NaN.
    """
    _check_square(x)
    if only is None:
        packed = _eigh(x)
        return EighResult(_eigenvalues(x, raw(packed)), packed[..., 1:, :])
    if not isinstance(only, slice):
        raise errors.MisuseError(f"eigh: only={only!r} must be a slice, not {type(only).__name__}")
    known = _eigh(raw(x))
    return EighResult(_eigenvalues(x, known, only=only), _eigenvectors(x, known, only=only))


def eigvalsh(x: Any) -> Any:
    """The eigenvalues (..., n) of symmetric matrices (..., n, n), from the smallest on.

    Second derivatives need them to be distinct. Equal values have the first derivatives along the vectors that were
    found, which are right for functions that treat them alike; see ``eigh``.
    """
    _check_square(x)
    return _eigenvalues(x, _eigh(raw(x)))


def _check_square(x: Any) -> None:
    shape = shape_of(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise errors.ShapeError(f"eigh takes square matrices (..., n, n), not shape {shape}")
