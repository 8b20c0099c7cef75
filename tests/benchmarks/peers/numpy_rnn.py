"""The best program by hand for an RNN: three calls a step in either direction."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.peers.numpy_best import Embedding, Parameters, ReadOut
from tests.benchmarks.peers.problem import Problem, Window


def numpy_rnn(problem: Problem) -> Window:
    """One training window of ``h' = tanh(W_x[x] + b + h W_h)``."""
    data = problem.arrays()
    parameters = Parameters([data[name] for name in problem.of_model])
    W_x, W_h, b, W, c = parameters.values
    dW_x, dW_h, db, dW, dc = parameters.gradients
    embedding, readout = Embedding(problem, data["x"]), ReadOut(problem, data["y"])
    shape, count = (problem.steps, problem.batch, problem.hidden), problem.steps * problem.batch
    h = np.zeros((problem.steps + 1, *shape[1:]), np.float32)
    x, da, slope = (np.empty(shape, np.float32) for _ in range(3))
    product = np.empty(shape[1:], np.float32)
    h_rows, da_rows = h.reshape(-1, problem.hidden), da.reshape(count, problem.hidden)
    x_rows, before, after = x.reshape(count, problem.hidden), h_rows[:count], h_rows[problem.batch :]
    table, W_hT = np.empty_like(W_x), np.empty_like(W_h)
    forward = list(zip(h[:-1], x, h[1:], strict=True))
    backward = list(zip(da[:0:-1], slope[:0:-1], da[-2::-1], strict=True))
    dot, add, multiply, tanh = np.dot, np.add, np.multiply, np.tanh

    def run() -> float:
        add(W_x, b, table)
        embedding.look_up(table, x_rows)
        for h_before, from_x, h_after in forward:
            dot(h_before, W_h, product)
            add(product, from_x, product)
            tanh(product, h_after)
        loss = readout(after, W, c, dW, dc, da_rows)
        multiply(h[1:], h[1:], slope)
        np.subtract(1, slope, slope)
        np.copyto(W_hT, W_h.T)
        for da_here, slope_here, da_before in backward:
            multiply(da_here, slope_here, da_here)
            dot(da_here, W_hT, product)
            add(da_before, product, da_before)
        multiply(da[0], slope[0], da[0])
        dot(before.T, da_rows, dW_h)
        embedding.gradient(da_rows, dW_x, db)
        parameters.update()
        np.copyto(h[0], h[-1])
        return loss

    return run
