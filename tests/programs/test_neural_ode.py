"""A neural ODE (Chen et al. 2018): Runge-Kutta steps that share the weights of a small network follow a spiral."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import same, tensors

HIDDEN, BATCH, STEPS, DT, UPDATES = 12, 5, 12, 0.1, 30
SPIRAL = np.array([[-0.1, 2.0], [-2.0, -0.1]])


def runge_kutta(f, y):
    """One step of the classical method; ``f`` and ``y`` may be of any library."""
    k1 = f(y)
    k2 = f(y + DT / 2 * k1)
    k3 = f(y + DT / 2 * k2)
    k4 = f(y + DT * k3)
    return y + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def trajectories():
    """True paths from random points, the points first (time, batch, 2), for each update others."""
    rng = np.random.default_rng(1)
    for _ in range(UPDATES):
        path = [rng.uniform(-1.5, 1.5, (BATCH, 2))]
        for _ in range(STEPS):
            path.append(runge_kutta(lambda y: y**3 @ SPIRAL, path[-1]))
        yield np.stack(path)


class Field(nn.Module):
    """The right-hand side of the equation."""

    def __init__(self, rng):
        self.inner = nn.Linear(2, HIDDEN, rng=rng, dtype="float64")
        self.outer = nn.Linear(HIDDEN, 2, rng=rng, dtype="float64")

    def __call__(self, y):
        return self.outer(mg.tanh(self.inner(y**3)))


def with_minigrad(f, checkpointed):
    log = []
    optimizer = optim.RMSProp(f.parameters(), lr=0.01)
    step = lambda y: runge_kutta(f, y)
    if checkpointed:
        step = mg.checkpoint(step)
    for path in trajectories():
        y, found = mg.tensor(path[0]), []
        with mg.Tape() as tape:
            for _ in range(STEPS):
                tape.mark()
                y = step(y)
                found.append(y)
            loss = nn.mse_loss(mg.stack(found), path[1:])
            tape.backward(loss)
        norm = optim.grad_norm(f.parameters())
        optimizer.step()
        log.append((loss.item(), norm))
    return log, f


def with_pytorch(torch, start):
    w, log = tensors(torch, start), []
    optimizer = torch.optim.RMSprop(w.values(), lr=0.01)
    f = lambda y: torch.tanh(y**3 @ w.inner.W + w.inner.b) @ w.outer.W + w.outer.b
    for path in map(torch.tensor, trajectories()):
        y, found = path[0], []
        for _ in range(STEPS):
            y = runge_kutta(f, y)
            found.append(y)
        loss = torch.nn.functional.mse_loss(torch.stack(found), path[1:])
        optimizer.zero_grad()
        loss.backward()
        norm = float(sum(weight.grad.square().sum() for weight in w.values()).sqrt())
        optimizer.step()
        log.append((loss.item(), norm))
    return log, w


@pytest.mark.parametrize("checkpointed", [False, True])
def test_the_same_as_pytorch(torch, checkpointed):
    f = Field(np.random.default_rng(0))
    start = f.state_dict()
    same(with_minigrad(f, checkpointed), with_pytorch(torch, start), start)
