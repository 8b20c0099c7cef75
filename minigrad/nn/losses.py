"""Losses."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..engine.tensor import Tensor
from ..primitives import cross_entropy, square
from ..primitives.values import shape_of

__all__ = ["cross_entropy", "mse_loss"]


def mse_loss(prediction: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """The squared difference, its mean or sum over all elements, or unreduced (``"none"``).

    Raises:
        ShapeError: the shapes differ; nothing is broadcast, because a loss that broadcasts is a bug.
    """
    shape = shape_of(target)
    if shape != prediction.shape:
        raise errors.ShapeError(f"mse_loss: the prediction has shape {prediction.shape}, the target {shape}")
    if reduction not in ("mean", "sum", "none"):
        raise errors.ArgumentError(f"reduction={reduction!r}: use 'mean', 'sum' or 'none'")
    squared: Tensor = square(prediction - target)
    return squared if reduction == "none" else squared.mean() if reduction == "mean" else squared.sum()
