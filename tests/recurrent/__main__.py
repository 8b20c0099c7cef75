"""As many random recurrent programs as wanted, against PyTorch.

    python -m tests.recurrent --examples 20000 --seed 3

shares that many programs among the checks, prints the first that fails of each check, made as small as possible, and
ends with status 1 if there is one. ``--only cuts`` runs one check; ``--count`` goes on behind a failure, and
says how many programs failed.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.numeric import torch_or_skip
from tests.recurrent.checks import CHECKS
from tests.recurrent.choices import drawn


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.recurrent", description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=5000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=CHECKS, help="one check")
    parser.add_argument("--count", action="store_true", help="count the failures")
    options = parser.parse_args()
    torch = torch_or_skip()
    torch.set_num_threads(1)
    names = [options.only] if options.only else list(CHECKS)
    failed = False
    for name in names:
        count = options.examples * CHECKS[name].share // sum(CHECKS[each].share for each in names)
        failed |= run(torch, name, count, options.seed, options.count)
    return int(failed)


def run(torch: Any, name: str, examples: int, number: int, count: bool) -> bool:
    """Run one check on so many programs; returns whether one failed."""
    ran, failures, started = 0, 0, time.perf_counter()

    @seed(f"{number} {name}")  # other programs for each check
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=drawn(CHECKS[name].draw))
    def check(case: Any) -> None:
        nonlocal ran, failures
        ran += 1
        try:
            CHECKS[name].check(torch, *case)
        except Exception:
            failures += 1
            if not count:
                raise

    try:
        check()
    except Exception as failure:
        print(failure, *getattr(failure, "__notes__", ()), sep="\n")
    said = f"{failures} of {ran} failed" if count else "a program failed" if failures else f"{ran} programs agree"
    print(f"{name:8} {said} ({time.perf_counter() - started:.0f} s)", flush=True)
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
