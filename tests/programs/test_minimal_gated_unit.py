"""The minimal gated unit (Zhou et al. 2016), whose state moves by a primitive of our own; TBPTT(4, 12)."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import parameters, same, tensors, truncated

TOKENS, HIDDEN, BATCH, STEPS = 4, 10, 5, 120


@mg.primitive
def moved(xp, h, to, by):
    """``h + by · (to − h)``."""
    return h + by * (to - h)


moved.defvjp(
    lambda g, by: g - g * by,
    lambda g, by: g * by,
    lambda g, h, to: g * (to - h),
)


def initial_values():
    rng = np.random.default_rng(0)
    return {
        "W_f": rng.normal(0, 0.5, (TOKENS, HIDDEN)),
        "U_f": rng.normal(0, 0.3, (HIDDEN, HIDDEN)),
        "b_f": np.zeros(HIDDEN),
        "W_h": rng.normal(0, 0.5, (TOKENS, HIDDEN)),
        "U_h": rng.normal(0, 0.3, (HIDDEN, HIDDEN)),
        "b_h": np.zeros(HIDDEN),
        "V": rng.normal(0, 0.3, (HIDDEN, TOKENS)),
        "c": np.zeros(TOKENS),
    }


def recall():
    """Tokens, and those of two steps ago, both (batch,) at each step."""
    tokens = np.random.default_rng(1).integers(0, TOKENS, (2 + STEPS, BATCH))
    return zip(tokens[2:], tokens[:-2])


def with_minigrad(start, overlap):
    w = parameters(start)

    def step(item, h):
        x, y = item
        f = mg.sigmoid(w.W_f[x] + h @ w.U_f + w.b_f)
        candidate = mg.tanh(w.W_h[x] + (f * h) @ w.U_h + w.b_h)
        h = moved(h, candidate, f)
        return nn.cross_entropy(h @ w.V + w.c, y), h

    optimizer, losses = optim.SGD(w.values(), lr=1.0), []
    for window in mg.truncated_bptt(step, recall(), np.zeros((BATCH, HIDDEN)), k1=4, k2=12, overlap=overlap):
        optimizer.step()
        losses.append(window.loss)
    return losses, w


def with_pytorch(torch, start, overlap):
    w = tensors(torch, start)

    def step(w, item, h):
        x, y = map(torch.tensor, item)
        f = torch.sigmoid(w.W_f[x] + h @ w.U_f + w.b_f)
        candidate = torch.tanh(w.W_h[x] + (f * h) @ w.U_h + w.b_h)
        h = (1 - f) * h + f * candidate
        return torch.nn.functional.cross_entropy(h @ w.V + w.c, y), h

    optimizer, losses = torch.optim.SGD(w.values(), lr=1.0), []
    for loss in truncated(step, recall(), torch.zeros(BATCH, HIDDEN, dtype=torch.float64), w, 4, 12, overlap):
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss)
    return losses, w


@pytest.mark.parametrize("overlap", ["keep", "recompute"])
def test_the_same_as_pytorch(torch, overlap):
    start = initial_values()
    same(with_minigrad(start, overlap), with_pytorch(torch, start, overlap), start)
