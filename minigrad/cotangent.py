"""Cotangents that are summed late.

In an unrolled network a shared weight receives one outer product for every step, a bias one sum over
rows, an embedding a few rows. A rule may hand back such a contribution unevaluated; the walk collects
them by kind, and when a dense array is needed they become *one* matrix product, reduction or scatter.

Only raw arrays are treated so. Under ``create_graph`` a rule works on tensors, and the same
constructor functions build the dense result with recorded operations.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .backend import Array, find_module, module_of

FLUSH = 256  # contributions kept before they are added up, so that memory stays bounded


class Outer(NamedTuple):
    """``xᵀ g``, the cotangent of ``w`` in ``x @ w``: x (..., n), g (..., m), result (n, m)."""

    x: Array
    g: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.x.shape[-1], self.g.shape[-1])

    @staticmethod
    def total(parts: list[Outer]) -> Array:
        return _rows([part.x for part in parts]).T @ _rows([part.g for part in parts])


class Summed(NamedTuple):
    """``g`` summed over the axes along which an operand of ``shape`` was broadcast."""

    g: Array
    shape: tuple[int, ...]

    @staticmethod
    def total(parts: list[Summed]) -> Array:
        shape = parts[0].shape
        if len(parts) == 1:
            return unbroadcast(parts[0].g, shape)
        gs = [part.g for part in parts]
        first_axis_vanishes = gs[0].ndim > len(shape) or shape[0] == 1 != gs[0].shape[0]
        if first_axis_vanishes and all(g.shape[1:] == gs[0].shape[1:] for g in gs):
            return unbroadcast(module_of(gs[0]).concatenate(gs), shape)
        total = unbroadcast(gs[0], shape)
        for g in gs[1:]:
            total = total + unbroadcast(g, shape)
        return total


class Scatter(NamedTuple):
    """Zeros of ``shape`` with ``g`` added at ``index``: the cotangent of ``x`` in ``x[index]``."""

    g: Array
    index: Any
    shape: tuple[int, ...]

    @staticmethod
    def total(parts: list[Scatter]) -> Array:
        first = parts[0]
        xp = module_of(first.g)
        if len(parts) > 1 and all(_picks_rows(part) for part in parts):
            parts = [
                Scatter(
                    xp.concatenate([part.g.reshape(-1, *part.shape[1:]) for part in parts]),
                    xp.concatenate([part.index.reshape(-1) for part in parts]),
                    first.shape,
                )
            ]
        total = xp.zeros(first.shape, first.g.dtype)
        for part in parts:
            scatter_add(total, part.index, part.g)
        return total


Structured = Outer | Summed | Scatter
STRUCTURED = frozenset({Outer, Summed, Scatter})


class Pending:
    """The contributions that one value has received so far, of any kind, not yet added up."""

    __slots__ = ("dense", "parts")

    def __init__(self) -> None:
        self.dense: Array = None
        self.parts: dict[type[Structured], list[Any]] = {}

    def add(self, contribution: Array | Structured) -> None:
        kind = type(contribution)
        if kind not in STRUCTURED:
            self.dense = contribution if self.dense is None else self.dense + contribution
            return
        parts = self.parts.setdefault(kind, [])
        parts.append(contribution)
        if len(parts) == FLUSH:
            del self.parts[kind]
            self.add(kind.total(parts))

    def total(self) -> Array:
        total = self.dense
        for kind, parts in self.parts.items():
            part = kind.total(parts)
            total = part if total is None else total + part
        return total


def dense(cotangent: Array | Structured | Pending) -> Array:
    """``cotangent`` as one array."""
    if type(cotangent) is Pending:
        return cotangent.total()
    if type(cotangent) in STRUCTURED:
        kind: Any = type(cotangent)
        return kind.total([cotangent])
    return cotangent


def narrow(g: Any, shape: tuple[int, ...]) -> Any:
    """The cotangent of an operand of ``shape`` that was broadcast: late for arrays, recorded for tensors."""
    return unbroadcast(g, shape) if find_module(g) is None else Summed(g, shape)


def unbroadcast(g: Array, shape: tuple[int, ...]) -> Array:
    """``g`` summed down to ``shape``, the adjoint of NumPy broadcasting; array or tensor."""
    extra = g.ndim - len(shape)
    axes = (*range(extra), *(extra + k for k, size in enumerate(shape) if size == 1 != g.shape[extra + k]))
    summed = g.sum(axis=axes) if axes else g
    return summed if summed.shape == shape else summed.reshape(shape)


def scatter_add(target: Array, index: Any, g: Array) -> None:
    """``target[index] += g`` in place, where an element that is picked twice receives both."""
    if is_basic(index):
        target[index] += g
        return
    xp = module_of(target)
    if getattr(index, "ndim", None) is not None and index.dtype != bool and 0 < target.size < 1 << 15:
        # A small table: the product with the one-hot matrix is several times faster than add.at.
        rows = len(target)
        one_hot = (index.reshape(-1) % rows == xp.arange(rows)[:, None]).astype(g.dtype)
        width = target.size // rows
        target += (one_hot @ g.reshape(-1, width)).reshape(target.shape)
        return
    xp.add.at(target, index, g)


def is_basic(index: Any) -> bool:
    """True for an index of slices, integers, ``None`` and ``...`` only, which picks nothing twice."""
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is Ellipsis or isinstance(item, (int, slice)) for item in items)


def _picks_rows(part: Scatter) -> bool:
    return getattr(part.index, "ndim", None) is not None and part.index.dtype != bool


def _rows(arrays: list[Array]) -> Array:
    """Arrays (..., n) as one matrix (rows, n)."""
    matrices = [
        array if array.ndim == 2 else array.reshape(math.prod(array.shape[:-1]), array.shape[-1]) for array in arrays
    ]
    return matrices[0] if len(matrices) == 1 else module_of(matrices[0]).concatenate(matrices)
