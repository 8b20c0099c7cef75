"""RMSProp."""

from __future__ import annotations

from collections.abc import Iterable

from ..checks import check_number
from ..engine.backend import Array, module_of
from ..engine.tensor import Leaf
from .base import Optimizer


class RMSProp(Optimizer):
    """RMSProp (Tieleman and Hinton 2012): the gradient divided by the root of its running mean square.

        s ← decay · s + (1 − decay) · g²
        p ← p − lr · g / (√s + eps)

    A finite gradient whose square would leave the dtype (float32 from 2⁶³ on) counts as ±2⁶³ (float64: ±2⁵¹¹).

    Args:
        params: the parameters to update.
        lr: the learning rate.
        decay: of the running means, in [0, 1); ``alpha`` in PyTorch.
        eps: added to the root, from 1.1e-19 on (in float64 1.5e-154).
        momentum: in [0, 1); with it ``v ← momentum · v + g / (√s + eps)`` and ``p ← p − lr · v``.
        centered: subtract the squared running mean of g from s (Graves 2013, section 4.2).
        weight_decay: adds ``weight_decay · p`` to the gradient.
    """

    def __init__(
        self,
        params: Iterable[Leaf],
        lr: float = 1e-2,
        decay: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        slots = ["square", *(["mean"] if centered else []), *(["velocity"] if momentum else [])]
        super().__init__(params, lr, weight_decay, slots)
        check_number("decay", decay, 0, 1)
        self._check_eps(eps)
        check_number("momentum", momentum, 0, 1)
        self.decay = decay
        self.eps = eps
        self.momentum = momentum
        self.centered = centered

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        grad = self._squarable(self._decayed(value, grad))
        square = spread = self._slot("square", index, value)
        square *= self.decay
        square += (1 - self.decay) * (grad * grad)
        if self.centered:
            mean = self._slot("mean", index, value)
            mean *= self.decay
            mean += (1 - self.decay) * grad
            spread = module_of(value).maximum(square - mean * mean, 0)  # which rounding brings below 0
        change = grad / (module_of(value).sqrt(spread) + self.eps)
        if self.momentum:
            velocity = self._slot("velocity", index, value)
            velocity *= self.momentum
            velocity += change
            change = velocity
        update = change * -self.lr
        update += value
        return update
