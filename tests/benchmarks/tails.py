"""The look for tails of tanh in a training window at S, where it weighs most: ``python -m tests.benchmarks.tails``.

Prints the time of a window with it, as a share of the time without it; both take turns in one process, in the first 300
windows, while no unit is saturated. Where some are, the accurate derivative takes its time too.
"""

from __future__ import annotations

from minigrad.primitives import tanh
from tests.benchmarks.measure import medians
from tests.benchmarks.window import PROBLEMS, minigrad_loop


def main() -> None:
    """Measure, and print the share."""
    window, looking = minigrad_loop(PROBLEMS[0]), tanh.forward

    def run(forward: object) -> None:
        tanh.forward = forward
        window()

    without = lambda xp, x: (xp.tanh(x), None)
    times = medians({"with": lambda: run(looking), "without": lambda: run(without)}, rounds=150)
    print(times["with"] / times["without"])


if __name__ == "__main__":
    main()
