"""Full back-propagation through time with room for a few states only: steps are run again instead of kept.

The schedule is revolve (Griewank and Walther 2000), in the form that Gruslys et al. (2016) gave it for recurrent
networks whose hidden states are stored. With room for m states, t steps take ``C(t, m)`` forward steps:
``C(t, m) = min_y [y + C(t − y, m − 1) + C(y, m)]`` and ``C(t, 1) = t (t + 1) / 2``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .. import errors
from ..checks import check_sizes
from ..engine.tape import Tape
from ..engine.tensor import Leaf, Tensor, is_tensor
from ..transforms.trees import tree_leaves
from .state import detached, initial, is_float
from .unroll import Step, Unroll, data_alone


def forward_steps(steps: int, states: int) -> int:
    """``C(steps, states)``: how often a step runs to walk back ``steps`` steps with room for ``states`` states.

    >>> forward_steps(10, 3), forward_steps(100, 10), forward_steps(1000, 50)
    (25, 322, 2948)

    Raises:
        ValueError: ``states`` is below 1, or ``steps`` below 0.
        TypeError: one of them is no integer.
    """
    check_sizes("forward_steps", least=0, steps=steps)
    check_sizes("forward_steps", states=states)
    return _cost(steps, states)


@lru_cache(maxsize=1 << 16)
def _cost(t: int, m: int) -> int:
    """The closed form of Griewank and Walther (2000): no step is run more than ``r + 1`` times."""
    r = 0
    while math.comb(m + r, m) < t:
        r += 1
    return t * (r + 1) - math.comb(m + r, m + 1)


def _split(t: int, m: int) -> int:
    """How far to run before the next state is stored: the y that the recursion minimises over."""

    def cost(y: int) -> int:
        return y + _cost(t - y, m - 1) + _cost(y, m)

    low, high = 1, t - 1
    while low < high:  # the cost is convex in y
        middle = (low + high) // 2
        if cost(middle) <= cost(middle + 1):
            high = middle
        else:
            low = middle + 1
    return low


class Checkpointed:
    """What ``checkpointed_bptt`` did.

    Attributes:
        losses: the losses by step, from 1, as numbers.
        state: the state after the last step, as constants.
        states: how many states there was room for.
        forward_steps: how often a step ran, recorded or not.
    """

    def __init__(
        self,
        losses: dict[int, float],
        state: Any,
        states: int,
        forward_steps: int,
    ) -> None:
        self.losses = losses
        self.state = state
        self.states = states
        self.forward_steps = forward_steps

    def __repr__(self) -> str:
        return f"Checkpointed(states={self.states!r}, forward_steps={self.forward_steps!r})"

    @property
    def loss(self) -> float:
        """The mean of the losses."""
        return sum(self.losses.values()) / len(self.losses)


def checkpointed_bptt(
    step: Step,
    stream: Sequence[Any],
    state: Any,
    states: int | None = None,
    *,
    budget: int | None = None,
    reduction: str = "mean",
) -> Checkpointed:
    """Full BPTT over ``stream``, exact, keeping no more than ``states`` states and the records of one step.

    The gradients are added into ``.grad`` of the parameters. A step is run about twice with √T states, three
    times with their cube root, and must compute the same each time.

    Args:
        step: ``step(inputs, state) -> (loss, state)``, as for ``truncated_bptt``.
        stream: the inputs, a sequence, since steps are run again.
        state: the initial state; a parameter in it receives its gradient.
        states: room for so many states, the initial one included.
        budget: instead of ``states``, bytes for states and for the residuals of one step.
        reduction: ``"mean"`` divides by the number of losses, ``"sum"`` adds them up.

    Raises:
        ValueError: not exactly one of ``states`` and ``budget`` was given, or too little, or the stream is empty.
        TypeError: the stream is no sequence, or ``states`` no integer.
        UnusedError: a loss depends on neither the state nor a parameter, or none on a parameter.
    """
    if (states is None) is (budget is None):
        raise errors.ArgumentError("checkpointed_bptt: give either states, a number, or budget, in bytes")
    if reduction not in ("mean", "sum"):
        raise errors.ArgumentError(f"checkpointed_bptt: reduction={reduction!r}: use 'mean' or 'sum'")
    if not hasattr(stream, "__len__"):
        raise errors.MisuseError(
            "checkpointed_bptt: the stream must be a sequence, because steps are run again, not "
            f"{type(stream).__name__}; pass list(stream)"
        )
    if not len(stream):
        raise errors.ArgumentError("checkpointed_bptt: the stream is empty")
    start = initial(state)
    run = _Run(step, stream, start)
    if budget is not None:
        states = run.affordable(budget)
    assert states is not None
    check_sizes("checkpointed_bptt", states=states)
    run.back(0, len(stream), start, states)
    run.hand_over(1.0 / len(run.losses) if reduction == "mean" and run.losses else 1.0)
    losses = dict(sorted(run.losses.items()))
    return Checkpointed(losses, run.last, states, run.count)


class _Run:
    """One backward run: the cotangents of the state that the walk has reached, and the gradients so far."""

    def __init__(self, step: Step, stream: Sequence[Any], start: Any) -> None:
        self.unroll = Unroll(step, start)
        self.stream = stream
        self.start = start
        self.count = 0
        self.losses: dict[int, float] = {}
        self.last: Any = None
        self.cotangents: list[Any] | None = None  # of the state after the steps that are still to be walked
        self.gradients: dict[int, tuple[Leaf, Any]] = {}

    def forward(self, number: int, state: Any) -> Any:
        """Run the step after ``number`` steps without recording it."""
        self.count += 1
        self.unroll.state = state
        self.unroll.advance_unrecorded(number + 1, self.stream[number])
        return self.unroll.state

    def back(self, first: int, last: int, state: Any, room: int) -> None:
        """Walk back from step ``last`` to ``first``, of which the entering ``state`` is stored."""
        while last - first > 1:
            if room == 1:
                reached = state
                for number in range(first, last - 1):
                    reached = self.forward(number, reached)
                self.walk(last - 1, reached)
                last -= 1
                continue
            middle = first + _split(last - first, room)
            reached = state
            for number in range(first, middle):
                reached = self.forward(number, reached)
            self.back(middle, last, reached, room - 1)
            last = middle
        self.walk(first, state)

    def walk(self, number: int, state: Any) -> None:
        """Record the step after ``number`` steps, walk it back, and free it."""
        self.count += 1
        tape = Tape()
        tape.step = number
        self.unroll.state = state
        with tape:
            entering = self.unroll.advance_apart(tape, self.stream[number])
        loss = self.unroll.take_losses().get(number + 1)
        ends = tree_leaves(self.unroll.state)
        if self.last is None:
            self.last = detached(self.unroll.state)
        targets, seeds = [], []
        for end, g in zip(ends, self.cotangents or [None] * len(ends), strict=True):
            if g is not None and tape.holds(end):  # else a constant
                targets.append(end)
                seeds.append(g)
        if loss is not None:
            self.losses[number + 1] = float(loss.item())
            targets.append(loss)
            seeds.append(None)
        leaves = [leaf for leaf in tape.leaves.values() if isinstance(leaf, Leaf) and leaf.wants_grad]
        starts = [each if is_float(each) else None for each in tree_leaves(entering)]
        sources: list[Tensor] = [*leaves, *(each for each in starts if each is not None)]
        found = tape.gradient(targets, sources, seeds, unused="none")
        for leaf, g in zip(leaves, found, strict=False):
            self.add(leaf, g)
        if loss is not None and loss._place[1] in tape.unreached:
            raise errors.UnusedError(data_alone(number + 1))
        rest = iter(found[len(leaves) :])
        self.cotangents = [None if each is None else next(rest) for each in starts]

    def add(self, leaf: Leaf, g: Any) -> None:
        """Add to the gradient of a parameter; it is handed over once the walk is complete."""
        if g is not None:
            _, sum_so_far = self.gradients.get(id(leaf), (leaf, 0.0))
            self.gradients[id(leaf)] = (leaf, sum_so_far + g._value)

    def hand_over(self, scale: float) -> None:
        """Add the gradients, those of a learned initial state among them, into ``.grad``."""
        for leaf, g in zip(tree_leaves(self.start), self.cotangents or (), strict=True):
            if isinstance(leaf, Leaf) and leaf.wants_grad:
                self.add(leaf, g)
        if not self.gradients:
            raise errors.UnusedError("checkpointed_bptt: no loss depends on a parameter")
        for leaf, g in self.gradients.values():
            leaf.accumulate(g * scale)

    def affordable(self, budget: int) -> int:
        """How many states fit into ``budget`` bytes beside the residuals of one step."""
        with Tape() as tape:
            self.unroll.advance(tape, self.stream[0])
        self.unroll.take_losses()
        size = sum(leaf._value.nbytes for leaf in tree_leaves(self.unroll.state) if is_tensor(leaf))
        states = (budget - tape.nbytes) // max(1, size)
        if states < 1:
            raise errors.ArgumentError(
                f"checkpointed_bptt: budget={budget:,} bytes is too small: one step keeps {tape.nbytes:,} "
                f"bytes and one state takes {size:,}"
            )
        return int(min(states, len(self.stream)))
