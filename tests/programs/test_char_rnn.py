"""min-char-rnn (Karpathy 2015) in columns, ``W @ h`` with h (hidden, 1), with Adagrad and clipping by hand."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from tests.programs.tools import parameters, same, tensors

TEXT = (
    "the tape is a list. operations append to it while you compute, and the walk reads it from the end. "
    "a mark begins a step, a cut drops the steps before it, and what they computed is a constant from then on."
)
CHARACTERS = sorted(set(TEXT))
TOKENS = [CHARACTERS.index(character) for character in TEXT]
HIDDEN, STEPS, RATE, LIMIT = 16, 8, 0.03, 0.5


def initial_values():
    rng, size = np.random.default_rng(0), len(CHARACTERS)
    return {
        "Wxh": rng.normal(0, 0.5, (HIDDEN, size)),
        "Whh": rng.normal(0, 0.2, (HIDDEN, HIDDEN)),
        "Why": rng.normal(0, 0.2, (size, HIDDEN)),
        "bh": np.zeros((HIDDEN, 1)),
        "by": np.zeros((size, 1)),
    }


def windows():
    """Inputs and targets of one update after the other."""
    for start in range(0, len(TOKENS) - STEPS, STEPS):
        yield zip(TOKENS[start : start + STEPS], TOKENS[start + 1 : start + STEPS + 1])


def with_minigrad(start):
    w, losses = parameters(start), []
    memory = {name: np.zeros_like(value) for name, value in start.items()}
    one_hot = np.eye(len(CHARACTERS))
    h = np.zeros((HIDDEN, 1))
    with mg.Tape() as tape:
        for window in windows():
            loss = 0.0
            for x, y in window:
                tape.mark()
                h = mg.tanh(w.Wxh @ one_hot[:, [x]] + w.Whh @ h + w.bh)
                p = mg.softmax(w.Why @ h + w.by, axis=0)
                loss = loss - mg.log(p[y, 0])
            tape.backward(loss)
            tape.cut()
            losses.append(loss.item())
            for name, parameter in w.items():
                gradient = np.clip(parameter.grad, -LIMIT, LIMIT)
                memory[name] += gradient * gradient
                parameter.value = parameter.value - RATE * gradient / np.sqrt(memory[name] + 1e-8)
                parameter.grad = None
    return losses, w


def with_pytorch(torch, start):
    w, losses = tensors(torch, start), []
    memory = {name: torch.zeros_like(weight) for name, weight in w.items()}
    one_hot = torch.eye(len(CHARACTERS), dtype=torch.float64)
    h = torch.zeros((HIDDEN, 1), dtype=torch.float64)
    for window in windows():
        loss = 0.0
        for x, y in window:
            h = torch.tanh(w.Wxh @ one_hot[:, [x]] + w.Whh @ h + w.bh)
            p = torch.softmax(w.Why @ h + w.by, dim=0)
            loss = loss - torch.log(p[y, 0])
        loss.backward()
        h = h.detach()
        losses.append(loss.item())
        with torch.no_grad():
            for name, weight in w.items():
                gradient = weight.grad.clamp(-LIMIT, LIMIT)
                memory[name] += gradient * gradient
                weight -= RATE * gradient / torch.sqrt(memory[name] + 1e-8)
                weight.grad = None
    return losses, w


def test_the_same_as_pytorch(torch):
    start = initial_values()
    same(with_minigrad(start), with_pytorch(torch, start), start)
