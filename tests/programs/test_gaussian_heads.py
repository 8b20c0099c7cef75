"""Mean and log-variance from two heads at every step forecast a noisy series; overlapping windows and a lag mask."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import clip_grad_norm, same, tensors, truncated

HIDDEN, BATCH, STEPS = 8, 6, 120


class Forecast(nn.Module):
    """A GRU with a head for the mean of the next value and one for the logarithm of its variance."""

    def __init__(self, rng):
        self.cell = nn.GRUCell(1, HIDDEN, rng=rng, dtype="float64")
        self.mean = nn.Linear(HIDDEN, 1, rng=rng, dtype="float64")
        self.log_variance = nn.Linear(HIDDEN, 1, rng=rng, dtype="float64")

    def step(self, item, h):
        x, following = item
        h = self.cell(x, h)
        log_variance = self.log_variance(h)
        error = mg.square(following - self.mean(h)) * mg.exp(-log_variance)
        return 0.5 * (log_variance + error).mean(), h


def series():
    """Pairs of a value and the next one, both (batch, 1): an oscillation whose noise comes and goes."""
    rng, values = np.random.default_rng(1), [np.ones((BATCH, 1)), np.zeros((BATCH, 1))]
    for t in range(20 + STEPS):
        noise = (0.1 + 0.4 * (t // 5 % 2)) * rng.standard_normal((BATCH, 1))
        values.append(1.6 * values[-1] - 0.8 * values[-2] + noise)
    return pairwise(values[-STEPS - 1 :])


def with_minigrad(model, k1, k2, scheme):
    log = []
    optimizer = optim.AdamW(model.parameters(), lr=0.03, weight_decay=0.1)
    state = model.cell.initial_state(BATCH)
    for window in mg.truncated_bptt(model.step, series(), state, k1, k2, scheme=scheme):
        norm = mg.clip_grad_norm(model.parameters(), 1.0)
        optimizer.step()
        log.append((window.loss, norm))
    return log, model


def with_pytorch(torch, start, k1, k2, scheme):
    w, log = tensors(torch, start), []

    def step(w, item, h):
        x, following = map(torch.tensor, item)
        h = torch.gru_cell(x, h, w.cell.W_x.T, w.cell.W_h.T, w.cell.b_x, w.cell.b_h)
        mean, variance = h @ w.mean.W + w.mean.b, torch.exp(h @ w.log_variance.W + w.log_variance.b)
        return torch.nn.functional.gaussian_nll_loss(mean, following, variance, eps=1e-30), h

    optimizer = torch.optim.AdamW(w.values(), lr=0.03, weight_decay=0.1)
    state = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
    # A lag mask is a window of its own for each loss, with an update after k1 of them.
    together = k1 if scheme == "lag mask" else 1
    windows = truncated(step, series(), state, w, k1 // together, k2)
    for some in zip(*[windows] * together):
        for weight in w.values():
            weight.grad /= together
        norm = clip_grad_norm(w, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        log.append((sum(some) / together, norm))
    return log, w


@pytest.mark.parametrize(("k1", "k2", "scheme"), [(5, 5, "window"), (4, 10, "window"), (4, 6, "lag mask")])
def test_the_same_as_pytorch(torch, k1, k2, scheme):
    model = Forecast(np.random.default_rng(0))
    start = model.state_dict()
    same(with_minigrad(model, k1, k2, scheme), with_pytorch(torch, start, k1, k2, scheme), start)
