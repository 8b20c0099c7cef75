"""The cross-entropy of a softmax, and dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import errors
from ..checks import check_number, integer
from ..engine.backend import module_of
from ..engine.capture import Traced, drawn
from ..engine.primitive import primitive
from ..engine.tensor import Tensor
from .arithmetic import multiply
from .choices import identity, maximum, where
from .hidden import hide
from .index import check_range, one_hot, sparse_grid
from .leading import of_last_axes, spread_out
from .reduce import mean, per_element, sum
from .shares import log_softmax, logsumexp, softmax, total_of
from .tails import FEW, tail
from .values import constant, module_behind, shape_of

__all__ = [
    "cross_entropy",
    "dropout",
]


def cross_entropy(
    logits: Any,
    targets: Any,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Any:
    """The negative log-likelihood, in nats, of targets under ``softmax(logits)``.

    Args:
        logits: (..., classes).
        targets: integers (...) in [0, classes), or probabilities (..., classes) of the logits' kind.
        reduction: ``"mean"`` or ``"sum"`` over all targets, or ``"none"`` for shape (...).
        ignore_index: an integer target, in the range or not, that counts for nothing, in the mean neither,
            whatever its logits are, NaN too; the mean over no target is 0.
        label_smoothing: the share of each target, in [0, 1), that is spread evenly over all classes.

    Raises:
        ShapeError: the targets' shape is not the logits' without the last axis, nor all of it for probabilities.
        TypeError: ``label_smoothing`` is no number, or ``ignore_index`` no integer.
        DTypeError: the targets are neither integers nor probabilities.
        IndexError: a target is outside [0, classes); on a GPU when values are next fetched.
        ValueError: an option that does not exist, or ``ignore_index`` with probabilities.
    """
    if not hasattr(targets, "dtype"):
        targets = module_behind(logits).asarray(targets)
        targets = targets.astype(logits.dtype) if targets.dtype.kind == "f" else targets
    known = constant(targets)
    soft = known.dtype.kind == "f"
    if known.dtype.kind not in "iuf" or (soft and known.ndim != len(logits.shape)):
        raise errors.DTypeError(
            f"cross_entropy: targets of dtype {known.dtype} and shape {known.shape} for logits of shape "
            f"{logits.shape}; give integers of shape {logits.shape[:-1]}, or probabilities of the logits' shape"
        )
    plain = not soft and type(label_smoothing) is float and label_smoothing == 0 and ignore_index is None
    if plain and reduction == "mean":
        return _cross_entropy(logits, targets)  # the usual call, and without options a cheap one
    if reduction not in ("mean", "sum", "none"):
        raise errors.ArgumentError(f"reduction={reduction!r}: use 'mean', 'sum' or 'none'")
    check_number("cross_entropy: label_smoothing", label_smoothing, 0, 1)
    if soft and ignore_index is not None:
        raise errors.ArgumentError("ignore_index needs integer targets, not probabilities")
    if plain:
        return _cross_entropy(logits, targets, reduction=reduction)
    ignored = None
    if ignore_index is not None:
        ignore_index = integer("cross_entropy: ignore_index", ignore_index)
        known = known if isinstance(known, Tensor) else module_behind(logits).asarray(known)
        ignored = known == ignore_index
        targets = where(ignored, 0, known)
        hide(logits, ignored)
        logits = where(ignored[..., None], 0, logits)  # whatever they are, no derivative meets them
    if soft:
        losses = _soft_cross_entropy(logits, targets)
    else:
        losses = _cross_entropy(logits, targets, reduction="none")
    if label_smoothing:
        label_smoothing = float(label_smoothing)
        uniform = logsumexp(logits, axis=-1) - mean(logits, axis=-1)
        losses = (1 - label_smoothing) * losses + label_smoothing * uniform
    if ignored is not None:
        losses = where(ignored, 0, losses)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum(losses)
    if ignored is None:
        return mean(losses)
    counted = maximum((~ignored).sum(), 1)
    if losses.dtype == "float16":
        return (sum(losses.astype("float32")) / counted.astype("float32")).astype("float16")
    return sum(losses) / counted.astype(losses.dtype)


@primitive(name="cross_entropy", aux={"probabilities": softmax}, public=False)
def _cross_entropy(xp, logits, targets, *, reduction="mean"):
    """The negative log-likelihood of integer targets under ``softmax(logits)``."""
    shape = logits.shape
    if targets.shape != shape[:-1]:
        raise errors.ShapeError(
            f"cross_entropy: logits of shape {shape} need integer targets of shape {shape[:-1]}, got {targets.shape}"
        )
    check_range(targets, shape[-1], "target class")
    probabilities = logits - logits.max(axis=-1, keepdims=True)
    picked = probabilities[(*sparse_grid(xp, targets.shape), targets)]
    xp.exp(probabilities, out=probabilities)
    total = total_of(xp, probabilities, -1)
    probabilities /= total
    losses = xp.log(total[..., 0]) - picked
    if reduction != "none":
        losses = losses.sum() / losses.size if reduction == "mean" else losses.sum()
    if losses.dtype is not probabilities.dtype:  # float16, whose sums have more room
        losses = losses.astype(probabilities.dtype)
    return losses, probabilities


def _cross_entropy_rule(g: Any, probabilities: Any, targets: Any, reduction: str) -> Any:
    if reduction == "mean":
        g = per_element(g, targets.size)
    elif reduction == "none":
        g = g[..., None]
    if isinstance(probabilities, Tensor):
        right = one_hot(targets, classes=probabilities.shape[-1], dtype=probabilities.dtype)
        others = probabilities * (1 - right)
        return (others - right * sum(others, axis=-1, keepdims=True)) * g
    xp = module_of(probabilities)
    picked = (*sparse_grid(xp, targets.shape), targets)
    cotangent = probabilities * g
    looked_at = picked if probabilities.size > FEW else ...
    if xp is np and tail(xp, True, probabilities[looked_at], False) is None:
        cotangent[picked] -= g if reduction != "none" else g[..., 0]
    else:  # 1 less a share near 1 has lost its digits; the others have them
        cotangent[picked] = 0
        cotangent[picked] = -cotangent.sum(axis=-1)
    return cotangent


_cross_entropy.defvjp(
    lambda g, probabilities, targets, reduction: _cross_entropy_rule(g, probabilities, targets, reduction),
    None,
)
_cross_entropy.defbatch(lambda batched, *operands, reduction: _cross_entropy_batch(batched, operands, reduction))


def _cross_entropy_batch(batched: Sequence[bool], operands: Sequence[Any], reduction: str) -> Any:
    losses = _cross_entropy(*spread_out(batched, operands), reduction="none")
    if reduction == "none":
        return losses
    return (mean if reduction == "mean" else sum)(losses, axis=tuple(range(1, losses.ndim)))


@primitive(name="soft_cross_entropy", aux={"probabilities": softmax}, public=False)
def _soft_cross_entropy(xp, logits, targets):
    """The cross-entropy of given probabilities and ``softmax(logits)``."""
    if logits.shape != targets.shape:
        raise errors.ShapeError(
            f"cross_entropy: logits of shape {logits.shape} need probabilities of the same shape, got {targets.shape}"
        )
    logs = log_softmax.forward(xp, logits)
    return -xp.sum(targets * xp.where(targets == 0, 0, logs), axis=-1), xp.exp(logs)


def _soft_error(probabilities: Any, targets: Any) -> Any:
    """``probabilities * sum(targets) - targets``, whose sum is 0: what a probability near 1 has lost is there."""
    error = probabilities * sum(targets, axis=-1, keepdims=True) - targets
    return error - probabilities * sum(error, axis=-1, keepdims=True)


_soft_cross_entropy.defvjp(
    lambda g, probabilities, targets: g[..., None] * _soft_error(probabilities, targets),
    lambda g, logits: -g[..., None] * log_softmax(logits),
)
_soft_cross_entropy.defbatch(of_last_axes(_soft_cross_entropy))


def dropout(x: Any, rate: float, *, rng: Any) -> Any:
    """``x`` with each element set to 0 with probability ``rate``, the others divided by ``1 - rate``.

    What is recorded is a product with a constant mask.

    Args:
        x: any shape.
        rate: in [0, 1); with 0 the result is the identity.
        rng: what the mask is drawn from: NumPy's generator on the host, from which the same masks come on every device,
            or CuPy's where ``x`` is on a GPU, from which nothing has to be copied there.

    Raises:
        TypeError: the rate is no number.
        ValueError: it is outside.
    """
    check_number("dropout: rate", rate, 0, 1)
    if rate == 0:
        return identity(x)
    dtype = getattr(x, "dtype", np.dtype("float64"))
    mask = drawn(_mask, rng, shape_of(x), rate, dtype, module_behind(x))
    return multiply(x, Tensor(mask) if isinstance(mask, Traced) else mask)


def _mask(rng: Any, shape: tuple[int, ...], rate: float, dtype: Any, xp: Any) -> Any:
    """A mask of zeros and ``1 / (1 - rate)``, drawn at random, where the module ``xp`` computes."""
    keep = rng.random(shape, dtype=np.float32) >= rate
    mask = keep.astype(dtype) / dtype.type(1 - rate)
    return xp.asarray(mask) if module_of(mask) is np else mask
