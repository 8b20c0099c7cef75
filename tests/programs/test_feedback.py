"""A GRU that hears its own last output, on sequences of different lengths, with a learned initial state."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import clip_grad_norm, same, tensors

INPUTS, OUTPUTS, HIDDEN, LONGEST, BATCH, UPDATES = 2, 2, 8, 9, 6, 25


class Feedback(nn.Cell):
    """A cell whose state is that of a GRU and what was read out of it."""

    def __init__(self, rng):
        self.gru = nn.GRUCell(INPUTS + OUTPUTS, HIDDEN, learn_state=True, rng=rng, dtype="float64")
        self.readout = nn.Linear(HIDDEN, OUTPUTS, rng=rng, dtype="float64")

    def initial_state(self, batch):
        return self.gru.initial_state(batch), mg.zeros((batch, OUTPUTS))

    def __call__(self, x, state):
        h, y = state
        h = self.gru(mg.concatenate([x, y], axis=1), h)
        return h, self.readout(h)

    def output(self, state):
        return state[1]


def sequences():
    """Inputs (time, batch, 2), lengths, and targets: a leaky sum of the inputs, turned a little at each step."""
    rng = np.random.default_rng(1)
    turn = np.array([[0.8, 0.4], [-0.4, 0.8]])
    for _ in range(UPDATES):
        xs = rng.standard_normal((LONGEST, BATCH, INPUTS))
        targets = [np.zeros((BATCH, OUTPUTS))]
        for x in xs:
            targets.append(targets[-1] @ turn + 0.3 * x)
        yield xs, rng.integers(1, LONGEST + 1, BATCH), np.stack(targets[1:])


def with_minigrad(cell):
    log = []
    optimizer = optim.SGD(cell.parameters(), lr=0.2)
    for xs, lengths, targets in sequences():
        present = (np.arange(LONGEST)[:, None] < lengths)[..., None]
        with mg.Tape() as tape:
            outputs, (_, last) = nn.unroll(cell, xs, lengths=lengths)
            loss = mg.where(present, mg.square(outputs - targets), 0.0).sum() / lengths.sum()
            loss = loss + nn.mse_loss(last, targets[lengths - 1, np.arange(BATCH)])
            tape.backward(loss)
        norm = mg.clip_grad_norm(cell.parameters(), 1.0)
        optimizer.step()
        log.append((loss.item(), norm))
    return log, cell


def with_pytorch(torch, start):
    w, log = tensors(torch, start), []
    optimizer = torch.optim.SGD(w.values(), lr=0.2)
    for xs, lengths, targets in (map(torch.tensor, batch) for batch in sequences()):
        h, y = w.gru.h0.expand(BATCH, HIDDEN), torch.zeros(BATCH, OUTPUTS, dtype=torch.float64)
        loss = 0.0
        for t in range(LONGEST):
            both = torch.cat([xs[t], y], dim=1)
            new = torch.gru_cell(both, h, w.gru.W_x.T, w.gru.W_h.T, w.gru.b_x, w.gru.b_h)
            said = new @ w.readout.W + w.readout.b
            alive = (t < lengths)[:, None]
            h, y = torch.where(alive, new, h), torch.where(alive, said, y)
            loss = loss + (torch.square(said - targets[t]) * alive).sum()
        loss = loss / lengths.sum()
        loss = loss + torch.nn.functional.mse_loss(y, targets[lengths - 1, torch.arange(BATCH)])
        optimizer.zero_grad()
        loss.backward()
        norm = clip_grad_norm(w, 1.0)
        optimizer.step()
        log.append((loss.item(), norm))
    return log, w


def test_the_same_as_pytorch(torch):
    cell = Feedback(np.random.default_rng(0))
    start = cell.state_dict()
    same(with_minigrad(cell), with_pytorch(torch, start), start)
