"""Cotangents that are summed late.

In an unrolled network a shared weight receives one outer product for every step, a bias one sum over
rows, an embedding a few rows. A rule may hand back such a contribution unevaluated; the walk collects
them by kind, and when a dense array is needed they become *one* matrix product, reduction or scatter.

Only raw arrays are treated so. Under ``create_graph`` a rule works on tensors, and the same
constructor functions build the dense result with recorded operations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import paranoid
from .backend import Array, find_module, module_of
from .capture import Traced, capturing
from .rows import as_matrix, is_rows, product
from .scatter import scatter_add

WAITING_ROWS = 448  # of cotangents may wait before they are added up, so that memory stays bounded,
WAITING_BYTES = 1 << 20  # but no more bytes than these, or than the sum takes


class Outer:
    """``xᵀ g``, the cotangent of ``w`` in ``x @ w``: x (..., n), g (..., m), result (n, m)."""

    __slots__ = ("g", "x")

    def __init__(self, x: Array, g: Array) -> None:
        self.x = x
        self.g = g

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.x.shape[-1], self.g.shape[-1])

    @property
    def fields(self) -> tuple[Any, ...]:
        return self.x, self.g

    def refilled(self, x: Any, g: Any) -> Outer:
        return Outer(x, g)

    @staticmethod
    def total(parts: list[Outer], joined: Joined) -> Array:
        with joined.rows([part.x for part in parts]) as x, joined.rows([part.g for part in parts]) as g:
            return product(x, g)


class Summed:
    """``g`` summed over the axes along which an operand of ``shape`` was broadcast."""

    __slots__ = ("g", "shape")

    def __init__(self, g: Array, shape: tuple[int, ...]) -> None:
        self.g = g
        self.shape = shape

    @property
    def fields(self) -> tuple[Any, ...]:
        return (self.g,)

    def refilled(self, g: Any) -> Summed:
        return Summed(g, self.shape)

    @staticmethod
    def total(parts: list[Summed], joined: Joined) -> Array:
        shape = parts[0].shape
        gs = [part.g for part in parts]
        if len(gs) > 1 and len(shape) == 1 and shape[0] != 1 and min([g.ndim for g in gs]) >= 2:
            with joined.rows(gs) as rows:  # to multiply by ones is faster than to sum over the first axis
                return product(module_of(rows).ones(len(rows), rows.dtype), rows)
        total = unbroadcast(gs[0], shape)
        for g in gs[1:]:
            total = total + unbroadcast(g, shape)
        return total


class Scatter:
    """Zeros of ``shape`` with ``g`` added at ``index``: the cotangent of ``x`` in ``x[index]``."""

    __slots__ = ("g", "index", "shape")

    def __init__(self, g: Array, index: Any, shape: tuple[int, ...]) -> None:
        self.g = g
        self.index = index
        self.shape = shape

    @property
    def fields(self) -> tuple[Any, ...]:
        return self.g, self.index

    def refilled(self, g: Any, index: Any) -> Scatter:
        return Scatter(g, index, self.shape)

    @staticmethod
    def total(parts: list[Scatter], joined: Joined) -> Array:
        first = parts[0]
        xp = module_of(first.g)
        total = xp.zeros(first.shape, first.g.dtype)
        if len(parts) > 1 and len(first.shape) == 2 and all(map(is_rows, [part.index for part in parts])):
            index = xp.concatenate([part.index.reshape(-1) for part in parts])
            with joined.rows([part.g for part in parts]) as rows:
                scatter_add(total, index, rows)
            return total
        for part in parts:
            scatter_add(total, part.index, part.g)
        return total


Structured = Outer | Summed | Scatter
STRUCTURED = frozenset({Outer, Summed, Scatter})


class Join:
    """Arrays joined along their rows as one matrix, to be read inside a ``with`` block.

    The memory belongs to the join as long as a block reads it, and is not handed out meanwhile.
    """

    __slots__ = ("arrays", "matrix", "memory", "readers")

    def __init__(self, arrays: list[Array], matrix: Array, memory: Array = None) -> None:
        self.arrays = arrays  # kept, so that their ids stay theirs
        self.matrix = matrix
        self.memory = memory
        self.readers = 0

    def __enter__(self) -> Array:
        self.readers += 1
        return self.matrix

    def __exit__(self, *exception: object) -> None:
        self.readers -= 1


class Joined:
    """The last few joins of a walk, as W_x, W_h and b share their cotangents, and the memory of earlier ones.

    Memory is either that of one join or spare. It becomes spare when a newer join takes the place of one that
    nobody reads, or at the end of the walk; then it is kept for the joins of the next one, because fresh pages
    from the operating system would cost about as much as the products.
    """

    KEPT = 2

    def __init__(self) -> None:
        self._joined: dict[tuple[int, ...], Join] = {}  # the one that was asked for last comes last
        self._spare: list[Array] = []

    def rows(self, arrays: list[Array]) -> Join:
        """Arrays (..., n) as one matrix (rows, n), valid inside ``with joined.rows(arrays) as matrix:``."""
        if len(arrays) == 1:
            return Join(arrays, as_matrix(arrays[0]))
        key = tuple(map(id, arrays))
        join = self._joined.pop(key, None)
        if join is None:
            self._release(self.KEPT - 1)
            join = self._join(arrays)
        self._joined[key] = join
        return join

    def _join(self, arrays: list[Array]) -> Join:
        matrices = [array if array.ndim == 2 else as_matrix(array) for array in arrays]
        first = matrices[0]
        shape = (sum(map(len, matrices)), first.shape[1])
        xp = module_of(first)
        dtype = xp.result_type(*matrices)  # a weight may meet integers here and numbers there
        nbytes = math.prod(shape) * dtype.itemsize
        memory = self._spare.pop(0) if self._spare else None
        if memory is None or memory.size < nbytes or module_of(memory) is not xp:
            memory = xp.empty(nbytes, "uint8")
        matrix = xp.concatenate(matrices, out=memory[:nbytes].view(dtype).reshape(shape))
        return Join(arrays, matrix, memory)

    def _release(self, keep: int) -> None:
        """Make spare the memory of all but the last ``keep`` joins, but of none that is being read."""
        idle = [key for key, join in self._joined.items() if not join.readers]
        for key in idle[: max(0, len(self._joined) - keep)]:
            memory = self._joined.pop(key).memory
            paranoid.poison(memory)
            self._spare.append(memory)

    def forget(self) -> None:
        """Let the arrays go at the end of a walk, but not the memory."""
        self._release(0)


class Pending:
    """The contributions that one value has received so far, of any kind, not yet added up."""

    __slots__ = ("dense", "limit", "parts", "waiting")

    def __init__(self) -> None:
        self.dense: Array = None
        self.parts: dict[type[Structured], list[Any]] = {}
        self.waiting = 0
        self.limit = 0

    def add(self, contribution: Array | Structured, joined: Joined) -> None:
        """Add one contribution; what waits is added up when it takes too much memory."""
        kind = type(contribution)
        if kind not in STRUCTURED:
            self.dense = contribution if self.dense is None else self.dense + contribution
            return
        parts = self.parts.get(kind)
        if parts is None:
            parts = self.parts[kind] = []
            self.limit = self.limit or _limit(contribution)
        parts.append(contribution)
        self.waiting += contribution.g.nbytes
        if self.waiting >= self.limit:
            self.dense = self.total(joined)
            self.parts.clear()
            self.waiting = 0

    def total(self, joined: Joined) -> Array:
        """The sum of all contributions, a fresh array unless there was only one."""
        total = self.dense
        for parts in self.parts.values():
            part = total_of(parts, joined)
            total = part if total is None else total + part
        return total


def _limit(contribution: Structured) -> int:
    """How many bytes of contributions may wait."""
    g = contribution.g
    row = g.nbytes // max(1, math.prod(g.shape[:-1]))
    limit: int = max(min(WAITING_ROWS * row, WAITING_BYTES), math.prod(contribution.shape) * g.itemsize)
    return limit


def dense(cotangent: Any, joined: Joined) -> Array:
    """``cotangent`` as one array; ``joined`` is shared by the cotangents of one walk."""
    if type(cotangent) is Pending:
        return cotangent.total(joined)
    return total_of([cotangent], joined) if type(cotangent) in STRUCTURED else cotangent


def total_of(parts: list[Any], joined: Joined) -> Array:
    """The sum of structured cotangents of one kind; while a program is captured, one instruction."""
    if isinstance(parts[0].g, Traced):
        return capturing.get().summed(parts)  # type: ignore[union-attr]
    return parts[0].total(parts, joined)


def accumulated(previous: Any, contribution: Any, joined: Joined) -> Any:
    """The sum of two cotangents of one value, late if one of them is structured."""
    if type(previous) not in STRUCTURED and type(contribution) not in STRUCTURED:
        return previous + contribution
    pending = Pending()
    pending.add(previous, joined)
    pending.add(contribution, joined)
    return pending


def narrow(g: Any, shape: tuple[int, ...]) -> Any:
    """The cotangent of an operand of ``shape`` that was broadcast: late for arrays, recorded for tensors."""
    is_array = type(g) is np.ndarray or find_module(g) is not None
    return Summed(g, shape) if is_array else unbroadcast(g, shape)


def unbroadcast(g: Array, shape: tuple[int, ...]) -> Array:
    """``g`` summed down to ``shape``, the adjoint of NumPy broadcasting; array or tensor."""
    extra = g.ndim - len(shape)
    axes = (*range(extra), *(extra + k for k, size in enumerate(shape) if size == 1 and g.shape[extra + k] != 1))
    summed = g.sum(axis=axes) if axes else g
    return summed if summed.shape == shape else summed.reshape(shape)
