"""Batching rules that many primitives share: how each takes a further leading axis.

A rule is called with which operands have the axis, with the operands, and with all parameters by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.primitive import Primitive
from .shape import broadcast_to, raised
from .values import behind, shape_of

__all__: list[str] = []

Batching = Callable[..., Any]


def length_of(batched: Sequence[bool], operands: Sequence[Any]) -> int:
    """How many elements the operands have along the further axis."""
    return next(shape_of(x)[0] for x, leads in zip(operands, batched, strict=True) if leads)


def spread_out(batched: Sequence[bool], operands: Sequence[Any]) -> list[Any]:
    """The operands, those without the further axis repeated along it."""
    size = length_of(batched, operands)
    return [
        x if leads else broadcast_to(x, shape=(size, *shape_of(x))) for x, leads in zip(operands, batched, strict=True)
    ]


def elementwise(primitive: Primitive) -> Batching:
    """The rule of an elementwise primitive: each operand gets the axes that others have and it lacks."""

    def rule(batched: Sequence[bool], *operands: Any, **params: Any) -> Any:
        ndim = max(len(shape_of(x)) - leads for x, leads in zip(operands, batched, strict=True))
        return primitive(
            *[raised(x, ndim) if leads else x for x, leads in zip(operands, batched, strict=True)], **params
        )

    return rule


def of_last_axes(primitive: Primitive) -> Batching:
    """The rule of a primitive whose leading axes are batch axes of its own, if all operands have them."""
    return lambda batched, *operands, **params: primitive(*spread_out(batched, operands), **params)


def over_axes(primitive: Primitive) -> Batching:
    """The rule of a primitive of one operand that runs over ``axis``: ``None`` for all, an integer, or several."""
    return lambda batched, x, *, axis, **params: primitive(x, axis=behind(axis, len(x.shape) - 1), **params)
