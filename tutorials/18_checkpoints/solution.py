"""Chapter 18: memory for time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mine.engine import Parameter, Step, Tape, Tensor, collect, mark, square, tanh, tensor, walk


def example_step(weights: list[Tensor], item: Any, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """A step to try it on, with one state: the item is a pair of rows, the input and what the state should be."""
    U, W = weights
    x, y = item
    h = tanh(x @ U + states[0] @ W)
    return square(h - y).sum(), [h]


def recorded_segment(
    step: Step, items: Sequence[Any], values: list[Any], parameters: list[Parameter]
) -> tuple[Tape, list[Tensor], list[Tensor], list[Tensor]]:
    """Run some steps on a tape of their own, from states with these values.

    Returns:
        the tape, the states before the first step, the losses, and the states after the last step.
    """
    tape = Tape()
    weights = [tensor(tape, parameter) for parameter in parameters]
    first = states = [tensor(tape, value) for value in values]
    losses = []
    for item in items:
        mark(tape)
        loss, states = step(weights, item, states)
        losses.append(loss)
    return tape, first, losses, states


def advance(step: Step, item: Any, running: list[np.ndarray], parameters: list[Parameter]) -> None:
    """Run one step and keep nothing but the new states: they are written over the old ones, into the same arrays."""
    _, _, _, states = recorded_segment(step, [item], running, parameters)
    for array, state in zip(running, states, strict=True):
        array[...] = state.value


def forward_states(
    step: Step, items: Sequence[Any], start: list[Any], parameters: list[Parameter], segment: int
) -> list[list[np.ndarray]]:
    """The states before the steps 0, ``segment``, 2 · ``segment``, …: before each segment of ``items``.

    Each entry is a list of arrays, one for each state. Nothing overwrites them, and ``start`` is not overwritten
    either. The last segment is not run.
    """
    running = [np.array(value, "float64") for value in start]
    saved = [[array.copy() for array in running]]
    for end in range(segment, len(items), segment):
        for item in items[end - segment : end]:
            advance(step, item, running, parameters)
        saved.append([array.copy() for array in running])
    return saved


def segment_walk(
    step: Step, items: Sequence[Any], values: list[Any], parameters: list[Parameter], received: list[Any]
) -> tuple[float, list[Any]]:
    """Run a segment, walk back over it, and collect what it adds to the parameters' gradients.

    Args:
        values: the states before the segment, as arrays.
        received: of each state after the segment the cotangent that later segments have found, or ``None``.

    Returns:
        the sum of the segment's losses, and of each state before it the cotangent, or ``None``.
    """
    tape, first, losses, last = recorded_segment(step, items, values, parameters)
    seeds = [(state * g).sum() for state, g in zip(last, received, strict=True) if g is not None]
    cotangents = walk(*losses, *seeds)
    collect(tape, cotangents)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i) for state in first]


def checkpointed(
    step: Step, items: Sequence[Any], start: list[Any], parameters: list[Parameter], segment: int
) -> float:
    """Full back-propagation through time, exact, with the states before each segment and the records of one.

    Returns:
        the sum of all losses.
    """
    saved = forward_states(step, items, start, parameters, segment)
    received: list[Any] = [None] * len(start)
    total = 0.0
    for n in reversed(range(len(saved))):
        part = items[n * segment : (n + 1) * segment]
        loss, received = segment_walk(step, part, saved[n], parameters, received)
        total += loss
    return total


def steps_run(steps: int, segment: int) -> int:
    """How often ``checkpointed`` runs a step, over all, for ``steps`` items, at least one."""
    return steps + (steps - 1) // segment * segment
