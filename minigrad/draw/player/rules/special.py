"""Formulas that depend on shapes or on parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

Shape = tuple[int, ...] | None
Shapes = Sequence[Shape]
Params = Mapping[str, Any]
Special = Callable[[Shapes, Params], tuple[str, ...]]


def matmul(shapes: Shapes, params: Params) -> tuple[str, ...]:
    """A vector has no transpose; its place is taken by a new axis."""
    x, y = (len(shape or ()) for shape in shapes)
    if x == y == 1:
        return "ḡ · y", "ḡ · x"
    if y == 1:
        return "ḡ[…, None] · y", "xᵀ @ ḡ"
    if x == 1:
        return "ḡ @ yᵀ", "x[:, None] · ḡ"
    return "ḡ @ yᵀ", "xᵀ @ ḡ"


def linear(shapes: Shapes, params: Params) -> tuple[str, ...]:
    """As for ``matmul``; only b is broadcast."""
    x, w, b = (shape or () for shape in shapes)
    to_w = "xᵀ @ ḡ" if len(x) > 1 else "x[:, None] · ḡ"
    return (
        "ḡ @ wᵀ",
        f"{to_w}, summed to shape {w}" if len(x) > 2 else to_w,
        "ḡ" if b == (*x[:-1], w[-1]) else f"ḡ, summed to shape {b}",
    )


def einsum(shapes: Shapes, params: Params) -> tuple[str, ...]:
    """The same kind of product, with the labels exchanged."""
    operands, _, out = str(params["subscripts"]).partition("->")
    x, _, y = operands.partition(",")
    return f"einsum('{out},{y}->{x}', ḡ, y)", f"einsum('{out},{x}->{y}', ḡ, x)"


def cross_entropy(shapes: Shapes, params: Params) -> tuple[str, ...]:
    """By what is done with the losses of all targets."""
    error = "(softmax(logits) − one_hot(targets))"
    if params["reduction"] == "none":
        return f"ḡ[…, None] · {error}", ""
    if params["reduction"] == "sum":
        return f"ḡ · {error}", ""
    return f"ḡ · {error} / {max(prod((shapes[0] or (1,))[:-1]), 1):,}", ""


def norm(shapes: Shapes, params: Params) -> tuple[str, ...]:
    """By its order."""
    order = params["ord"]
    known = {1: "ḡ · sign(x)", 2: "ḡ · x / out"}
    return (known.get(order, f"ḡ · sign(x) · (|x| / out)^({order} − 1)"),)


def gelu(shapes: Shapes, params: Params) -> tuple[str, ...]:
    """The exact one by the normal distribution, the approximate one by tanh."""
    if params["approximate"]:
        inner = "t = tanh(√(2 / π) · (x + 0.044715 · x³))"
        return (f"ḡ · (1 + t + x · (1 − t²) · √(2 / π) · (1 + 3 · 0.044715 · x²)) / 2, {inner}",)
    return ("ḡ · ((1 + erf(x / √2)) / 2 + x · exp(−x² / 2) / √(2 · π))",)


# What these return has the shape of the operand already.
SPECIAL: dict[str, Special] = {
    "matmul": matmul,
    "linear": linear,
    "einsum": einsum,
    "cross_entropy": cross_entropy,
    "norm": norm,
    "gelu": gelu,
}
