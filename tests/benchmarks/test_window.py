"""One training window of a character model: contestants compute the same; and the times of an RNN against NumPy's.

pytest -m benchmark -s tests/benchmarks/test_window.py
"""

from __future__ import annotations

import os
import statistics

import pytest

from tests.benchmarks.measure import ROOT, apart, in_turns
from tests.benchmarks.peers.problem import NDArray
from tests.benchmarks.window import CELLS, CONTESTANTS, PROBLEMS, Problem, obstacle
from tests.numeric import torch_or_skip

COMPILED = [name for name in CONTESTANTS if name.startswith("torch.compile")]
QUICK = [name for name in CONTESTANTS if name not in COMPILED]
SHOWN = ("minigrad", "replayed", "NumPy by hand", "NumPy, one-hot", "NumPy, best", "PyTorch loop", "PyTorch nn")


def losses(name: str, cell: str, windows: int = 4) -> list[float]:
    """Of some windows; the third one is replayed."""
    run = CONTESTANTS[name](Problem("small", 11, 6, 4, 5, cell))
    return [run() for _ in range(windows)]


def the_same(name: str, cell: str) -> None:
    if (why := obstacle(name)) is not None:
        assert os.environ.get("MINIGRAD_CI") != "1", why
        pytest.skip(why)
    assert losses(name, cell) == pytest.approx(losses("NumPy by hand", cell), rel=1e-6)


@pytest.mark.filterwarnings("ignore")  # the peers' own
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", QUICK)
def test_contestants_compute_the_same(name: str, cell: str) -> None:
    """A comparison of speed means nothing if the losses differ."""
    the_same(name, cell)


@pytest.mark.benchmark  # it takes a while to compile
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", COMPILED)
def test_what_is_compiled_computes_the_same(name: str, cell: str) -> None:
    the_same(name, cell)


class Shut(Problem):
    """A problem whose gates get inputs that are so large that exp of them is infinite in float32."""

    def arrays(self) -> dict[str, NDArray]:
        data = super().arrays()
        data["W_x"] *= 1000
        return data


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_the_best_program_by_hand_takes_gates_that_are_shut(cell: str) -> None:
    best, ours = (CONTESTANTS[name](Shut("small", 11, 6, 4, 5, cell)) for name in ("NumPy, best", "minigrad"))
    assert [best() for _ in range(3)] == pytest.approx([ours() for _ in range(3)], rel=1e-5)


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("problem", "bar"), list(zip(PROBLEMS, (1.4, 0.95, 0.95), strict=True)), ids=[problem.name for problem in PROBLEMS]
)
def test_a_training_window(problem: Problem, bar: float) -> None:
    """Of the plain loop; ``python -m tests.benchmarks.windows`` measures all cells against all peers."""
    torch_or_skip()
    times = apart("tests.benchmarks.window", SHOWN, problem.name)
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
