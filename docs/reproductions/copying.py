"""The copy task with variable delay: each row of the batch begins its own trials, whenever the last one ends."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from reproduced import Outcome, curves

import minigrad as mg

SYMBOLS, LONGEST, HIDDEN, BATCH = 4, 8, 32, 64
BLANK, CUE = SYMBOLS, SYMBOLS + 1


def trials(rng: np.random.Generator) -> Any:
    """Endless items (x, symbol, which rows begin, which rows are at their cue), all (batch,)."""
    left, symbol = np.zeros(BATCH, int), np.zeros(BATCH, int)
    while True:
        begins = left == 0
        symbol = np.where(begins, rng.integers(0, SYMBOLS, BATCH), symbol)
        left = np.where(begins, 1 + rng.integers(1, LONGEST + 1, BATCH), left - 1)
        cue = left == 0
        yield np.where(begins, symbol, np.where(cue, CUE, BLANK)), symbol, begins, cue


def train(k: int, updates: int, seed: int = 0) -> list[float]:
    """The share of right answers at the cue, for each window."""
    rng = np.random.default_rng(seed)
    cell = mg.nn.GRUCell(SYMBOLS + 2, HIDDEN, rng=rng)
    readout = mg.nn.Linear(HIDDEN, SYMBOLS, rng=rng)
    params = [*cell.parameters(), *readout.parameters()]
    optimizer = mg.optim.Adam(params, 5e-3)
    right: list[float] = []

    def step(item: Any, h: Any) -> Any:
        x, symbol, begins, cue = item
        h = cell(x, mg.bptt.reset(h, begins))
        if not cue.any():
            return None, h
        logits = readout(h)[cue]
        right.append(float((logits.numpy().argmax(axis=1) == symbol[cue]).mean()))
        return mg.nn.cross_entropy(logits, symbol[cue]), h

    accuracy = []
    for window in islice(mg.truncated_bptt(step, trials(rng), cell.initial_state(BATCH), k1=k), updates):
        if window.losses:
            mg.clip_grad_norm(params, 1.0)
            optimizer.step()
        accuracy.append(float(np.mean(right)) if right else float("nan"))
        right.clear()
    return accuracy


def run(quick: bool = False) -> Outcome:
    """A window of two trials against one of two steps, on equally many steps of data; quick takes fewer."""
    steps = 3000 if quick else 20000
    curve = {k: train(k, steps // k) for k in (2, 20)}
    final = {k: float(np.nanmean(each[-len(each) // 10 :])) for k, each in curve.items()}
    return Outcome(
        "Copying with variable delay",
        f"One of {SYMBOLS} symbols, 0 to {LONGEST - 1} blanks, a cue: which symbol was it? Rows of the batch begin "
        "their trials independently, through mg.bptt.reset.",
        [
            ("k = 20 answers more than 95 % right", final[20] > 0.95),
            ("so does k = 2 here: the state remembers by itself, and only the read-out has to learn", final[2] > 0.95),
        ],
        [["k", "right at the end"]] + [[str(k), f"{value:.1%}"] for k, value in final.items()],
        curves("step", "share of right answers", {f"k = {k}": (np.arange(len(c)) * k, c) for k, c in curve.items()}),
    )


if __name__ == "__main__":
    for claim, ok in run().claims:
        print("ok  " if ok else "FAIL", claim)
