"""Timing that survives a noisy machine: contestants take turns, and medians are compared."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def apart(module: str, contestants: Sequence[str], *settings: str, rounds: int = 7) -> dict[str, float]:
    """Median seconds of each contestant, each turn in a process of its own, in an order that changes.

    As their users run them: in one process, PyTorch's threads would still spin when the next one begins, and
    a library that leaves cycles to the garbage collector would pay for the size of the others' modules.

    Args:
        module: run as ``python -m module contestant *settings``; it prints seconds, see ``turn``.
        contestants: what may be given as the contestant.
        rounds: the number of turns of each.
    """
    times = in_turns({name: (ROOT, ["-m", module, name, *settings]) for name in contestants}, rounds)
    return {name: statistics.median(values) for name, values in times.items()}


def in_turns(
    contestants: Mapping[str, tuple[Path, Sequence[str]]], rounds: int, env: Mapping[str, str] | None = None
) -> dict[str, list[float]]:
    """The seconds that each contestant prints: Python with these arguments, run in this folder."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    order = random.Random(0)
    for _ in range(rounds):
        for name in order.sample(list(contestants), len(contestants)):
            folder, arguments = contestants[name]
            command = [sys.executable, "-W", "ignore", *arguments]
            printed = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
            times[name].append(float(printed))
    return times


def turn(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter, parts: int = 1) -> None:
    """Print the mean seconds of one part of ``run``, repeated for half a second after a tenth to warm up.

    The first run may import the library, and does not count as a part of either.
    """
    run()
    for limit in (0.1, 0.5):
        started, begun, runs = clock(), time.perf_counter(), 0
        while runs < 3 or time.perf_counter() - begun < limit:
            run()
            runs += 1
    print((clock() - started) / runs / parts)


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
