"""The operations that random programs are made of, each under the text that it is printed as.

All are smooth, so that no program stands at a kink. ``ops`` is ``minigrad``, or ``Torch`` with the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Operation = Callable[..., Any]

RIGHT: dict[str, Operation] = {  # a value (..., n) times a weight
    "{0} @ {1}": lambda ops, x, w: x @ w,
    "{0} @ {1}.T": lambda ops, x, w: x @ w.T,
    "{0} @ {1}[{a}:{b}]": lambda ops, x, w, a, b: x @ w[a:b],
    "{0} @ {1}[:, {a}:{b}]": lambda ops, x, w, a, b: x @ w[:, a:b],
    "einsum('...i,ij->...j', {0}, {1})": lambda ops, x, w: ops.einsum("...i,ij->...j", x, w),
    "einsum('ij,...j->...i', {1}, {0})": lambda ops, x, w: ops.einsum("ij,...j->...i", w, x),
    "linear({0}, {1}, {2})": lambda ops, x, w, b: ops.linear(x, w, b),
}
LEFT: dict[str, Operation] = {  # a weight times a value in columns, (..., n, k) or (n,)
    "{1} @ {0}": lambda ops, x, w: w @ x,
    "{1}.T @ {0}": lambda ops, x, w: w.T @ x,
    "{1}[{a}:{b}] @ {0}": lambda ops, x, w, a, b: w[a:b] @ x,
    "{1}[:, {a}:{b}] @ {0}": lambda ops, x, w, a, b: w[:, a:b] @ x,
    "einsum('ij,...jk->...ik', {1}, {0})": lambda ops, x, w: ops.einsum("ij,...jk->...ik", w, x),
}
UNARY: dict[str, Operation] = {
    "tanh({0})": lambda ops, x: ops.tanh(x),
    "sigmoid({0})": lambda ops, x: ops.sigmoid(x),
    "softmax({0})": lambda ops, x: ops.softmax(x),
    "sqrt(square({0}) + 0.5)": lambda ops, x: ops.sqrt(ops.square(x) + 0.5),
    "{0} * 0.5": lambda ops, x: x * 0.5,
}
BINARY: dict[str, Operation] = {
    "{0} + {1}": lambda ops, x, y: x + y,
    "{0} - {1}": lambda ops, x, y: x - y,
    "{0} * {1}": lambda ops, x, y: x * y,
    "sigmoid({0}) * {1}": lambda ops, x, y: ops.sigmoid(x) * y,
    "{0} / (1 + square({1}))": lambda ops, x, y: x / (1.0 + ops.square(y)),
}
PICKS: dict[str, Operation] = {  # a table at the integers {1}, and at its own
    "take_rows({0}, {1})": lambda ops, table, index: ops.take_rows(table, index),
    "{0}[{1}]": lambda ops, table, index: table[index],
    "{0}[:, {1}]": lambda ops, table, index: table[:, index],
    "{0}[{rows}]": lambda ops, table, rows: table[list(rows)],
}
SHAPES: dict[str, Operation] = {
    "{0}.T": lambda ops, x: x.T,
    "swapaxes({0}, -1, -2)": lambda ops, x: ops.swapaxes(x, -1, -2),
    "{0}[None]": lambda ops, x: x[None],
    "{0}[{i}]": lambda ops, x, i: x[i],
    "{0}[{a}:{b}]": lambda ops, x, a, b: x[a:b],
    "{0}[..., {a}:{b}]": lambda ops, x, a, b: x[..., a:b],
    "reshape({0}, {to})": lambda ops, x, to: ops.reshape(x, to),
    "sum({0}, axis={axis})": lambda ops, x, axis: ops.sum(x, axis=axis),
    "mean({0}, axis={axis}, keepdims)": lambda ops, x, axis: ops.mean(x, axis=axis, keepdims=True),
    "concatenate([{0}, {1}], axis={axis})": lambda ops, x, y, axis: ops.concatenate([x, y], axis=axis),
    "stack([{0}, {1}])": lambda ops, x, y: ops.stack([x, y]),
}
OTHERS: dict[str, Operation] = {
    "where({0}, {1}, {2})": lambda ops, mask, x, y: ops.where(mask, x, y),
    "{0} * {2} + (1 - {0}) * {1}": lambda ops, gate, new, old: gate * old + (1.0 - gate) * new,
}
LOSSES: dict[str, Operation] = {  # scalars
    "mean(square({0} - {1}))": lambda ops, x, y: ops.mean(ops.square(x - y)),
    "sum({0} * {1})": lambda ops, x, y: ops.sum(x * y),
    "sum(tanh({0}))": lambda ops, x: ops.sum(ops.tanh(x)),
    "cross_entropy({0}, {1})": lambda ops, x, labels: ops.cross_entropy(x, labels),
    "{0} + 0.1 * sum(square({1}))": lambda ops, loss, w: loss + 0.1 * ops.sum(ops.square(w)),
}
OPERATIONS = RIGHT | LEFT | UNARY | BINARY | PICKS | SHAPES | OTHERS | LOSSES


class Torch:
    """PyTorch under minigrad's names."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.tanh, self.sigmoid, self.square, self.sqrt = torch.tanh, torch.sigmoid, torch.square, torch.sqrt
        self.einsum, self.reshape, self.swapaxes, self.where = (
            torch.einsum,
            torch.reshape,
            torch.swapaxes,
            torch.where,
        )
        self.stack, self.concatenate, self.sum, self.mean = torch.stack, torch.concatenate, torch.sum, torch.mean

    def softmax(self, x: Any) -> Any:
        return self.torch.softmax(x, -1)

    def linear(self, x: Any, w: Any, b: Any) -> Any:
        return x @ w + b

    def take_rows(self, table: Any, index: Any) -> Any:
        return table[index]

    def cross_entropy(self, x: Any, labels: Any) -> Any:
        return self.torch.nn.functional.cross_entropy(x.reshape(-1, x.shape[-1]), labels.reshape(-1))

    def array(self, array: np.ndarray, kind: str) -> Any:
        """An input: indices and masks as they are, what else meets weights as float64, as minigrad promotes it."""
        tensor = self.torch.from_numpy(np.array(array))
        return tensor.long() if kind == "index" else tensor if kind == "mask" else tensor.double()
