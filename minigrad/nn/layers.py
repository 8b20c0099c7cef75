"""Layers without memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import errors, primitives as ops
from ..arrays.creation import parameter
from ..checks import check_function, check_sizes
from ..engine.tensor import Leaf, Tensor
from .cells import project
from .initialisers import Seed, normal, ones, uniform, zeros
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

    Raises:
        TypeError, ValueError: a size is no integer, or below 1.
    """

    def __init__(
        self, inputs: int, outputs: int, *, bias: bool = True, rng: Seed = None, dtype: Any = "float32"
    ) -> None:
        check_sizes("Linear", inputs=inputs, outputs=outputs)
        rng = np.random.default_rng(rng)
        bound = 1 / math.sqrt(inputs)
        self.W = parameter(uniform(rng, (inputs, outputs), bound, dtype))
        self.b = parameter(uniform(rng, (outputs,), bound, dtype)) if bias else None

    def __call__(self, x: Any) -> Tensor:
        """x (..., inputs), or integers (...); returns (..., outputs)."""
        return project(x, self.W, self.b)  # type: ignore[no-any-return]


class Embedding(Module):
    """A table with a vector for each of ``count`` tokens.

    Args:
        count: number of tokens.
        size: length of a vector.
        rng: a NumPy generator or a seed for the initial values, standard normal.
        dtype: of the parameters.

    Attributes:
        table: (count, size).

    Raises:
        TypeError, ValueError: a size is no integer, or below 1.
    """

    def __init__(self, count: int, size: int, *, rng: Seed = None, dtype: Any = "float32") -> None:
        check_sizes("Embedding", count=count, size=size)
        self.table = parameter(normal(rng, (count, size), 1.0, dtype))

    def __call__(self, tokens: Any) -> Tensor:
        """Integers (...) in [0, count); returns (..., size)."""
        return ops.take_rows(self.table, tokens)  # type: ignore[no-any-return]


class TiedLinear(Module):
    """``x Wᵀ + b`` with a weight that belongs to another module (Press and Wolf 2017).

        table = nn.Embedding(tokens, size)
        readout = nn.TiedLinear(table.table)

    The weight appears once in ``parameters()`` and in a state dict, and its gradients add up.

    Args:
        weight: (outputs, inputs), the parameter to share.
        bias: whether there is a b, zeros at first.

    Attributes:
        weight: (outputs, inputs). b: (outputs,), or ``None``.

    Raises:
        TypeError: the weight is no parameter of two axes.
    """

    def __init__(self, weight: Leaf, *, bias: bool = True) -> None:
        if not (isinstance(weight, Leaf) and weight.wants_grad and weight.ndim == 2):
            what = f"a tensor of shape {weight.shape}" if isinstance(weight, Tensor) else type(weight).__name__
            raise errors.MisuseError(
                f"TiedLinear: the weight must be a parameter (outputs, inputs) of another module, not {what}"
            )
        self.weight = weight
        self.b = parameter(zeros(weight.shape[:1], weight.dtype)) if bias else None

    def __call__(self, x: Any) -> Tensor:
        """x (..., inputs); returns (..., outputs)."""
        y: Tensor = x @ self.weight.T
        return y if self.b is None else y + self.b


class LayerNorm(Module):
    """``gain · (x − mean) / √(variance + eps) + b`` over the last axis (Ba, Kiros and Hinton 2016).

    Args:
        size: of the last axis.
        eps: added to the variance.
        dtype: of the parameters.

    Attributes:
        gain: (size,), ones at first. b: (size,), zeros at first.

    Raises:
        TypeError, ValueError: the size is no integer, or below 1.
    """

    def __init__(self, size: int, *, eps: float = 1e-5, dtype: Any = "float32") -> None:
        check_sizes("LayerNorm", size=size)
        self.eps = float(eps)  # NumPy's own float64 would widen float32
        self.gain = parameter(ones((size,), dtype))
        self.b = parameter(zeros((size,), dtype))

    def __call__(self, x: Any) -> Tensor:
        """x (..., size); returns the same shape."""
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
        return self.gain * (centred / ops.sqrt(variance + self.eps)) + self.b  # type: ignore[no-any-return]


class Sequential(Module):
    """Layers, or functions such as ``mg.tanh``, one after the other.

    Attributes:
        layers: the layers, in the order in which they are applied.

    Raises:
        TypeError: a layer cannot be called.
    """

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        for place, layer in enumerate(layers):
            check_function(f"nn.Sequential, as layer {place},", layer)
        self.layers = list(layers)

    def __call__(self, x: Any) -> Any:
        """The layers applied one after another; without layers, the identity of a tensor."""
        for layer in self.layers:
            x = layer(x)
        return x if self.layers else ops.identity(x)
