"""Averages, order statistics, correlations and losses."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp, mpf

import minigrad as mg
from tests.special.entry import Convention, Special
from tests.special.points import INF
from tests.special.reductions import ALIKE, ANY, LOGITS, NARROW, TIES, vectors

WEIGHTS = [0.25, 0.75, 2.0]
SOME_TIES = [x for x in TIES if len({*x}) > 1 or len(x) < 3]  # where the middle one takes it all
PROBABILITIES = [0.25, 0.5, 0.0]
TAKEN = (
    Convention("the one that ``sort`` takes", lambda *x: len({*x}) < len(x), lambda *_: (0.0, 1.0, 0.5, 0.25, 0.75)),
)
# two variables, three observations each
ROWS = [
    (1.0, 2.0, 4.0, 0.5, -1.0, 0.25),
    (0.0, 0.0, 1.0, 1.0, 0.0, 0.0),
    (1.0, 2.0, 3.0, -2.0, -4.0, -6.0),
    (1e-30, 2e-30, 4e-30, 3e-30, 1e-30, -1e-30),
    (1e20, 2e20, 4e20, 3e20, 1e20, -1e20),
    (2.0, 2.0, 2.0, 1.0, 0.0, 3.0),
    (0.0,) * 6,
]


def _logsumexp(x: Any) -> Any:
    top = max(x)
    return top + mp.log(mp.fsum(mp.exp(max(c - top, mpf(-(10**5)))) for c in x))


def _cross_entropy(x: Any) -> Any:
    return _logsumexp(x) - x[0]


def _soft_cross_entropy(x: Any) -> Any:
    total = _logsumexp(x)
    return mp.fsum(share * (total - c) for share, c in zip(PROBABILITIES, x, strict=False) if share)


def _smoothed(x: Any) -> Any:
    return _logsumexp(x) - mpf(3) / 4 * x[0] - mp.fsum(x) / len(x) / 4


def _quantile(share: float) -> Any:
    def exact(x: Any) -> Any:
        rows, place = sorted(x), mpf(share) * (len(x) - 1)
        low = int(mp.floor(place))
        return rows[low] + (place - low) * (rows[min(low + 1, len(x) - 1)] - rows[low])

    return exact


def _products(x: Any) -> Any:
    apart = [[c - mp.fsum(row) / 3 for c in row] for row in (x[:3], x[3:])]
    return [[mp.fsum(a * b for a, b in zip(left, right, strict=True)) for right in apart] for left in apart]


def _covariance(*x: Any) -> Any:
    return [c / 2 for row in _products(x) for c in row]


def _correlation(*x: Any) -> Any:
    products = _products(x)
    return products[0][1] / mp.sqrt(products[0][0] * products[1][1])


def _by_spread(*x: float) -> float:
    """The size of the second derivatives of a correlation, and of the first if that is larger."""
    spread = min(max(x[:3]) - min(x[:3]), max(x[3:]) - min(x[3:]))
    return spread ** -(1 if spread > 1 else 2) if spread else 0.0


def _soft(x: Any) -> Any:
    return mg.cross_entropy(x, np.array(PROBABILITIES[: x.shape[-1]], x.dtype), "none")


FINITE = [point for point in ANY if all(abs(c) < INF for c in point)]
CLASSES = [*FINITE, *LOGITS, *NARROW]

STATISTICS: list[Special] = [
    *vectors(
        "average",
        lambda x: mg.average(x, weights=np.array(WEIGHTS[: len(x)], x.dtype)),
        lambda x: mp.fsum(w * c for w, c in zip(WEIGHTS, x, strict=False)) / sum(WEIGHTS[: len(x)]),
        ANY,
    ),
    Special(
        "average",
        lambda w: mg.average(np.array([1.0, -2.0], w.dtype), weights=w),
        lambda a, b: (a - 2 * b) / (a + b),
        [(1.0, 1.0), (0.0, 1.0), (1.0, -1.0), (0.0, 0.0), (0.25, 3.0)],
        shapes=((2,),),
        label="by weights",
    ),
    *vectors("median", mg.median, _quantile(0.5), [*ANY, *SOME_TIES], orders=2, conventions=TAKEN),
    *vectors(
        "quantile", lambda x: mg.quantile(x, 0.25), _quantile(0.25), [*ANY, *SOME_TIES], orders=2, conventions=TAKEN
    ),
    *vectors("percentile", lambda x: mg.percentile(x, 25), _quantile(0.25), SOME_TIES, orders=2, conventions=TAKEN),
    Special("cov", mg.cov, _covariance, ROWS, shapes=((2, 3),), orders=2, crosses=lambda *x: max(map(abs, x))),
    Special(
        "corrcoef",
        lambda x: mg.corrcoef(x)[0, 1],
        _correlation,
        ROWS,
        shapes=((2, 3),),
        orders=2,
        crosses=_by_spread,
        ulps=256,
    ),
    *vectors("cross_entropy", lambda x: mg.cross_entropy(x, 0), _cross_entropy, CLASSES, crosses=ALIKE),
    *vectors(
        "cross_entropy",
        lambda x: mg.cross_entropy(x, 0, label_smoothing=0.25),
        _smoothed,
        CLASSES,
        label="smoothed",
        crosses=lambda *x: 1.0,
    ),
    *vectors("soft_cross_entropy", _soft, _soft_cross_entropy, CLASSES, crosses=lambda *x: 1.0),
]
