"""Chapter 9: a network learns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mine.engine import Parameter, Tape, Tensor, collect, exp, log, square, tanh, tensor, walk, zero_grad

LAST_TRAINING_YEAR = 1920


def sunspots() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The years from 1705 on, for each the numbers of the five years before, and its own, in hundreds of sunspots."""
    years, numbers = np.loadtxt(Path(__file__).with_name("sunspots.csv"), delimiter=",", skiprows=1).T
    numbers = numbers / 100
    x = np.stack([numbers[n : len(numbers) - 5 + n] for n in range(5)], axis=1)
    return years[5:], x, numbers[5:, None]


def batches(
    x: np.ndarray, y: np.ndarray, size: int, count: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """So many batches, each of ``size`` rows of ``x`` and ``y`` that are picked at random."""
    for _ in range(count):
        picked = rng.choice(len(x), size, replace=False)
        yield x[picked], y[picked]


def initial(rng: np.random.Generator, inputs: int = 5, hidden: int = 8) -> list[Parameter]:
    """The parameters of an untrained network."""
    return [
        Parameter(rng.normal(size=(inputs, hidden)) / np.sqrt(inputs), "w"),
        Parameter(np.zeros(hidden), "b"),
        Parameter(rng.normal(size=(hidden, 1)) / np.sqrt(hidden), "v"),
        Parameter(np.zeros(1), "c"),
    ]


def network(weights: list[Tensor], x: Any) -> Tensor:
    """One hidden layer: a column of predictions for the rows of ``x``."""
    w, b, v, c = weights
    return tanh(x @ w + b) @ v + c


def mse(prediction: Tensor, target: np.ndarray) -> Tensor:
    """The mean of the squared differences over all entries: a tensor that holds one number.

    Args:
        prediction, target: of the same shape, whatever it is.
    """
    return square(prediction - target).sum() / target.size


def cross_entropy(logits: Tensor, one_hot: np.ndarray) -> Tensor:
    """The mean over the rows of ``-log softmax(logits)`` at the right class; no logit is too large or too small for it.

    Args:
        logits: a row for each example, a column for each class.
        one_hot: of the same shape: 1 at each row's right class, 0 elsewhere.
    """
    shifted = logits - logits.value.max(axis=1, keepdims=True)
    log_p = shifted - log(exp(shifted).sum(axis=1, keepdims=True))
    return -(log_p * one_hot).sum() / len(one_hot)


def sgd_step(parameters: Iterable[Parameter], lr: float) -> None:
    """Move each parameter that has a gradient by ``lr`` times the gradient, the way on which the loss falls.

    Its value is a new array then: the old one, which a tape may hold, is not changed, and neither is the gradient.
    """
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.value = parameter.value - lr * parameter.grad


def train(parameters: list[Parameter], data: Iterable[tuple[np.ndarray, np.ndarray]], lr: float) -> list[float]:
    """Update the parameters of the network once for each batch of ``data``, by the gradient of the batch's ``mse``.

    Each batch has a tape of its own.

    Args:
        parameters: of ``network``, in its order.
        data: pairs of inputs and targets.
        lr: of ``sgd_step``.

    Returns:
        of each batch the loss before its update.
    """
    losses = []
    for x, y in data:
        tape = Tape()
        loss = mse(network([tensor(tape, p) for p in parameters], x), y)
        losses.append(float(loss.value))
        zero_grad(parameters)
        collect(tape, walk(loss))
        sgd_step(parameters, lr)
    return losses


def score(parameters: list[Parameter], x: np.ndarray, y: np.ndarray) -> float:
    """How far the network is off on some years, in sunspots: the root of the mean squared error."""
    tape = Tape()
    return 100 * float(np.sqrt(mse(network([tensor(tape, p) for p in parameters], x), y).value))
