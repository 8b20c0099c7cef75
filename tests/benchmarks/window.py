"""One training window of a character model, in minigrad and in each peer it is compared with.

    python -m tests.benchmarks.window "PyTorch loop" M
    python -m tests.benchmarks.window "NumPy, best" 65,64,16,100 LSTM --of memory

prints the seconds that one window takes, or another quantity of ``measured.py``. Each library is imported by its own
contestant only.

Every maker returns a function that runs one window: embedding, cell, read-out, cross-entropy, mean over steps, clipping
to norm 5, SGD. All start from the same float32 values and carry the state.
"""

from __future__ import annotations

import argparse
import os
import shutil
from importlib.util import find_spec

from tests.benchmarks import measured
from tests.benchmarks.peers.autograd_loop import autograd_loop
from tests.benchmarks.peers.jax_scan import jax_scan
from tests.benchmarks.peers.minigrad_loop import minigrad_loop, minigrad_replayed
from tests.benchmarks.peers.mygrad_loop import mygrad_loop
from tests.benchmarks.peers.numpy_gru import numpy_gru
from tests.benchmarks.peers.numpy_lstm import numpy_lstm
from tests.benchmarks.peers.numpy_rnn import numpy_rnn
from tests.benchmarks.peers.numpy_usual import numpy_by_hand, numpy_one_hot
from tests.benchmarks.peers.problem import CELLS, CLIP, LR, PROBLEMS, SIZES, Maker, Problem, Window
from tests.benchmarks.peers.torch_window import torch_compiled, torch_compiled_window, torch_loop, torch_nn

__all__ = ["CELLS", "CLIP", "CONTESTANTS", "LIBRARIES", "LR", "PROBLEMS", "Problem", "installed", "minigrad_loop"]
__all__ += ["obstacle", "problem_of"]


def numpy_best(problem: Problem) -> Window:
    """The best program by hand for the cell of the problem."""
    return {"RNN": numpy_rnn, "GRU": numpy_gru, "LSTM": numpy_lstm}[problem.cell](problem)


CONTESTANTS: dict[str, Maker] = {
    "minigrad": minigrad_loop,
    "replayed": minigrad_replayed,
    "NumPy by hand": numpy_by_hand,
    "NumPy, one-hot": numpy_one_hot,
    "NumPy, best": numpy_best,
    "PyTorch loop": torch_loop,
    "PyTorch nn": torch_nn,
    "torch.compile": torch_compiled,
    "torch.compile, window": torch_compiled_window,
    "jax scan": jax_scan,
    "autograd": autograd_loop,
    "MyGrad": mygrad_loop,
}
LIBRARIES = {
    **dict.fromkeys(("minigrad", "replayed"), "minigrad"),
    **dict.fromkeys(("PyTorch loop", "PyTorch nn", "torch.compile", "torch.compile, window"), "torch"),
    "jax scan": "jax",
    "autograd": "autograd",
    "MyGrad": "mygrad",
}


def obstacle(contestant: str) -> str | None:
    """What keeps a contestant from running here, if anything does."""
    library = LIBRARIES.get(contestant, "numpy")
    if find_spec(library) is None:
        return f"{library} is not installed"
    if contestant.startswith("torch.compile") and shutil.which(os.environ.get("CXX", "g++")) is None:
        return "there is no C++ compiler (g++, or what CXX names)"
    return None


def installed() -> list[str]:
    """The contestants that can run here."""
    return [name for name in CONTESTANTS if obstacle(name) is None]


def problem_of(size: str, cell: str = "RNN") -> Problem:
    """A size by its name, or as numbers with commas: tokens, hidden units, rows, steps."""
    tokens, hidden, batch, steps = SIZES[size] if size in SIZES else map(int, size.split(","))
    return Problem(size, tokens, hidden, batch, steps, cell)


def main() -> None:
    """Measure one quantity of one contestant, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("size", help="S, M, L, or V,H,B,k")
    parser.add_argument("cell", nargs="?", choices=CELLS, default="RNN")
    parser.add_argument("--of", choices=measured.QUANTITIES, default="seconds", help="what to print")
    parser.add_argument("--windows", type=int, default=1, help="for 'from start': the number of windows")
    given = parser.parse_args()
    problem = problem_of(given.size, given.cell)
    library = LIBRARIES.get(given.contestant, "numpy")
    measured.measure(given.of, CONTESTANTS[given.contestant], problem, library, given.windows)


if __name__ == "__main__":
    main()
