"""Layers without memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import primitives as ops
from ..tensor import Tensor, parameter
from .cells import project
from .initialisers import Seed, normal, uniform
from .module import Module


class Linear(Module):
    """``x W + b``.

    Args:
        inputs, outputs: sizes of the last axis of x and of the result.
        bias: whether there is a b.
        rng: a NumPy generator or a seed for the initial values, uniform in ±1/√inputs.
        dtype: of the parameters.

    Attributes:
        W: (inputs, outputs). b: (outputs,), or ``None``.
    """

    def __init__(
        self, inputs: int, outputs: int, *, bias: bool = True, rng: Seed = None, dtype: Any = "float32"
    ) -> None:
        rng = np.random.default_rng(rng)
        self.W = parameter(uniform(rng, (inputs, outputs), inputs, dtype))
        self.b = parameter(uniform(rng, (outputs,), inputs, dtype)) if bias else None

    def __call__(self, x: Any) -> Tensor:
        """x (..., inputs), or integers (...); returns (..., outputs)."""
        y = project(x, self.W)
        return y if self.b is None else y + self.b


class Embedding(Module):
    """A table with a vector for each of ``count`` tokens.

    Args:
        count: number of tokens.
        size: length of a vector.
        rng: a NumPy generator or a seed for the initial values, standard normal.
        dtype: of the parameters.

    Attributes:
        table: (count, size).
    """

    def __init__(self, count: int, size: int, *, rng: Seed = None, dtype: Any = "float32") -> None:
        self.table = parameter(normal(rng, (count, size), 1.0, dtype))

    def __call__(self, tokens: Any) -> Tensor:
        """Integers (...) in [0, count); returns (..., size)."""
        return ops.take_rows(self.table, tokens)  # type: ignore[no-any-return]
