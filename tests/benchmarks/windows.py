"""Training windows of RNN, GRU and LSTM against every peer, with memory, growth, capture and per-example gradients.

    python -m tests.benchmarks.windows --rounds 15

measures everything, prints the tables as Markdown and keeps the values in a file; with ``--write`` the tables go into
docs/benchmarks.md too, and the picture beside them. Every contestant runs in a process of its own, in an order that
changes; medians are shown. ``--part`` measures some parts only, ``--again`` none: it shows what is kept.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tests.benchmarks import plot, report
from tests.benchmarks.measure import ROOT
from tests.benchmarks.parts import PARTS, Run, able, default_contestants
from tests.benchmarks.peers.problem import CELLS, SIZES
from tests.benchmarks.window import CONTESTANTS

RESULTS = ROOT / "tests" / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "images" / "windows.svg"
COUNTED = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")  # the last one is JAX's


def main() -> None:
    """Measure the parts that are asked for, print them, and write them where they belong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="the number of turns of each")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument(
        "--contestants", nargs="+", choices=CONTESTANTS, help="by default all that are quick to compile"
    )
    parser.add_argument("--threads", type=int, default=1, help="for each library, and cores for its process")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of results")
    parser.add_argument("--write", action="store_true", help="also put tables and picture into the documentation")
    parser.add_argument("--again", action="store_true", help="measure nothing: show and write what the results hold")
    given = parser.parse_args()
    if not given.again:
        _measure(given)
    for part, (said, notes, tables) in report.load(given.results).items():
        if part not in given.part:
            continue
        text = report.markdown(said, notes, tables)
        print(f"\n## {part}\n\n{text}", flush=True)
        if given.write:
            report.put(PAGE, part, text)
            if part == "windows":
                plot.bars(tables, PICTURE)


def _measure(given: argparse.Namespace) -> None:
    env = {**os.environ, **dict.fromkeys(COUNTED, str(given.threads))}
    missing: list[str] = []
    contestants = able(given.contestants or default_contestants(missing), missing)
    equal: dict[str, list[str]] = {}
    if hasattr(
        os, "sched_setaffinity"
    ):  # JAX's caller works beside its pool of threads, so counting them is not enough
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-given.threads :])
    for part in given.part:
        said = report.surroundings(given.rounds, given.threads)
        run = Run(given.rounds, given.cells, given.sizes, contestants, env, list(missing), equal)
        tables: list[report.Table] = []
        for table in PARTS[part](run):
            tables.append(table)
            report.save(given.results, said, part, tables, run.notes)


if __name__ == "__main__":
    main()
