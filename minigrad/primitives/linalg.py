"""Primitives of linear algebra."""

from __future__ import annotations

import weakref
from typing import Any

from ..backend import Array, find_module
from ..cotangent import Outer, narrow
from ..primitive import primitive
from .shape import expand_dims, reshape, swapaxes

__all__ = [
    "matmul",
]


@primitive
def matmul(xp, x, y):
    """The matrix product ``x @ y``; leading axes broadcast, and an operand may be a vector."""
    return x @ y


def _transposed(x: Any) -> Any:
    return x.T if x.ndim == 2 else swapaxes(x, axis1=-1, axis2=-2)


class Transposes:
    """Contiguous transposes of the matrices that backward walks multiply by again and again.

    A product with a transposed view takes up to 1.5 times as long as one with a copy. A matrix is
    copied at its second use, and its copy is dropped together with it.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], Array]] = {}

    def get(self, matrix: Array) -> Array:
        """``matrix.T``, contiguous if it was asked for before."""
        key = id(matrix)
        known = self._known.get(key)
        if known is None:
            self._known[key] = (weakref.ref(matrix, lambda _: self._known.pop(key, None)), None)
            return matrix.T
        if known[1] is None:
            known = self._known[key] = (known[0], matrix.T.copy())
        return known[1]


transposes = Transposes()


def _matmul_left(g: Any, y: Any, shape: tuple[int, ...]) -> Any:
    if y.ndim == 1:
        return expand_dims(g, axis=-1) * y
    if len(shape) == 1:
        g = expand_dims(g, axis=-2)
        return narrow((g @ _transposed(y))[..., 0, :], shape)
    result = g @ (_transposed(y) if y.ndim > 2 or find_module(y) is None else transposes.get(y))
    return result if result.shape == shape else narrow(result, shape)


def _matmul_right(g: Any, x: Any, shape: tuple[int, ...]) -> Any:
    if len(shape) == 2 and x.ndim >= 2:
        return outer_sum(x, g)
    if len(shape) == 1:
        if x.ndim == 1:
            return g * x
        return narrow(expand_dims(g, axis=-1) * x, shape)
    if x.ndim == 1:
        return expand_dims(x, axis=-1) * expand_dims(g, axis=-2)
    return narrow(_transposed(x) @ g, shape)


matmul.defvjp(
    lambda g, y, shape: _matmul_left(g, y, shape),
    lambda g, x, shape: _matmul_right(g, x, shape),
)


def outer_sum(x: Any, g: Any) -> Any:
    """``xᵀ g`` summed over leading axes: unevaluated for arrays, recorded for tensors."""
    if find_module(g) is not None:
        return Outer(x, g)
    return _transposed(_as_matrix(x)) @ _as_matrix(g)


def _as_matrix(x: Any) -> Any:
    if x.ndim == 2:
        return x
    rows = 1
    for size in x.shape[:-1]:
        rows *= size
    return reshape(x, shape=(rows, x.shape[-1]))
