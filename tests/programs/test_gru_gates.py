"""The gated unit of Cho et al. (2014) with one matrix for each gate learns to add two marked numbers; full BPTT."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import parameters, same, tensors

HIDDEN, BATCH, STEPS, UPDATES = 8, 16, 10, 30


def initial_values():
    rng = np.random.default_rng(0)
    gates = {gate: rng.normal(0, 0.3, (HIDDEN + 2, HIDDEN)) for gate in ("W_r", "W_z", "W_n")}
    return {**gates, "V": rng.normal(0, 0.3, (HIDDEN, 1)), "c": np.zeros(1)}


def sequences():
    """Batches of numbers beside a mark on two of them (time, batch, 2), and the sum of those two (batch, 1)."""
    rng = np.random.default_rng(1)
    for _ in range(UPDATES):
        numbers = rng.uniform(0, 1, (STEPS, BATCH))
        marks = np.zeros((STEPS, BATCH))
        for row in range(BATCH):
            marks[rng.choice(STEPS, 2, replace=False), row] = 1
        yield np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=0)[:, None]


def with_minigrad(start):
    w, losses = parameters(start), []
    optimizer = optim.SGD(w.values(), lr=0.1, momentum=0.9)
    for xs, total in sequences():
        with mg.Tape() as tape:
            h = mg.zeros((BATCH, HIDDEN))
            for x in xs:
                both = mg.concatenate([h, x], axis=1)
                r = mg.sigmoid(both @ w.W_r)
                z = mg.sigmoid(both @ w.W_z)
                n = mg.tanh(mg.concatenate([r * h, x], axis=1) @ w.W_n)
                h = (1 - z) * n + z * h
            loss = nn.mse_loss(h @ w.V + w.c, total)
            tape.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    return losses, w


def with_pytorch(torch, start):
    w, losses = tensors(torch, start), []
    optimizer = torch.optim.SGD(w.values(), lr=0.1, momentum=0.9)
    for xs, total in sequences():
        h = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
        for x in torch.tensor(xs):
            both = torch.cat([h, x], dim=1)
            r = torch.sigmoid(both @ w.W_r)
            z = torch.sigmoid(both @ w.W_z)
            n = torch.tanh(torch.cat([r * h, x], dim=1) @ w.W_n)
            h = (1 - z) * n + z * h
        loss = torch.nn.functional.mse_loss(h @ w.V + w.c, torch.tensor(total))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, w


def test_the_same_as_pytorch(torch):
    start = initial_values()
    same(with_minigrad(start), with_pytorch(torch, start), start)
