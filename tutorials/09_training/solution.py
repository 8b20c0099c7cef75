"""Chapter 9: a network learns."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from mine.engine import Parameter, Tape, Tensor, collect, exp, log, square, tanh, tensor, walk, zero_grad


def mse(prediction: Tensor, target: np.ndarray) -> Tensor:
    """The mean of the squared differences, a number."""
    return square(prediction - target).sum() / target.size


def cross_entropy(logits: Tensor, one_hot: np.ndarray) -> Tensor:
    """The mean over the rows of ``-log softmax(logits)`` at the right class; no logit is too large for it.

    Args:
        logits: a row for each example, a column for each class.
        one_hot: of the same shape: 1 at each row's right class, 0 elsewhere.
    """
    shifted = logits - logits.value.max(axis=1, keepdims=True)
    log_p = shifted - log(exp(shifted).sum(axis=1, keepdims=True))
    return -(log_p * one_hot).sum() / len(one_hot)


def sgd_step(parameters: Iterable[Parameter], lr: float) -> None:
    """Move each parameter against its gradient by ``lr`` times it; its value is a new array then."""
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.value = parameter.value - lr * parameter.grad


def network(weights: list[Tensor], x: np.ndarray) -> Tensor:
    """One hidden layer: a column of predictions for the rows of ``x``."""
    w, b, v, c = weights
    return tanh(x @ w + b) @ v + c


def train(parameters: list[Parameter], x: np.ndarray, y: np.ndarray, steps: int, lr: float) -> list[float]:
    """Train the network on all of ``x`` and ``y``, ``steps`` times, and return the loss before each step."""
    losses = []
    for _ in range(steps):
        tape = Tape()
        loss = mse(network([tensor(tape, p) for p in parameters], x), y)
        losses.append(float(loss.value))
        zero_grad(parameters)
        collect(tape, walk(loss))
        sgd_step(parameters, lr)
    return losses
