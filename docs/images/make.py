"""Makes the pictures of the README and the documentation: ``python docs/images/make.py``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib
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


def schemes() -> Any:
    """Gradient by lag, bias and cosine, for the problem that the page beside the picture sets up."""
    page = (HERE.parent / "schemes.md").read_text("utf-8")
    problem = re.search(r"^```python\n(.*?)^def gradient", page, re.MULTILINE | re.DOTALL)
    assert problem is not None
    names: dict[str, Any] = {}
    exec(problem[1], names)
    lags = mg.bptt.measure_lags(names["step"], names["stream"], names["start"], names["parameters"])
    return mg.bptt.plot(lags)


def windows_of_four() -> mg.Tape:
    """An RNN over twelve steps, walked back and cut after every four."""
    cell = mg.nn.RNNCell(4, 8, rng=0)
    h = cell.initial_state(1)
    rng = np.random.default_rng(0)
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, 13):
            tape.mark()
            h = cell(mg.tensor(rng.normal(size=(1, 4)).astype("float32"), name="x"), h)
            losses.append(mg.square(h).sum())
            if t % 4 == 0:
                tape.backward(losses)
                tape.cut()
                losses = []
    return tape


def lecture() -> mg.Drawing:
    """Four steps with notes, and the way of the derivative of the loss by the initial state."""
    w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0, name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(4):
            tape.mark()
            h = mg.tanh(w * h)
        loss = mg.square(h)
        tape.backward(loss)
    notes = {2: "The state shrinks at every step,", "h4": "so its derivative by h0 is small."}
    return mg.draw(tape, notes=notes, highlight=("h0", loss))


def mine() -> mg.Drawing:
    """The engine of the page about adopting one, with its mistake."""
    page = (HERE.parent / "tutorials" / "adopt.md").read_text("utf-8")
    code = re.search(r"^```python\n(.*?)^print", page, re.MULTILINE | re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)
    drawing: mg.Drawing = names["mine"].draw()
    return drawing


if __name__ == "__main__":
    unrolled_rnn().save(HERE / "unrolled-rnn.svg")
    tape = windows_of_four()
    mg.draw.flow(tape).save(HERE / "flow.svg")
    mg.draw.memory(tape).save(HERE / "memory.svg")
    mg.draw(mg.nn.LSTMCell(4, 8, rng=0)).save(HERE / "lstm-cell.svg")
    lecture().save(HERE / "lecture.svg")
    mine().save(HERE / "mine.svg")
    matplotlib.rcParams["svg.hashsalt"] = "minigrad"  # so that the same picture is the same file
    schemes().savefig(HERE / "schemes.svg", metadata={"Date": None})
