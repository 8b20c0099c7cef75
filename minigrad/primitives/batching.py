"""A primitive applied to a batch: to each element along a further leading axis, at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.primitive import Primitive
from ..errors import ArgumentError, RuleError, ShapeError
from .joining import stack
from .leading import Batching, elementwise, length_of
from .values import shape_of

__all__: list[str] = []


def batched_call(
    primitive: Primitive, size: int, operands: Sequence[Any], batched: Sequence[bool], params: dict[str, Any]
) -> Any:
    """What ``primitive`` makes of each element of a batch, along a further leading axis.

    It is computed by the primitive's batching rule (``defbatch``), or by the one of all elementwise primitives; of any
    other primitive element by element, and stacked. Arrays give an array, tensors a tensor that was recorded.

    Args:
        primitive: the primitive.
        size: how many elements there are.
        operands: those that are batched have the elements along their first axis, the others are the same for all.
        batched: which operands are batched; one of them at least.
        params: parameters by name; defaults may be left out.

    Raises:
        ShapeError: an operand does not have the elements.
        RuleError: a rule returned something else than a result for each element.
        ArgumentError: there is no element, and no rule that would tell the shape of the result.
    """
    for x, leads in zip(operands, batched, strict=True):
        if leads and shape_of(x)[:1] != (size,):
            raise ShapeError(f"{primitive.name}: an operand of shape {shape_of(x)} has no {size} elements to run over")
    out = _rule_of(primitive)(tuple(batched), *operands, **{**primitive.defaults, **params})
    if getattr(out, "shape", ())[:1] != (size,):
        raise RuleError(
            f"the batching rule of {primitive.name} returned {_described(out)}; of {size} elements it must return one "
            f"result each, along a leading axis of {size}"
        )
    return out


def _rule_of(primitive: Primitive) -> Batching:
    if primitive.batching is not None:
        return primitive.batching
    return elementwise(primitive) if primitive.elementwise else _one_by_one(primitive)


def _one_by_one(primitive: Primitive) -> Batching:
    """What stands for a rule: a call for each element."""

    def rule(batched: Sequence[bool], *operands: Any, **params: Any) -> Any:
        size = length_of(batched, operands)
        if not size:
            raise ArgumentError(
                f"{primitive.name} has no batching rule, so it is called for each element, and without one the shape "
                f"of the result is not known: give it a rule with {primitive.name}.defbatch(...)"
            )
        pairs = list(zip(operands, batched, strict=True))
        return stack([primitive(*[x[k] if leads else x for x, leads in pairs], **params) for k in range(size)])

    return rule


def _described(out: Any) -> str:
    return f"an array of shape {out.shape}" if hasattr(out, "shape") else repr(out)
