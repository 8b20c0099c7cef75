"""Small tapes to look at: ``minigrad draw --example rnn``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import nn, primitives
from ..arrays.creation import parameter, tensor
from ..bptt import CharText, TokenRows, truncated_bptt
from ..engine.tape import Tape
from .graph.model import Source

ROWS = 8
SENTENCE = "the quick brown fox jumps over the lazy dog. "


def _recurrent(cell: Any, readout: Any, text: CharText, steps: int, k: int) -> Source:
    """The last window of a network that reads ``steps`` characters in windows of ``k``."""

    def step(inputs: Any, state: Any) -> Any:
        x, y = inputs
        state = cell(tensor(x, name="x"), state)
        loss = primitives.cross_entropy(readout(cell.output(state)), tensor(y, name="y"))
        return loss, state

    return _window_that_ends_at(steps, step, text, cell, cell, readout, k=k)


def _window_that_ends_at(steps: int, step: Any, text: CharText, cell: Any, *modules: nn.Module, k: int) -> Source:
    rows = TokenRows(text.tokens, ROWS)
    for window in truncated_bptt(step, rows, cell.initial_state(ROWS), k1=k, inspect=True):
        if window.last_step == steps:
            return window
        for module in modules:
            for leaf in module.parameters():
                leaf.grad = None
    raise AssertionError("the text is too short")


def characters(kind: Callable[..., Any], steps: int, k: int) -> Source:
    """The last of several windows of ``k`` steps, for a cell of a kind that learns to spell a sentence."""
    text = CharText(SENTENCE * max(40, 1 + ROWS * (steps + 1) // len(SENTENCE)))
    classes, hidden = len(text.vocabulary), 16
    readout = nn.Linear(hidden, classes, rng=1)
    for leaf, name in zip(readout.parameters(), ("W_y", "b_y"), strict=True):
        leaf.name = name
    return _recurrent(kind(classes, hidden, rng=0), readout, text, steps, k)


def rnn() -> Source:
    """A recurrent network over two windows of three steps, with the cut between them."""
    return characters(nn.RNNCell, 6, 3)


def lstm() -> Source:
    """A long short-term memory over two steps: two carried states, four gates."""
    return characters(nn.LSTMCell, 2, 2)


class Reader(nn.Module):
    """A model of modules: two cells on top of each other, and a layer that reads them out."""

    def __init__(self, classes: int, hidden: int) -> None:
        self.rnn = nn.Stacked([nn.GRUCell(classes, hidden, rng=0), nn.LSTMCell(hidden, hidden, rng=1)])
        self.readout = nn.Linear(hidden, classes, rng=2)

    def __call__(self, x: Any, state: Any) -> Any:
        """The scores of the next character, and the next state."""
        state = self.rnn(x, state)
        return self.readout(self.rnn.output(state)), state


def modules() -> Source:
    """A model of modules in modules, over two windows of two steps; ``depth`` says how many are opened."""
    text = CharText(SENTENCE * 40)
    model = Reader(len(text.vocabulary), 16)

    def step(inputs: Any, state: Any) -> Any:
        x, y = inputs
        scores, state = model(tensor(x, name="x"), state)
        return primitives.cross_entropy(scores, tensor(y, name="y")), state

    return _window_that_ends_at(4, step, text, model.rnn, model, k=2)


def loop() -> Source:
    """A loop of a user's own that marks no steps, and whose first step has no state yet."""
    rng = np.random.default_rng(0)
    sizes = {"W": (3, 8), "U": (8, 8), "V": (8, 1)}
    W, U, V = (parameter(rng.standard_normal(shape) / 2, name=name) for name, shape in sizes.items())
    total: Any = 0.0
    state: Any = None
    tape = Tape(inspect=True)
    with tape:
        for _ in range(5):
            drive = tensor(rng.standard_normal((4, 3)), name="x") @ W
            state = primitives.tanh(drive if state is None else drive + state @ U)
            total = total + primitives.mean(primitives.square(state @ V))
        tape.backward(total)
    return tape


def long() -> Source:
    """A recurrent network over 200 steps in windows of 25; the picture leaves out the middle."""
    return characters(nn.RNNCell, 200, 25)


def mlp() -> Source:
    """A perceptron with one hidden layer, and its loss."""
    rng = np.random.default_rng(0)
    sizes = {"W1": (4, 16), "b1": (16,), "W2": (16, 3), "b2": (3,)}
    W1, b1, W2, b2 = (parameter(rng.standard_normal(shape) / 4, name=name) for name, shape in sizes.items())
    tape = Tape(inspect=True)
    with tape:
        x, y = tensor(rng.standard_normal((32, 4)), name="x"), tensor(rng.integers(0, 3, 32), name="y")
        hidden = primitives.tanh(x @ W1 + b1)
        tape.backward(primitives.cross_entropy(hidden @ W2 + b2, y))
    return tape


def scalar() -> Source:
    """``tanh(a · b + c) + a²``: one input is used twice."""
    a, b, c = parameter(2.0, name="a"), parameter(-3.0, name="b"), parameter(5.5, name="c")
    tape = Tape(inspect=True)
    with tape:
        tape.backward(primitives.tanh(a * b + c) + a * a)
    return tape


def hvp() -> Source:
    """A Hessian-vector product: a backward walk that is recorded, and walked again."""
    x = parameter(np.array([0.5, -1.0, 2.0]), name="x")
    v = tensor(np.array([1.0, 0.0, 0.5]), name="v")
    tape = Tape(inspect=True)
    with tape:
        loss = (primitives.tanh(x) * x).sum()
        gradient = tape.gradient(loss, x, create_graph=True)
        tape.backward((gradient * v).sum())
    return tape


EXAMPLES: dict[str, Callable[[], Source]] = {
    "rnn": rnn,
    "lstm": lstm,
    "modules": modules,
    "loop": loop,
    "mlp": mlp,
    "scalar": scalar,
    "hvp": hvp,
    "long": long,
}
