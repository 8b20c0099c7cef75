"""Adam and its variant with decoupled weight decay."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .. import errors
from ..checks import check_number
from ..engine.backend import Array, module_of
from ..engine.tensor import Leaf
from .base import Optimizer


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), with bias correction as in the paper's algorithm 1.

    A finite gradient whose square would leave the dtype (float32 from 2⁶³ on) counts as ±2⁶³ (float64: ±2⁵¹¹).

    Args:
        params: the parameters to update.
        lr: the learning rate.
        betas: decay of the first and second moment, each in [0, 1).
        eps: added to the root of the second moment, from 1.1e-19 on (in float64 1.5e-154).
        weight_decay: adds ``weight_decay · p`` to the gradient.
    """

    def __init__(
        self,
        params: Iterable[Leaf],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, weight_decay, ["first", "second"])
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise errors.MisuseError(f"betas={betas!r} must be two numbers")
        for beta in betas:
            check_number("betas", beta, 0, 1)
        self._check_eps(eps)
        self.betas = betas
        self.eps = eps

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        update = self._change(index, value, self._decayed(value, grad))
        update += value
        return update

    def _change(self, index: int, value: Array, grad: Array) -> Array:
        """``−lr · m̂ / (√v̂ + eps)``, a fresh array, with the moments moved on."""
        beta1, beta2 = self.betas
        grad = self._squarable(grad)
        m, v, t = self._slot("first", index, value), self._slot("second", index, value), self.counts[index]
        m *= beta1
        m += (1 - beta1) * grad
        squared = grad * grad
        squared *= 1 - beta2
        v *= beta2
        v += squared
        denominator = module_of(value).sqrt(v)
        denominator /= math.sqrt(1 - beta2**t)
        denominator += self.eps
        update = m / denominator
        update *= -self.lr / (1 - beta1**t)
        return update


class AdamW(Adam):
    """Adam with decoupled weight decay: the parameter shrinks by ``lr · weight_decay`` (Loshchilov and Hutter 2019).

    The decay does not pass through the moments, so it is the same for every parameter.

    Args:
        params: the parameters to update.
        lr: the learning rate.
        betas: decay of the first and second moment, each in [0, 1).
        eps: added to the root of the second moment, from 1.1e-19 on (in float64 1.5e-154).
        weight_decay: the decay, multiplied by ``lr`` as in PyTorch.
    """

    def __init__(
        self,
        params: Iterable[Leaf],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        update = self._change(index, value, grad)
        update += (1 - self.lr * self.weight_decay) * value
        return update
