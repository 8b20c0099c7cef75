"""A small recurrent network with everything that a truncation test needs, in float64."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.transforms.trees import tree_map

INPUTS, HIDDEN, OUTPUTS, BATCH = 3, 4, 2, 2
CELLS = {"rnn": mg.nn.RNNCell, "gru": mg.nn.GRUCell, "lstm": mg.nn.LSTMCell}


class Network(mg.nn.Module):
    """A cell and a read-out; ``step`` is one time step with a squared error."""

    def __init__(self, cell: str, rng: np.random.Generator) -> None:
        self.cell = CELLS[cell](INPUTS, HIDDEN, rng=rng, dtype="float64")
        self.readout = mg.nn.Linear(HIDDEN, OUTPUTS, rng=rng, dtype="float64")
        self.cell.W_h.value = 1.5 * self.cell.W_h.value

    def step(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        x, y = inputs
        state = self.cell(x, state)
        return mg.nn.mse_loss(self.readout(self.cell.output(state)), y), state


class Problem:
    """A network on a random stream of ``steps`` steps, its initial state random too."""

    def __init__(self, steps: int, seed: int = 0, cell: str = "rnn") -> None:
        rng = np.random.default_rng(seed)
        self.network = Network(cell, rng)
        self.cell, self.readout = self.network.cell, self.network.readout
        self.params = self.network.parameters()
        self.stream = [
            (rng.standard_normal((BATCH, INPUTS)), rng.standard_normal((BATCH, OUTPUTS))) for _ in range(steps)
        ]
        self.h0 = tree_map(lambda leaf: rng.standard_normal(leaf.shape), self.cell.initial_state(BATCH))

    def step(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        if inputs is None:  # a step of an earlier, empty stretch of the stream
            return None, state
        return self.network.step(inputs, state)

    def windows(self, k1: int | None, k2: int | None = None, **options: Any) -> Any:
        options.setdefault("reduction", "sum")
        stream = options.pop("stream", self.stream)
        return mg.truncated_bptt(self.step, stream, self.h0, k1=k1, k2=k2, **options)

    def gradient(self, k1: int | None, k2: int | None = None, **options: Any) -> np.ndarray[Any, Any]:
        """The sum of all windows' gradients, parameters frozen, as one vector."""
        self.forget()
        for _ in self.windows(k1, k2, **options):
            pass
        return self.flat_grad()

    def mean_over_offsets(self, k1: int, k2: int, **options: Any) -> np.ndarray[Any, Any]:
        """The gradient averaged over all offsets of the windows: empty steps stand before the stream."""
        shifted = [self.gradient(k1, k2, stream=[None] * offset + self.stream, **options) for offset in range(k1)]
        return sum(shifted) / k1

    def forget(self) -> None:
        for leaf in self.params:
            leaf.grad = None

    def descend(self, rate: float = 0.1) -> None:
        """One step of gradient descent."""
        for leaf in self.params:
            leaf.value = leaf.value - rate * leaf.grad
            leaf.grad = None

    def flat_grad(self) -> np.ndarray[Any, Any]:
        return np.concatenate([leaf.grad.ravel() for leaf in self.params])

    def flat_values(self) -> np.ndarray[Any, Any]:
        return np.concatenate([leaf.numpy().ravel() for leaf in self.params])

    def assign(self, flat: np.ndarray[Any, Any]) -> None:
        """Give the parameters the values in one vector."""
        parts = np.split(flat, np.cumsum([leaf.size for leaf in self.params])[:-1])
        for leaf, part in zip(self.params, parts, strict=True):
            leaf.value = part.reshape(leaf.shape)

    def states(self) -> list[Any]:
        """The state before each step, and after the last, as constants."""
        states = [tree_map(mg.tensor, self.h0)]
        for inputs in self.stream:
            states.append(self.step(inputs, states[-1])[1])
        return states

    def lag_gradients(self) -> list[np.ndarray[Any, Any]]:
        """Brute force: g_j sums, over t, the part of dℓ_t/dθ through the use of θ at step t - j.

        Every step gets a network of its own, so that each use of a parameter has its own gradient.
        """
        steps = len(self.stream)
        uses = [copy.deepcopy(self.network) for _ in range(steps)]
        lags = [np.zeros(sum(leaf.size for leaf in self.params)) for _ in range(steps)]
        with mg.Tape() as tape:
            state, losses = tree_map(mg.tensor, self.h0), []
            for inputs, network in zip(self.stream, uses, strict=True):
                loss, state = network.step(inputs, state)
                losses.append(loss)
            for t, loss in enumerate(losses):
                for s in range(t + 1):
                    gradients = tape.gradient(loss, uses[s].parameters(), retain=True, unused="zero")
                    lags[t - s] += np.concatenate([g.numpy().ravel() for g in gradients])
        return lags


def derivative(function: Any, at: np.ndarray[Any, Any], direction: np.ndarray[Any, Any], h: float = 1e-3) -> float:
    """The derivative of a scalar function along a direction, by fourth-order central differences."""
    f = [function(at + amount * h * direction) for amount in (1, -1, 2, -2)]
    return float((8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * h))
