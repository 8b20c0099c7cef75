"""Programs of small operations, forward and backward, for minigrad and for each peer it is compared with.

    python -m tests.benchmarks.operation autograd mixture

prints the seconds of processor time that one operation takes. Each library is imported by its own contestant only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from tests.benchmarks.measure import turn

LENGTH = 1000
SIZE = 8

Program = Callable[[Any, Any, Any], Any]
Gradients = tuple[Any, Any]  # of the sum of the results, by x and by w


def mixture(ops: Any, x: Any, w: Any) -> Any:
    """Five operations a round, the kinds that an unrolled network consists of."""
    for _ in range(LENGTH // 5):
        x = ops.tanh(x * w + x)
        x = x - w * 0.5
    return x.sum()


def tanh_chain(ops: Any, x: Any, w: Any) -> Any:
    for _ in range(LENGTH):
        x = ops.tanh(x)
    return x.sum()


def add_chain(ops: Any, x: Any, w: Any) -> Any:
    for _ in range(LENGTH):
        x = x + w
    return x.sum()


def by_minigrad(program: Program, x: Any, w: Any) -> Gradients:
    import minigrad as mg

    p, q = mg.parameter(x), mg.parameter(w)
    with mg.Tape() as tape:
        tape.backward(program(mg, p, q))
    return p.grad, q.grad


def by_autograd(program: Program, x: Any, w: Any) -> Gradients:
    autograd: Any = import_module("autograd")
    gradients: Gradients = autograd.grad(lambda x, w: program(autograd.numpy, x, w), (0, 1))(x, w)
    return gradients


def by_mygrad(program: Program, x: Any, w: Any) -> Gradients:
    mygrad: Any = import_module("mygrad")
    p, q = mygrad.tensor(x), mygrad.tensor(w)
    program(mygrad, p, q).backward()
    return p.grad, q.grad


def by_torch(program: Program, x: Any, w: Any) -> Gradients:
    import torch

    p, q = torch.tensor(x, requires_grad=True), torch.tensor(w, requires_grad=True)
    program(torch, p, q).backward()
    return p.grad, q.grad


def by_hand(program: Program, x: Any, w: Any) -> Gradients:
    """NumPy's arithmetic alone, with nothing recorded: what every engine on NumPy spends at least."""
    by_hand: dict[Program, Callable[[Any, Any], Gradients]]
    by_hand = {mixture: mixture_by_hand, tanh_chain: tanh_chain_by_hand, add_chain: add_chain_by_hand}
    return by_hand[program](x, w)


def mixture_by_hand(x: Any, w: Any) -> Gradients:
    saved = []
    for _ in range(LENGTH // 5):
        y = np.tanh(x * w + x)
        saved.append((x, y))
        x = y - w * 0.5
    x.sum()
    gx, gw = np.ones(SIZE), np.zeros(SIZE)
    for x, y in reversed(saved):
        gw = gw + np.negative(gx) * 0.5
        g = gx - gx * y * y
        gw = gw + g * x
        gx = g + g * w
    return gx, gw


def tanh_chain_by_hand(x: Any, w: Any) -> Gradients:
    saved = []
    for _ in range(LENGTH):
        x = np.tanh(x)
        saved.append(x)
    x.sum()
    g = np.ones(SIZE)
    for y in reversed(saved):
        g = g - g * y * y
    return g, None


def add_chain_by_hand(x: Any, w: Any) -> Gradients:
    for _ in range(LENGTH):
        x = x + w
    x.sum()
    g, gw = np.ones(SIZE), np.zeros(SIZE)
    for _ in range(LENGTH):
        gw = gw + g
    return g, gw


PROGRAMS = {program.__name__: program for program in (mixture, tanh_chain, add_chain)}
CONTESTANTS = {
    "minigrad": by_minigrad,
    "autograd": by_autograd,
    "mygrad": by_mygrad,
    "torch": by_torch,
    "by hand": by_hand,
}


if __name__ == "__main__":
    contestant, program = CONTESTANTS[sys.argv[1]], PROGRAMS[sys.argv[2]]
    x, w = np.linspace(0.1, 0.9, SIZE), np.linspace(-0.5, 0.5, SIZE)
    turn(lambda: contestant(program, x, w), time.process_time, LENGTH)
