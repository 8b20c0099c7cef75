"""Timing that survives a noisy machine: contestants take turns, and medians are compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def medians(
    contestants: Mapping[str, Callable[[], object]],
    rounds: int = 15,
    warmup: int = 3,
    clock: Callable[[], float] = time.perf_counter,
    turn: int = 1,
) -> dict[str, float]:
    """Median seconds of each contestant, run in turn so that a slow moment hits all alike.

    A turn is ``turn`` runs in a row, as a training loop has them: after one of another contestant, the first
    finds the processor's caches full of what is not its own.
    """
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        for _ in range(warmup):
            run()
    for _ in range(rounds):
        for name, run in contestants.items():
            started = clock()
            for _ in range(turn):
                run()
            times[name].append((clock() - started) / turn)
    return {name: statistics.median(values) for name, values in times.items()}
