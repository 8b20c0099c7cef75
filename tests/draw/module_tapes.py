"""Tapes that modules recorded, for drawings in which modules are boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.engine.context import current_tape
from tests.draw.tapes import ramp


class Gate(nn.Module):
    """A module that hides nothing."""

    def __call__(self, x: Any, state: Any) -> Any:
        gate = mg.sigmoid(x)
        return gate, gate * state


class Net(nn.Module):
    """A stack of two cells, and what reads it out."""

    def __init__(self) -> None:
        self.rnn = nn.Stacked([nn.RNNCell(2, 3, rng=0), nn.LSTMCell(3, 3, rng=1)])
        self.out = nn.Linear(3, 1, rng=2)

    def __call__(self, x: Any, state: Any) -> Any:
        state = self.rnn(x, state)
        return self.out(self.rnn.output(state)), state


class Judged(nn.Module):
    """A model that computes its own loss."""

    def __init__(self) -> None:
        self.net = Net()

    def __call__(self, x: Any, y: Any, state: Any) -> Any:
        output, state = self.net(x, state)
        return nn.mse_loss(output, y), state


def batch(t: int, *shape: int) -> Any:
    return ramp(*shape, scale=t + 1.0).astype("float32")


def cell(kind: Any, steps: int = 4, k1: int | None = 2, k2: int | None = None, **options: Any) -> mg.Window:
    """A cell and a layer that reads it out, in windows."""
    recurrent, out = kind(2, 3, rng=0), nn.Linear(3, 1, rng=1)

    def step(t: int, state: Any) -> Any:
        state = recurrent(mg.tensor(batch(t, 1, 2), name="x"), state)
        return nn.mse_loss(out(recurrent.output(state)), mg.tensor(batch(t, 1, 1), name="y")), state

    return _last_window(step, recurrent.initial_state(1), steps, k1, k2, **options)


def _last_window(step: Any, state: Any, steps: int, k1: int | None, k2: int | None = None, **options: Any) -> mg.Window:
    options.setdefault("inspect", True)
    for window in mg.truncated_bptt(step, range(steps), state, k1, k2, **options):
        if window.last_step == steps:
            break
    return window


def nested(steps: int = 4, k1: int | None = 2) -> mg.Window:
    """Modules in modules in a module."""
    net = Net()

    def step(t: int, state: Any) -> Any:
        output, state = net(mg.tensor(batch(t, 1, 2), name="x"), state)
        return nn.mse_loss(output, mg.tensor(batch(t, 1, 1), name="y")), state

    return _last_window(step, net.rnn.initial_state(1), steps, k1)


def judged(steps: int = 4) -> mg.Tape:
    """The losses come out of the module, and are summed by hand."""
    model = Judged()
    state: Any = model.net.rnn.initial_state(1)
    total: Any = 0.0
    tape = mg.Tape(inspect=True)
    with tape:
        for t in range(steps):
            tape.mark()
            loss, state = model(mg.tensor(batch(t, 1, 2)), mg.tensor(batch(t, 1, 1)), state)
            total = total + loss
        tape.backward(total)
    return tape


def walked_again() -> mg.Tape:
    """A recorded walk, which uses what lies inside of modules."""
    W = mg.parameter(ramp(2, 2), name="W")
    state: Any = mg.tensor(ramp(1, 2), name="h0")
    tape = mg.Tape(inspect=True)
    with tape:
        for t in range(2):
            tape.mark()
            with mg.scope("cell"):
                state = mg.tanh(mg.square(state @ W + mg.tensor(ramp(1, 2, scale=t + 1.0), name="x")))
        gradient = tape.gradient(mg.square(state).sum(), W, create_graph=True)
        tape.backward((gradient * gradient).sum())
    return tape


def perceptron() -> mg.Tape:
    """Layers one after the other, without steps."""
    model = nn.Sequential(nn.Linear(2, 4, rng=0), mg.tanh, nn.Linear(4, 3, rng=1))
    tape = mg.Tape(inspect=True)
    with tape:
        tape.backward(nn.cross_entropy(model(mg.tensor(batch(0, 5, 2), name="x")), np.array([0, 1, 2, 0, 1])))
    return tape


def nothing_inside(steps: int = 3) -> mg.Tape:
    """A module all of whose operations are results."""
    gate, w = Gate(), mg.parameter(ramp(2), name="w")
    tape = mg.Tape(inspect=True)
    state: Any = mg.tensor(ramp(2), name="h0")
    with tape:
        for t in range(steps):
            tape.mark()
            z, state = gate(w * mg.tensor(ramp(2, scale=t + 1.0), name="x"), state)
            state = state + z
        tape.backward(state.sum())
    return tape


def marked_inside(steps: int = 3) -> mg.Tape:
    """One call that marks its own steps."""

    class Unrolled(nn.Module):
        def __init__(self) -> None:
            self.cell = nn.GRUCell(2, 3, rng=0)

        def __call__(self, inputs: Any) -> Any:
            return nn.unroll(self.cell, inputs)[0]

    tape = mg.Tape(inspect=True)
    with tape:
        tape.backward(mg.square(Unrolled()(mg.tensor(batch(0, steps, 1, 2), name="x"))).mean())
    return tape


def evil() -> mg.Tape:
    """Titles that would break a writer which does not escape them."""
    x: Any = mg.parameter(ramp(2), name="x")
    tape = mg.Tape(inspect=True)
    with tape:
        tape.mark()
        for title in ('</svg><script>alert("x")</script>', "\\N\n\x00\ud800", "שלום", "a" * 300, "", "add"):
            with mg.scope(title):
                x = mg.tanh(x * 2.0) + x
        tape.backward(x.sum())
    return tape


KINDS: dict[str, Callable[[], Any]] = {
    "rnn": lambda: cell(nn.RNNCell),
    "gru": lambda: cell(nn.GRUCell),
    "lstm": lambda: cell(nn.LSTMCell),
    "lstm, overlapping": lambda: cell(nn.LSTMCell, 6, 2, 4),
    "lstm, long": lambda: cell(nn.LSTMCell, 30, 5),
    "nested": nested,
    "judged": judged,
    "walked again": walked_again,
    "perceptron": perceptron,
    "nothing inside": nothing_inside,
    "marked inside": marked_inside,
    "evil": evil,
}

OPERATIONS = (mg.tanh, mg.sigmoid, mg.square)


class Block(nn.Module):
    """A module of random operations, and of modules like it."""

    def __init__(self, rng: np.random.Generator, depth: int) -> None:
        self.rng = rng
        self.w = mg.parameter(ramp(2))
        self.inner = [Block(rng, depth - 1) for _ in range(int(rng.integers(0, 3)))] if depth else []

    def __call__(self, *inputs: Any) -> Any:
        kept = list(inputs)
        for _ in range(int(self.rng.integers(0, 5))):
            first, second = (kept[int(self.rng.integers(len(kept)))] for _ in range(2))
            if self.inner and self.rng.random() < 0.5:
                kept += self.inner[int(self.rng.integers(len(self.inner)))](first, second)
            elif self.rng.random() < 0.5:
                kept.append(OPERATIONS[int(self.rng.integers(3))](first))
            else:
                kept.append(first * (second if self.rng.random() < 0.5 else self.w))
            if self.rng.random() < 0.05:
                tape = current_tape()
                tape.mark()
                if self.rng.random() < 0.5:
                    tape.cut()
        return [kept[int(self.rng.integers(len(kept)))] for _ in range(int(self.rng.integers(1, 4)))]


def at_random(seed: int) -> mg.Tape:
    """A loop over random modules, with walks, cuts and uses of anything computed before."""
    rng = np.random.default_rng(seed)
    blocks = [Block(rng, 2) for _ in range(3)]
    tape = mg.Tape(inspect=True)
    kept: list[Any] = [mg.tensor(ramp(2), name="h0")]
    with tape:
        for _ in range(int(rng.integers(1, 5))):
            tape.mark()
            for _ in range(int(rng.integers(1, 4))):
                x = mg.tensor(ramp(2), name="x") if rng.random() < 0.7 else 0.5 * blocks[0].w
                kept += blocks[int(rng.integers(3))](x, kept[int(rng.integers(max(len(kept) - 4, 0), len(kept)))])
            if rng.random() < 0.5:
                target = (kept[-1] * blocks[0].w).sum()
                if rng.random() < 0.3:
                    gradient = tape.gradient(target, blocks[0].w, create_graph=True)
                    target = (gradient * gradient).sum() + target
                tape.backward(target, retain=True)
            if rng.random() < 0.3:
                tape.cut(keep=int(rng.integers(0, 2)))
    return tape
