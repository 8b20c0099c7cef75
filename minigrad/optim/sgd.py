"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable

from ..checks import check_number
from ..engine.backend import Array
from ..engine.tensor import Leaf
from ..errors import ArgumentError
from .base import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent: ``v ← momentum · v + g``, ``p ← p − lr · v``.

    Args:
        params: the parameters to update.
        lr: the learning rate.
        momentum: in [0, 1); 0 keeps no state.
        nesterov: step along ``g + momentum · v`` instead of ``v`` (Sutskever et al. 2013).
        weight_decay: adds ``weight_decay · p`` to the gradient.
    """

    def __init__(
        self,
        params: Iterable[Leaf],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, weight_decay, ["velocity"] if momentum else [])
        check_number("momentum", momentum, 0, 1)
        if nesterov and not momentum:
            raise ArgumentError("nesterov=True needs a momentum above 0")
        self.momentum = momentum
        self.nesterov = nesterov

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        grad = self._decayed(value, grad)
        if self.momentum:
            velocity = self._slot("velocity", index, value)
            velocity *= self.momentum
            velocity += grad
            grad = grad + self.momentum * velocity if self.nesterov else velocity
        update = grad * -self.lr
        update += value
        return update
