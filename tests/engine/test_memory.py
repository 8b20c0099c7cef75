"""Memory: no cycles, nothing that grows, and long chains without recursion."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg

pytestmark = pytest.mark.unwitnessed("measures memory and time, of which the witness takes its own")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """The cyclic garbage collector switched off, and nothing left for it to find."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def resident_bytes() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Model:
    """A small recurrent network that carries its state over windows."""

    def __init__(self) -> None:
        self.cell = mg.nn.RNNCell(3, 8, rng=0)
        self.head = mg.nn.Linear(8, 3, rng=1)
        self.params = [*self.cell.parameters(), *self.head.parameters()]
        self.tokens = np.array([0, 2])

    def window(self, steps: int = 2, create_graph: bool = False) -> None:
        with mg.Tape() as tape:
            h = self.cell.initial_state(2)
            for _ in range(steps):
                tape.mark()
                h = self.cell(self.tokens, h)
            loss = mg.cross_entropy(self.head(h), self.tokens)
            if create_graph:
                grads = tape.gradient(loss, self.params, create_graph=True)
                loss = loss + sum((g * g).sum() for g in grads)
            tape.backward(loss)
        for p in self.params:
            p.grad = None


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_window_leaves_no_cyclic_garbage(no_collector, create_graph):
    model = Model()
    model.window(create_graph=create_graph)
    gc.collect()
    for _ in range(10):
        model.window(create_graph=create_graph)
    assert gc.collect() == 0


def test_a_failed_walk_leaves_no_cyclic_garbage(no_collector):
    x = mg.parameter([1.0, 2.0])
    for _ in range(2):
        gc.collect()
        with mg.Tape() as tape:
            y = x * x
            with contextlib.suppress(mg.errors.ShapeError):
                tape.backward(y)
        del tape, y
    assert gc.collect() == 0


def test_truncated_bptt_leaves_no_cyclic_garbage(no_collector):
    model = Model()

    def step(x, h):
        h = model.cell(x, h)
        return mg.cross_entropy(model.head(h), x), h

    def run():
        stream = (model.tokens for _ in range(20))
        for _ in mg.truncated_bptt(step, stream, model.cell.initial_state(2), k1=4, k2=8):
            for p in model.params:
                p.grad = None

    run()
    gc.collect()
    run()
    assert gc.collect() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_flat_over_ten_thousand_windows(no_collector):
    x = mg.parameter(np.ones(64))
    tape = mg.Tape()
    h = mg.tensor(np.zeros(64))

    def windows(count):
        nonlocal h
        for _ in range(count):
            with tape:
                tape.mark("window")
                h = mg.tanh(h * x + 1.0)
                tape.backward(h.sum())
            tape.cut()
            x.grad = None

    windows(1_000)
    blocks, resident = sys.getallocatedblocks(), resident_bytes()
    windows(9_000)
    assert sys.getallocatedblocks() - blocks < 200
    assert resident_bytes() - resident < 1_000_000
    assert len(tape) == 0
    assert list(tape.leaves.values()) == [x]
    assert len(tape.names) == 0
    assert len(tape.mark_names) == 1


def test_a_walk_frees_residuals_as_it_goes_and_a_tape_frees_the_rest(no_collector):
    x = mg.parameter(np.ones(1000))
    with mg.Tape() as tape:
        y = x
        for _ in range(5):
            y = mg.tanh(y)
        watched = [weakref.ref(r) for record in tape[:-1] for r in record.arrays()]
        assert len(watched) == 4
        assert all(ref() is not None for ref in watched)
        assert tape.nbytes == 5 * 8000
        tape.backward(y, np.ones(1000))
        assert tape.nbytes == 0
    assert all(ref() is None for ref in watched)


def test_a_tensor_does_not_keep_its_tape_alive(no_collector):
    x = mg.parameter(np.ones(3))
    with mg.Tape() as tape:
        y = mg.exp(x)
    gone = weakref.ref(tape)
    del tape
    assert gone() is None
    np.testing.assert_allclose(y.value, np.e)


def test_a_million_operations(no_collector):
    count = 1_000_000
    x = mg.parameter(1.0)
    started = time.perf_counter()
    with mg.Tape() as tape:
        y = x
        for _ in range(count - 1):
            y = y * 1.0
        assert len(tape) == count - 1
        tape.backward(y)
    assert x.grad == 1.0
    del tape, y
    assert time.perf_counter() - started < 60, "it takes about 3 s on a free machine"


@pytest.mark.parametrize(
    "build",
    [
        lambda x, n: [x * 1.0 for _ in range(n)],  # dense contributions
        lambda x, n: [x[0:1] for _ in range(n)],  # scattered ones
        lambda x, n: [mg.matmul(np.ones((1, 1)), x.reshape(1, 1)) for _ in range(n)],
    ],
)
def test_a_large_fan_in_takes_linear_time(build):
    def seconds(n):
        best = float("inf")
        for _ in range(2):
            x = mg.parameter([1.0])
            with mg.Tape() as tape:
                uses = build(x, n)
                started = time.perf_counter()
                tape.backward(uses, [np.ones(u.shape) for u in uses])
                best = min(best, time.perf_counter() - started)
            assert x.grad.tolist() == [float(n)]
        return best

    small, large = seconds(2_000), seconds(16_000)
    assert large < 24 * small, "8 times is linear, 64 times is quadratic"


def test_a_walk_over_a_large_stack_is_one_record():
    xs = [mg.parameter(float(k)) for k in range(3000)]
    with mg.Tape() as tape:
        total = mg.stack(xs).sum()
        assert len(tape) == 2
        tape.backward(total)
    assert {x.grad.item() for x in xs} == {1.0}


def test_bytes_kept_grow_with_the_steps_alone():
    model = Model()
    kept = []
    for steps in (2, 4, 6):
        with mg.Tape() as tape:
            h = model.cell.initial_state(2)
            for _ in range(steps):
                h = model.cell(model.tokens, h)
            kept.append(tape.nbytes)
    assert kept[1] - kept[0] == kept[2] - kept[1] == 2 * (2 * 8 * 4 + model.tokens.nbytes)
