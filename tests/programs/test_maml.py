"""MAML (Finn et al. 2017): weights from which five steps of descent fit a new sine wave; second order throughout."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import parameters, same, tensors

HIDDEN, SHOTS, TASKS, INNER, RATE, UPDATES = 10, 6, 3, 5, 0.05, 25


def initial_values():
    rng = np.random.default_rng(0)
    return {
        "W1": rng.normal(0, 0.5, (1, HIDDEN)),
        "b1": rng.normal(0, 0.5, HIDDEN),
        "W2": rng.normal(0, 0.3, (HIDDEN, HIDDEN)),
        "b2": np.zeros(HIDDEN),
        "W3": rng.normal(0, 0.3, (HIDDEN, 1)),
        "b3": np.zeros(1),
    }


def batches():
    """Batches of waves, each as points to learn from and points to be judged by."""
    rng = np.random.default_rng(1)
    for _ in range(UPDATES):
        tasks = []
        for _ in range(TASKS):
            height, phase = rng.uniform(0.5, 2.0), rng.uniform(0, np.pi)
            xs = rng.uniform(-3, 3, (2, SHOTS, 1))
            tasks.append(list(zip(xs, height * np.sin(xs + phase))))
        yield tasks


def loss_of(w, x, y):
    h = mg.tanh(x @ w["W1"] + w["b1"])
    h = mg.tanh(h @ w["W2"] + w["b2"])
    return nn.mse_loss(h @ w["W3"] + w["b3"], y)


def by_transform(tape, w, points):
    return mg.grad(loss_of)(w, *points)


def by_tape(tape, w, points):
    gradients = tape.gradient(loss_of(w, *points), list(w.values()), create_graph=True)
    return dict(zip(w, gradients))


def with_minigrad(start, gradients_of):
    w, losses = parameters(start), []
    optimizer = optim.SGD(w.values(), lr=0.1, momentum=0.9)
    for tasks in batches():
        with mg.Tape() as tape:
            loss = 0.0
            for learn, judge in tasks:
                fast = dict(w)
                for _ in range(INNER):
                    gradients = gradients_of(tape, fast, learn)
                    fast = {name: weight - RATE * gradients[name] for name, weight in fast.items()}
                loss = loss + loss_of(fast, *judge) / TASKS
            tape.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    return losses, w


def with_pytorch(torch, start):
    w, losses = tensors(torch, start), []
    optimizer = torch.optim.SGD(w.values(), lr=0.1, momentum=0.9)

    def loss_of(w, x, y):
        h = torch.tanh(x @ w["W1"] + w["b1"])
        h = torch.tanh(h @ w["W2"] + w["b2"])
        return torch.nn.functional.mse_loss(h @ w["W3"] + w["b3"], y)

    for tasks in batches():
        loss = 0.0
        for task in tasks:
            learn, judge = (tuple(map(torch.tensor, points)) for points in task)
            fast = dict(w)
            for _ in range(INNER):
                gradients = torch.autograd.grad(loss_of(fast, *learn), list(fast.values()), create_graph=True)
                fast = {name: weight - RATE * g for (name, weight), g in zip(fast.items(), gradients)}
            loss = loss + loss_of(fast, *judge) / TASKS
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, w


@pytest.mark.parametrize("gradients_of", [by_transform, by_tape])
def test_the_same_as_pytorch(torch, gradients_of):
    start = initial_values()
    same(with_minigrad(start, gradients_of), with_pytorch(torch, start), start)
