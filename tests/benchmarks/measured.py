"""What is measured of a contestant in a process of its own: time, memory, and what the first windows take more."""

from __future__ import annotations

import importlib
import re
import statistics
import time
from pathlib import Path

from tests.benchmarks.measure import turn
from tests.benchmarks.peers.problem import Maker, Problem, Window

QUANTITIES = ("seconds", "loss", "memory", "first memory", "capture", "from start")
FIRST = 4  # windows, in which programs are recorded, compared and compiled


def measure(quantity: str, make: Maker, problem: Problem, library: str, windows: int = 1) -> None:
    """Print one quantity of a contestant.

    Args:
        quantity: ``seconds`` of a window; ``loss`` of the third one; ``memory``, the bytes by which the resident memory
            of the process at its peak during later windows exceeds that after the import, and ``first memory`` the
            same from the first window on; ``capture``, the seconds by which the first windows exceed as many later
            ones; ``from start``, the seconds of the first windows, all of them.
        make: makes the function of a window.
        problem: the sizes and the cell.
        library: imported before anything is measured.
        windows: how many, for ``from start``.
    """
    importlib.import_module(library)
    if quantity == "seconds":
        turn(make(problem))
    elif quantity == "loss":
        run = make(problem)
        print([run() for _ in range(3)][-1])
    elif quantity == "capture":
        print(capture(make(problem)))
    elif quantity == "from start":
        print(sum(seconds(make(problem), windows)))
    else:
        print(memory(make, problem, quantity == "first memory"))


def seconds(run: Window, windows: int) -> list[float]:
    """Of each of some windows."""
    times = []
    for _ in range(windows):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return times


def capture(run: Window) -> float:
    """By how many seconds the first windows exceed as many later ones."""
    first, later = sum(seconds(run, FIRST)), statistics.median(seconds(run, 15))
    return first - FIRST * later


def memory(make: Maker, problem: Problem, first: bool) -> int:
    """The bytes by which the peak of the process exceeds what it holds before the model is made."""
    before = _status("VmRSS")
    if first:
        _forget_the_peak()
    run = make(problem)
    seconds(run, FIRST)
    if not first:
        _forget_the_peak()
    seconds(run, FIRST)
    return _status("VmHWM") - before


def _status(entry: str) -> int:
    found = re.search(rf"^{entry}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/self/status has no {entry}; memory is measured on Linux only")
    return 1024 * int(found[1])


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")
