"""An LSTM with one matrix for each gate predicts a wave; TBPTT(5) and TBPTT(5, 15)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import same, tensors, truncated

HIDDEN, BATCH, STEPS = 8, 4, 125


class Memory(nn.Module):
    """Four gates, each a layer of its own that reads the input beside the state, and a read-out."""

    def __init__(self, rng):
        self.input = nn.Linear(1 + HIDDEN, HIDDEN, rng=rng, dtype="float64")
        self.forget = nn.Linear(1 + HIDDEN, HIDDEN, rng=rng, dtype="float64")
        self.output = nn.Linear(1 + HIDDEN, HIDDEN, rng=rng, dtype="float64")
        self.candidate = nn.Linear(1 + HIDDEN, HIDDEN, rng=rng, dtype="float64")
        self.readout = nn.Linear(HIDDEN, 1, rng=rng, dtype="float64")

    def step(self, item, state):
        x, target = item
        h, c = state
        both = mg.concatenate([x, h], axis=1)
        i, f, o = mg.sigmoid(self.input(both)), mg.sigmoid(self.forget(both)), mg.sigmoid(self.output(both))
        c = f * c + i * mg.tanh(self.candidate(both))
        h = o * mg.tanh(c)
        return nn.mse_loss(self.readout(h), target), (h, c)


def waves():
    """Pairs of a value and the next one, both (batch, 1): two sines, of another phase in each row."""
    rng = np.random.default_rng(1)
    phases = rng.uniform(0, 2 * np.pi, (2, BATCH, 1))
    values = [np.sin(0.4 * t + phases[0]) + 0.5 * np.sin(1.1 * t + phases[1]) for t in range(STEPS + 1)]
    return pairwise(values)


def with_minigrad(model, k1, k2, overlap):
    optimizer, losses = optim.SGD(model.parameters(), lr=0.3), []
    state = (np.zeros((BATCH, HIDDEN)), np.zeros((BATCH, HIDDEN)))
    for window in mg.truncated_bptt(model.step, waves(), state, k1, k2, overlap=overlap):
        optimizer.step()
        losses.append(window.loss)
    return losses, model


def with_pytorch(torch, start, k1, k2, overlap):
    w = tensors(torch, start)

    def step(w, item, state):
        x, target = map(torch.tensor, item)
        h, c = state
        both = torch.cat([x, h], dim=1)
        i = torch.sigmoid(both @ w.input.W + w.input.b)
        f = torch.sigmoid(both @ w.forget.W + w.forget.b)
        o = torch.sigmoid(both @ w.output.W + w.output.b)
        c = f * c + i * torch.tanh(both @ w.candidate.W + w.candidate.b)
        h = o * torch.tanh(c)
        return torch.nn.functional.mse_loss(h @ w.readout.W + w.readout.b, target), (h, c)

    optimizer, losses = torch.optim.SGD(w.values(), lr=0.3), []
    state = (torch.zeros(BATCH, HIDDEN, dtype=torch.float64), torch.zeros(BATCH, HIDDEN, dtype=torch.float64))
    for loss in truncated(step, waves(), state, w, k1, k2, overlap):
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss)
    return losses, w


@pytest.mark.parametrize(("k1", "k2", "overlap"), [(5, 5, "keep"), (5, 15, "keep"), (5, 15, "recompute")])
def test_the_same_as_pytorch(torch, k1, k2, overlap):
    model = Memory(np.random.default_rng(0))
    start = model.state_dict()
    same(with_minigrad(model, k1, k2, overlap), with_pytorch(torch, start, k1, k2, overlap), start)
