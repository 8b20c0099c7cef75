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

import numpy as np

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
    def total(parts: list[Outer], joined: Joined) -> Array:
        return joined.rows([part.x for part in parts]).T @ joined.rows([part.g for part in parts])


class Summed(NamedTuple):
    """``g`` summed over the axes along which an operand of ``shape`` was broadcast."""

    g: Array
    shape: tuple[int, ...]

    @staticmethod
    def total(parts: list[Summed], joined: Joined) -> Array:
        shape = parts[0].shape
        gs = [part.g for part in parts]
        if len(gs) > 1 and len(shape) == 1 != shape[0] and all(g.ndim >= 2 for g in gs):
            return joined.rows(gs).sum(axis=0)
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
    def total(parts: list[Scatter], joined: Joined) -> Array:
        first = parts[0]
        xp = module_of(first.g)
        if len(parts) > 1 and len(first.shape) == 2 and all(_is_rows(part.index) for part in parts):
            index = xp.concatenate([part.index.reshape(-1).astype(xp.intp) for part in parts])
            parts = [Scatter(joined.rows([part.g for part in parts]), index, first.shape)]
        total = xp.zeros(first.shape, first.g.dtype)
        for part in parts:
            scatter_add(total, part.index, part.g)
        return total


Structured = Outer | Summed | Scatter
STRUCTURED = frozenset({Outer, Summed, Scatter})


class Joined:
    """Arrays joined along their rows, each list of arrays once: W_x, W_h and b share their cotangents."""

    def __init__(self) -> None:
        self._joined: dict[tuple[int, ...], tuple[list[Array], Array]] = {}

    def rows(self, arrays: list[Array]) -> Array:
        """Arrays (..., n) as one matrix (rows, n)."""
        if len(arrays) == 1:
            return _matrix(arrays[0])
        key = tuple(map(id, arrays))
        if key not in self._joined:  # the arrays are kept beside the result, so that ids stay theirs
            matrices = [_matrix(array) for array in arrays]
            self._joined[key] = (arrays, module_of(matrices[0]).concatenate(matrices))
        return self._joined[key][1]


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
            self.add(kind.total(parts, Joined()))

    def total(self, joined: Joined) -> Array:
        total = self.dense
        for kind, parts in self.parts.items():
            part = kind.total(parts, joined)
            total = part if total is None else total + part
        return total


def dense(cotangent: Array | Structured | Pending, joined: Joined) -> Array:
    """``cotangent`` as one array; ``joined`` is shared by the cotangents of one walk."""
    if type(cotangent) is Pending:
        return cotangent.total(joined)
    if type(cotangent) in STRUCTURED:
        kind: Any = type(cotangent)
        return kind.total([cotangent], joined)
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
    if xp is np and _is_rows(index) and 0 < target.size < 1 << 15 and len(target) <= 512 and len(target) * index.size < 1 << 22:
        # A small table: the product with the one-hot matrix is several times faster than add.at.
        rows = len(target)
        one_hot = (index.reshape(-1).astype(np.intp) % rows == np.arange(rows)[:, None]).astype(g.dtype)
        with np.errstate(invalid="ignore"):
            added = one_hot @ g.reshape(index.size, target.size // rows)
        if np.isfinite(added).all():  # else 0 · inf has spread NaN to rows that were not picked
            target += added.reshape(target.shape)
            return
    xp.add.at(target, index, g)


def is_basic(index: Any) -> bool:
    """True for an index of slices, integers, ``None`` and ``...`` only, which picks nothing twice."""
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is Ellipsis or isinstance(item, (int, slice)) for item in items)


def _is_rows(index: Any) -> bool:
    """True for an integer array, which picks rows."""
    return getattr(index, "ndim", None) is not None and index.dtype != bool


def _matrix(array: Array) -> Array:
    """An array (..., n) as a matrix (rows, n)."""
    return array if array.ndim == 2 else array.reshape(math.prod(array.shape[:-1]), array.shape[-1])
