"""Programs of small operations, forward and backward, for minigrad and for each peer it is compared with.

    python -m tests.benchmarks.operation autograd mixture

prints the seconds of processor time that one operation takes. Each library is imported by its own contestant only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .measure import turn

LENGTH = 1000
SIZE = 8

Program = Callable[[Any, Any, Any], Any]


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


def by_minigrad(program: Program, x: Any, w: Any) -> object:
    import minigrad as mg

    p, q = mg.parameter(x), mg.parameter(w)
    with mg.Tape() as tape:
        tape.backward(program(mg, p, q))
    return q.grad


def by_autograd(program: Program, x: Any, w: Any) -> object:
    import autograd

    return autograd.grad(lambda x, w: program(autograd.numpy, x, w), (0, 1))(x, w)


def by_mygrad(program: Program, x: Any, w: Any) -> object:
    import mygrad

    p, q = mygrad.tensor(x), mygrad.tensor(w)
    program(mygrad, p, q).backward()
    return q.grad


def by_torch(program: Program, x: Any, w: Any) -> object:
    import torch

    p, q = torch.tensor(x, requires_grad=True), torch.tensor(w, requires_grad=True)
    program(torch, p, q).backward()
    return q.grad


PROGRAMS = {program.__name__: program for program in (mixture, tanh_chain, add_chain)}
CONTESTANTS = {"minigrad": by_minigrad, "autograd": by_autograd, "mygrad": by_mygrad, "torch": by_torch}


if __name__ == "__main__":
    contestant, program = CONTESTANTS[sys.argv[1]], PROGRAMS[sys.argv[2]]
    x, w = np.linspace(0.1, 0.9, SIZE), np.linspace(-0.5, 0.5, SIZE)
    turn(lambda: contestant(program, x, w), time.process_time, LENGTH)
