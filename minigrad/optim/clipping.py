"""Clipping of gradients, by their joint norm or element by element."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import errors
from ..checks import check_positive
from ..engine.backend import Array, module_of, numbers
from ..engine.capture import as_one
from ..engine.tensor import Leaf
from ..transforms.parameters import parameter_list
from ..watchers.clipping import Clip, ValueClip, tell

_HALF = np.dtype("float16")
_TINY, _EPS = (float(limit) for limit in (np.finfo("float32").tiny, np.finfo("float32").eps))


@as_one
def clip_grad_norm(params: Iterable[Leaf], max_norm: float) -> float:
    """Scale all gradients together so that their joint Euclidean norm is at most ``max_norm``.

    The direction of the step stays as it was (Pascanu, Mikolov and Bengio 2013).

    Returns:
        The norm before clipping; NaN or infinity leaves the gradients as they are.

    Raises:
        ValueError: ``max_norm`` is not positive, no parameter has a gradient, or one is there twice.
        TypeError: something that is no list of parameters was given.
    """
    check_positive("clip_grad_norm: max_norm", max_norm)
    max_norm = float(max_norm)  # NumPy's own float64 would widen the gradients
    clipped = _with_grad("clip_grad_norm", params)
    norm = _norm([leaf._grad for leaf in clipped])
    if math.isfinite(norm) and norm > max_norm:
        for leaf in clipped:
            leaf._grad = _scaled(leaf._grad, max_norm / norm)
    tell(clipped, Clip(norm, max_norm))
    return norm


@as_one
def clip_grad_value(params: Iterable[Leaf], limit: float) -> None:
    """Bring every element of every gradient into [-limit, limit]; NaN stays NaN.

    Raises:
        ValueError: ``limit`` is not positive, no parameter has a gradient, or one is there twice.
        TypeError: something that is no list of parameters was given.
    """
    check_positive("clip_grad_value: limit", limit)
    limit = float(limit)
    clipped = _with_grad("clip_grad_value", params)
    elements = sum(leaf.size for leaf in clipped)
    beyond = int(sum(numbers([(abs(leaf._grad) > limit).sum() for leaf in clipped])))
    for leaf in clipped:
        leaf._grad = module_of(leaf._grad).clip(leaf._grad, -limit, limit)
    tell(clipped, ValueClip(elements, beyond, limit))


@as_one
def grad_norm(params: Iterable[Leaf]) -> float:
    """The joint Euclidean norm of all gradients.

    Raises:
        ValueError: no parameter has a gradient.
    """
    return _norm([leaf._grad for leaf in _with_grad("grad_norm", params)])


def _with_grad(taker: str, params: Iterable[Leaf]) -> list[Leaf]:
    """The parameters that have a gradient.

    Raises:
        ValueError: none has, or one is there twice.
        TypeError: something that is no parameter was given.
    """
    found = [leaf for leaf in parameter_list(taker, params) if leaf._grad is not None]
    if not found:
        raise errors.ArgumentError(f"{taker}: no parameter has a gradient; walk back from a loss first")
    return found


def _norm(grads: list[Array]) -> float:
    """The norm; where its square leaves the range, as in float32 from 1.8e19 on, elements are scaled by the largest."""
    grads = [grad.astype("float32") if grad.dtype == _HALF else grad for grad in grads]
    with np.errstate(over="ignore", under="ignore"):
        square = _square(grads)
    if math.isnan(square) or _TINY / _EPS <= square < math.inf:  # below, squares have lost digits
        return math.sqrt(square)
    largest = max(numbers([abs(grad).max() for grad in grads if grad.size]), default=0.0)
    if largest == 0:
        return 0.0
    return largest * math.sqrt(_square([grad / largest for grad in grads])) if largest < math.inf else math.inf


def _scaled(grad: Array, factor: float) -> Array:
    """``grad * factor``; in float64 where the dtype would round the factor to few digits, or to 0."""
    if factor >= _TINY and grad.dtype != _HALF:
        return grad * factor
    return (grad.astype("float64") * factor).astype(grad.dtype)


def _square(grads: list[Array]) -> float:
    total: Any = 0.0
    for grad in grads:
        flat = grad.reshape(-1)
        total = total + flat @ flat
    return numbers([total])[0]
