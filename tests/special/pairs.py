"""Functions of two numbers: what they are, and what is agreed where they have no derivative."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf

import minigrad as mg
from minigrad.engine.primitive import REGISTRY
from tests.special.elementwise import agreed, exp
from tests.special.entry import Convention, Special, pairs, product, special
from tests.special.points import EXTREME, INF, NAN, NUMBERS

SMALL = [0.0, 1.0, -2.0, *EXTREME]
FAR = [1e-200, 1e200, 5e-324, -1.7976931348623157e308, 300.0]
SIGNED = [(-0.0, 1.0), (1.0, -0.0), (-0.0, -0.0), (-0.0, 0.0), (0.0, -0.0), (3.0, 0.0), (0.0, 3.0), (3.0, -1.0)]
EQUAL = [
    (3.0, 3.0),
    (100.0, 100.0),
    (1e8, 1e8),
    (1e17, 1e17),
    (-1e17, -1e17),
    (1e20, 1e20),
    (1e-23, 1e-23),
    *((x, x) for x in FAR),
]
CLOSE = [(1.0, 1 + 2**-52), (1 + 2**-52, 1.0), (1e17, 1e17 + 16), (1e8, 1e8 - 1)]
APART = [(40.0, 0.0), (0.0, 40.0), (-40.0, 0.0), (700.0, 0.0), (0.0, 700.0), (-20.0, 20.0), (30.0, 36.0)]
SLANTED = [(1.0, 1e-10), (1e-10, 1.0), (1.0, -1e-10), (-3.0, 1e-5), (1e20, 1.0)]
QUOTIENTS = [
    (0.25, 1e-3),
    (1.0, 0.1),
    (-1.0, 0.1),
    (7.0, -2.0),
    (1e-20, 1.0),
    (-1e-20, 1.0),
    (1e10, 0.7),
    (5e-324, 3.0),
]
PAIRS = [*product(SMALL, SMALL), *SIGNED, *product([1.0, 0.0], FAR), *product(FAR, [1.0, 0.0]), *EQUAL, *CLOSE]
STEPS = [*product(SMALL, SMALL), *SIGNED, *QUOTIENTS]
POWERS = [
    *product([0.0, 2.0, 1e-200, INF, NAN], [0.0, 1.0, 2.0, 3.0, 0.5, -1.0]),
    *product([0.0, -0.0], [4.0, 2.5, -0.5]),
    *product([-1.0, -2.0], [0.0, 1.0, 2.0, 3.0, -1.0, 0.5]),
    *product([-INF], [0.0, 1.0, 2.0, -1.0]),
    *product([0.5, 1.0, 2.0], [INF, -INF, NAN]),
]


def power(x: Any, y: Any) -> Any:
    """``x ** y`` as NumPy has it: 1 where y is 0, and of a negative x for integers y only."""
    if y == 0:
        return mpf(1)
    if x == 0:
        return mpf(0) if y > 0 else mp.inf
    if x < 0:
        return x ** int(y) if y == int(y) else mp.nan
    return exp(y * mp.log(x))


def _power_log(x: Any, y: Any) -> Any:
    value = power(x, y)
    return value * mp.log(x) if value else value


def _logaddexp(x: Any, y: Any) -> Any:
    return max(x, y) + mp.log1p(exp(-abs(x - y)))


def _logaddexp2(x: Any, y: Any) -> Any:
    return _logaddexp(x * mp.log(2), y * mp.log(2)) / mp.log(2)


def _angle(y: Any, x: Any) -> Any:
    """The angle, continued beyond the negative x axis, where NumPy's jumps."""
    if x >= 0:
        return mp.atan2(y, x) if x or y else mp.nan
    return mp.atan(y / x) + (mp.pi if y >= 1.37 * x else -mp.pi)


def _diagonal(y: float, x: float) -> float:
    """The size of what cancels in the mixed derivative of an angle near the diagonals."""
    return (x * x + y * y) ** -1 if 1e-100 < abs(x) < 1e100 and abs(abs(x) - abs(y)) < 1e-3 * abs(x) else 0.0


def _remainder(x: Any, y: Any) -> Any:
    return x - y * mp.floor(x / y)


def _fmod(x: Any, y: Any) -> Any:
    quotient = x / y
    return x - y * (mp.floor(quotient) if quotient > 0 else mp.ceil(quotient))


def _tie(says: str) -> tuple[Convention, ...]:
    return (Convention(says, lambda x, y: x == y, lambda x, y: (0.5, 0.0)),)


ORIGIN = lambda x, y: x == y == 0
BESIDE = (
    Convention(
        "at the jumps the derivative is that beside",
        lambda x, y: y != 0 and x % y == 0,
        lambda x, y: (1.0, 0.0, -x / y),
    ),
)
MISSING = Convention("where one is NaN the other", lambda x, y: x != x or y != y, lambda x, y: (1.0, 0.0))
EVERYWHERE = lambda x, y: True
HALF = mp.log(2) / 4
NOTHING = (
    Convention("with gradient 0", lambda x, y: x == y == -INF, lambda x, y: (0.0,)),
    Convention("where both are inf", lambda x, y: x == y == INF, lambda x, y: (0.5, 0.25, -0.25, HALF, -HALF, 0.0)),
)
ALIKE = lambda x, y: float(abs(x - y) < 3)

TWO: list[Special] = [
    pairs("add", mg.add, lambda x, y: x + y, PAIRS),
    pairs("subtract", mg.subtract, lambda x, y: x - y, PAIRS),
    pairs("multiply", mg.multiply, lambda x, y: x * y, PAIRS),
    pairs("divide", mg.divide, lambda x, y: x / y, PAIRS, **agreed("linear in ``x``", at=lambda x, y: y == 0)),
    pairs(
        "floor_divide", mg.floor_divide, lambda x, y: mp.floor(x / y), STEPS, **agreed("0 everywhere", at=EVERYWHERE)
    ),
    pairs("remainder", mg.remainder, _remainder, STEPS, conventions=BESIDE),
    pairs("fmod", mg.fmod, _fmod, STEPS, conventions=BESIDE),
    pairs("power", mg.power, power, POWERS),
    *(
        special(
            "power",
            lambda x, n=n: x**n,
            lambda x, n=n: power(x, mpf(n)),
            [x for x in NUMBERS if n == int(n) or x != -INF],
            label=f"of {n}",
        )
        for n in (0, 1, 2, 3, -1, 0.5, 1.5)
    ),
    *(
        special(
            "power",
            lambda y, b=b: b**y,
            lambda y, b=b: power(mpf(b), y),
            [-1.0, 0.0, 1.0, 2.0, 0.5, 20.0, -20.0],
            label=f"to base {b}",
        )
        for b in (0.0, 1.0, 2.0, 0.5)
    ),
    pairs(
        "hypot",
        mg.hypot,
        mp.hypot,
        [*PAIRS, *SLANTED],
        conventions=(Convention("derivatives at (0, 0) are 0", ORIGIN, lambda x, y: (0.0,)),),
    ),
    pairs(
        "arctan2",
        mg.arctan2,
        _angle,
        [*PAIRS, *SLANTED],
        crosses=_diagonal,
        conventions=(Convention("derivatives at the origin are 0", ORIGIN, lambda x, y: (0.0,)),),
    ),
    pairs("logaddexp", mg.logaddexp, _logaddexp, [*PAIRS, *APART], digits=2 / 3, crosses=ALIKE, conventions=NOTHING),
    pairs(
        "logaddexp2",
        mg.logaddexp2,
        _logaddexp2,
        [*EQUAL, *CLOSE, *APART, *product(EXTREME, [0.0, *EXTREME])],
        digits=2 / 3,
        crosses=ALIKE,
        conventions=NOTHING,
    ),
    pairs("maximum", mg.maximum, max, PAIRS, conventions=_tie("receives half")),
    pairs("minimum", mg.minimum, min, PAIRS, conventions=_tie("receives half")),
    pairs("fmax", mg.fmax, max, PAIRS, conventions=(*_tie("receives half"), MISSING)),
    pairs("fmin", mg.fmin, min, PAIRS, conventions=(*_tie("receives half"), MISSING)),
    # what their rules are made of
    pairs(
        "cosine",
        REGISTRY["cosine"],
        lambda x, y: x / mp.hypot(x, y),
        [*product(SMALL, SMALL), *SIGNED, *SLANTED, (1e200, 1e200), (1e-200, 1e-200)],
        orders=2,
        conventions=(Convention("at (0, 0) it is 0", ORIGIN, lambda x, y: ()),),
    ),
    pairs(
        "ratio", REGISTRY["ratio"], lambda x, y: x / y, PAIRS, **agreed("those of the division", at=lambda x, y: y == 0)
    ),
    pairs("gap", REGISTRY["gap"], lambda x, y: x - y, PAIRS),
    pairs("power_log", REGISTRY["power_log"], _power_log, POWERS[::2], orders=2),
]
