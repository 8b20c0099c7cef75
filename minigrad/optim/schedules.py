"""Learning rates that change with time: a schedule is any function ``step -> lr``.

    optimizer = optim.Adam(params)
    schedule = optim.LRSchedule(optimizer, optim.warm_up(optim.cosine(3e-3, 10_000), 500))
    for window in mg.truncated_bptt(...):
        optimizer.step()
        schedule.step()

Steps count from 0, the optimiser's first.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..checks import check_number, check_sizes
from ..engine.capture import as_one
from ..errors import MisuseError
from .base import Optimizer

Schedule = Callable[[int], float]


class LRSchedule:
    """Sets ``optimizer.lr`` from a schedule: at once, and at each ``step()``.

    It keeps no state: the step is ``optimizer.steps``, so a resumed run goes on where it was.

    Args:
        optimizer: the optimiser.
        schedule: ``step -> lr``.

    Raises:
        TypeError: the schedule is no function, or gives no number.
        ValueError: it gives a rate below 0, or none that is finite.
    """

    def __init__(self, optimizer: Optimizer, schedule: Schedule) -> None:
        if not callable(schedule):
            raise MisuseError(
                f"LRSchedule takes a function step -> lr, not {schedule!r}; for one rate, optim.constant({schedule!r})"
            )
        self.optimizer = optimizer
        self.schedule = schedule
        self.step()

    @as_one
    def step(self) -> float:
        """Set the learning rate of the optimiser's next step, and return it. Call it after ``optimizer.step()``."""
        lr = self.schedule(self.optimizer.steps)
        check_number(f"the schedule's lr for step {self.optimizer.steps}", lr, 0, math.inf)
        self.optimizer.lr = lr
        return lr


def constant(lr: float) -> Schedule:
    """Always ``lr``."""
    return lambda step: lr


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """``lr``, multiplied by ``factor`` after each ``every`` steps.

    Raises:
        TypeError, ValueError: ``every`` is no integer, or below 1.
    """
    check_sizes("step_decay", every=every)
    return lambda step: lr * factor ** (step // every)


def exponential(lr: float, factor: float) -> Schedule:
    """``lr · factorˢᵗᵉᵖ``."""
    return lambda step: lr * factor**step


def cosine(lr: float, steps: int, floor: float = 0.0) -> Schedule:
    """From ``lr`` to ``floor`` in ``steps`` steps, along half a cosine, then ``floor`` (Loshchilov and Hutter 2017).

    Raises:
        TypeError, ValueError: ``steps`` is no integer, or below 1.
    """
    check_sizes("cosine", steps=steps)
    return lambda step: floor + (lr - floor) * 0.5 * (1 + math.cos(math.pi * min(step, steps) / steps))


def warm_up(schedule: Schedule | float, steps: int) -> Schedule:
    """``schedule``, or a constant rate, multiplied by 1/steps, 2/steps, … and from step ``steps - 1`` on by 1.

    Raises:
        TypeError, ValueError: ``steps`` is no integer, or below 1.
    """
    check_sizes("warm_up", steps=steps)
    target = schedule if callable(schedule) else constant(schedule)
    return lambda step: target(step) * min(step + 1, steps) / steps
