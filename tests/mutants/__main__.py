"""``python -m tests.mutants``: break the machinery line by line, and print what no test sees."""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections import Counter
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # a fork must not inherit half of a pool of threads
    os.environ.setdefault(name, "1")

import hypothesis  # noqa: E402

from tests.mutants.lab import Lab  # noqa: E402
from tests.mutants.source import Mutant, Source  # noqa: E402
from tests.mutants.survivors import GROUPS, reasons  # noqa: E402

_OTHERS = ["draw", "demo", "command", "benchmarks", "tutorials"]  # tests of something else
_OTHERS += [f"test_{name}.py" for name in ("mutations", "machinery_mutants", "docs", "exports")]
WHOLE = ["tests", *(f"--ignore=tests/{name}" for name in _OTHERS)]


def main() -> int:
    """Run the mutants; the exit status is 1 if one survived without a reason."""
    given = _arguments()
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile("mutants")
    if not given.tests:
        with suppress(ImportError), warnings.catch_warnings():  # once, not in every fork
            warnings.simplefilter("ignore")
            import torch  # noqa: F401
    known = reasons()
    started, counts, survived = time.perf_counter(), Counter[tuple[str, bool]](), []
    for modules, tests in GROUPS:
        mutants = [mutant for module in modules for mutant in _chosen(module, given, known)]
        if not mutants:
            continue
        where = given.tests or (WHOLE if given.whole else [_path(each) for each in tests])
        lab = Lab(where, given.seconds, given.slowest)
        for number, (mutant, outcome) in enumerate(lab.outcomes(mutants), start=1):
            counts[mutant.source.module, outcome is None] += 1
            if outcome is None:
                survived.append(mutant.name)
            seconds = time.perf_counter() - started
            print(f"{number:5}/{len(mutants)} {seconds:6.0f} s  {mutant.name}  [{outcome or 'SURVIVED'}]", flush=True)
        print(f"{len(lab.durations)} tests; left out: {', '.join(lab.left_out) or 'none'}")
    for module in dict.fromkeys(module for module, _ in counts):
        print(f"{module}: {counts[module, False]} caught, {counts[module, True]} survived")
    print(f"{counts.total()} mutants, {len(survived)} survived, {len(known)} are known to survive for a reason")
    print("\n".join(survived))
    return bool([name for name in survived if name not in known])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("--module", action="append", help="only of modules like this, such as 'minigrad.bptt.*'")
    parser.add_argument("--function", default="*", help="only in functions like this, such as 'Joined.*'")
    parser.add_argument("--only", action="append", help="only these, by name")
    parser.add_argument("--listed", type=Path, help="only those whose names are lines of this file")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth of a module")
    parser.add_argument("--again", action="store_true", help="also those that survive for a reason")
    parser.add_argument("--tests", nargs="+", help="the tests, as pytest takes them, in place of the module's own")
    parser.add_argument("--whole", action="store_true", help="the whole suite, in place of the module's own tests")
    parser.add_argument("--seconds", type=float, default=10, help="of tests for one mutant")
    parser.add_argument("--slowest", type=float, default=0.7, help="longer tests are left out")
    given = parser.parse_args()
    given.only = given.only or (given.listed.read_text("utf-8").splitlines() if given.listed else None)
    return given


def _chosen(module: str, given: argparse.Namespace, known: dict[str, str]) -> list[Mutant]:
    patterns = given.module or [name.partition(":")[0] for name in given.only or ()] or ["*"]
    if not any(fnmatch(module, each) for each in patterns):
        return []
    mutants = [m for m in Source(module).mutants() if fnmatch(m.function, given.function)]
    mutants = [m for m in mutants if given.only is None or m.name in given.only]
    return [m for m in mutants if given.again or m.name not in known][:: given.every]


def _path(name: str) -> str:
    path = Path("tests") / name
    return str(path if path.is_dir() else path.with_suffix(".py"))


if __name__ == "__main__":
    sys.exit(main())
