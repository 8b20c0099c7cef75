"""Functions of matrices at zero, the identity, singular ones and those with equal eigenvalues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import mp, mpf

import minigrad as mg
from minigrad.engine.primitive import REGISTRY
from tests.special.entry import Special
from tests.special.points import FLOATS

ZERO, EYE, ONES = (0.0,) * 4, (1.0, 0.0, 0.0, 1.0), (1.0,) * 4
SOME = [(2.0, 0.5, -0.25, 1.0), (3.0, 0.0, 0.0, 1.0), (0.0, 1.0, -1.0, 0.0), (1e-3, 0.0, 0.0, 1.0)]
SINGULAR = [ZERO, ONES, (1.0, 0.0, 0.0, 0.0), (1.0, 2.0, 2.0, 4.0)]
PLANE = [*SINGULAR, EYE, (-1.0, 0.0, 0.0, 1.0), *SOME]
ZERO_3, EYE_3, ONES_3 = (0.0,) * 9, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), (1.0,) * 9
MIRROR = np.eye(3) - np.outer([1, 2, 3], [1, 2, 3]) / 7  # by which equal values are equal to a rounding only
ROUNDED = tuple((MIRROR @ np.diag([1.0, 1.0, 3.0]) @ MIRROR).ravel().tolist())
LONE = (0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0)
NOTHING = tuple(np.outer([1.0, 2.0, -1.0], [1.0, 2.0, -1.0]).ravel().tolist())  # of rank 1
TWICE = (2.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 2.0)  # with the eigenvalues 1, 1, 4
BESIDE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0)
COUNTED = tuple(map(float, range(1, 10)))  # singular, but its determinant is rounded to 6.7e-16
SPACE = [ZERO_3, EYE_3, ONES_3, TWICE, BESIDE, (2.0, 0.5, 0.0, 0.5, 1.0, 0.25, 0.0, 0.25, -1.0), COUNTED, ROUNDED]
SIZE = lambda *x: max(1.0, *map(abs, x)) ** 2


def matrix_of(x: Sequence[Any]) -> Any:
    size = round(len(x) ** 0.5)
    return mp.matrix([list(x[k * size : (k + 1) * size]) for k in range(size)])


def matrices(name: str, f: Any, exact: Callable[[Any], Any], points: Any, **options: Any) -> list[Special]:
    """One entry for each size of square matrices; ``exact`` takes a matrix. NumPy has no float16 there."""
    sizes = sorted({len(point) for point in points})
    settings: dict[str, Any] = {"dtypes": FLOATS[:2], "crosses": SIZE, **options}
    label = settings.pop("label", "")
    return [
        Special(
            name,
            f,
            lambda *x: exact(matrix_of(x)),
            [point for point in points if len(point) == size],
            shapes=((round(size**0.5),) * 2,),
            label=f"of {size} {label}".strip(),
            **{"orders": 3 if size < 9 else 2, **settings},
        )
        for size in sizes
    ]


def entries(x: Any) -> list[Any]:
    return [x[i, j] for i in range(x.rows) for j in range(x.cols)]


def det_of(x: Any) -> Any:
    if x.rows == 1:
        return x[0, 0]
    if x.rows == 2:
        return x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0]
    return sum(
        (-1) ** k * x[0, k] * det_of(mp.matrix([[x[i, j] for j in range(x.cols) if j != k] for i in range(1, x.rows)]))
        for k in range(x.cols)
    )


def _inverse(x: Any) -> Any:
    if x.rows == 1:
        return mp.matrix([[1 / x[0, 0]]])
    return mp.matrix([[x[1, 1], -x[0, 1]], [-x[1, 0], x[0, 0]]]) / det_of(x)


def symmetric(x: Any) -> Any:
    return x + (x.T if isinstance(x, mp.matrix) else x.mT)


def _cholesky(x: Any) -> list[Any]:
    first = mp.sqrt(x[0, 0])
    if x.rows == 1:
        return [first]
    beside = (x[1, 0] + x[0, 1]) / 2 / first
    return [first, mpf(0), beside, mp.sqrt(x[1, 1] - beside**2)]


ONE = [(0.0,), (1.0,), (-2.0,)]
REGULAR = [EYE, *SOME[:3]]

MATRICES: list[Special] = [
    *matrices("det", mg.det, det_of, [*ONE, *PLANE, ZERO_3, EYE_3, ONES_3, TWICE, COUNTED], orders=3),
    *matrices("cofactors", REGISTRY["cofactors"], lambda x: [x[1, 1], -x[1, 0], -x[0, 1], x[0, 0]], PLANE),
    *matrices("inv", mg.inv, lambda x: entries(_inverse(x)), [*ONE[1:], *REGULAR]),
    *matrices("pinv", mg.pinv, lambda x: entries(_inverse(x)), [*ONE[1:], *REGULAR]),
    Special(
        "pinv",
        lambda x, y: mg.pinv(mg.outer(x, y), 1e-6),
        lambda a, b, c, d: [v / ((a * a + b * b) * (c * c + d * d)) for v in (c * a, c * b, d * a, d * b)],
        [(1.0, 1.0, 1.0, 0.0), (1.0, 2.0, 2.0, 4.0), (0.0, -1.0, 0.5, 0.5)],
        shapes=((2,), (2,)),
        label="of rank 1",
        dtypes=FLOATS[:2],
        crosses=lambda *_: 4.0,
    ),
    *matrices("solve", lambda x: mg.solve(x, x.mT), lambda x: entries(_inverse(x) * x.T), [*ONE[1:], *REGULAR]),
    *matrices("slogdet", lambda x: mg.slogdet(x)[1], lambda x: mp.log(abs(det_of(x))), [*ONE[1:], EYE, *SOME]),
    *(
        matrix
        for n in (0, 1, 3, -2)
        for matrix in matrices(
            "matrix_power",
            lambda x, n=n: mg.matrix_power(x, n),
            lambda x, n=n: entries(x**n if n >= 0 else _inverse(x) ** -n),
            [ZERO, ONES, EYE, *SOME[:1]] if n >= 0 else REGULAR[:2],
            label=f"to the {n}",
        )
    ),
    *matrices("cholesky", mg.cholesky, _cholesky, [ONE[1], EYE, (2.0, 0.5, 0.5, 1.0)]),
]
