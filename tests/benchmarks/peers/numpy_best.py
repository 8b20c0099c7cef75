"""What the best programs by hand have in common: flat parameters, the input projection, the read-out, the update.

Every array is made once and written into by ``out=``. What no step needs from another is done for all steps in one
call: rows (batch times steps) lie along the first axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tests.benchmarks.peers.problem import CLIP, LR, NDArray, Problem


class Parameters:
    """All parameters as views of one flat array, and their gradients of another, so that an update is three calls."""

    def __init__(self, arrays: Sequence[NDArray]) -> None:
        self.flat = np.concatenate([array.ravel() for array in arrays])
        self.flat_gradient = np.empty_like(self.flat)
        self.values = _views(self.flat, arrays)
        self.gradients = _views(self.flat_gradient, arrays)

    def update(self) -> None:
        """One step of SGD, with the gradient clipped to a norm. The gradient is overwritten."""
        gradient = self.flat_gradient
        norm = math.sqrt(np.dot(gradient, gradient))
        np.multiply(gradient, LR * min(1.0, CLIP / norm), gradient)
        np.subtract(self.flat, gradient, self.flat)


def _views(flat: NDArray, like: Sequence[NDArray]) -> list[NDArray]:
    ends = np.cumsum([array.size for array in like])
    return [flat[end - array.size : end].reshape(array.shape) for end, array in zip(ends, like, strict=True)]


class Embedding:
    """Rows of a table for all steps at once; its gradient is a product with one-hot rows, quick for few tokens."""

    def __init__(self, problem: Problem, tokens: NDArray) -> None:
        self.tokens = tokens.ravel()
        self.eye = np.eye(problem.tokens, dtype=np.float32)
        self.one_hot = np.empty((self.tokens.size, problem.tokens), np.float32)

    def look_up(self, table: NDArray, rows: NDArray) -> None:
        """Write the row of each token into ``rows``."""
        np.take(table, self.tokens, 0, rows, "clip")

    def gradient(self, of_rows: NDArray, of_table: NDArray, of_bias: NDArray) -> None:
        """Write the gradient of the table, and that of a bias on all rows, which is its sum over tokens."""
        np.take(self.eye, self.tokens, 0, self.one_hot, "clip")
        np.dot(self.one_hot.T, of_rows, of_table)
        np.add.reduce(of_table, 0, out=of_bias)


class ReadOut:
    """Logits, the mean cross-entropy and their gradients for all steps at once, with tokens along the first axis.

    Then the largest logit of each row and the sum of the exponentials are found by calls on long contiguous rows.
    """

    def __init__(self, problem: Problem, targets: NDArray) -> None:
        self.count = targets.size
        self.logits = np.empty((problem.tokens, self.count), np.float32)
        self.row = np.empty(self.count, np.float32)
        self.at_targets = targets.ravel() * self.count + np.arange(self.count)
        self.ones = np.ones(self.count, np.float32)
        self.picked = np.empty(self.count, np.float32)

    def __call__(self, h: NDArray, W: NDArray, c: NDArray, dW: NDArray, dc: NDArray, dh: NDArray) -> float:
        """The loss; the gradients of ``W``, ``c`` and ``h`` (rows, hidden) are written into the last three."""
        z, row, flat = self.logits, self.row, self.logits.ravel()
        np.matmul(W.T, h.T, z)
        np.add(z, c[:, None], z)
        np.maximum.reduce(z, 0, out=row)
        np.subtract(z, row, z)
        np.take(flat, self.at_targets, 0, self.picked, "clip")
        np.exp(z, z)
        np.add.reduce(z, 0, out=row)
        loss = (np.log(row).sum() - self.picked.sum()) / self.count
        np.multiply(row, self.count, row)
        np.divide(z, row, z)
        flat[self.at_targets] -= np.float32(1 / self.count)
        np.dot(h.T, z.T, dW)
        np.dot(z, self.ones, dc)
        np.dot(z.T, W.T, dh)
        return float(loss)


def zeros(*shape: int) -> NDArray:
    """Zeros in float32."""
    return np.zeros(shape, np.float32)


def chunks(problem: Problem) -> list[slice]:
    """Slices of steps whose values stay in the cache while several calls pass over them."""
    import os

    size = max(1, int(os.environ.get("CH", 2**15)) // (problem.batch * problem.hidden))
    return [slice(start, min(start + size, problem.steps)) for start in range(0, problem.steps, size)]


def reordered(weight: NDArray, order: Sequence[int], signs: Sequence[int]) -> NDArray:
    """The columns of each gate in this order, and with these signs."""
    parts = np.split(weight, len(order), -1)
    return np.concatenate([sign * parts[gate] for gate, sign in zip(order, signs, strict=True)], -1)
