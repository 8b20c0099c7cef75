"""Chapter 19: forward, online: tangents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from mine.engine import Parameter, Step, Tape, Tensor, collect, square, tanh, tensor


def multiply_jvp(tangents: list[Any], out: Any, x: Any, y: Any) -> Any:
    """The tangent of ``out = x * y``, where x and y have the ``tangents``."""
    return tangents[0] * y + x * tangents[1]


def matmul_jvp(tangents: list[Any], out: Any, x: Any, y: Any) -> Any:
    """The tangent of ``out = x @ y``, where x and y have the ``tangents``."""
    return tangents[0] @ y + x @ tangents[1]


JVP: dict[str, Callable[..., Any]] = {
    "add": lambda tangents, out, x, y: tangents[0] + tangents[1],
    "subtract": lambda tangents, out, x, y: tangents[0] - tangents[1],
    "multiply": multiply_jvp,
    "divide": lambda tangents, out, x, y: (tangents[0] - out * tangents[1]) / y,
    "matmul": matmul_jvp,
    "tanh": lambda tangents, out, x: (1 - out * out) * tangents[0],
    "exp": lambda tangents, out, x: out * tangents[0],
    "log": lambda tangents, out, x: tangents[0] / x,
    "square": lambda tangents, out, x: 2.0 * x * tangents[0],
    "transpose": lambda tangents, out, x: tangents[0].T,
    "sum": lambda tangents, out, x, **params: np.sum(tangents[0], **params),
    "take": lambda tangents, out, x, **params: np.take(tangents[0], **params),
}


def push(tape: Tape, tangents: dict[int, Any]) -> dict[int, Any]:
    """The tangents, by id, of all on the tape that depends on the given leaves, and of those leaves.

    Args:
        tape: only read.
        tangents: of some leaves, by id. The others do not move: their tangents are zeros, in their own shapes.
    """
    found = dict(tangents)
    for op, inputs, out, _, params in tape.records:
        if any(i in found for i in inputs):
            operands = [tape.values[i] for i in inputs]
            moving = [found.get(i, np.zeros(np.shape(tape.values[i]))) for i in inputs]
            found[out] = JVP[op](moving, tape.values[out], *operands, **params)
    return found


def flat(arrays: Iterable[Any]) -> np.ndarray:
    """All numbers of some arrays, one after the other."""
    return np.concatenate([np.zeros(0), *(np.ravel(each) for each in arrays)])


def parts(vector: np.ndarray, like: Sequence[Any]) -> list[np.ndarray]:
    """The opposite of ``flat``: the numbers of a vector as arrays with the shapes of ``like``."""
    ends = np.cumsum([int(np.prod(each.shape)) for each in like])
    return [part.reshape(each.shape) for part, each in zip(np.split(vector, ends[:-1]), like, strict=True)]


def influence(
    tape: Tape, weights: list[Tensor], before: list[Tensor], S: np.ndarray, after: list[Tensor]
) -> np.ndarray:
    """The derivatives of what a step has computed by all numbers of the weights, of this step and of earlier ones.

    Args:
        tape: of that step.
        weights, before: its leaves: the weights, and the states before it.
        S: the derivatives of the states before it by the weights: row i is for number i of ``flat`` of the states,
            column j for number j of ``flat`` of the weights.
        after: what the derivatives are asked of.

    Returns:
        an array with a row for each number of ``flat`` of ``after`` and a column for each number of the weights.
    """
    columns = []
    for unit, column in zip(np.eye(S.shape[1]), S.T, strict=True):
        moving = [*parts(unit, weights), *parts(column, before)]
        tangents = push(tape, {each.i: t for each, t in zip([*weights, *before], moving, strict=True)})
        columns.append(flat(tangents.get(each.i, np.zeros(each.shape)) for each in after))
    return np.array(columns).T


def example_step(weights: list[Tensor], item: Any, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """A step to try it on, with one state: the item is a pair of rows, the input and what the state should be."""
    U, W = weights
    x, y = item
    h = tanh(x @ U + states[0] @ W)
    return square(h - y).sum(), [h]


def begun(values: list[Any], parameters: list[Parameter]) -> tuple[Tape, list[Tensor], list[Tensor]]:
    """A new tape with the present values of the parameters, and with states that have these values."""
    tape = Tape()
    return tape, [tensor(tape, each) for each in parameters], [tensor(tape, each) for each in values]


def rtrl(step: Step, items: Iterable[Any], start: list[Any], parameters: list[Parameter]) -> Iterator[float]:
    """Real-time recurrent learning: after each step, the whole gradient of its loss is added to the parameters' grad.

    The loss of the step is yielded then. The caller may change the parameters, and zero their gradients; later steps
    run with the new values. No tape is kept from one step to the next.
    """
    values = [np.array(value, "float64") for value in start]
    S = np.zeros((sum(value.size for value in values), sum(each.value.size for each in parameters)))
    for item in items:
        tape, weights, before = begun(values, parameters)
        loss, after = step(weights, item, before)
        found = influence(tape, weights, before, S, [loss, *after])
        gradients = parts(found[0], weights)
        collect(tape, {weight.i: g for weight, g in zip(weights, gradients, strict=True)})
        S, values = found[1:], [state.value for state in after]
        yield float(loss.value)
