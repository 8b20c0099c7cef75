"""The copy task with variable delay: each row of the batch begins its own trials, whenever the last one ends."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from reproduced import Outcome, curves

import minigrad as mg

SYMBOLS, DISTRACTORS, HIDDEN, BATCH = 4, 4, 32, 64
SHORTEST, LONGEST = 12, 18  # steps from the symbol to the cue
CUE = SYMBOLS + DISTRACTORS


def trials(rng: np.random.Generator) -> Any:
    """Endless items (x, symbol, which rows begin, which rows are at their cue), all (batch,)."""
    left, symbol = rng.integers(0, LONGEST, BATCH), np.zeros(BATCH, int)
    while True:
        begins = left == 0
        symbol = np.where(begins, rng.integers(0, SYMBOLS, BATCH), symbol)
        left = np.where(begins, rng.integers(SHORTEST, LONGEST + 1, BATCH), left - 1)
        cue = left == 0
        between = np.where(cue, CUE, SYMBOLS + rng.integers(0, DISTRACTORS, BATCH))
        yield np.where(begins, symbol, between), symbol, begins, cue


def train(k: int, updates: int, seed: int = 0) -> list[float]:
    """The share of right answers at the cue, for each window."""
    rng = np.random.default_rng(seed)
    cell = mg.nn.GRUCell(SYMBOLS + DISTRACTORS + 1, HIDDEN, rng=rng)
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
    """Windows shorter and longer than the delay, on equally many steps of data; quick takes fewer and one seed."""
    steps, lengths, seeds = (6000, (3, 20), (0,)) if quick else (10000, (1, 3, 20, 40), (0, 1, 2))
    curve = {(k, seed): train(k, steps // k, seed) for k in lengths for seed in seeds}
    final = {key: float(np.nanmean(each[-len(each) // 10 :])) for key, each in curve.items()}
    return Outcome(
        "Copying with variable delay",
        f"One of {SYMBOLS} symbols, then {DISTRACTORS} kinds of distractors, and after {SHORTEST} to {LONGEST} steps a "
        "cue: which symbol was it? The rows of the batch begin their trials independently, through mg.bptt.reset. "
        "Next to nothing of the symbol is left in an untrained state after so many distractors, so the read-out alone "
        "has little to learn from; and a window that ends before the cue never asks the state to keep the symbol.",
        [
            (
                f"k = {k}, seed {seed}: "
                + (f"less than half right (guessing: {1 / SYMBOLS:.0%})" if k < SHORTEST else "more than 95 % right"),
                value < 0.5 if k < SHORTEST else value > 0.95,
            )
            for (k, seed), value in final.items()
        ],
        [["right at the end", *(f"seed {seed}" for seed in seeds)]]
        + [[f"k = {k}", *(f"{final[k, seed]:.1%}" for seed in seeds)] for k in lengths],
        curves(
            "step", "share of right answers", {f"k = {k}": (k * np.arange(steps // k), curve[k, 0]) for k in lengths}
        ),
    )


if __name__ == "__main__":
    for claim, ok in run().claims:
        print("ok  " if ok else "FAIL", claim)
