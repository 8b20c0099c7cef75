"""This checkout against another revision of it: windows, operations and the import, in turns.

    python -m tests.benchmarks.against REVISION [--rounds 15] [--only S mixture import]

prints, for each, the medians of both and the ratio of this checkout to the other: of the medians, and of the shortest
times, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.measure import ROOT, in_turns
from tests.benchmarks.operation import PROGRAMS
from tests.benchmarks.window import PROBLEMS

_IMPORT = "import time; t = time.perf_counter(); import minigrad; print(time.perf_counter() - t)"
MEASURED = {
    **{problem.name: ["-m", "tests.benchmarks.window", "minigrad", problem.name] for problem in PROBLEMS},
    **{name: ["-m", "tests.benchmarks.operation", "minigrad", name] for name in PROGRAMS},
    "import": ["-c", _IMPORT],
}


def main() -> None:
    """Make a worktree of the other revision, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision", help="a commit, tag or branch of this repository")
    parser.add_argument("--rounds", type=int, default=15, help="the number of turns of each")
    parser.add_argument("--only", nargs="+", choices=MEASURED, default=list(MEASURED), help="what to measure")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder, "other")
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env["PYTHONPYCACHEPREFIX"] = folder  # with bytecode in a cache, as an installed package has it
        subprocess.run(["git", "worktree", "add", "-q", "--detach", other, given.revision], cwd=ROOT, check=True)
        try:
            for name in given.only:
                both = {"this": (ROOT, MEASURED[name]), "other": (other, MEASURED[name])}
                in_turns(both, 1, env)
                times = in_turns(both, given.rounds, env)
                print(_line(name, times["this"], times["other"]), flush=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", other], cwd=ROOT, check=True)


def _line(name: str, ours: list[float], others: list[float]) -> str:
    middle, other = statistics.median(ours), statistics.median(others)
    lowest = min(ours) / min(others)
    return f"{name:10} {1e3 * middle:9.4f} ms  {1e3 * other:9.4f} ms   {middle / other:5.3f}   shortest {lowest:5.3f}"


if __name__ == "__main__":
    main()
