"""The rules of the primitives as formulas for people.

``ḡ`` is the cotangent of the result. Each formula that contains no words is checked against the rule itself
by ``tests/draw/test_formulas.py``; a primitive that is not ours, or not listed, is described by its own
docstring and by what its rule asks for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from ..primitive import REGISTRY, Primitive
from .text import clean

Shape = tuple[int, ...] | None
Shapes = Sequence[Shape]
Params = Mapping[str, Any]

_SAME = "ḡ"
_RESHAPED = "ḡ in the shape of {name}"

FORMULAS: dict[str, tuple[str, ...]] = {
    "add": (_SAME, _SAME),
    "subtract": (_SAME, "−ḡ"),
    "multiply": ("ḡ · y", "ḡ · x"),
    "divide": ("ḡ / y", "−ḡ · out / y"),
    "power": ("ḡ · y · x^(y − 1)", "ḡ · out · log(x)"),
    "negative": ("−ḡ",),
    "identity": (_SAME,),
    "astype": (_SAME,),
    "exp": ("ḡ · out",),
    "log": ("ḡ / x",),
    "sqrt": ("ḡ / (2 · out)",),
    "square": ("ḡ · 2 · x",),
    "tanh": ("ḡ · (1 − out²)",),
    "sigmoid": ("ḡ · out · (1 − out)",),
    "sin": ("ḡ · cos(x)",),
    "cos": ("−ḡ · sin(x)",),
    "relu": ("ḡ where out ≠ 0, else 0",),
    "abs": ("ḡ · sign(x)",),
    "sign": ("0",),
    "maximum": ("ḡ where x > y, half of it where equal, else 0", "ḡ where y > x, half of it where equal, else 0"),
    "minimum": ("ḡ where x < y, half of it where equal, else 0", "ḡ where y < x, half of it where equal, else 0"),
    "where": ("", "ḡ where the condition holds, else 0", "0 where the condition holds, else ḡ"),
    "sum": ("ḡ, repeated over the summed axes",),
    "max": ("ḡ where x is the largest, shared evenly by ties, else 0",),
    "min": ("ḡ where x is the smallest, shared evenly by ties, else 0",),
    "logsumexp": ("ḡ · exp(x − out)",),
    "softmax": ("out · (ḡ − Σ(ḡ · out))",),
    "log_softmax": ("ḡ − exp(out) · Σ(ḡ)",),
    "reshape": (_RESHAPED,),
    "expand_dims": (_RESHAPED,),
    "squeeze": (_RESHAPED,),
    "transpose": ("ḡ with its axes permuted back",),
    "swapaxes": ("ḡ with the two axes exchanged back",),
    "broadcast_to": ("ḡ, summed over the repeated axes",),
    "getitem": ("zeros, with ḡ added at the index",),
    "take_rows": ("zeros, with ḡ added to the rows that were read", ""),
    "scatter": ("ḡ at the index",),
    "concatenate": ("the part of ḡ that this operand filled",),
    "stack": ("the slice of ḡ that this operand filled",),
}


def _mean(shapes: Shapes, params: Params, out: tuple[int, ...]) -> tuple[str, ...]:
    count = prod(shapes[0] or ()) // max(prod(out), 1)
    return (f"ḡ / {count:,}, repeated over the averaged axes" if count > 1 else _SAME,)


def _matmul(shapes: Shapes, params: Params, out: tuple[int, ...]) -> tuple[str, ...]:
    x, y = (len(shape or ()) for shape in shapes)
    if x == y == 1:
        return "ḡ · y", "ḡ · x"
    if y == 1:
        return "ḡ[…, None] · y", "xᵀ @ ḡ"
    if x == 1:
        return "ḡ @ yᵀ", "x[:, None] · ḡ"
    return "ḡ @ yᵀ", "xᵀ @ ḡ"


def _cross_entropy(shapes: Shapes, params: Params, out: tuple[int, ...]) -> tuple[str, ...]:
    error = "ḡ · (softmax(logits) − one_hot(targets))"
    if params.get("reduction") == "mean":
        return f"{error} / {max(prod((shapes[0] or (1,))[:-1]), 1):,}", ""
    return error, ""


SPECIAL: dict[str, Callable[[Shapes, Params, tuple[int, ...]], tuple[str, ...]]] = {
    "mean": _mean,
    "matmul": _matmul,
    "cross_entropy": _cross_entropy,
}


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
    which = 0 if primitive.variadic else place
    if which >= len(primitive.rules) or primitive.rules[which] is None:
        return ""
    known: tuple[str, ...] = ()
    if is_ours(primitive):
        special = SPECIAL.get(primitive.name)
        known = FORMULAS.get(primitive.name, ()) if special is None else special(shapes, params, out)
    if which >= len(known) or not known[which]:
        return _asked(primitive, which)
    name = primitive.operands[place] if place < len(primitive.operands) else "the operand"
    text = known[which].format(name=name)
    shape = shapes[place]
    return f"{text}, summed to shape {shape_of(shape)}" if primitive.broadcasts and shape != out else text


def shape_of(shape: Shape) -> str:
    """A shape as Python writes it."""
    return str(tuple(map(int, shape or ())))


def _asked(primitive: Primitive, which: int) -> str:
    """What can be said about a rule of which only the source is known: the names that it asks for."""
    rule = primitive.rules[which]
    try:
        names = list(inspect.signature(rule).parameters) if rule is not None else []
    except (TypeError, ValueError):
        names = []
    return f"rule({', '.join(clean(name) for name in ['ḡ', *names[1:]])})"


def summary(primitive: Primitive) -> str:
    """The first line of a primitive's docstring, as plain text."""
    lines = inspect.cleandoc(primitive.__doc__ or "").splitlines()
    return clean(lines[0].replace("``", "")) if lines else ""


def listed() -> list[str]:
    """The names of the registered primitives that have a formula."""
    return sorted(name for name in (*FORMULAS, *SPECIAL) if name in REGISTRY)
