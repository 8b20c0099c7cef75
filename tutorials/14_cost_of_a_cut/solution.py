"""Chapter 14: what a cut costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from mine.engine import Step, Tape, Tensor, square, tanh, tensor, walk

UNITS = 23
PUSH = np.where(np.arange(UNITS) < 10, 1.0, -1.0)[:, None]  # a column: + for the first 10 units, - for the other 13
PASSED_ON = (np.eye(UNITS) + np.eye(UNITS, k=1)) / 2  # half of a unit's own value, half of its right neighbour's
FIRST = np.eye(UNITS)[:, :1]  # a column that picks the first unit


def balance_step(weights: list[Tensor], item: Any, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """A ``Step`` of the 23 units, for the weight θ: the loss is what the column ``item`` picks of them."""
    (theta,), (s,) = weights, states
    s = PASSED_ON @ s + theta * PUSH
    return (s * item).sum(), [s]


def first_unit(steps: int) -> list[np.ndarray]:
    """The stream of ``balance_step`` on which the only loss is the value of the first unit after the last step."""
    return [*[np.zeros_like(FIRST)] * (steps - 1), FIRST]


def chain_step(weights: list[Tensor], item: Any, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """The ``Step`` of chapter 13: ``tanh(a h + x)``, with the loss ``(h - y)²``."""
    (a,), (x, y), (h,) = weights, item, states
    h = tanh(a * h + x)
    return square(h - y), [h]


def kernel(j: int, k: int) -> float:
    """The weight of lag ``j`` in the gradient of TBPTT(k), averaged over all ways to place the windows.

    It is the share of the ``k`` places in a window at which a loss can stand and see ``j`` steps back.
    """
    return max(0.0, 1 - j / k)


def lag_gradients(step: Step, stream: Iterable[Any], start: Sequence[Any], weight: Any) -> list[np.ndarray]:
    """The full gradient of the sum of all losses, divided by lag: ``g_0, g_1, …``, as many as there are steps.

    ``g_j`` is the sum, over all losses, of what a loss owes to the use of the weight ``j`` steps before its own. A
    step may leave its weight unused, and a loss may not depend on an earlier use: it owes zeros to it then.

    Args:
        step: as for ``truncated``, with one weight.
        stream: an item for each step.
        start: the arrays of the first states.
        weight: an array, or a number.
    """
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    uses: list[Tensor] = []
    by_lag: list[Any] = []
    for item in stream:
        uses.append(tensor(tape, weight))
        loss, states = step([uses[-1]], item, states)
        received = walk(loss)
        by_lag.append(np.zeros(np.shape(weight)))
        for j, use in enumerate(reversed(uses)):
            by_lag[j] = by_lag[j] + received.get(use.i, 0.0)
    return by_lag


def sign_turns_at(by_lag: Sequence[float]) -> int:
    """The smallest ``k`` from which on the sum of the first ``k`` numbers has the sign of the sum of all.

    At ``k`` and at whatever is more, that is; a sum of 0 has no sign. The sum of all is not 0.
    """
    sums = np.cumsum(by_lag)
    wrong = np.flatnonzero(sums * sums[-1] <= 0)
    return int(wrong[-1]) + 2 if len(wrong) else 1
