"""Softmax and the cross-entropy that goes with it."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..backend import find_module, module_of
from ..primitive import primitive
from .elementwise import exp
from .index import check_range
from .reduce import sum

__all__ = [
    "softmax",
    "log_softmax",
    "cross_entropy",
]


@primitive
def softmax(xp, x, *, axis=-1):
    """``exp(x) / sum(exp(x))`` over ``axis``, computed without overflow."""
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


softmax.defvjp(lambda g, out, axis: out * (g - sum(g * out, axis=axis, keepdims=True)))


@primitive
def log_softmax(xp, x, *, axis=-1):
    """``x - logsumexp(x)`` over ``axis``, computed without overflow."""
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


log_softmax.defvjp(lambda g, out, axis: g - exp(out) * sum(g, axis=axis, keepdims=True))


@primitive(aux={"probabilities": softmax})
def cross_entropy(xp, logits, targets, *, reduction="mean"):
    """The negative log-likelihood, in nats, of integer targets under ``softmax(logits)``.

    Args:
        logits: (..., classes).
        targets: integers (...) in [0, classes).
        reduction: ``"mean"`` or ``"sum"`` over all targets, or ``"none"`` for shape (...).

    Raises:
        ShapeError: the targets' shape is not the logits' without the last axis.
        IndexError: a target is outside [0, classes).
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction={reduction!r}: use 'mean', 'sum' or 'none'")
    shape = logits.shape
    if type(targets) is int:
        targets = xp.asarray(targets)
    if getattr(targets, "shape", ()) != shape[:-1]:
        raise errors.ShapeError(
            f"cross_entropy: logits of shape {shape} need integer targets of shape {shape[:-1]}, got "
            f"{getattr(targets, 'shape', ())} (at {errors.user_line()})"
        )
    check_range(xp, targets, shape[-1], "target class")
    shifted = logits - logits.max(axis=-1, keepdims=True)
    picked = shifted[(*_grid(xp, targets), targets)]
    probabilities = xp.exp(shifted)
    total = probabilities.sum(axis=-1, keepdims=True)
    probabilities /= total
    losses = xp.log(total[..., 0]) - picked
    if reduction == "none":
        return losses, probabilities
    loss = losses.sum()
    return (loss / losses.size if reduction == "mean" else loss), probabilities


def _grid(xp: Any, targets: Any) -> tuple[Any, ...]:
    """Index arrays that walk over the axes of ``targets``."""
    if targets.ndim == 1:
        return (xp.arange(len(targets)),)
    return tuple(xp.indices(targets.shape, sparse=True)) if targets.ndim else ()


def _cross_entropy_rule(g: Any, probabilities: Any, targets: Any, reduction: str) -> Any:
    if reduction == "mean":
        g = g / targets.size
    elif reduction == "none":
        g = g[..., None]
    return _minus_one_hot(probabilities, targets) * g


def _minus_one_hot(probabilities: Any, targets: Any) -> Any:
    if find_module(probabilities) is None:
        xp = module_of(probabilities._value)
        classes = xp.arange(probabilities.shape[-1])
        targets = xp.asarray(getattr(targets, "_value", targets))
        return probabilities - (targets[..., None] == classes).astype(probabilities.dtype)
    difference = probabilities.copy()
    difference[(*_grid(module_of(difference), targets), targets)] -= 1
    return difference


cross_entropy.defvjp(
    lambda g, probabilities, targets, reduction: _cross_entropy_rule(g, probabilities, targets, reduction),
    None,
)
