"""The echo task: the target is the input bit of five steps ago."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Any

import numpy as np
from reproduced import Outcome, curves

import minigrad as mg

DELAY, HIDDEN, BATCH = 5, 32, 64


class Echo(mg.nn.Module):
    """A tanh network that reads a bit and says which one it read five steps ago."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.cell = mg.nn.RNNCell(2, HIDDEN, rng=rng, dtype="float64")
        self.readout = mg.nn.Linear(HIDDEN, 2, rng=rng, dtype="float64")
        self.cell.W_h.value = rng.normal(0, 0.5 / np.sqrt(HIDDEN), (HIDDEN, HIDDEN))

    def step(self, inputs: Any, h: Any) -> Any:
        """One time step."""
        x, y = inputs
        h = self.cell(x, h)
        return mg.nn.cross_entropy(self.readout(h), y), h


def bits(rng: np.random.Generator) -> Any:
    """An endless stream of random bits and of what they were five steps ago."""
    past = deque([np.zeros(BATCH, int)] * DELAY)
    while True:
        x = rng.integers(0, 2, BATCH)
        past.append(x)
        yield x, past.popleft()


def train(k: int, seed: int = 0, updates: int = 1500) -> list[float]:
    """The loss of each window, in nats."""
    rng = np.random.default_rng(seed)
    model = Echo(rng)
    params = model.parameters()
    optimizer = mg.optim.Adam(params, 3e-3)
    losses = []
    windows = mg.truncated_bptt(model.step, bits(rng), np.zeros((BATCH, HIDDEN)), k1=k)
    for window in islice(windows, updates):
        mg.clip_grad_norm(params, 1.0)
        optimizer.step()
        losses.append(window.loss)
    return losses


def run(quick: bool = False) -> Outcome:
    """Windows shorter and longer than the delay; quick takes one seed and two lengths."""
    lengths, seeds = ((3, 6), (0,)) if quick else ((3, 6, 8, 12, 24), (0, 1, 2))
    curve = {(k, seed): train(k, seed) for k in lengths for seed in seeds}
    final = {key: float(np.mean(losses[-50:])) for key, losses in curve.items()}
    return Outcome(
        "Echo",
        f"Target: the input bit of {DELAY} steps ago. A window shorter than that never sees the cause of an error.",
        [
            (
                f"k = {k}, seed {seed}: {'below 0.01' if k > DELAY else 'above 0.5'} nats",
                value < 0.01 if k > DELAY else value > 0.5,
            )
            for (k, seed), value in final.items()
        ],
        [["k", *(f"seed {seed}" for seed in seeds)]]
        + [[str(k), *(f"{final[k, seed]:.4f}" for seed in seeds)] for k in lengths],
        curves("window", "cross-entropy, nats", {f"k = {k}": curve[k, 0] for k in lengths}, log=True),
    )


if __name__ == "__main__":
    for claim, ok in run().claims:
        print("ok  " if ok else "FAIL", claim)
