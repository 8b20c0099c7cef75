"""An entry of the tables: a function, what it is in ``mpmath``, its points, and what is agreed about them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.numeric import host
from tests.special.exact import Function, Truth, partials
from tests.special.ours import derivatives
from tests.special.points import FLOATS, NUMBERS, fits


@dataclass(frozen=True)
class Convention:
    """A number that is taken as the derivative where there is none.

    Attributes:
        says: the words of the docstring that announce it.
        at: of the coordinates of a point; whether it holds there.
        values: of the coordinates; the numbers that are taken.
        only: up to which order.
    """

    says: str
    at: Callable[..., bool]
    values: Callable[..., Sequence[float]]
    only: int = 3


@dataclass(frozen=True)
class Special:
    """A function, and the points at which its derivatives are checked.

    Attributes:
        name: of the primitive or composition in minigrad.
        f: takes tensors, one for each operand.
        exact: the same of ``mpmath`` numbers, all coordinates of all operands one behind the other; it returns
            a number or a list. Only the function, never a derivative.
        points: tuples of coordinates.
        shapes: of the operands, one element each by default.
        orders: up to which order.
        conventions: what is agreed where there is no derivative.
        ulps: how many units in the last place of its dtype a derivative may be off.
        floor: from how many of the smallest numbers on a derivative counts, where it is a small share times powers.
        digits: the share of the digits that are right, where a rule is content with less than all of them.
        crosses: at a point, the size of what cancels in a derivative that passes through 0: it is right to a
            rounding of that size.
        inside: at a point, the order from which on a function inside has no derivative, so that NaN is honest,
            though the whole may have one.
    """

    name: str
    f: Callable[..., Any]
    exact: Function
    points: Sequence[tuple[float, ...]]
    shapes: tuple[tuple[int, ...], ...] = ((1,),)
    orders: int = 3
    conventions: tuple[Convention, ...] = ()
    ulps: float = 64
    floor: float = 1
    digits: float = 1
    crosses: Callable[..., float] = lambda *_: 0.0
    inside: Callable[..., int] = lambda *_: 4
    label: str = ""
    dtypes: tuple[str, ...] = FLOATS

    def __str__(self) -> str:
        return f"{self.name} {self.label}".strip()

    def arrays(self, point: Sequence[float], dtype: str = "float64") -> list[np.ndarray]:
        """The operands at a point."""
        flat, made = np.array(point), []
        for shape in self.shapes:
            size = math.prod(shape)
            made.append(flat[:size].reshape(shape).astype(dtype))
            flat = flat[size:]
        return made


def special(name: str, f: Any, exact: Function, points: Any = NUMBERS, **options: Any) -> Special:
    """An elementwise function of one operand, at numbers."""
    return Special(name, f, exact, [(x,) for x in points], **options)


def pairs(name: str, f: Any, exact: Function, points: Sequence[tuple[float, float]], **options: Any) -> Special:
    """An elementwise function of two operands."""
    return Special(name, f, exact, points, shapes=((1,), (1,)), **options)


# -- judging ---------------------------------------------------------------------------------------


def faults(entry: Special, point: tuple[float, ...]) -> list[str]:
    """What is wrong at a point, in float64 and then in the narrow dtypes that hold it: one line each."""
    ours = derivatives(entry.f, entry.arrays(point), entry.orders)
    indices = sorted({(), *(tuple(sorted(index)) for index in ours)}, key=lambda index: (len(index), index))
    count = len(next(iter(ours.values())))
    truths = dict(zip(indices, partials(entry.exact, point, indices, count), strict=True))
    wrong = []
    for dtype in entry.dtypes:
        if dtype != "float64":
            if not all(fits(x, dtype) for x in point):
                continue
            ours = derivatives(entry.f, entry.arrays(point, dtype), entry.orders)
        judge = _Judge(entry, point, dtype)
        for index, values in ours.items():
            for k, value in enumerate(values):
                truth = truths[tuple(sorted(index))][k]
                below = [truths[lower][k] for lower in indices if len(lower) < len(index)]
                if not judge.right(float(value), truth, below, k, len(index)):
                    wrong.append(f"{entry} at {point}, {dtype}: d{index} of result {k} is {value}, not {_said(truth)}")
    return wrong


def _said(truth: Truth) -> str:
    return " or ".join([*map(repr, truth.values), *(["NaN"] if truth.nan else [])])


class _Judge:
    """What may come out at a point in a dtype."""

    def __init__(self, entry: Special, point: tuple[float, ...], dtype: str) -> None:
        info = np.finfo(dtype)
        with np.errstate(all="ignore"):
            self.valueless = np.isnan(host(entry.f(*entry.arrays(point)))).ravel()
        self.largest = float(info.max) * 0.99
        self.far = max(map(abs, point)) > self.largest / 8
        self.near = min([abs(x) for x in point if x] or [1.0])
        self.smallest = float(info.tiny) if dtype != "float16" else 32 * float(info.smallest_subnormal)
        self.smallest *= entry.floor
        self.share = float(info.eps) ** entry.digits * (entry.ulps if entry.digits == 1 else 2)
        self.smallest += self.share * entry.crosses(*point)
        self.inside = entry.inside(*point)
        self.agreed = [(c.only, v) for c in entry.conventions if c.at(*point) for v in c.values(*point)]

    def right(self, value: float, truth: Truth, below: Sequence[Truth], k: int, order: int) -> bool:
        """Whether a derivative may be ``value``, where the function and its derivatives of lower order are known.

        An infinity or NaN is honest where what the derivative comes from is beyond the largest number of the
        dtype, and from the second order on where the double of an operand, or the inverse of its power of that
        order, is. Where the value itself is NaN, nothing is said about derivatives.
        """
        if not math.isfinite(value):
            gone = any(abs(v) > self.largest for t in below for v in t.values)
            gone = (
                gone
                or order >= self.inside
                or (order > 1 and (self.far or self.near ** (order / 2) < self.largest**-0.5))
            )
            return truth.nan or gone or any(abs(v) > self.largest for v in truth.values)
        right = [*truth.values, *(v for only, v in self.agreed if truth.nan and order <= only)]
        return any(self.close(value, v) for v in right) or (truth.nan and bool(self.valueless[k]))

    def close(self, value: float, right: float) -> bool:
        if abs(right) > self.largest:
            return abs(value) > self.largest and (value > 0) == (right > 0)
        return abs(value - right) <= self.share * abs(right) + self.smallest


def product(left: Sequence[float], right: Sequence[float]) -> list[tuple[float, ...]]:
    return list(itertools.product(left, right))
