"""Influence balancing (Tallec and Ollivier 2017): a truncated gradient of the wrong sign."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from reproduced import Outcome, curves

import minigrad as mg

UNITS, POSITIVE, LR = 23, 10, 1e-4
OPTIMUM = -1 / 6
CHAIN = 0.5 * np.eye(UNITS) + 0.5 * np.eye(UNITS, k=1)
SIGN = np.where(np.arange(UNITS) < POSITIVE, 1.0, -1.0)


def task(theta: mg.Leaf) -> Any:
    """One step; its input says whether this step has a loss."""
    chain = mg.tensor(CHAIN)

    def step(counts: bool, s: Any) -> Any:
        s = chain @ s + theta * SIGN
        return (mg.square(s[0] - 1.0) * 0.5 if counts else None), s

    return step


def sensitivity(steps: int = 100) -> Any:
    """ds₁/dθ over 1, 2 … ``steps`` steps, from one sweep over the lags."""
    theta = mg.parameter(0.5)
    stream = [False] * (steps - 1) + [True]
    lags = mg.bptt.measure_lags(task(theta), stream, np.ones(UNITS), [theta])
    return lags.by_k()[:, 0] / lags.g[0, 0]


def train(k: int, updates: int) -> list[float]:
    """θ after each update; only the last step of a window has a loss."""
    theta, history = mg.parameter(0.5), []
    stream = (number % k == 0 for number in range(1, k * updates + 1))
    for _ in mg.truncated_bptt(task(theta), stream, np.ones(UNITS), k1=k, reduction="sum"):
        theta.value = theta.value - LR * theta.grad
        theta.grad = None
        history.append(float(theta.value))
    return history


def run(quick: bool = False) -> Outcome:
    """All figures; quick takes a tenth of the updates for the long windows."""
    s = sensitivity()
    paths = {k: train(k, 300 if quick and k >= 50 else 3000) for k in (1, 10, 50, 100)}
    last = {k: path[-1] for k, path in paths.items()}
    claims = [
        (
            "ds₁/dθ is 1, 10, 16.476 and 0.566 over 1, 10, 19 and 40 steps",
            [round(float(s[k - 1]), 3) for k in (1, 10, 19, 40)] == [1.0, 10.0, 16.476, 0.566],
        ),
        (
            "its maximum is at 19 steps, its sign turns at 41, and 100 steps see -6.000",
            int(s.argmax()) == 18 and int(np.flatnonzero(s < 0)[0]) == 40 and round(float(s[-1]), 3) == -6.0,
        ),
        ("k = 1 moves away, to θ = 3.260", abs(last[1] - 3.260) < 5e-4),
        ("k = 10 diverges, to about 1.4e7", 1.3e7 < last[10] < 1.5e7 or not math.isfinite(last[10])),
    ]
    if quick:
        claims.append(("k = 50 and 100 move towards the optimum", OPTIMUM - 0.05 < last[100] < last[50] < 0.5))
    else:
        claims += [
            ("k = 50 ends at -0.16654", abs(last[50] + 0.16654) < 1e-5),
            ("k = 100 ends at -0.166653", abs(last[100] + 0.166653) < 1e-6),
        ]
    return Outcome(
        "Influence balancing",
        "A parameter drives 23 units in a chain, ten up and thirteen down. What reaches the first unit soon is "
        "positive; what comes late is negative and larger, so short windows have a gradient of the wrong sign.",
        claims,
        [["k", "updates", "θ at the end", "optimum"]]
        + [[str(k), str(len(path)), f"{path[-1]:.6g}", f"{OPTIMUM:.6f}"] for k, path in paths.items()],
        curves("steps back", "ds₁/dθ", {"sensitivity": s, "zero": np.zeros(100)}),
    )


if __name__ == "__main__":
    for claim, ok in run().claims:
        print("ok  " if ok else "FAIL", claim)
