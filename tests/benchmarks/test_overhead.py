"""The cost of recording: one small operation, forward and backward, against the peers; and of the import.

pytest -m benchmark -s tests/benchmarks/test_overhead.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.measure import apart
from tests.benchmarks.operation import CONTESTANTS, LENGTH, PROGRAMS, SIZE

BARS = {"mygrad": 0.5, "autograd": 0.25, "torch": 1.0}
PEERS = [peer for peer in BARS if find_spec(peer) is not None]


@pytest.mark.parametrize("program", PROGRAMS)
def test_contestants_compute_the_same(program: str) -> None:
    x, w = np.linspace(0.1, 0.9, SIZE), np.linspace(-0.5, 0.5, SIZE)
    expected = [np.zeros(SIZE) if g is None else g for g in CONTESTANTS["by hand"](PROGRAMS[program], x, w)]
    for name in ("minigrad", *PEERS):
        got = [np.zeros(SIZE) if g is None else np.asarray(g) for g in CONTESTANTS[name](PROGRAMS[program], x, w)]
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-300, err_msg=name)


@pytest.mark.benchmark
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cost_of_one_operation(program: str) -> None:
    """In processor time, so that other programs on the machine do not count."""
    times = apart("tests.benchmarks.operation", ["minigrad", *PEERS, "by hand"], program)
    print(f"\n{program}, {LENGTH} operations on {SIZE} numbers, forward and backward")
    for name, seconds in times.items():
        print(f"  {name:9} {1e6 * seconds:6.2f} µs an operation; ours is {times['minigrad'] / seconds:.2f} of it")
    for name in PEERS:
        assert times["minigrad"] <= BARS[name] * times[name], f"more than {BARS[name]} of {name}"


@pytest.mark.benchmark
def test_the_cost_of_the_import(tmp_path: Path) -> None:
    """With bytecode in a cache, as an installed package has it."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(tmp_path)

    def run(module: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=env)
        return time.perf_counter() - started

    for module in ("numpy", "minigrad"):
        run(module)
    times = {"numpy": [run("numpy")], "minigrad": [run("minigrad")]}
    for _ in range(14):
        for module, runs in times.items():
            runs.append(run(module))
    numpy, ours = (statistics.median(times[module]) for module in ("numpy", "minigrad"))
    print(f"\nimport numpy {numpy * 1e3:.0f} ms, import minigrad {ours * 1e3:.0f} ms, ratio {ours / numpy:.2f}")
    assert ours <= 1.3 * numpy
