"""A small recurrent network with everything that a truncation test needs, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

import minigrad as mg

INPUTS, HIDDEN, OUTPUTS, BATCH = 3, 4, 2, 2


class Problem:
    """A tanh RNN with a read-out and a squared error, on a random stream of ``steps`` steps."""

    def __init__(self, steps: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.cell = mg.nn.RNNCell(INPUTS, HIDDEN, rng=rng, dtype="float64")
        self.readout = mg.nn.Linear(HIDDEN, OUTPUTS, rng=rng, dtype="float64")
        self.cell.W_h.value = 1.5 * self.cell.W_h.value
        self.stream = [
            (rng.standard_normal((BATCH, INPUTS)), rng.standard_normal((BATCH, OUTPUTS))) for _ in range(steps)
        ]
        self.h0 = rng.standard_normal((BATCH, HIDDEN))

    @property
    def params(self) -> list[mg.Leaf]:
        return [*self.cell.parameters(), *self.readout.parameters()]

    def step(self, inputs: Any, h: Any) -> tuple[Any, Any]:
        if inputs is None:  # a step of an earlier, empty stretch of the stream
            return None, h
        x, y = inputs
        h = self.cell(x, h)
        return mg.nn.mse_loss(self.readout(h), y), h

    def windows(self, k1: int | None, k2: int | None = None, **options: Any) -> Any:
        options.setdefault("reduction", "sum")
        stream = options.pop("stream", self.stream)
        return mg.truncated_bptt(self.step, stream, self.h0, k1=k1, k2=k2, **options)

    def gradient(self, k1: int | None, k2: int | None = None, **options: Any) -> np.ndarray[Any, Any]:
        """The sum of all windows' gradients, parameters frozen, as one vector."""
        for leaf in self.params:
            leaf.grad = None
        for _ in self.windows(k1, k2, **options):
            pass
        return self.flat_grad()

    def flat_grad(self) -> np.ndarray[Any, Any]:
        return np.concatenate([leaf.grad.ravel() for leaf in self.params])

    def lag_gradients(self) -> list[np.ndarray[Any, Any]]:
        """Brute force: g_j sums, over t, the part of dℓ_t/dθ through the use of θ at step t - j.

        Every step gets parameters of its own, so that each use has its own gradient.
        """
        steps = len(self.stream)
        uses = [[mg.parameter(leaf.value) for leaf in self.params] for _ in range(steps)]
        size = sum(leaf.size for leaf in self.params)
        lags = [np.zeros(size) for _ in range(steps)]
        with mg.Tape() as tape:
            h: Any = mg.tensor(self.h0)
            losses = []
            for (x, y), (w_x, w_h, b, w, c) in zip(self.stream, uses, strict=True):
                h = mg.tanh(x @ w_x + h @ w_h + b)
                losses.append(mg.nn.mse_loss(h @ w + c, y))
            for t, loss in enumerate(losses):
                for s in range(t + 1):
                    gradients = tape.gradient(loss, uses[s], retain=True, unused="zero")
                    lags[t - s] += np.concatenate([g.numpy().ravel() for g in gradients])
        return lags
