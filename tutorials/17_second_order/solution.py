"""Chapter 17: derivatives of derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mine.engine import FORWARD, RULES, Tape, Tensor, accumulate, apply, tensor, walk


def reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    """An array or a tensor in another shape."""
    return apply("reshape", x, shape=shape) if isinstance(x, Tensor) else np.reshape(x, shape)


def reshape_rule(g: Any, out: Any, x: Any, shape: tuple[int, ...]) -> list[Any]:
    """What the operand of ``out = x.reshape(shape)`` receives, as an array or as a tensor."""
    return [reshaped(g, x.shape)]


def sum_rule(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """What the operand of ``out = x.sum(axis, keepdims=keepdims)`` receives: a tensor if ``g`` is one."""
    kept = np.sum(np.ones(x.shape), axis=axis, keepdims=True).shape
    return [reshaped(g, kept) * np.ones(x.shape)]


FORWARD |= {"reshape": lambda x, shape: np.reshape(x, shape)}
RULES |= {"reshape": reshape_rule, "sum": sum_rule}


def recorded_backward(target: Tensor) -> dict[int, Tensor]:
    """The walk of chapter 4 from one target, on tensors of its tape: what the rules compute is recorded there.

    Returns:
        the cotangents, by id, of all that the target depends on.
    """
    tape = target.tape
    cotangents: dict[int, Any] = {target.i: tensor(tape, np.ones(target.shape))}
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [Tensor(tape, i) for i in inputs]
        contributions = RULES[op](cotangents[out], Tensor(tape, out), *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents


def hvp(f: Callable[[Tensor], Tensor], x: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The Hessian of ``f`` at ``x`` times ``v``, in the shape of both; zeros where it is zero.

    ``f`` takes a tensor and returns a tensor with one number. It is called once, and two walks are made, however
    many numbers ``x`` has.
    """
    tape = Tape()
    point = tensor(tape, x)
    gradient = recorded_backward(f(point)).get(point.i)
    if gradient is None:
        return np.zeros(x.shape)
    return walk((gradient * v).sum()).get(point.i, np.zeros(x.shape))
