"""Formulas with their numbers put in, or with the shapes of their arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ..text import is_rounded, number
from .grammar import COMPARISONS, Call, Choice, Formula, Name, Node, Number, Pair

Shape = tuple[int, ...]

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "−": lambda x: -x,
    "√": math.sqrt,
    "²": lambda x: x * x,
    "³": lambda x: x * x * x,
    **{
        name: getattr(math, name)
        for name in ("exp", "log", "sin", "cos", "sinh", "cosh", "tanh", "erf", "floor", "trunc")
    },
    "sign": lambda x: float((x > 0) - (x < 0)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
}
OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": lambda x, y: x + y,
    "−": lambda x, y: x - y,
    "·": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "^": lambda x, y: math.pow(x, y),
    "<": lambda x, y: x < y,
    ">": lambda x, y: x > y,
    "≤": lambda x, y: x <= y,
    "≥": lambda x, y: x >= y,
    "≠": lambda x, y: x != y,
    "=": lambda x, y: x == y,
}


class UnknownError(Exception):
    """A formula that says more than can be calculated here."""


# -- numbers ---------------------------------------------------------------------------------------


def value(formula: Formula, names: Mapping[str, float]) -> float:
    """What a formula of scalars gives.

    Raises:
        UnknownError: a name is not known, or the formula is not one of scalars.
    """
    return _value(formula.value, _defined(formula, names))


def with_numbers(formula: Formula, names: Mapping[str, float]) -> str:
    """A formula of scalars with the value of each factor, and what it gives: ``2 · 3 · 4 = 24``.

    Raises:
        UnknownError: as for ``value``.
    """
    known = _defined(formula, names)
    node = formula.value
    while isinstance(node, Choice):
        node = node.chosen if _holds(node, known) else node.other
    result = _value(node, known)
    factors = [(sign, _value(part, known)) for sign, part in _parts(node)]
    said = number(result)
    if len(factors) == 1:
        return f"{_equals(result)} {said}"
    words = [f"{sign} {_factor(each)}" if place else number(each) for place, (sign, each) in enumerate(factors)]
    rounded = any(is_rounded(each) for _, each in factors)
    sign = "≈" if rounded or is_rounded(result) else "="
    return f"{'≈' if rounded else '='} {' '.join(words)} {sign} {said}"


def _equals(each: float) -> str:
    return "≈" if is_rounded(each) else "="


def _factor(each: float) -> str:
    return f"({number(each)})" if each < 0 or math.copysign(1.0, each) < 0 else number(each)


def _defined(formula: Formula, names: Mapping[str, float]) -> dict[str, float]:
    known = {"π": math.pi, **names}
    for name, meaning in reversed(formula.definitions):
        known[name] = _value(meaning, known)
    return known


def _value(node: Node, names: Mapping[str, float]) -> float:
    try:
        found = _calculated(node, names)
    except (ValueError, ZeroDivisionError, OverflowError) as failure:
        raise UnknownError(str(failure)) from failure
    return found


def _calculated(node: Node, names: Mapping[str, float]) -> float:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if node.name not in names:
            raise UnknownError(node.name)
        return names[node.name]
    if isinstance(node, Choice):
        return _calculated(node.chosen if _holds(node, names) else node.other, names)
    if isinstance(node, Call):
        if node.function not in FUNCTIONS:
            raise UnknownError(node.function)
        return FUNCTIONS[node.function](_calculated(node.operand, names))
    if node.sign not in OPERATIONS:
        raise UnknownError(node.sign)
    return OPERATIONS[node.sign](_calculated(node.left, names), _calculated(node.right, names))


def _holds(node: Choice, names: Mapping[str, float]) -> bool:
    found = [bool(_value(each, names)) for each in node.conditions]
    return any(found) if node.joined == "or" else all(found)


def _parts(node: Node, signs: tuple[str, ...] = ()) -> Iterator[tuple[str, Node]]:
    """The terms of a sum, or the factors of a product, with the sign before each."""
    for group in (signs,) if signs else (("+", "−"), ("·", "/", "@")):
        if isinstance(node, Pair) and node.sign in group:
            yield from _parts(node.left, group)
            yield node.sign, node.right
            return
    yield "", node


# -- shapes ----------------------------------------------------------------------------------------


def with_shapes(formula: Formula, shapes: Mapping[str, Shape], numbers: Mapping[str, float], result: Shape) -> str:
    """A formula with the shapes of its factors, and that of what is handed on: ``(8, 5) @ (5, 16) → (8, 16)``.

    Args:
        formula: the formula.
        shapes: of all that it names.
        numbers: those of them that are known numbers.
        result: the shape of the operand, hence of what it receives.

    Raises:
        UnknownError: the shape of something in it is not known.
    """
    known = dict(shapes)
    for name, meaning in reversed(formula.definitions):
        known[name] = _shape(meaning, known)
    node = formula.value
    if isinstance(node, Choice):
        for each in (*node.conditions, node.other):
            _shape(each, known)
        node = node.chosen
    found = _shape(node, known)
    if not (formula.summed or formula.repeated) and found != result:
        raise UnknownError("another shape")
    parts = []
    for place, (sign, part) in enumerate(_parts(node)):
        text = _said(part, known, numbers, first=place == 0)
        parts.append(f"{sign} {text}" if place else text)
    summed = (
        f" {shape_said(found)}, summed" if formula.summed and len(parts) > 1 else ", summed" if formula.summed else ""
    )
    if summed and len(parts) > 1:
        return f"{' '.join(parts)} →{summed} → {shape_said(result)}"
    return f"{' '.join(parts)}{summed} → {shape_said(result)}"


def shape_said(shape: Shape) -> str:
    """A shape as Python writes it."""
    return str(tuple(map(int, shape)))


def _said(part: Node, shapes: Mapping[str, Shape], numbers: Mapping[str, float], *, first: bool) -> str:
    if _shape(part, shapes) == ():
        try:
            each = _value(part, {"π": math.pi, **numbers})
        except UnknownError:
            return "scalar"
        return number(each) if first else _factor(each)
    return shape_said(_shape(part, shapes))


def _shape(node: Node, shapes: Mapping[str, Shape]) -> Shape:
    if isinstance(node, Number):
        return ()
    if isinstance(node, Name):
        if node.name == "π":
            return ()
        if node.name not in shapes:
            raise UnknownError(node.name)
        return shapes[node.name]
    if isinstance(node, Choice):
        raise UnknownError("a choice inside of a formula")
    if isinstance(node, Call):
        return _shape_of_call(node.function, _shape(node.operand, shapes))
    left, right = _shape(node.left, shapes), _shape(node.right, shapes)
    if node.sign == "@":
        return _shape_of_product(left, right)
    if node.sign not in OPERATIONS and node.sign not in COMPARISONS:
        raise UnknownError(node.sign)
    try:
        return np.broadcast_shapes(left, right)
    except ValueError as failure:
        raise UnknownError(str(failure)) from failure


def _shape_of_call(function: str, shape: Shape) -> Shape:
    if function == "ᵀ" and len(shape) > 1:
        return (*shape[:-2], shape[-1], shape[-2])
    if function == "[…, None]":
        return (*shape, 1)
    if function == "[:, None]" and len(shape) == 1:
        return (*shape, 1)
    if function in FUNCTIONS or function in ("softmax", "tril", "triu"):
        return shape
    raise UnknownError(function)


def _shape_of_product(left: Shape, right: Shape) -> Shape:
    """The shape of a product of matrices."""
    if (len(left) < 2 and len(right) < 2) or min(len(left), len(right)) < 1:
        raise UnknownError("a product of vectors")
    a, b = (1, *left) if len(left) == 1 else left, (*right, 1) if len(right) == 1 else right
    if a[-1] != b[-2]:
        raise UnknownError("a product that is none")
    outer = (*a[-2:-1], *b[-1:])
    if len(left) == 1:
        outer = outer[1:]
    if len(right) == 1:
        outer = outer[:-1]
    try:
        return (*np.broadcast_shapes(a[:-2], b[:-2]), *outer)
    except ValueError as failure:
        raise UnknownError(str(failure)) from failure
