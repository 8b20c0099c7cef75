"""Singular values and eigenvalues, with their vectors. Leading axes are batch axes.

One record holds all factors side by side, so that its rule, written with its own result, can be
differentiated to any order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import errors
from ..primitive import primitive
from .arithmetic import nonzero
from .choices import where
from .shape import reshape, swapaxes
from .values import shape_of

__all__ = [
    "svd",
    "svdvals",
    "eigh",
    "eigvalsh",
]


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
    gap = (row - column) * (row + column)
    middle = _skew(ut @ gu, gap) * row + column * _skew(gvh @ v, -gap)
    rank = s.shape[-1]
    total = u @ middle @ vh + (u * gs[..., None, :]) @ vh
    inverse = 1 / nonzero(s)
    if rank < shape[-2]:
        total = total + ((gu - u @ (ut @ gu)) * inverse[..., None, :]) @ vh
    if rank < shape[-1]:
        total = total + u @ (inverse[..., :, None] * (gvh - (gvh @ v) @ vh))
    return total


def _skew(x: Any, gap: Any) -> Any:
    """``(x - xᵀ) / gap``, and 0 where the numerator is, as on the diagonal."""
    numerator = x - _transposed(x)
    return where(numerator == 0, 0, numerator / where(numerator == 0, 1, gap))


def _transposed(x: Any) -> Any:
    return swapaxes(x, axis1=-1, axis2=-2)


_svd.defvjp(lambda g, out, shape: _svd_rule(g, out, shape))


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
    singular values are equal; a result that depends on the signs of the columns has no derivative either
    (Townsend 2016, "Differentiating the singular value decomposition"; PyTorch's formulas).

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
    u, s, vh = _factors(_svd(x), shape)
    if not compute_uv:
        return s
    if full_matrices and shape[-1] != shape[-2]:
        raise errors.ShapeError(
            f"svd of matrices {shape[-2:]}: the full u and vh have no derivative; pass full_matrices=False"
        )
    return SVDResult(u, s, vh)


def svdvals(x: Any) -> Any:
    """The singular values (..., min(m, n)) of matrices (..., m, n), from the largest on.

    Second derivatives need them to be distinct; see ``svd``.
    """
    return svd(x, compute_uv=False)


@primitive(name="eigh", public=False)
def _eigh(xp, x):
    """The eigenvalues of the symmetric matrices (..., n, n), above their vectors."""
    w, v = xp.linalg.eigh(x)
    return xp.concatenate([w[..., None, :], v], axis=-2)


def _eigh_rule(g: Any, out: Any) -> Any:
    w, v = out[..., 0, :], out[..., 1:, :]
    gap = w[..., None, :] - w[..., :, None]
    turned = 0.5 * _skew(_transposed(v) @ g[..., 1:, :], gap) @ _transposed(v)
    return v @ turned + (v * g[..., 0, None, :]) @ _transposed(v)


_eigh.defvjp(lambda g, out: _eigh_rule(g, out))


def eigh(x: Any) -> EighResult:
    """The eigenvalues (..., n) of symmetric matrices (..., n, n), from the smallest on, and their vectors (..., n, n).

    Only the lower triangles are read; the cotangent is symmetric (Giles 2008, section 3.1). The derivatives
    of the vectors, and the second ones of the values, are infinite or NaN where two values are equal.

    Raises:
        ShapeError: the matrices are not square.
        numpy.linalg.LinAlgError: the computation did not converge, as with NaN.
    """
    shape = shape_of(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise errors.ShapeError(f"eigh takes square matrices (..., n, n), not shape {shape}")
    packed = _eigh(x)
    return EighResult(packed[..., 0, :], packed[..., 1:, :])


def eigvalsh(x: Any) -> Any:
    """The eigenvalues (..., n) of symmetric matrices (..., n, n), from the smallest on; see ``eigh``."""
    return eigh(x)[0]
