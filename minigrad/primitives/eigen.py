"""Eigenvalues of symmetric matrices, with their vectors. Leading axes are batch axes.

One record holds values and vectors, so that its rule, written with its own result, can be differentiated to any order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import errors
from ..engine.primitive import primitive
from ..engine.tensor import Tensor
from .decomposed import decomposed
from .diagonals import tril
from .gaps import ALL, check_only, gaps, resolved, size_of, skew
from .leading import of_last_axes
from .shape import matrix_transpose
from .values import constant, shape_of

__all__ = [
    "eigh",
    "eigvalsh",
]


class EighResult(NamedTuple):
    """What ``eigh`` returns, with NumPy's names."""

    eigenvalues: Any
    eigenvectors: Any


@primitive(name="eigh", public=False)
def _eigh(xp, x):
    """The eigenvalues of the symmetric matrices (..., n, n), above their vectors."""
    w, v = decomposed(xp, "eigh", x)
    return xp.concatenate([w[..., None, :], v], axis=-2)


def _eigh_rule(g: Any, out: Any) -> Any:
    w, v = out[..., 0, :], out[..., 1:, :]
    gap = gaps(w, w[..., None, :] - w[..., :, None])
    turned = 0.5 * skew(matrix_transpose(v) @ g[..., 1:, :], gap) @ matrix_transpose(v)
    return v @ turned + (v * g[..., 0, None, :]) @ matrix_transpose(v)


_eigh.defvjp(lambda g, out: _eigh_rule(g, out))
_eigh.defbatch(of_last_axes(_eigh))


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
        v = _eigenvectors(x, constant(known), only=only)
    return (v * g[..., None, :]) @ matrix_transpose(v)


_eigenvalues.defvjp(lambda g, x, known, only: _eigenvalues_rule(g, x, known, only), None)
_eigenvalues.defbatch(of_last_axes(_eigenvalues))


@primitive(name="eigenvectors", public=False)
def _eigenvectors(xp, x, known, *, only):
    """Some of the vectors out of what ``_eigh`` found: no derivative looks at the distances of the others."""
    return known[..., 1:, only]


def _eigenvectors_rule(g: Any, x: Any, known: Any, only: slice) -> Any:
    known = constant(known)
    w, v = known[..., 0, :], known[..., 1:, :]
    gap = gaps(w, w[..., None, :] - w[..., :, None], own=np.inf)[..., only]
    if not isinstance(x, Tensor):
        return _symmetric(v @ (matrix_transpose(v) @ g / gap) @ matrix_transpose(v[..., only]))
    whole = tril(x) + matrix_transpose(tril(x, k=-1))
    v = matrix_transpose(_eigenvectors(x, known, only=only))
    values, equal = _eigenvalues(x, known, only=only), (gap == 0).any(axis=-2)
    turned = resolved(matrix_transpose(g), whole, values, v, size_of(w), equal)
    return _symmetric(matrix_transpose(turned) @ v)


def _symmetric(x: Any) -> Any:
    return 0.5 * (x + matrix_transpose(x))


_eigenvectors.defvjp(lambda g, x, known, only: _eigenvectors_rule(g, x, known, only), None)
_eigenvectors.defbatch(of_last_axes(_eigenvectors))


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
        return EighResult(_eigenvalues(x, constant(packed)), packed[..., 1:, :])
    check_only("eigh", only)
    known = _eigh(constant(x))
    return EighResult(_eigenvalues(x, known, only=only), _eigenvectors(x, known, only=only))


def eigvalsh(x: Any) -> Any:
    """The eigenvalues (..., n) of symmetric matrices (..., n, n), from the smallest on.

    Second derivatives need them to be distinct. Equal values have the first derivatives along the vectors that were
    found, which are right for functions that treat them alike; see ``eigh``.
    """
    _check_square(x)
    return _eigenvalues(x, _eigh(constant(x)))


def _check_square(x: Any) -> None:
    shape = shape_of(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise errors.ShapeError(f"eigh takes square matrices (..., n, n), not shape {shape}")
