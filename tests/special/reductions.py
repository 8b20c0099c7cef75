"""Functions of a vector, to a value or to a vector: what they are, and what is agreed at ties and infinities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp

import minigrad as mg
from minigrad.primitive import REGISTRY

from .elementwise import exp
from .entry import Convention, Special
from .points import INF, NAN

PLAIN = [(0.3, -1.7), (2.0, 2.0), (0.0, 0.0), (1.0, 0.0), (5.0,), (0.0,), (1.0, 2.0, -0.5)]
TIES = [(2.0, 2.0, 1.0), (1.0, 1.0, 1.0), (0.0, -0.0), (-3.0, -3.0)]
BAD = [(NAN, 1.0), (INF, 1.0), (-INF, 1.0), (1.0, -INF, 0.0)]
LOGITS = [(40.0, 0.0), (0.0, 20.3), (700.0, 0.0), (0.0, 40.0, -40.0), (1e17, 1e17), (1e17, 1e17 + 16), (-1e20, 1.0)]
NARROW = [(100.0, 100.0), (1e8, 1e8), (88.0, 89.0), (-9.3, 4.1)]
FACTORS = [(0.0, 2.0, 3.0), (0.0, 0.0, 3.0), (0.0, 0.0, 0.0), (1e200, 1e-200), (1e-200, 1e-200), (-1.0, 1.0, 0.5)]
ALIKE = lambda *x: float(max(x) - min(x) < 3)  # where what is added is of one size


def vectors(name: str, f: Any, exact: Any, points: Any, **options: Any) -> list[Special]:
    """One entry for each length of vectors; ``exact`` takes a list."""
    lengths = sorted({len(point) for point in points})
    return [
        Special(
            name,
            f,
            lambda *x: exact(x),
            [point for point in points if len(point) == n],
            shapes=((n,),),
            label=f"of {n} {options.get('label', '')}".strip(),
            **{key: value for key, value in options.items() if key != "label"},
        )
        for n in lengths
    ]


def _logsumexp(x: Any) -> Any:
    top = max(x)
    return top + mp.log(sum(exp(c - top) for c in x))


def _softmax(x: Any) -> Any:
    return [exp(c) for c in _log_softmax(x)]


def _log_softmax(x: Any) -> Any:
    total = _logsumexp(x)
    return [c - total for c in x]


def _running(combine: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    def scan(x: Any) -> list[Any]:
        made = [x[0]]
        for c in x[1:]:
            made.append(combine(made[-1], c))
        return made

    return scan


def shared(count: int = 3) -> tuple[Convention, ...]:
    """Ties share the cotangent: the parts of up to ``count`` equal elements, which are constant."""
    parts = (0.0, 1.0, *(1 / n for n in range(2, count + 1)))
    return (Convention("Ties share the cotangent evenly", lambda *x: len({*x}) < len(x), lambda *_: parts),)


NOTHING = (Convention("with gradient 0", lambda *x: max(x) == -INF, lambda *_: (0.0,)),)
ANY = [*PLAIN, *BAD]
SKIPPED = (Convention("skip it, and it gets no cotangent", lambda *x: any(c != c for c in x), lambda *_: (0.0, 1.0)),)
LIMITED = [(0.3, 0.0, 1.0), (-1.0, 0.0, 1.0), (2.0, 0.0, 1.0), (0.0, 0.0, 1.0), (1.0, 0.0, 1.0), (0.5, 1.0, 0.0)]
AT_A_LIMIT = (
    Convention("equal to one, receives the whole cotangent", lambda x, *ends: x in ends, lambda *_: (1.0, 0.0)),
)

REDUCTIONS: list[Special] = [
    Special("clip", mg.clip, lambda x, a, b: min(max(x, a), b), LIMITED, ((1,), (1,), (1,)), conventions=AT_A_LIMIT),
    *vectors("nansum", mg.nansum, mp.fsum, [*ANY, (1.0, NAN)], conventions=SKIPPED),
    *vectors("nanmean", mg.nanmean, lambda x: mp.fsum(x) / len(x), [*ANY, (1.0, NAN)], conventions=SKIPPED),
    *vectors("nanprod", mg.nanprod, mp.fprod, [*ANY, (1.0, NAN), *FACTORS], conventions=SKIPPED),
    *vectors("nanmax", mg.nanmax, max, [*ANY, *TIES], conventions=(*shared(), *SKIPPED)),
    *vectors("nanmin", mg.nanmin, min, [*ANY, *TIES], conventions=(*shared(), *SKIPPED)),
    *vectors("sum", mg.sum, mp.fsum, ANY),
    *vectors("mean", mg.mean, lambda x: mp.fsum(x) / len(x), ANY),
    *vectors("max", mg.max, max, [*ANY, *TIES], conventions=shared()),
    *vectors("min", mg.min, min, [*ANY, *TIES], conventions=shared()),
    *vectors("prod", mg.prod, mp.fprod, [*ANY, *FACTORS]),
    *vectors("cumsum", mg.cumsum, _running(lambda a, b: a + b), ANY),
    *vectors("cumprod", mg.cumprod, _running(lambda a, b: a * b), [*ANY, *FACTORS]),
    *vectors(
        "logsumexp",
        mg.logsumexp,
        _logsumexp,
        [*ANY, *LOGITS, *NARROW, (-INF, -INF)],
        conventions=NOTHING,
        crosses=ALIKE,
    ),
    *vectors("shares", REGISTRY["shares"], _softmax, [*LOGITS, *NARROW], crosses=ALIKE),
    *vectors("softmax", mg.softmax, _softmax, [*ANY, *LOGITS, *NARROW], crosses=ALIKE),
    *vectors("log_softmax", mg.log_softmax, _log_softmax, [*ANY, *LOGITS, *NARROW], crosses=ALIKE),
]
