"""The echo task: the target is the bit of five steps ago, so that windows are too short for it or long enough."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import clip_grad_norm, same, tensors

DELAY, HIDDEN, BATCH, STEPS = 5, 32, 64, 240


class Echo(nn.Module):
    """A tanh network that reads a bit and says which one it read five steps ago."""

    def __init__(self, rng):
        self.cell = nn.RNNCell(2, HIDDEN, rng=rng, dtype="float64")
        self.cell.W_h.value = rng.normal(0, 0.5 / np.sqrt(HIDDEN), (HIDDEN, HIDDEN))
        self.readout = nn.Linear(HIDDEN, 2, rng=rng, dtype="float64")

    def step(self, item, h):
        bits, earlier = item
        h = self.cell(bits, h)
        return nn.cross_entropy(self.readout(h), earlier), h


def bits():
    """Random bits and those of five steps ago, both (time, batch)."""
    drawn = np.random.default_rng(1).integers(0, 2, (DELAY + STEPS, BATCH))
    return drawn[DELAY:], drawn[:-DELAY]


def with_minigrad(model, k):
    params, log = model.parameters(), []
    optimizer = optim.Adam(params, lr=3e-3)
    for window in mg.truncated_bptt(model.step, zip(*bits()), model.cell.initial_state(BATCH), k1=k):
        norm = mg.clip_grad_norm(params, 0.2)
        optimizer.step()
        log.append((window.loss, norm))
    return log, model


def with_pytorch(torch, start, k):
    w, log = tensors(torch, start), []
    optimizer = torch.optim.Adam(w.values(), lr=3e-3)
    now, earlier = map(torch.tensor, bits())
    h, loss = torch.zeros(BATCH, HIDDEN, dtype=torch.float64), 0.0
    for t in range(STEPS):
        h = torch.tanh(w.cell.W_x[now[t]] + h @ w.cell.W_h + w.cell.b)
        loss = loss + torch.nn.functional.cross_entropy(h @ w.readout.W + w.readout.b, earlier[t]) / k
        if t % k == k - 1:
            optimizer.zero_grad()
            loss.backward()
            norm = clip_grad_norm(w, 0.2)
            optimizer.step()
            log.append((loss.item(), norm))
            h, loss = h.detach(), 0.0
    return log, w


@pytest.mark.parametrize("k", [3, 6, 12])
def test_the_same_as_pytorch(torch, k):
    model = Echo(np.random.default_rng(0))
    start = model.state_dict()
    same(with_minigrad(model, k), with_pytorch(torch, start, k), start)
