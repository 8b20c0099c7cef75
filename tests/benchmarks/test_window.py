"""One training window of a character RNN against hand-written NumPy and PyTorch.

pytest -m benchmark -s tests/benchmarks/test_window.py
"""

from __future__ import annotations

import statistics

import pytest

from tests.benchmarks.measure import ROOT, apart, in_turns
from tests.benchmarks.window import CONTESTANTS, PROBLEMS, Problem
from tests.numeric import torch_or_skip


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_contestants_compute_the_same(problem: Problem) -> None:
    """A comparison of speed means nothing if the losses differ."""
    torch_or_skip()
    loops = [make(problem) for make in CONTESTANTS.values()]
    for _ in range(4):  # the third window is replayed
        first, *others = [run() for run in loops]
        assert others == pytest.approx([first] * len(others), rel=1e-4)


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("problem", "bar"), list(zip(PROBLEMS, (1.4, 0.95, 0.95), strict=True)), ids=[problem.name for problem in PROBLEMS]
)
def test_a_training_window(problem: Problem, bar: float) -> None:
    torch_or_skip()
    times = apart("tests.benchmarks.window", list(CONTESTANTS), problem.name)
    ours = times["minigrad"]
    print(f"\n{problem.name} (V, H, B, k) = {problem.tokens, problem.hidden, problem.batch, problem.steps}")
    for name, seconds in times.items():
        print(f"  {name:15} {1e3 * seconds:7.2f} ms   minigrad takes {ours / seconds:5.2f} of it")
    assert ours < times["PyTorch loop"]
    assert ours <= bar * times["NumPy by hand"]


@pytest.mark.benchmark
def test_the_look_for_tails_costs_nothing_that_can_be_felt() -> None:
    shares = in_turns({"share": (ROOT, ["-m", "tests.benchmarks.tails"])}, rounds=5)["share"]
    print(f"\nS takes {statistics.median(shares):.4f} of the time without a look for the tails of tanh")
    assert statistics.median(shares) <= 1.03
