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

from .base import Optimizer

Schedule = Callable[[int], float]


class LRSchedule:
    """Sets ``optimizer.lr`` from a schedule: at once, and at each ``step()``.

    It keeps no state: the step is ``optimizer.steps``, so a resumed run goes on where it was.

    Args:
        optimizer: the optimiser.
        schedule: ``step -> lr``.
    """

    def __init__(self, optimizer: Optimizer, schedule: Schedule) -> None:
        self.optimizer = optimizer
        self.schedule = schedule
        self.step()

    def step(self) -> float:
        """Set the learning rate of the optimiser's next step, and return it. Call it after ``optimizer.step()``."""
        self.optimizer.lr = self.schedule(self.optimizer.steps)
        return self.optimizer.lr


def constant(lr: float) -> Schedule:
    """Always ``lr``."""
    return lambda step: lr


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """``lr``, multiplied by ``factor`` after each ``every`` steps.

    Raises:
        ValueError: ``every`` is below 1.
    """
    _at_least_one("every", every)
    return lambda step: lr * factor ** (step // every)


def exponential(lr: float, factor: float) -> Schedule:
    """``lr · factorˢᵗᵉᵖ``."""
    return lambda step: lr * factor**step


def cosine(lr: float, steps: int, floor: float = 0.0) -> Schedule:
    """From ``lr`` to ``floor`` in ``steps`` steps, along half a cosine, then ``floor`` (Loshchilov and Hutter 2017).

    Raises:
        ValueError: ``steps`` is below 1.
    """
    _at_least_one("steps", steps)
    return lambda step: floor + (lr - floor) * 0.5 * (1 + math.cos(math.pi * min(step, steps) / steps))


def warm_up(schedule: Schedule | float, steps: int) -> Schedule:
    """``schedule``, or a constant rate, multiplied by 1/steps, 2/steps, … and from step ``steps - 1`` on by 1.

    Raises:
        ValueError: ``steps`` is below 1.
    """
    _at_least_one("steps", steps)
    target = schedule if callable(schedule) else constant(schedule)
    return lambda step: target(step) * min(step + 1, steps) / steps


def _at_least_one(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name}={value} must be at least 1")
