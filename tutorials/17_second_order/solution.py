"""Chapter 17: derivatives of derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mine.engine import FORWARD, RULES, Tape, Tensor, accumulate, apply, tensor, walk


def reshape_rule(g: Any, out: Any, x: Any, shape: tuple[int, ...]) -> list[Any]:
    """What the operand of ``out = x.reshape(shape)`` receives."""
    return [reshaped(g, x.shape)]


def reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    """An array or a tensor in another shape."""
    return apply("reshape", x, shape=shape) if isinstance(x, Tensor) else np.reshape(x, shape)


def sum_rule(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """What the operand of ``out = x.sum(axis, keepdims=keepdims)`` receives, as an array or as a tensor."""
    kept = np.sum(np.ones(x.shape), axis=axis, keepdims=True).shape
    return [reshaped(g, kept) * np.ones(x.shape)]


FORWARD |= {"reshape": np.reshape}
RULES |= {"reshape": reshape_rule, "sum": sum_rule}


def recorded_backward(target: Tensor) -> dict[int, Tensor]:
    """The walk of chapter 4 from one target, on tensors: what the rules compute is recorded on the same tape."""
    tape = target.tape
    cotangents: dict[int, Any] = {target.i: tensor(tape, np.ones_like(target.value))}
    for op, inputs, out, _, params in reversed(list(tape.records)):
        if out not in cotangents:
            continue
        operands = [Tensor(tape, i) for i in inputs]
        contributions = RULES[op](cotangents[out], Tensor(tape, out), *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents


def hvp(f: Callable[[Tensor], Tensor], x: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The product of the Hessian of ``f`` at ``x`` with the vector ``v``, at the cost of two walks."""
    tape = Tape()
    point = tensor(tape, x)
    gradient = recorded_backward(f(point)).get(point.i)
    if gradient is None:
        return np.zeros_like(x)
    return walk((gradient * v).sum()).get(point.i, np.zeros_like(x))
