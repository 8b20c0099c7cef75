"""Makes the pictures of the README and the documentation: ``python docs/images/make.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg

HERE = Path(__file__).parent


def unrolled_rnn() -> mg.Drawing:
    """Two windows of three steps of a small RNN classifier, with the cut between them."""
    rng = np.random.default_rng(0)
    cell = mg.nn.RNNCell(4, 16, rng=rng)
    readout = mg.nn.Linear(16, 5, rng=rng)
    readout.W.name, readout.b.name, cell.b.name = "W_y", "b_y", "b"
    xs = rng.standard_normal((6, 8, 4)).astype("float32")
    ys = rng.integers(0, 5, (6, 8))

    def step(inputs: Any, h: Any) -> Any:
        x, y = inputs
        h = cell(mg.tensor(x, name="x"), h)
        return mg.nn.cross_entropy(readout(h), mg.tensor(y, name="y")), h

    windows = mg.truncated_bptt(step, zip(xs, ys, strict=True), cell.initial_state(8), k1=3, inspect=True)
    next(windows)
    for leaf in [*cell.parameters(), *readout.parameters()]:
        leaf.grad = None
    return mg.draw(next(windows), title="Unrolled RNN, T = 6, truncated back-propagation through time, k = 3")


if __name__ == "__main__":
    unrolled_rnn().save(HERE / "unrolled-rnn.svg")
