"""The cost of recording: one small operation, forward and backward, against the peers; and of the import.

pytest -m benchmark -s tests/benchmarks/test_overhead.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg

from .measure import medians

pytestmark = pytest.mark.benchmark

LENGTH = 1000
SIZE = 8
BARS = {"mygrad": 0.5, "autograd": 0.25, "torch": 1.0}


def mixture(ops: Any, x: Any, w: Any) -> Any:
    """Five operations a round, the kinds that an unrolled network consists of."""
    for _ in range(LENGTH // 5):
        x = ops.tanh(x * w + x)
        x = x - w * 0.5
    return x.sum()


def tanh_chain(ops: Any, x: Any, w: Any) -> Any:
    for _ in range(LENGTH):
        x = ops.tanh(x)
    return x.sum()


def add_chain(ops: Any, x: Any, w: Any) -> Any:
    for _ in range(LENGTH):
        x = x + w
    return x.sum()


def contestants(program: Callable[[Any, Any, Any], Any]) -> dict[str, Callable[[], object]]:
    x, w = np.linspace(0.1, 0.9, SIZE), np.linspace(-0.5, 0.5, SIZE)

    def ours() -> object:
        p, q = mg.parameter(x), mg.parameter(w)
        with mg.Tape() as tape:
            tape.backward(program(mg, p, q))
        return q.grad

    runs: dict[str, Callable[[], object]] = {"minigrad": ours}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import autograd
            import autograd.numpy as anp

            gradient = autograd.grad(lambda x, w: program(anp, x, w), (0, 1))
            runs["autograd"] = lambda: gradient(x, w)
        except ImportError:
            pass
        try:
            import mygrad

            def by_mygrad() -> object:
                p, q = mygrad.tensor(x), mygrad.tensor(w)
                program(mygrad, p, q).backward()
                return q.grad

            runs["mygrad"] = by_mygrad
        except ImportError:
            pass
        try:
            import torch

            torch.set_num_threads(1)

            def by_torch() -> object:
                p, q = torch.tensor(x, requires_grad=True), torch.tensor(w, requires_grad=True)
                program(torch, p, q).backward()
                return q.grad

            runs["torch"] = by_torch
        except ImportError:
            pass
    return runs


@pytest.mark.parametrize("program", [mixture, tanh_chain, add_chain])
def test_the_cost_of_one_operation(program):
    """In processor time of one thread, so that other programs on the machine do not count."""
    runs = contestants(program)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        times = medians(runs, rounds=15, warmup=2, clock=time.process_time)
    print(f"\n{program.__name__}, {LENGTH} operations on {SIZE} numbers, forward and backward")
    for name, seconds in times.items():
        print(
            f"  {name:9} {seconds / LENGTH * 1e6:6.2f} µs an operation; ours is {times['minigrad'] / seconds:.2f} of it"
        )
    for name, bar in BARS.items():
        if name in times:
            assert times["minigrad"] <= bar * times[name], f"more than {bar} of {name}"


def test_the_cost_of_the_import(tmp_path):
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
