"""Chapter 13: cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mine.engine import Parameter, Tape, Tensor, collect, mark, tensor, walk

Step = Callable[[list[Tensor], Any, list[Tensor]], tuple[Tensor, list[Tensor]]]


def cut(tape: Tape, *states: Tensor) -> None:
    """Drop all records, and all values but those of the states, which go on as leaves."""
    kept = {state.i for state in states}
    tape.records = []
    tape.values = {i: value for i, value in tape.values.items() if i in kept}
    tape.parameters = {}
    tape.names = {i: name for i, name in tape.names.items() if i in kept}


def truncated(
    step: Step, stream: Iterable[Any], start: list[Any], parameters: list[Parameter], k: int
) -> Iterator[float]:
    """TBPTT(k): after each window of ``k`` steps its gradient is in ``.grad``, and the sum of its losses is yielded.

    Args:
        step: ``step(weights, item, states)`` returns the loss of the step and the states after it, in one list.
        stream: the items, one a step; what is left at its end is a shorter window.
        start: the arrays of the first states.
        parameters: what ``weights`` are made of. The caller may change them between windows.
    """
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    losses: list[Tensor] = []
    items = iter(stream)
    while window := [item for _, item in zip(range(k), items, strict=False)]:
        weights = [tensor(tape, parameter) for parameter in parameters]
        for item in window:
            mark(tape)
            loss, states = step(weights, item, states)
            losses.append(loss)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        losses.clear()
        cut(tape, *states)
        yield total
