"""MyGrad: the plain loop over time steps, with its own operations for ``nn``."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from tests.benchmarks.peers.cells import Operations, next_state, parameters, start
from tests.benchmarks.peers.problem import CLIP, LR, Problem, Window


def mygrad_loop(problem: Problem) -> Window:
    """Its own recurrent layer is a GRU of another form, and needs numba; so all cells are written out."""
    mygrad: Any = import_module("mygrad")
    nnet: Any = import_module("mygrad.nnet")

    data = problem.arrays()
    p = parameters(problem, data, lambda value: mygrad.tensor(value, copy=True))
    ops = Operations(mygrad.tanh, nnet.sigmoid)
    state = start(problem, lambda shape: np.zeros(shape, np.float32))

    def run() -> float:
        nonlocal state
        now, total = state, mygrad.tensor(np.float32(0))
        for t in range(problem.steps):
            now = next_state(ops, p, p["W_x"][data["x"][t]], now)
            total = total + nnet.softmax_crossentropy(mygrad.matmul(now[0], p["W"]) + p["c"], data["y"][t])
        loss = total / problem.steps
        loss.backward()
        gradients = {name: value.grad for name, value in p.items()}
        norm = math.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        state = tuple(part.data for part in now)
        for name, g in gradients.items():
            p[name] = mygrad.tensor(p[name].data - LR * min(1.0, CLIP / norm) * g)
        return float(loss.data)

    return run
