"""Recurrent cells: one time step each, so that the loop over time is the user's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import primitives as ops
from ..backend import module_of
from ..tensor import Leaf, Tensor, is_tensor, parameter
from .initialisers import Seed, uniform
from .module import Module


def project(x: Any, weight: Tensor) -> Tensor:
    """``x @ weight``, or the rows ``weight[x]`` for integers, which stand for one-hot vectors."""
    value = x.value if is_tensor(x) else x
    if getattr(value, "dtype", np.dtype(float)).kind in "iu":
        return ops.take_rows(weight, x)  # type: ignore[no-any-return]
    return ops.matmul(x, weight)  # type: ignore[no-any-return]


class RNNCell(Module):
    """The simple recurrent cell ``h' = tanh(x W_x + h W_h + b)`` (Elman 1990).

    Args:
        inputs: size of x, or the number of tokens if x is given as integers.
        hidden: size of h.
        rng: a NumPy generator or a seed for the initial values, uniform in ±1/√hidden.
        dtype: of the parameters.

    Attributes:
        W_x: (inputs, hidden). W_h: (hidden, hidden). b: (hidden,).
    """

    def __init__(self, inputs: int, hidden: int, *, rng: Seed = None, dtype: Any = "float32") -> None:
        rng = np.random.default_rng(rng)
        self.hidden = hidden
        self.W_x = parameter(uniform(rng, (inputs, hidden), hidden, dtype))
        self.W_h = parameter(uniform(rng, (hidden, hidden), hidden, dtype))
        self.b = parameter(uniform(rng, (hidden,), hidden, dtype))

    def __call__(self, x: Any, h: Tensor) -> Tensor:
        """One step: x (batch, inputs), or integers (batch,); h (batch, hidden); returns the next h."""
        return ops.tanh(project(x, self.W_x) + h @ self.W_h + self.b)  # type: ignore[no-any-return]

    def initial_state(self, batch: int) -> Leaf:
        """Zeros (batch, hidden) beside the parameters: same dtype, same device."""
        xp = module_of(self.W_h.value)
        return Leaf(xp.zeros((batch, self.hidden), self.W_h.dtype), name="h0")
