"""Optimisers and clipping.

An update rebinds a parameter's value and never writes into the old array, so a record always
differentiates the values that it was computed with. ``step()`` uses the gradients up: afterwards every
``.grad`` is ``None``, ready for the next window.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from . import errors
from .backend import Array, module_of
from .tensor import Leaf


class Optimizer:
    """The base of optimisers: parameters, a learning rate, and state arrays for each parameter.

    Raises:
        ValueError: no parameters were given, or a setting is out of range.
    """

    def __init__(self, params: Iterable[Leaf], lr: float) -> None:
        self.params = list(params)
        if not self.params:
            raise ValueError("the optimiser was given no parameters")
        for leaf in self.params:
            if not (isinstance(leaf, Leaf) and leaf.wants_grad):
                raise errors.DTypeError(f"an optimiser updates parameters (mg.parameter), not {type(leaf).__name__}")
        _check_range("lr", lr, 0, math.inf)
        self.lr = lr
        self.steps = 0

    def step(self) -> None:
        """Update every parameter that has a gradient, and clear the gradients.

        Raises:
            ValueError: no parameter has a gradient, so there was no backward walk before this step.
        """
        if all(leaf.grad is None for leaf in self.params):
            raise ValueError("step(): no parameter has a gradient; walk back from a loss first")
        self.steps += 1
        for index, leaf in enumerate(self.params):
            grad = leaf._grad
            if grad is not None:
                leaf._value = self._updated(index, leaf._value, grad)
                leaf._grad = None

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        """The new value, a fresh array; ``value`` and ``grad`` are not written into."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Forget all gradients, for a walk whose gradient is not to be used."""
        for leaf in self.params:
            leaf.grad = None


class SGD(Optimizer):
    """Stochastic gradient descent: ``v ← momentum · v + g``, ``p ← p − lr · v``.

    Args:
        params: the parameters to update.
        lr: the learning rate.
        momentum: in [0, 1); 0 keeps no state.
        nesterov: step along ``g + momentum · v`` instead of ``v``.
    """

    def __init__(self, params: Iterable[Leaf], lr: float, momentum: float = 0.0, nesterov: bool = False) -> None:
        super().__init__(params, lr)
        _check_range("momentum", momentum, 0, 1)
        if nesterov and not momentum:
            raise ValueError("nesterov=True needs a momentum above 0")
        self.momentum = momentum
        self.nesterov = nesterov
        self.velocity: list[Array] = [None] * len(self.params)

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        if self.momentum:
            velocity = self.velocity[index]
            velocity = self.velocity[index] = grad.copy() if velocity is None else self.momentum * velocity + grad
            grad = grad + self.momentum * velocity if self.nesterov else velocity
        update = grad * -self.lr
        update += value
        return update


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), with bias correction as in the paper's algorithm 1.

    Args:
        params: the parameters to update.
        lr: the learning rate.
        betas: decay of the first and second moment, each in [0, 1).
        eps: added to the root of the second moment.
    """

    def __init__(
        self,
        params: Iterable[Leaf],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        for beta in betas:
            _check_range("betas", beta, 0, 1)
        _check_range("eps", eps, 0, math.inf)
        self.betas = betas
        self.eps = eps
        self.first: list[Array] = [None] * len(self.params)
        self.second: list[Array] = [None] * len(self.params)
        self.counts = [0] * len(self.params)

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        xp = module_of(value)
        if self.first[index] is None:
            self.first[index] = xp.zeros_like(value)
            self.second[index] = xp.zeros_like(value)
        self.counts[index] += 1
        beta1, beta2 = self.betas
        m, v, t = self.first[index], self.second[index], self.counts[index]
        m *= beta1
        m += (1 - beta1) * grad
        squared = grad * grad
        squared *= 1 - beta2
        v *= beta2
        v += squared
        denominator = xp.sqrt(v)
        denominator /= math.sqrt(1 - beta2**t)
        denominator += self.eps
        update = m / denominator
        update *= -self.lr / (1 - beta1**t)
        update += value
        return update


def clip_grad_norm(params: Iterable[Leaf], max_norm: float) -> float:
    """Scale all gradients together so that their joint Euclidean norm is at most ``max_norm``.

    Returns:
        The norm before clipping; NaN or infinity leaves the gradients as they are.

    Raises:
        ValueError: ``max_norm`` is not positive, or no parameter has a gradient.
    """
    if not max_norm > 0:
        raise ValueError(f"clip_grad_norm: max_norm={max_norm} must be positive")
    clipped = [leaf for leaf in params if leaf._grad is not None]
    norm = _norm([leaf._grad for leaf in clipped])
    if math.isfinite(norm) and norm > max_norm:
        for leaf in clipped:
            leaf._grad = leaf._grad * (max_norm / norm)
    return norm


def grad_norm(params: Iterable[Leaf]) -> float:
    """The joint Euclidean norm of all gradients.

    Raises:
        ValueError: no parameter has a gradient.
    """
    return _norm([leaf._grad for leaf in params if leaf._grad is not None])


def _norm(grads: list[Array]) -> float:
    if not grads:
        raise ValueError("no parameter has a gradient; walk back from a loss first")
    total: Any = 0.0
    for grad in grads:
        flat = grad.reshape(-1)
        total = total + flat @ flat
    return math.sqrt(float(total)) if total >= 0 else float("nan")


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value < high:
        raise ValueError(f"{name}={value} is outside [{low}, {high})")
