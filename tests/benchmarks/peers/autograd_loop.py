"""HIPS autograd: the plain loop over time steps."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from tests.benchmarks.peers.cells import Operations, next_state, parameters, start
from tests.benchmarks.peers.problem import CLIP, LR, Problem, Window


def autograd_loop(problem: Problem) -> Window:
    """As its users write it: a function of the parameters, and ``value_and_grad`` of that."""
    autograd: Any = import_module("autograd")
    anp: Any = import_module("autograd.numpy")
    getval: Any = import_module("autograd.tracer").getval
    data = problem.arrays()
    p = parameters(problem, data, np.copy)
    x, y, rows = data["x"], data["y"], np.arange(problem.batch)
    ops = Operations(anp.tanh, lambda a: 0.5 * (anp.tanh(0.5 * a) + 1))
    state = start(problem, lambda shape: np.zeros(shape, np.float32))

    def loss_of(p: Any) -> Any:
        nonlocal state
        loss, now = 0.0, state
        for t in range(problem.steps):
            now = next_state(ops, p, p["W_x"][x[t]], now)
            logits = anp.dot(now[0], p["W"]) + p["c"]
            shifted = logits - anp.max(getval(logits), axis=1, keepdims=True)
            log_p = shifted - anp.log(anp.sum(anp.exp(shifted), axis=1, keepdims=True))
            loss = loss - anp.mean(log_p[rows, y[t]])
        state = tuple(getval(part) for part in now)
        return loss / problem.steps

    gradient_of = autograd.value_and_grad(loss_of)

    def run() -> float:
        loss, gradients = gradient_of(p)
        norm = math.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        for name, g in gradients.items():
            p[name] -= LR * min(1.0, CLIP / norm) * g
        return float(loss)

    return run
