"""What a derivative is: the function itself, in ``mpmath``, differenced with steps of 1e-30.

Nothing here knows a rule of minigrad. A partial derivative is taken from every side (forward or backward in
each coordinate) with two steps. Where all sides converge to one number, it exists; where they do not, the
function has a kink, a pole or an edge there, and no finite number is right.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

Index = tuple[int, ...]  # the coordinates by which to differentiate: (0, 0, 1) is d³/dx²dy
Function = Callable[..., Any]  # of mpmath numbers; returns one or a list

STEP, FINER = mpf(10) ** -30, mpf(10) ** -33
FLOORS = (60, 350)  # numbers below 10 to minus the second are 0, as every float dtype ends before; the first saves time
CLOSE = mpf(10) ** -12
INFINITIES = [[800, 800, 800], [780, 820, 860], [860, 820, 780]]  # exponents of numbers that stand for them
STAND_INS = [0.3, -1.7, 12.6, -11.1]  # for NaN, which could be any number


@dataclass(frozen=True)
class Truth:
    """What a partial derivative may be.

    Attributes:
        values: the finite (or infinite) numbers that are right, as floats; several only where an operand is NaN.
        nan: whether NaN, or an infinity, is right too: the derivative does not exist, or only from one side.
    """

    values: tuple[float, ...]
    nan: bool


def partials(f: Function, point: Sequence[float], indices: Sequence[Index], count: int = 1) -> list[list[Truth]]:
    """For every index a list with one truth for each of ``count`` results of ``f``, at a point of flat coordinates."""
    nans = [k for k, x in enumerate(point) if math.isnan(x)]
    infinite = [k for k, x in enumerate(point) if math.isinf(x)]
    if nans:
        found = []
        for stand_ins in zip(STAND_INS, STAND_INS[1:] + STAND_INS[:1], STAND_INS[::-1], strict=True):
            filled = dict(zip(nans, stand_ins, strict=False))
            found.append(partials(f, [filled.get(k, x) for k, x in enumerate(point)], indices, count))
        return _joined(found, lambda truths: Truth(tuple(v for t in truths for v in t.values), True))
    if infinite:
        found = []
        for exponents in INFINITIES if len(infinite) > 1 else INFINITIES[:2]:
            filled = {k: math.copysign(1, point[k]) * mpf(10) ** e for k, e in zip(infinite, exponents, strict=False)}
            found.append(_at(f, [filled.get(k, mpf(x)) for k, x in enumerate(point)], indices, count))
        return _joined(found, _limit)
    return _at(f, [mpf(x) for x in point], indices, count)


def _joined(found: list[list[list[Truth]]], join: Callable[[Sequence[Truth]], Truth]) -> list[list[Truth]]:
    return [[join(truths) for truths in zip(*each, strict=True)] for each in zip(*found, strict=True)]


def _limit(truths: Sequence[Truth]) -> Truth:
    """The limit at infinity, if it is one; NaN is right in any case."""
    values = {t.values for t in truths}
    return Truth(values.pop() if len(values) == 1 else (), True)


def _at(f: Function, x: list[Any], indices: Sequence[Index], count: int) -> list[list[Truth]]:
    """The truths at a finite point."""
    magnitudes = [abs(c) for c in x if c]
    unit = min([mpf(1), *magnitudes])
    largest = max([mpf(1), *magnitudes])
    with mp.workdps(40):
        sizes = [abs(v) for v in _results(f, x) or [] if v is not None]
    size = max([0, *(int(mp.log10(v)) for v in sizes if v and mp.isfinite(v))])
    order = max(len(index) for index in indices)
    lost = min(size, 2600) + order * int(33 - mp.log10(unit)) + int(mp.log10(largest))
    for floor in FLOORS:
        with mp.workdps(30 + floor + lost):
            zero = mpf(10) ** (10 - floor)
            grids = [_Grid(f, x, unit * step, count, zero) for step in (STEP, FINER)]
            found: dict[Index, list[Truth]] = {}
            for index in sorted(indices, key=len):
                lower = [found.get(index[:k] + index[k + 1 :]) for k in range(len(index))]
                found[index] = [_truth(grids, index, k, [each[k] for each in lower if each]) for k in range(count)]
        if not any(0.0 in truth.values for truths in found.values() for truth in truths):
            break
    return [found[index] for index in indices]


class _Grid:
    """The values of a function around a point, each computed when it is first asked for."""

    def __init__(self, f: Function, x: list[Any], h: Any, count: int, zero: Any) -> None:
        self.f, self.x, self.h, self.count, self.zero = f, x, h, count, zero
        self.known: dict[tuple[int, ...], list[Any]] = {}

    def at(self, steps: tuple[int, ...]) -> list[Any]:
        if steps not in self.known:
            values = _results(self.f, [c + k * self.h for c, k in zip(self.x, steps, strict=True)])
            self.known[steps] = [None] * self.count if values is None else values
        return self.known[steps]

    def difference(self, index: Index, sides: dict[int, int], result: int) -> Any:
        """The divided difference towards the given sides, or ``None`` where a value is none."""
        orders = {k: index.count(k) for k in sides}
        total = mpf(0)
        for steps in itertools.product(*[range(n + 1) for n in orders.values()]):
            place = [0] * len(self.x)
            weight = 1
            for (k, n), step in zip(orders.items(), steps, strict=True):
                place[k] = sides[k] * step
                weight *= (-1) ** (n - step) * math.comb(n, step) * sides[k] ** n
            value = self.at(tuple(place))[result]
            if value is None:
                return None
            total += weight * value
        return total / self.h ** len(index)


def _results(f: Function, x: Sequence[Any]) -> list[Any] | None:
    """The results as real numbers, ``None`` for those that are none; ``None`` where there is no result."""
    try:
        found = f(*x)
    except (ValueError, ZeroDivisionError):
        return None
    found = list(found) if isinstance(found, (list, tuple, mp.matrix)) else [found]
    return [v if isinstance(v, (int, mpf)) and mp.isfinite(v) else None for v in found]


def _truth(grids: list[_Grid], index: Index, result: int, lower: Sequence[Truth]) -> Truth:
    """One derivative, where those of one order less are known: it needs all of them."""
    if not all(truth.values for truth in lower):
        return Truth((), True)
    used = sorted({*index})
    found, missing = [], False
    for signs in itertools.product((1, -1), repeat=len(used)):
        coarse, fine = (grid.difference(index, dict(zip(used, signs, strict=True)), result) for grid in grids)
        if coarse is None or fine is None:
            missing = True
        else:
            found.append(_converged(coarse, fine, grids[0].zero))
    if not found or any(v is None for v in found):
        return Truth((), True)
    if any(abs(v - found[0]) > CLOSE * max(abs(v), abs(found[0])) for v in found):
        return Truth((), True)
    value = sum(found) / len(found)
    return Truth((float(value) if abs(value) < mpf(10) ** 400 else math.copysign(math.inf, value),), missing)


def _converged(coarse: Any, fine: Any, zero: Any) -> Any:
    """The limit of differences with steps h and h/1000, or ``None``."""
    if abs(fine) < zero:
        return mpf(0)
    if abs(fine - coarse) <= CLOSE * abs(fine):
        return fine + (fine - coarse) / 999
    return mpf(0) if abs(fine) < abs(coarse) / 5 else None
