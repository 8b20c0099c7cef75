"""Unrolled loops: windows, overlaps, random cuts, checkpoints, recurrent learning, lags."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import bptt, nn, optim
from tests.device.comparing import Case, gradients, host, put

DATA = np.random.default_rng(3).standard_normal((14, 2, 4))
WINDOWS: dict[str, dict[str, Any]] = {
    "windows": {"k1": 4},
    "windows with an overlap": {"k1": 2, "k2": 5},
    "sliding windows": {"k1": 1, "k2": 4},
    "summed losses": {"k1": 4, "reduction": "sum"},
    "inspection": {"k1": 4, "inspect": True},
    "an overlap run again": {"k1": 3, "k2": 6, "overlap": "recompute"},
    "the lag mask": {"k1": 3, "scheme": "lag mask"},
    "the whole sequence": {"k1": None},
}


class Loop:
    """A GRU with a read-out, its stream, and a step."""

    def __init__(self, xp: Any, dtype: str = "float32") -> None:
        self.cell = put(xp, nn.GRUCell(4, 5, rng=0, dtype=dtype))
        self.read = put(xp, nn.Linear(5, 1, rng=1, dtype=dtype))
        self.params = [*self.cell.parameters(), *self.read.parameters()]
        self.stream = [mg.tensor(xp.asarray(x.astype(dtype))) for x in DATA]
        self.start = mg.tensor(xp.zeros((2, 5), dtype))

    def step(self, x: Any, state: Any) -> Any:
        state = self.cell(x, state)
        return mg.square(self.read(state)).mean(), state


def _truncated(how: dict[str, Any]) -> Callable[[Any], dict[str, Any]]:
    def run(xp: Any) -> dict[str, Any]:
        loop = Loop(xp)
        optimiser = optim.SGD(loop.params, 0.05)
        found = {}
        for window in bptt.truncated_bptt(loop.step, loop.stream, loop.start, **how):
            found[f"losses {window.index}"] = np.array(list(window.losses.values()))
            found |= gradients(loop.params)
            optimiser.step()
            for p in loop.params:
                p.grad = None
        return found | {f"parameter {k}": host(p) for k, p in enumerate(loop.params)}

    return run


def _artbp(xp: Any) -> dict[str, Any]:
    loop = Loop(xp)
    losses = [list(window.losses.values()) for window in bptt.artbp(loop.step, loop.stream, loop.start, 4.0, rng=0)]
    return {"losses": np.concatenate(losses), **gradients(loop.params)}


def _checkpointed(xp: Any) -> dict[str, Any]:
    loop = Loop(xp)
    done = bptt.checkpointed_bptt(loop.step, loop.stream, loop.start, 3)
    return {"losses": np.array(list(done.losses.values())), **gradients(loop.params)}


def _rtrl(xp: Any) -> dict[str, Any]:
    loop = Loop(xp, "float64")
    influence = None
    for online in bptt.rtrl(loop.step, loop.stream[:4], loop.start, loop.params):
        influence = online.influence
    return {"influence": np.asarray(influence), **gradients(loop.params)}


def _lags(xp: Any) -> dict[str, Any]:
    loop = Loop(xp, "float64")
    lags = bptt.measure_lags(loop.step, loop.stream, loop.start, loop.params)
    return {"phi": lags.phi, "g": lags.g, "full": lags.full}


def _overlap(xp: Any) -> dict[str, Any]:
    loop = Loop(xp)
    overlap = bptt.Overlap(loop.params)
    windows = bptt.truncated_bptt(loop.step, loop.stream, loop.start, 2, 5, resume=overlap)
    losses = [next(windows).loss for _ in range(3)]
    return {"losses": np.array(losses), **gradients(loop.params)}


def _reset(xp: Any) -> dict[str, Any]:
    loop = Loop(xp)
    return {"state": host(bptt.reset(loop.start + 1.0, xp.asarray(np.array([True, False]))))}


def loops() -> Iterator[Case]:
    """Everything that unrolls a step."""
    for name, how in WINDOWS.items():
        yield Case(name, _truncated(how), 1e-4, 1e-5)
    for name, run in {
        "artbp": _artbp,
        "checkpointed": _checkpointed,
        "rtrl": _rtrl,
        "lags": _lags,
        "a kept overlap": _overlap,
        "reset": _reset,
    }.items():
        yield Case(name, run, 1e-4, 1e-5)
