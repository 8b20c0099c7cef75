"""Functions of a vector, to a value or to a vector: what they are, and what is agreed at ties and infinities."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

import minigrad as mg
from minigrad.engine.primitive import REGISTRY
from tests.special.elementwise import exp
from tests.special.entry import Convention, Special
from tests.special.points import INF, NAN

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


def _deviation(x: Any) -> list[Any]:
    return [c - mp.fsum(x) / len(x) for c in x]


def _norm(x: Any) -> Any:
    return mp.sqrt(mp.fsum(c * c for c in x))


def _var(x: Any) -> Any:
    return mp.fsum(c * c for c in _deviation(x)) / len(x)


def _std(x: Any) -> Any:
    return mp.sqrt(_var(x))


def _flat(says: str) -> tuple[Convention, ...]:
    """The derivative 0 at vectors of equal elements, which the other orders do not have."""
    return (Convention(says, lambda *x: len({*x}) == 1, lambda *_: (0.0,)),)


AT_ZERO = _flat("0 at a vector of zeros")
NONE_AT_ZERO = (Convention("by an element that is 0", lambda *x: 0 in x, lambda *_: (0.0,)),)
SHARES = (
    Convention(
        "ties share the cotangent evenly",
        lambda *x: len({*map(abs, x)}) < len(x),
        lambda *x: (0.0, *(sign / n for sign in (1, -1) for n in range(1, len(x) + 1))),
    ),
)
EQUAL = _flat("here all elements are equal, the derivative is 0")
LENGTHS = [(3.0, 4.0), (0.3, -1.7), (0.0, 0.0), (1.0, 0.0), (0.0, 0.0, 0.0), (2.0, -1.0, 0.5)]
SCALES = [(1e20, 1e20), (1e-23, 1e-23), (1e-4, 1e-4), (3e4, -3e4), (1e-200, 2e-200), (1e200, 2e200)]
SPREADS = [(0.1, 0.1, 0.1), (2.0, 2.0), (0.0, 0.0), (0.3, -1.7), (1.0, 2.0, 4.0), (0.7,)]
FAR = [(1e-30, 3e-30), (1e20, 3e20), (1e-4, 3e-4), (1e-200, 3e-200)]
TURNS = lambda *x: 1 / math.hypot(*x) if any(x) else 0.0
SPREAD = lambda *x: float(1 / _std(x)) if len({*x}) > 1 else 0.0
ROOT = (lambda x: mg.norm(x, 1.5), lambda x: mp.fsum(abs(c) ** mpf(1.5) for c in x) ** (1 / mpf(1.5)))
CUBES = (lambda x: mg.norm(x, 3), lambda x: mp.cbrt(mp.fsum(abs(c) ** 3 for c in x)))

REDUCTIONS: list[Special] = [
    *vectors("norm", mg.norm, _norm, [*LENGTHS, *SCALES], orders=2, conventions=AT_ZERO, crosses=TURNS),
    *vectors(
        "norm",
        *ROOT,
        [x for x in LENGTHS if all(x) or not any(x)],
        orders=2,
        conventions=AT_ZERO,
        crosses=TURNS,
        label="order 1.5",
    ),
    *vectors("norm", *CUBES, LENGTHS, orders=2, conventions=AT_ZERO, crosses=TURNS, label="order 3"),
    *vectors(
        "norm",
        lambda x: mg.norm(x) ** 2,
        lambda x: mp.fsum(c * c for c in x),
        LENGTHS[:2],
        orders=2,
        crosses=lambda *_: 1.0,
        label="squared",
    ),
    *(
        entry
        for ord, exact in (
            (INF, lambda x: max(map(abs, x))),
            (-INF, lambda x: min(map(abs, x))),
            (1, lambda x: mp.fsum(map(abs, x))),
            (-1, lambda x: 1 / mp.fsum(1 / abs(c) for c in x)),
            (0, lambda x: mp.fsum(abs(mp.sign(c)) for c in x)),
        )
        for entry in vectors(
            "vector_norm",
            lambda x, ord=ord: mg.vector_norm(x, ord),
            exact,
            [*LENGTHS, *SCALES, *TIES] if ord != -1 else LENGTHS[:2],
            orders=2,
            conventions=(*NONE_AT_ZERO, *SHARES),
            crosses=TURNS,
            label=f"order {ord}",
        )
    ),
    *vectors("direction", REGISTRY["direction"], lambda x: [c / _norm(x) for c in x], LENGTHS, orders=2, crosses=TURNS),
    *vectors("deviation", REGISTRY["deviation"], _deviation, SPREADS, orders=2, crosses=ALIKE),
    *vectors("var", mg.var, _var, SPREADS, orders=2, crosses=ALIKE),
    *vectors("nanvar", mg.nanvar, _var, SPREADS, orders=2, crosses=ALIKE),
    *vectors("std", mg.std, _std, [*SPREADS, *FAR], orders=2, conventions=EQUAL, crosses=SPREAD),
    *vectors("nanstd", mg.nanstd, _std, [*SPREADS[:-1], *FAR], orders=2, conventions=EQUAL, crosses=SPREAD),
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
