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

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # a fork must not inherit half of a pool of threads
    os.environ.setdefault(name, "1")

import hypothesis  # noqa: E402

from .lab import Lab  # noqa: E402
from .source import Source  # noqa: E402
from .survivors import MODULES, reasons  # noqa: E402

TESTS = ["tests", *(f"--ignore=tests/{each}" for each in ("draw", "demo", "benchmarks"))]
TESTS += [
    f"--ignore=tests/test_{each}.py"
    for each in ("mutations", "machinery_mutants", "docs", "cli", "tutorials", "exports")
]


def main() -> int:
    """Run the mutants; the exit status is 1 if one survived without a reason."""
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("--module", action="append", help="only of modules like this, such as 'minigrad.bptt.*'")
    parser.add_argument("--function", default="*", help="only in functions like this, such as 'Joined.*'")
    parser.add_argument("--only", action="append", help="only these, by name")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="the tests, as pytest takes them")
    parser.add_argument("--seconds", type=float, default=20, help="of tests for one mutant")
    parser.add_argument("--slowest", type=float, default=0.7, help="longer tests are left out")
    parser.add_argument("--again", action="store_true", help="also those that survive for a reason")
    given = parser.parse_args()

    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile("mutants")
    known = reasons()
    patterns = given.module or [name.partition(":")[0] for name in given.only or ()] or ["*"]
    modules = [name for name in MODULES if any(fnmatch(name, each) for each in patterns)]
    mutants = [m for name in modules for m in Source(name).mutants() if fnmatch(m.function, given.function)]
    mutants = [m for m in mutants if (given.again or m.name not in known) and m.name in (given.only or [m.name])]
    with suppress(ImportError), warnings.catch_warnings():  # once, not in every fork
        warnings.simplefilter("ignore")
        if given.tests is TESTS:
            import torch  # noqa: F401
    lab = Lab(given.tests, given.seconds, given.slowest)
    started, counts, survived = time.perf_counter(), Counter[str](), []
    for number, (mutant, outcome) in enumerate(lab.outcomes(mutants), start=1):
        counts[mutant.source.module, outcome is None] += 1  # type: ignore[index]
        if outcome is None:
            survived.append(mutant.name)
        print(
            f"{number:5} {time.perf_counter() - started:6.0f} s  {mutant.name}  [{outcome or 'SURVIVED'}]", flush=True
        )
    for name in modules:
        print(f"{name}: {counts[name, False]} caught, {counts[name, True]} survived")  # type: ignore[index]
    print(f"{len(lab.durations)} tests; left out: {', '.join(lab.left_out) or 'none'}")
    print(f"{len(mutants)} mutants, {len(survived)} survived, {len(known)} known to survive for a reason")
    print("\n".join(survived))
    return bool([name for name in survived if name not in known])


if __name__ == "__main__":
    sys.exit(main())
