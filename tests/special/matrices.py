"""Functions of matrices at zero, the identity, singular ones and those with equal eigenvalues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp, mpf

import minigrad as mg
from minigrad.primitive import REGISTRY

from .entry import Convention, Special
from .points import FLOATS

ZERO, EYE, ONES = (0.0,) * 4, (1.0, 0.0, 0.0, 1.0), (1.0,) * 4
SOME = [(2.0, 0.5, -0.25, 1.0), (3.0, 0.0, 0.0, 1.0), (0.0, 1.0, -1.0, 0.0), (1e-3, 0.0, 0.0, 1.0)]
SINGULAR = [ZERO, ONES, (1.0, 0.0, 0.0, 0.0), (1.0, 2.0, 2.0, 4.0)]
PLANE = [*SINGULAR, EYE, (-1.0, 0.0, 0.0, 1.0), *SOME]
ZERO_3, EYE_3, ONES_3 = (0.0,) * 9, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), (1.0,) * 9
TWICE = (2.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 2.0)  # with the eigenvalues 1, 1, 4
BESIDE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0)
SPACE = [ZERO_3, EYE_3, ONES_3, TWICE, BESIDE, (2.0, 0.5, 0.0, 0.5, 1.0, 0.25, 0.0, 0.25, -1.0)]
SIZE = lambda *x: max(1.0, *map(abs, x)) ** 2


def _matrix(x: Sequence[Any]) -> Any:
    size = round(len(x) ** 0.5)
    return mp.matrix([list(x[k * size : (k + 1) * size]) for k in range(size)])


def matrices(name: str, f: Any, exact: Callable[[Any], Any], points: Any, **options: Any) -> list[Special]:
    """One entry for each size of square matrices; ``exact`` takes a matrix. NumPy has no float16 there."""
    sizes = sorted({len(point) for point in points})
    settings: dict[str, Any] = {"orders": 2, "dtypes": FLOATS[:2], "crosses": SIZE, **options}
    label = settings.pop("label", "")
    return [
        Special(
            name,
            f,
            lambda *x: exact(_matrix(x)),
            [point for point in points if len(point) == size],
            shapes=((round(size**0.5),) * 2,),
            label=f"of {size} {label}".strip(),
            **settings,
        )
        for size in sizes
    ]


def _entries(x: Any) -> list[Any]:
    return [x[i, j] for i in range(x.rows) for j in range(x.cols)]


def _det(x: Any) -> Any:
    if x.rows == 2:
        return x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0]
    return sum(
        (-1) ** k * x[0, k] * _det(mp.matrix([[x[i, j] for j in range(x.cols) if j != k] for i in range(1, x.rows)]))
        for k in range(x.cols)
    )


def _inverse(x: Any) -> Any:
    return mp.matrix([[x[1, 1], -x[0, 1]], [-x[1, 0], x[0, 0]]]) / _det(x)


def _symmetric(x: Any) -> Any:
    return x + (x.T if isinstance(x, mp.matrix) else x.mT)


def _cholesky(x: Any) -> list[Any]:
    first = mp.sqrt(x[0, 0])
    beside = (x[1, 0] + x[0, 1]) / 2 / first
    return [first, mpf(0), beside, mp.sqrt(x[1, 1] - beside**2)]


def _eigenvalues(x: Any) -> list[Any]:
    """Of the symmetric part of a matrix of two rows, twice."""
    middle, radius = x[0, 0] + x[1, 1], mp.sqrt((x[0, 0] - x[1, 1]) ** 2 + (x[0, 1] + x[1, 0]) ** 2)
    return [middle - radius, middle + radius]


def _singular_values(x: Any) -> list[Any]:
    squares = sum(c * c for c in _entries(x))
    apart = mp.sqrt(
        ((x[0, 0] - x[1, 1]) ** 2 + (x[0, 1] + x[1, 0]) ** 2) * ((x[0, 0] + x[1, 1]) ** 2 + (x[0, 1] - x[1, 0]) ** 2)
    )
    return [mp.sqrt(abs(squares + sign * apart) / 2) for sign in (1, -1)]


def _whole(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of the eigenvalues, as one of a symmetric matrix: by its vectors."""

    def whole(x: Any) -> Any:
        values, vectors = mg.eigh(_symmetric(x))
        return (vectors * f(values)) @ vectors.mT

    return whole


def _polar(x: Any) -> Any:
    u, _, vh = mg.svd(x)
    return u @ vh


def _rebuilt(x: Any) -> Any:
    u, s, vh = mg.svd(x)
    return (u * s) @ vh


def _alike(values: Callable[[Any], Any]) -> Callable[..., bool]:
    """Whether two of the values of a matrix are equal, so that they have no derivatives of their own."""

    def at(*x: float) -> bool:
        first, second = values(_matrix(x))
        return bool(abs(first - second) < 1e-12)

    return at


def _from(order: int, at: Callable[..., bool]) -> Callable[..., int]:
    return lambda *x: order if at(*x) else 4


def _singular(*x: float) -> bool:
    return bool(_det(_matrix(x)) == 0)


def _repeats(*x: float) -> bool:
    """Whether the symmetric part of a matrix has equal eigenvalues, or its eigenvalues have equal squares."""
    values = mp.eigsy(_symmetric(_matrix(x)), eigvals_only=True)
    return any(abs(abs(values[i]) - abs(values[j])) < 1e-12 for i in range(len(values)) for j in range(i))


FOUND = "derivatives along the vectors that were found"
UNIT = lambda *_: (0.0, 0.5, -0.5, 1.0, -1.0, 2.0)
ONCE = (Convention(FOUND, _alike(_eigenvalues), UNIT, only=1),)
SIGNED = (
    Convention("those of a signed value", _singular, lambda *_: (0.0, 0.25, -0.25, 0.5, -0.5, 1.0, -1.0), only=2),
    Convention(FOUND, _alike(_singular_values), UNIT, only=1),
)
TALL = [x for x in PLANE if x not in (ZERO, SINGULAR[-1])]

MATRICES: list[Special] = [
    *matrices("det", mg.det, _det, [*PLANE, ZERO_3, EYE_3, ONES_3, TWICE]),
    *matrices("det", mg.det, _det, [EYE, *SOME[:2]], orders=3, label="to the third order"),
    *matrices(
        "cofactors",
        REGISTRY["cofactors"],
        lambda x: [x[1, 1], -x[1, 0], -x[0, 1], x[0, 0]],
        PLANE,
        inside=_from(2, _singular),
    ),
    *matrices("inv", mg.inv, lambda x: _entries(_inverse(x)), [EYE, *SOME[:3]]),
    *matrices("pinv", mg.pinv, lambda x: _entries(_inverse(x)), [EYE, *SOME[:3]]),
    *matrices("solve", lambda x: mg.solve(x, x.mT), lambda x: _entries(_inverse(x) * x.T), [EYE, *SOME[:3]]),
    *matrices("slogdet", lambda x: mg.slogdet(x)[1], lambda x: mp.log(abs(_det(x))), [EYE, *SOME], orders=3),
    *matrices("cholesky", mg.cholesky, _cholesky, [EYE, (2.0, 0.5, 0.5, 1.0)]),
    *matrices(
        "eigvalsh",
        lambda x: mg.eigvalsh(_symmetric(x)),
        _eigenvalues,
        PLANE,
        conventions=ONCE,
        inside=_from(2, _repeats),
    ),
    *matrices(
        "eigvalsh",
        lambda x: (mg.eigvalsh(_symmetric(x)) ** 2).sum(),
        lambda x: sum(c * c for c in _entries(_symmetric(x))),
        [*PLANE, *SPACE],
        label="squared",
        inside=_from(2, _repeats),
    ),
    *matrices(
        "eigh",
        lambda x: _whole(lambda w: w)(x).sum(),
        lambda x: sum(_entries(_symmetric(x))),
        [*PLANE, *SPACE],
        label="itself",
        inside=_from(1, _repeats),
    ),
    *matrices(
        "eigh",
        lambda x: _whole(mg.square)(x)[0, 1],
        lambda x: (_symmetric(x) ** 2)[0, 1],
        [*PLANE, *SPACE],
        label="squared",
        inside=_from(1, _repeats),
    ),
    *matrices(
        "eigh",
        lambda x: _whole(mg.exp)(x)[0, 1],
        lambda x: mp.expm(_symmetric(x))[0, 1],
        [EYE, ZERO, SOME[0]],
        label="exponential",
        inside=_from(1, _repeats),
    ),
    *matrices("svdvals", mg.svdvals, _singular_values, TALL, conventions=SIGNED, inside=_from(2, _repeats)),
    *matrices(
        "svdvals",
        lambda x: (mg.svdvals(x) ** 2).sum(),
        lambda x: sum(c * c for c in _entries(x)),
        [*PLANE, *SPACE],
        label="squared",
        inside=_from(2, _repeats),
    ),
    *matrices(
        "svd",
        lambda x: _rebuilt(x).sum(),
        lambda x: sum(_entries(x)),
        [*PLANE, *SPACE],
        label="rebuilt",
        inside=_from(1, _repeats),
    ),
    *matrices(
        "matrix_norm",
        mg.matrix_norm,
        lambda x: mp.sqrt(sum(c * c for c in _entries(x))),
        PLANE,
        inside=_from(2, lambda *x: not any(x)),
        conventions=(Convention("derivative of every norm at 0 is taken as 0", lambda *x: not any(x), UNIT, only=1),),
    ),
]
