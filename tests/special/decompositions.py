"""Eigenvalues, singular values and their vectors at equal values, zeros and roundings of both."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

import minigrad as mg
from tests.special.entry import Convention, Special
from tests.special.exact import partials
from tests.special.matrices import (
    BESIDE,
    COUNTED,
    EYE,
    EYE_3,
    LONE,
    NOTHING,
    ONE,
    ONES,
    ONES_3,
    PLANE,
    REGULAR,
    ROUNDED,
    SINGULAR,
    SOME,
    SPACE,
    TWICE,
    ZERO,
    det_of,
    entries,
    matrices,
    matrix_of,
    symmetric,
)


def _eigenvalues(x: Any) -> list[Any]:
    """Of a matrix of up to two rows and its transpose."""
    if x.rows == 1:
        return [2 * x[0, 0]]
    middle, radius = x[0, 0] + x[1, 1], mp.sqrt((x[0, 0] - x[1, 1]) ** 2 + (x[0, 1] + x[1, 0]) ** 2)
    return [middle - radius, middle + radius]


def _through(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An element of a function of the symmetric matrix, exactly."""

    def exact(x: Any) -> Any:
        values, vectors = mp.eigsy(symmetric(x))
        return sum(vectors[0, k] * f(values[k]) * vectors[1, k] for k in range(x.rows))

    return exact


def _projected(x: Any) -> Any:
    """An element of the projection to the vector of the largest eigenvalue, exactly."""
    _, vectors = mp.eigsy(symmetric(x))
    return vectors[0, x.rows - 1] * vectors[1, x.rows - 1]


def _singular_values(x: Any) -> list[Any]:
    if x.rows == 1:
        return [abs(x[0, 0])]
    squares = sum(c * c for c in entries(x))
    apart = mp.sqrt(
        ((x[0, 0] - x[1, 1]) ** 2 + (x[0, 1] + x[1, 0]) ** 2) * ((x[0, 0] + x[1, 1]) ** 2 + (x[0, 1] - x[1, 0]) ** 2)
    )
    return [mp.sqrt(abs(squares + sign * apart) / 2) for sign in (1, -1)]


def _whole(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of the eigenvalues, as one of a symmetric matrix: by its vectors."""

    def whole(x: Any) -> Any:
        values, vectors = mg.eigh(symmetric(x))
        return (vectors * f(values)) @ vectors.mT

    return whole


def _polar(x: Any) -> Any:
    u, _, vh = mg.svd(x)
    return u @ vh


def _rebuilt(x: Any) -> Any:
    u, s, vh = mg.svd(x)
    return (u * s) @ vh


def _projection(x: Any) -> Any:
    first, second = mg.eigh(symmetric(x), only=slice(-1, None))[1][:2, 0]
    return first * second


def _nearest(x: Any) -> Any:
    """An element of the nearest matrix of rank 1."""
    u, s, vh = mg.svd(x, only=slice(1))
    return (u[0] * s * vh[:, 1])[0]


def _nearest_exactly(x: Any) -> Any:
    """The same as x times the projection to the largest eigenvalue's vector of xᵀ x."""
    _, vectors = mp.eigsy(x.T * x)
    last = x.rows - 1
    return sum(x[0, k] * vectors[k, last] for k in range(x.rows)) * vectors[1, last]


def _rotation(x: Any) -> Any:
    """An element of the orthogonal matrix that is nearest to one of two rows with a positive determinant."""
    along, across = x[0, 0] + x[1, 1], x[0, 1] - x[1, 0]
    return across / mp.hypot(along, across)


# -- what is agreed --------------------------------------------------------------------------------


def _alike(values: Callable[[Any], Any]) -> Callable[..., bool]:
    """Whether two of the values of a matrix are equal, so that they have no derivatives of their own."""

    def at(*x: float) -> bool:
        found = values(matrix_of(x))
        return len(found) > 1 and bool(abs(found[0] - found[1]) < 1e-12)

    return at


def _from(order: int, at: Callable[..., bool]) -> Callable[..., int]:
    return lambda *x: order if at(*x) else 4


def _singular(*x: float) -> bool:
    return bool(det_of(matrix_of(x)) == 0)


def _repeats(*x: float) -> bool:
    """Whether the symmetric part of a matrix has equal eigenvalues, or its eigenvalues have equal squares."""
    values = mp.eigsy(symmetric(matrix_of(x)), eigvals_only=True)
    return any(abs(abs(values[i]) - abs(values[j])) < 1e-12 for i in range(len(values)) for j in range(i))


def _shared(*x: float) -> bool:
    """Whether the largest eigenvalue of the symmetric part of a matrix is that of several vectors."""
    *_, second, first = mp.eigsy(symmetric(matrix_of(x)), eigvals_only=True)
    return abs(first - second) < 1e-12


def _along_eigenvectors(*x: float) -> list[float]:
    array = np.reshape(x, (2, 2))
    _, v = np.linalg.eigh(array + array.T)
    return [2 * float(c) for k in range(2) for c in np.outer(v[:, k], v[:, k]).ravel()]


def _along_singular_vectors(*x: float) -> list[float]:
    u, _, vh = np.linalg.svd(np.reshape(x, (2, 2)))
    return [float(c) for k in range(2) for c in np.outer(u[:, k], vh[k]).ravel()]


@functools.cache
def _of_a_signed_value(*x: float) -> list[float]:
    """Every derivative of the smaller singular value with a sign, so that it passes through 0; and of its negative."""
    signed = lambda *x: det_of(matrix_of(x)) / _singular_values(matrix_of(x))[0] if len(x) > 1 else x[0]
    indices = [i for n in (1, 2, 3) for i in itertools.combinations_with_replacement(range(len(x)), n)]
    indices = [(), *indices]
    found = [v for (truth,) in partials(signed, x, indices)[1:] for v in truth.values]
    return [*found, *(-v for v in found)]


FOUND = "derivatives along the vectors that were found"
ONCE = (Convention(FOUND, _alike(_eigenvalues), _along_eigenvectors, only=1),)
SIGNED = (
    Convention("those of a signed value", _singular, _of_a_signed_value),
    Convention(FOUND, _alike(_singular_values), _along_singular_vectors, only=1),
)
FEW = [ZERO, ONES, EYE, *SOME[:2]]
TALL = [x for x in PLANE if x not in (ZERO, SINGULAR[-1])]
AT_ZERO = (Convention("derivative of every norm at 0 is taken as 0", lambda *x: not any(x), lambda *_: (0.0,), only=1),)

DECOMPOSITIONS: list[Special] = [
    *matrices(
        "eigvalsh",
        lambda x: mg.eigvalsh(symmetric(x)),
        _eigenvalues,
        [*ONE, *PLANE],
        conventions=ONCE,
        inside=_from(2, _repeats),
    ),
    *matrices(
        "eigvalsh",
        lambda x: (mg.eigvalsh(symmetric(x)) ** 2).sum(),
        lambda x: sum(c * c for c in entries(symmetric(x))),
        [*ONE, *PLANE, *SPACE],
        label="squared",
        inside=_from(2, _repeats),
    ),
    *matrices(
        "eigh",
        lambda x: _whole(lambda w: w)(x).sum(),
        lambda x: sum(entries(symmetric(x))),
        [*ONE, *FEW, *SPACE],
        label="itself",
        inside=_from(1, _repeats),
    ),
    *matrices(
        "eigh",
        lambda x: _whole(mg.square)(x)[0, 1],
        lambda x: (symmetric(x) ** 2)[0, 1],
        [*FEW, *SPACE],
        label="squared",
        inside=_from(1, _repeats),
    ),
    *(
        matrix
        for label, f, exact, points in (
            ("exponential", mg.exp, mp.exp, [EYE, ZERO, SOME[0]]),
            ("logarithm", lambda w: mg.log(w / 2), lambda w: mp.log(w / 2), [EYE, SOME[0]]),
            ("logarithm of 1 +", lambda w: mg.log(1 + w), mp.log1p, [ZERO, NOTHING]),
        )
        for matrix in matrices(
            "eigh", lambda x, f=f: _whole(f)(x)[0, 1], _through(exact), points, label=label, inside=_from(1, _repeats)
        )
    ),
    *matrices(
        "eigh",
        _projection,
        _projected,
        [*FEW, EYE_3, ONES_3, TWICE, LONE, ROUNDED],
        label="the largest alone",
        inside=_from(1, _shared),
    ),
    *matrices(
        "eigh",
        lambda x: mg.eigh(symmetric(x), only=slice(-1, None))[0],
        lambda x: mp.eigsy(symmetric(x), eigvals_only=True)[x.rows - 1],
        [ONES_3, LONE, BESIDE],
        label="the largest value",
    ),
    *matrices("svdvals", mg.svdvals, _singular_values, [*ONE, *TALL], conventions=SIGNED, inside=_from(2, _repeats)),
    *matrices(
        "svdvals",
        lambda x: (mg.svdvals(x) ** 2).sum(),
        lambda x: sum(c * c for c in entries(x)),
        [*ONE, *PLANE, *SPACE],
        label="squared",
        inside=_from(2, _repeats),
    ),
    *matrices(
        "svd",
        lambda x: _rebuilt(x).sum(),
        lambda x: sum(entries(x)),
        [*ONE, *FEW, *SPACE],
        label="rebuilt",
        inside=_from(1, _repeats),
    ),
    *matrices("svd", lambda x: _polar(x)[0, 1], _rotation, [EYE, *SOME[:2]], label="polar", inside=_from(1, _repeats)),
    *matrices("svd", _nearest, _nearest_exactly, [*SINGULAR[1:], SOME[0], ONES_3, LONE, COUNTED], label="of rank 1"),
    *matrices(
        "matrix_norm",
        mg.matrix_norm,
        lambda x: mp.sqrt(sum(c * c for c in entries(x))),
        [*ONE, *PLANE],
        inside=_from(2, lambda *x: not any(x)),
        conventions=AT_ZERO,
    ),
    *matrices(
        "matrix_norm",
        lambda x: mg.matrix_norm(x, "nuc"),
        lambda x: sum(_singular_values(x)),
        REGULAR,
        label="nuclear",
        inside=_from(2, _repeats),
    ),
]
