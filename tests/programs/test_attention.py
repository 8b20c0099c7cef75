"""A recurrent network that attends to its own past states by query, key and value; cut every eight steps."""

from __future__ import annotations

from collections import deque

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from tests.programs.tools import parameters, same, tensors

TOKENS, HIDDEN, SIZE, BATCH, MEMORY, WINDOW, STEPS, BACK = 5, 10, 6, 6, 10, 8, 200, 3


def initial_values():
    rng = np.random.default_rng(0)
    normal = lambda *shape: rng.normal(0, 0.4, shape)
    return {
        "W_x": normal(TOKENS, HIDDEN),
        "W_h": normal(HIDDEN, HIDDEN),
        "b": np.zeros(HIDDEN),
        "Q": normal(HIDDEN, SIZE),
        "K": normal(HIDDEN, SIZE),
        "V": normal(HIDDEN, SIZE),
        "W_y": normal(HIDDEN + SIZE, TOKENS),
        "b_y": np.zeros(TOKENS),
    }


def recall():
    """Tokens, and those of three steps ago, both (time, batch)."""
    tokens = np.random.default_rng(1).integers(0, TOKENS, (STEPS + BACK, BATCH))
    return tokens[BACK:], tokens[:-BACK]


def with_minigrad(start):
    w, losses = parameters(start), []
    optimizer = optim.SGD(w.values(), lr=0.2, momentum=0.5)
    keys, values = deque(maxlen=MEMORY), deque(maxlen=MEMORY)
    h, loss = mg.zeros((BATCH, HIDDEN)), 0.0
    with mg.Tape() as tape:
        for t, (x, y) in enumerate(zip(*recall()), start=1):
            tape.mark()
            h = mg.tanh(w.W_x[x] + h @ w.W_h + w.b)
            keys.append(h @ w.K)
            values.append(h @ w.V)
            scores = (mg.stack(keys) * (h @ w.Q)).sum(axis=-1, keepdims=True) / np.sqrt(SIZE)
            context = (mg.softmax(scores, axis=0) * mg.stack(values)).sum(axis=0)
            logits = mg.concatenate([h, context], axis=1) @ w.W_y + w.b_y
            loss = loss + nn.cross_entropy(logits, y) / WINDOW
            if t % WINDOW == 0:
                tape.backward(loss)
                tape.cut()
                optimizer.step()
                losses.append(loss.item())
                loss = 0.0
    return losses, w


def with_pytorch(torch, start):
    w, losses = tensors(torch, start), []
    optimizer = torch.optim.SGD(w.values(), lr=0.2, momentum=0.5)
    keys, values = deque(maxlen=MEMORY), deque(maxlen=MEMORY)
    h, loss = torch.zeros(BATCH, HIDDEN, dtype=torch.float64), 0.0
    for t, (x, y) in enumerate(zip(*map(torch.tensor, recall())), start=1):
        h = torch.tanh(w.W_x[x] + h @ w.W_h + w.b)
        keys.append(h @ w.K)
        values.append(h @ w.V)
        scores = (torch.stack(list(keys)) * (h @ w.Q)).sum(-1, keepdim=True) / SIZE**0.5
        context = (torch.softmax(scores, dim=0) * torch.stack(list(values))).sum(0)
        logits = torch.cat([h, context], dim=1) @ w.W_y + w.b_y
        loss = loss + torch.nn.functional.cross_entropy(logits, y) / WINDOW
        if t % WINDOW == 0:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            h, loss = h.detach(), 0.0
            keys, values = (deque([past.detach() for past in memory], MEMORY) for memory in (keys, values))
    return losses, w


def test_the_same_as_pytorch(torch):
    start = initial_values()
    same(with_minigrad(start), with_pytorch(torch, start), start)
