"""Formulas of rules, with the numbers of the call, and rules in words.

The formulas are checked against the rules themselves by ``tests/draw/test_formulas.py``. A primitive that is not
ours, or not listed, is described by its own docstring and by what its rule asks for.
"""

from __future__ import annotations

import inspect
from math import prod
from typing import Any

from ...engine.primitive import Primitive
from ..text import clean
from .rules import RULES
from .rules.special import SPECIAL, Params, Shape, Shapes, Special


def is_ours(primitive: Primitive) -> bool:
    """Whether a primitive is the one that minigrad defines under its name."""
    return primitive.__module__.startswith("minigrad.primitives.")


def formula(primitive: Primitive, place: int, shapes: Shapes, params: Params, out: tuple[int, ...]) -> str:
    """What the rule for one operand returns; "" if there is no rule.

    Args:
        primitive: the primitive.
        place: the position of the operand.
        shapes: of the operands; ``None`` for a number.
        params: static parameters such as ``axis``.
        out: the shape of the result.
    """
    if not primitive.rules:
        return "what its own rule returns"  # of a custom_vjp, which stands for a function
    which = 0 if primitive.variadic else place
    if which >= len(primitive.rules) or primitive.rules[which] is None:
        return ""
    known = _formulas(primitive, shapes, params, out)
    if which >= len(known) or not known[which]:
        return _asked(primitive, which)
    name = primitive.operands[place] if place < len(primitive.operands) else "the operand"
    text = known[which].replace("{name}", name)
    shape = shapes[place]
    summed = primitive.broadcasts and shape != out and not _special(primitive)
    return f"{text}, summed to shape {shape_of(shape)}" if summed else text


def rule_in_words(primitive: Primitive) -> str:
    """What the rules of a primitive do; "" if that is not known."""
    return RULES.get(primitive.name, ("",))[0] if is_ours(primitive) else ""


def summary(primitive: Primitive) -> str:
    """The first line of a primitive's docstring, as plain text."""
    lines = inspect.cleandoc(primitive.__doc__ or "").splitlines()
    return clean(lines[0].replace("``", "")) if lines else ""


def shape_of(shape: Shape) -> str:
    """A shape as Python writes it."""
    return str(tuple(map(int, shape or ())))


def _special(primitive: Primitive) -> Special | None:
    return SPECIAL.get(primitive.name) if is_ours(primitive) else None


def _formulas(primitive: Primitive, shapes: Shapes, params: Params, out: tuple[int, ...]) -> tuple[str, ...]:
    """The formulas of one call, with its parameters."""
    if not is_ours(primitive):
        return ()
    special = _special(primitive)
    if special is not None:
        return special(shapes, params)
    count = prod(shapes[0] or ()) // max(prod(out), 1) if shapes else 1
    values: dict[str, Any] = {"count": count, "freedom": count - params.get("ddof", 0), "name": "{name}", **params}
    return tuple(text.format_map(values) for text in RULES.get(primitive.name, ("",))[1:])


def _asked(primitive: Primitive, which: int) -> str:
    """What can be said about a rule of which only the source is known: the names that it asks for."""
    return f"rule({', '.join(clean(name) for name in ['ḡ', *primitive.asked[which]])})"
