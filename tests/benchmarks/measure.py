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
) -> dict[str, float]:
    """Median seconds of each contestant, run in turn so that a slow moment hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        for _ in range(warmup):
            run()
    for _ in range(rounds):
        for name, run in contestants.items():
            started = clock()
            run()
            times[name].append(clock() - started)
    return {name: statistics.median(values) for name, values in times.items()}
