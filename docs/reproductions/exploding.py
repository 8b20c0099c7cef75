"""Vanishing and exploding gradients, and what clipping does about it (Pascanu, Mikolov and Bengio 2013)."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from reproduced import Outcome, curves

import minigrad as mg

TRUE_DECAY, STEPS = 0.9, 40


def task(decay: mg.Leaf) -> Any:
    """A leaky sum whose leak is to be learnt; the stream says what the true one gives."""

    def step(inputs: Any, h: Any) -> Any:
        x, y = inputs
        h = decay * h + x
        return mg.square(h - y), h

    return step


def stream(seed: int) -> Any:
    """Windows of 40 random inputs, each from a fresh state of 0, with the true sums."""
    rng = np.random.default_rng(seed)
    while True:
        h, window = 0.0, []
        for x in rng.normal(size=STEPS):
            h = TRUE_DECAY * h + x
            window.append((x, h))
        yield window


def decay_by_lag(decay: float) -> Any:
    """The lags of the gradient at one value of the decay."""
    leaf = mg.parameter(decay)
    return mg.bptt.measure_lags(task(leaf), next(stream(0)), np.array(0.0), [leaf])


def train(clip: float | None, updates: int) -> list[float]:
    """The decay after each update, from 1.3, where gradients explode."""
    decay, path = mg.parameter(1.3), []
    optimizer = mg.optim.SGD([decay], 0.01)
    with np.errstate(over="ignore", invalid="ignore"):
        for window in islice(stream(1), updates):
            next(iter(mg.truncated_bptt(task(decay), window, np.array(0.0))))
            if clip is not None:
                mg.clip_grad_norm([decay], clip)
            optimizer.step()
            path.append(float(decay.value))
    return path


def run(quick: bool = False) -> Outcome:
    """Both directions; quick takes fewer updates."""
    measured = {decay: decay_by_lag(decay) for decay in (0.6, 1.3)}
    free, clipped = train(None, 10), train(1.0, 150 if quick else 600)
    return Outcome(
        "Vanishing and exploding gradients",
        "A leaky sum learns its leak, 0.9, from 1.3, where the gradient grows by 1.3 with each step back.",
        [
            ("at a decay of 0.6 the gradient shrinks by about that factor", abs(measured[0.6].decay() - 0.6) < 0.03),
            ("at 1.3 it grows by about that factor", abs(measured[1.3].decay() - 1.3) < 0.1),
            ("without clipping the first step leaps away", abs(free[0] - 1.3) > 100),
            ("with clipping to norm 1 the leak is found", abs(np.mean(clipped[-20:]) - TRUE_DECAY) < 0.02),
        ],
        [["", "after 1 update", "after 10", "at the end"]]
        + [[n, f"{p[0]:.3g}", f"{p[9]:.3g}", f"{p[-1]:.3g}"] for n, p in (("free", free), ("clipped", clipped))],
        curves("lag", "mean ‖∂ℓ/∂h‖", {f"decay {d}": lags.phi for d, lags in measured.items()}, log=True),
    )


if __name__ == "__main__":
    for claim, ok in run().claims:
        print("ok  " if ok else "FAIL", claim)
