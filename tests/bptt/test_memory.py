"""Memory: constant in the length of the stream, linear in k2, and nothing is left behind."""

from __future__ import annotations

import gc
import itertools
import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine import plan

pytestmark = pytest.mark.unwitnessed("measures memory and time, of which the witness takes its own")


def chain(step_count: int | None, k1: int, k2: int, **options: Any) -> Iterator[Any]:
    """Windows over a linear chain of 50 numbers with a loss at every tenth step, as fast as steps can be."""
    theta, h0 = mg.parameter(np.full(50, 0.9)), np.ones(50)

    def step(x: float, h: Any) -> tuple[Any, Any]:
        h = theta * h
        return (h.sum() if x else None), h

    stream = itertools.islice(itertools.cycle([0.0] * 9 + [1.0]), step_count)
    for window in mg.truncated_bptt(step, stream, h0, k1=k1, k2=k2, **options):
        theta.grad = None
        yield window


def growth(windows: int, **options: Any) -> int:
    """Bytes that so many windows left behind, with the garbage collector off."""
    loop = chain(None, 10, 15, **options)

    def run(count: int) -> None:
        for _ in itertools.islice(loop, count):
            pass

    run(1000)  # CPython fills its free lists of tuples
    gc.disable()
    try:
        tracemalloc.start()
        run(200)
        before, _ = tracemalloc.get_traced_memory()
        run(windows)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    return after - before


@pytest.mark.parametrize(
    "options", [{}, {"overlap": "recompute"}, {"scheme": "lag mask"}], ids=["keep", "recompute", "lag mask"]
)
def test_memory_is_flat_over_windows(options: dict[str, Any]) -> None:
    assert growth(1_000, **options) < 20_000


@pytest.mark.benchmark
@pytest.mark.parametrize(
    "options", [{}, {"overlap": "recompute"}, {"scheme": "lag mask"}], ids=["keep", "recompute", "lag mask"]
)
def test_memory_is_flat_over_a_hundred_thousand_windows(options: dict[str, Any]) -> None:
    assert growth(100_000, **options) < 20_000


def peak(run: Any) -> int:
    """The peak of memory while ``run`` runs."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_peak_memory_is_the_same_for_a_thousand_and_a_hundred_thousand_steps() -> None:
    def run(steps: int) -> None:
        for _ in chain(steps, 50, 100):
            pass

    run(3000)  # CPython fills its free lists of tuples
    assert peak(lambda: run(100_000)) == pytest.approx(peak(lambda: run(1000)), rel=0.05)


@pytest.mark.parametrize("k1", [None, 5], ids=["k1 = k2", "k1 = 5"])
@pytest.mark.parametrize(("cell", "hidden"), [("RNNCell", 64), ("RNNCell", 256), ("GRUCell", 64), ("LSTMCell", 64)])
def test_peak_memory_grows_with_k2_like_the_residuals(
    cell: str, hidden: int, k1: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cotangents that wait to be added up take no more than the slope allows, at any k2 (see ``cotangents._limit``)."""
    monkeypatch.setattr(plan, "users", False)  # for rules of users, which other tests made, a walk keeps all to its end
    rng, batch, tokens = np.random.default_rng(0), 32, 65
    network: Any = getattr(mg.nn, cell)(tokens, hidden, rng=rng)
    readout = mg.nn.Linear(hidden, tokens, rng=rng)
    x, y = rng.integers(0, tokens, (2, batch))
    kept: dict[int, int] = {}

    def step(_: Any, state: Any) -> tuple[Any, Any]:
        state = network(x, state)
        return mg.nn.cross_entropy(readout(network.output(state)), y), state

    def run(k2: int) -> None:
        for window in mg.truncated_bptt(step, range(3 * k2), network.initial_state(batch), k1=k1 or k2, k2=k2):
            kept[k2] = window.bytes_kept
            for leaf in [*network.parameters(), *readout.parameters()]:
                leaf.grad = None

    run(20)
    peaks = {k2: peak(partial(run, k2)) for k2 in (20, 40, 80)}
    for few, many in ((20, 40), (40, 80)):
        residuals = kept[many] - kept[few]
        slope = (peaks[many] - peaks[few]) / residuals
        scheme = f"k1 = {k1 or 'k2'}, k2 from {few} to {many}"
        print(f"\n{cell}, {hidden} units, {scheme}: {slope:.2f} of the residuals", end="")
        assert 1 <= slope < 1.5
