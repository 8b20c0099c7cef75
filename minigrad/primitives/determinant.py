"""Determinants of the matrices (..., n, n), and what they are differentiated by: the cofactors.

A determinant is a polynomial, so its derivatives at singular matrices exist. They are computed by singular values,
products of all but one, two or three of which take the place of a division by the determinant.
"""

from __future__ import annotations

from builtins import sum
from typing import Any, NamedTuple

from ..engine.primitive import primitive
from .choices import where, zero
from .decomposed import decomposed
from .gaps import rounding
from .inverses import inv
from .leading import of_last_axes
from .scan import others_in_rows
from .shape import matrix_transpose
from .singular import svdvals
from .values import constant

__all__ = [
    "det",
    "slogdet",
]


@primitive
def det(xp, x):
    """The determinants of the matrices (..., n, n).

    The first three derivatives hold for singular matrices too; the fourth, of four rows and more, divides by the
    determinant, and is infinite or NaN there.
    """
    return xp.linalg.det(x)


det.defvjp(lambda g, x: g[..., None, None] * _cofactors(x))


@primitive(name="cofactors", public=False)
def _cofactors(xp, x):
    """The cofactors of the matrices (..., n, n): the transposed inverse times the determinant."""
    u, s, v = decomposed(xp, "svd", x)  # the cofactors of a product are the product of the cofactors
    return _orientation(xp, u, v) * ((u * others_in_rows(s)[..., None, :]) @ v)


_cofactors.defvjp(lambda g, x: _cofactors_along(x, g))  # symmetric, as second derivatives are


@primitive(name="cofactors_along", public=False)
def _cofactors_along(xp, x, h):
    """The derivative of the cofactors of the matrices ``x`` (..., n, n) along ``h``.

    It is a polynomial, so it needs no division: of a diagonal matrix, with p_ij the product of the elements but i
    and j, it has the elements Σ_j p_ij h_jj on its diagonal, j ≠ i, and -p_ij h_ji beside it.
    """
    u, s, v = decomposed(xp, "svd", x)
    diagonal = xp.eye(s.shape[-1], dtype=bool)
    products = xp.where(diagonal, 0, others_in_rows(xp.where(diagonal, 1, s[..., None, :])))
    h = matrix_transpose(u) @ h @ matrix_transpose(v)
    on = products @ xp.diagonal(h, axis1=-2, axis2=-1)[..., None]
    return _orientation(xp, u, v) * (u @ xp.where(diagonal, on, -products * matrix_transpose(h)) @ v)


@primitive(name="cofactors_along_both", public=False)
def _cofactors_along_both(xp, x, g, h):
    """The second derivative of the cofactors of the matrices ``x`` (..., n, n) along ``g`` and ``h``.

    Again a polynomial: of a diagonal matrix, with p_ijk the product of the elements but i, j and k, it has the elements
    Σ_jk p_ijk (h_jj g_kk - h_jk g_kj) on its diagonal, and Σ_k p_ijk (h_jk g_ki + g_jk h_ki - h_ji g_kk - g_ji h_kk)
    beside it.
    """
    u, s, v = decomposed(xp, "svd", x)
    diagonal = xp.eye(s.shape[-1], dtype=bool)
    two = diagonal[:, None] | diagonal
    products = others_in_rows(xp.where(two, 1, s[..., None, None, :]))
    products = xp.where(two | diagonal[..., None], 0, products)
    g, h = (matrix_transpose(u) @ each @ matrix_transpose(v) for each in (g, h))
    of_g, of_h = (xp.diagonal(each, axis1=-2, axis2=-1) for each in (g, h))
    pairs = of_h[..., :, None] * of_g[..., None, :] - h * matrix_transpose(g)
    on = xp.einsum("...ijk,...jk->...i", products, pairs)[..., None]
    beside = sum(
        xp.einsum("...ijk,...jk,...ki->...ij", products, a, b)
        - matrix_transpose(a) * (products @ of_b[..., None, :, None])[..., 0]
        for a, b, of_b in ((h, g, of_g), (g, h, of_h))
    )
    return _orientation(xp, u, v) * (u @ xp.where(diagonal, on, beside) @ v)


def _orientation(xp: Any, u: Any, v: Any) -> Any:
    """The determinant of two orthogonal matrices, as (..., 1, 1)."""
    return (xp.linalg.det(u) * xp.linalg.det(v))[..., None, None]


def _fourth(k: Any, x: Any, g: Any, h: Any, out: Any) -> Any:
    """The derivative of ``out`` along ``k``, of ``out * det(x) = (c·g) H + (c·h) G - B - (g·H) c``.

    There c are the cofactors, G and H their derivatives along g and h, and B that along ``g cᵀ h + h cᵀ g``.
    """
    if x.shape[-1] < 4:
        return zero(x)  # the degree of the polynomial is the number of rows
    c = _cofactors(x)
    of_g, of_h, of_k = (_cofactors_along(x, each) for each in (g, h, k))
    by_g, by_h = (_cofactors_along_both(x, each, k) for each in (g, h))
    both, turned = (g @ matrix_transpose(each) @ h + h @ matrix_transpose(each) @ g for each in (c, of_k))
    total = _dot(of_k, g) * of_h + _dot(c, g) * by_h + _dot(of_k, h) * of_g + _dot(c, h) * by_g
    total = total - _cofactors_along_both(x, both, k) - _cofactors_along(x, turned)
    total = total - _dot(g, by_h) * c - _dot(g, of_h) * of_k - _dot(c, k) * out
    values = svdvals(constant(x))
    singular = values[..., -1:] <= rounding(values)  # the determinant may be a rounding then
    return total / where(singular[..., None], 0, det(x)[..., None, None])


def _dot(x: Any, y: Any) -> Any:
    return (x * y).sum(axis=(-2, -1), keepdims=True)


_cofactors_along.defvjp(
    lambda g, x, h: _cofactors_along_both(x, g, h),
    lambda g, x: _cofactors_along(x, g),
)
_cofactors_along_both.defvjp(
    lambda k, x, g, h, out: _fourth(k, x, g, h, out),
    lambda k, x, h: _cofactors_along_both(x, k, h),
    lambda k, x, g: _cofactors_along_both(x, g, k),
)


class SlogdetResult(NamedTuple):
    """What ``slogdet`` returns, with NumPy's names."""

    sign: Any
    logabsdet: Any


def slogdet(x: Any) -> SlogdetResult:
    """The signs of the determinants of matrices (..., n, n), and the logarithms of their absolute values.

    The sign has derivative 0; a singular matrix has sign 0 and logarithm -inf, and no gradient, as it has no inverse.
    """
    return SlogdetResult(_sign_of_det(x), _log_of_det(x))


@primitive(name="sign_of_det", public=False)
def _sign_of_det(xp, x):
    """The signs of the determinants of the matrices (..., n, n)."""
    return xp.linalg.slogdet(x)[0]


_sign_of_det.defvjp(lambda g, x: zero(x))


@primitive(name="log_of_det", public=False)
def _log_of_det(xp, x):
    """The logarithms of the absolute determinants of the matrices (..., n, n)."""
    return xp.linalg.slogdet(x)[1]


_log_of_det.defvjp(lambda g, x: g[..., None, None] * matrix_transpose(inv(x)))
for _one in (det, _cofactors, _cofactors_along, _cofactors_along_both, _sign_of_det, _log_of_det):
    _one.defbatch(of_last_axes(_one))
