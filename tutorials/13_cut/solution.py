"""Chapter 13: cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from mine.engine import Parameter, Tape, Tensor, collect, mark, square, tanh, tensor, walk

Step = Callable[[list[Tensor], Any, list[Tensor]], tuple[Tensor, list[Tensor]]]


def chain_step(weights: list[Tensor], item: Any, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """A ``Step`` for the weight a, the item (x, y) and the state h: ``tanh(a h + x)``, with the loss ``(h - y)²``."""
    (a,), (x, y), (h,) = weights, item, states
    h = tanh(a * h + x)
    return square(h - y), [h]


def run_window(
    tape: Tape, step: Step, parameters: Sequence[Parameter], items: Iterable[Any], states: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Record a step for each item; return the losses, one for each step, and the last states.

    Args:
        tape: to record on.
        step: ``step(weights, item, states)`` returns the loss of the step and the states after it, in a list.
        parameters: what ``weights`` are made of, with the values that they have now.
        items: of these steps.
        states: on this tape, to begin from.
    """
    weights = [tensor(tape, parameter) for parameter in parameters]
    losses = []
    for item in items:
        mark(tape)
        loss, states = step(weights, item, states)
        losses.append(loss)
    return losses, states


def cut(tape: Tape, *states: Tensor) -> None:
    """Forget what the tape has recorded; only the states stay, as leaves.

    No records are left, and no values, names and parameters of any id but those of the states. Steps and ids are
    counted on from where they are.
    """
    kept = {state.i for state in states}
    tape.records = []
    tape.values = {i: value for i, value in tape.values.items() if i in kept}
    tape.names = {i: name for i, name in tape.names.items() if i in kept}
    tape.parameters = {i: parameter for i, parameter in tape.parameters.items() if i in kept}


def truncated(
    step: Step, stream: Iterable[Any], start: Sequence[Any], parameters: Sequence[Parameter], k: int
) -> Iterator[float]:
    """TBPTT(k), all on one tape: yields the sum of each window's losses, a float, when its gradient is in ``.grad``.

    The gradient is added to what is there. While the loop that takes the sums has its turn, nothing but the states is
    on the tape, and it may change the parameters.

    Args:
        step: as for ``run_window``.
        stream: an item for each step; it may be endless. Windows take ``k`` of them, the last one what is left.
        start: the arrays of the first states. Each window goes on from the states of the one before.
        parameters: as for ``run_window``.
        k: the number of steps in a window.
    """
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states)
        yield total


def thrown_away(
    step: Step, before: Sequence[Any], after: Sequence[Any], start: Sequence[Any], parameters: Sequence[Parameter]
) -> list[np.ndarray]:
    """The gradient that a cut between two windows throws away: an array for each parameter, 0 where nothing is lost.

    It is the part of the gradient of the losses ``after`` the cut that goes through the states at the cut, to the uses
    of the parameters ``before`` it. No ``.grad`` is changed.

    Args:
        step, start, parameters: as for ``truncated``.
        before, after: the items of the two windows.
    """
    first, second = Tape(), Tape()
    _, ends = run_window(first, step, parameters, before, [tensor(first, value) for value in start])
    border = [tensor(second, end.value) for end in ends]
    losses, _ = run_window(second, step, parameters, after, border)
    received = walk(*losses)
    lost = walk(*[(end * received.get(leaf.i, 0.0)).sum() for end, leaf in zip(ends, border, strict=True)])
    return [lost.get(tensor(first, each).i, np.zeros_like(each.value)) for each in parameters]
