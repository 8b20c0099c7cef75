"""Yearly sunspot numbers: next year's, from all the years before.

``sunspots.csv`` holds the yearly mean sunspot numbers of 1700 to 2008 as in the public-domain data set ``sunspots`` of
statsmodels (from NOAA's National Geophysical Data Center; the numbers are those of SILSO, Royal Observatory of Belgium,
before their revision in 2015).
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from reproduced import Outcome, curves

import minigrad as mg

LAST_TRAINING_YEAR = 1920
HIDDEN = 16


def numbers() -> tuple[Any, Any]:
    """The years, and the numbers in hundreds."""
    table = np.loadtxt(Path(__file__).with_name("sunspots.csv"), delimiter=",", skiprows=1)
    return table[:, 0].astype(int), table[:, 1] / 100


def train(k: int, epochs: int, seed: int = 0) -> tuple[Any, Any]:
    """The years that were not trained on, and the predictions for them."""
    years, values = numbers()
    cell = mg.nn.GRUCell(1, HIDDEN, rng=seed, dtype="float64")
    readout = mg.nn.Linear(HIDDEN, 1, rng=seed + 1, dtype="float64")
    params = [*cell.parameters(), *readout.parameters()]
    optimizer = mg.optim.Adam(params, 5e-3)

    def step(pair: Any, h: Any) -> Any:
        x, y = pair
        h = cell(x, h)
        return mg.nn.mse_loss(readout(h), y), h

    series = values.reshape(-1, 1, 1)
    split = int(np.searchsorted(years, LAST_TRAINING_YEAR))
    for _ in range(epochs):
        pairs = pairwise(series[: split + 1])
        for _ in mg.truncated_bptt(step, pairs, cell.initial_state(1), k1=k):
            mg.clip_grad_norm(params, 1.0)
            optimizer.step()
    h, predictions = cell.initial_state(1), []
    for x in series[:-1]:
        h = cell(x, h)
        predictions.append(readout(h).numpy().item())
    return years[split + 1 :], np.array(predictions)[split:]


def run(quick: bool = False) -> Outcome:
    """One prediction for each year after 1920, against repeating the year before."""
    _, values = numbers()
    test, predicted = train(25, 40 if quick else 150)
    truth = values[-len(test) :]
    error = float(np.mean((predicted - truth) ** 2))
    repeating = float(np.mean((values[-len(test) - 1 : -1] - truth) ** 2))
    return Outcome(
        "Sunspots",
        f"A GRU of {HIDDEN} units reads yearly sunspot numbers of 1700 to {LAST_TRAINING_YEAR}, in windows of 25 "
        "years, and predicts each year after that from the years before.",
        [("its squared error is less than half of that of repeating last year's number", error < 0.5 * repeating)],
        [["", "mean squared error"], ["network", f"{1e4 * error:.0f}"], ["last year's", f"{1e4 * repeating:.0f}"]],
        curves("year", "sunspots", {"seen": (test, 100 * truth), "predicted": (test, 100 * predicted)}),
    )


if __name__ == "__main__":
    for claim, ok in run().claims:
        print("ok  " if ok else "FAIL", claim)
