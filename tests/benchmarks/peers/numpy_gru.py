"""The best program by hand for a GRU: a product and ten calls a step forward, a product and four calls back.

Weights of the gates with a sigmoid are held with the other sign, and a gate's values lie in one piece, as in
``numpy_lstm``. All that a step back does to its cotangent before the product is a multiplication with what has been
computed for many steps at once, before the walk.
"""

from __future__ import annotations

import numpy as np

from tests.benchmarks.peers.numpy_best import Embedding, Parameters, ReadOut, chunks, reordered, zeros
from tests.benchmarks.peers.problem import NDArray, Problem, Window

SIGNS = (-1, -1, 1)  # of the gates r, z, n as they come from x
ORDER, SIGNS_OF_H = (2, 0, 1), (1, -1, -1)  # n, r, z from h: gradients of both lie side by side in n, r, z, n


def numpy_gru(problem: Problem) -> Window:
    """One training window of the equations of ``minigrad.nn.GRUCell``."""
    data = problem.arrays()
    k, batch, hidden = problem.steps, problem.batch, problem.hidden
    count, gates = k * batch, 3 * hidden
    for name in ("W_x", "b_x"):
        data[name] = reordered(data[name], (0, 1, 2), SIGNS)
    for name in ("W_h", "b_h"):
        data[name] = reordered(data[name], ORDER, SIGNS_OF_H)
    parameters = Parameters([data[name] for name in problem.of_model])
    W_x, W_h, b_x, b_h, W, c = parameters.values
    dW_x, dW_h, db_x, db_h, dW, dc = parameters.gradients
    embedding, readout = Embedding(problem, data["x"]), ReadOut(problem, data["y"])
    table, table_n, W_hT = np.empty_like(W_x), zeros(problem.tokens, hidden), np.empty_like(W_h.T, order="C")

    h, x, x_n = zeros(k + 1, batch, hidden), zeros(k, batch, gates), zeros(k, batch, hidden)
    dh = zeros(k + 1, batch, hidden)  # the first is not used: the walk ends there
    da = zeros(k, batch, 4 * hidden)  # n as it comes from h, r, z, n as it comes from x
    acts = zeros(k, 5, batch, hidden)  # r, z, n, r · (h W_hn + b_hn), h - n
    factors = zeros(k, 5, batch, hidden)  # see ``prepare``
    product, inner, back = zeros(batch, gates), zeros(batch, hidden), zeros(batch, hidden)
    rows, da_rows, dh_rows = h.reshape(-1, hidden), da.reshape(count, 4 * hidden), dh[1:].reshape(count, hidden)
    before, after = rows[:count], rows[batch:]
    da_of_h, da_of_x, ones = da_rows[:, :gates], da_rows[:, hidden:], np.ones(count, np.float32)
    by_gate = product.reshape(batch, 3, hidden).swapaxes(0, 1)
    h_n, of_sigmoids = by_gate[0], by_gate[1:]
    da_by_gate = da.reshape(k, batch, 4, hidden).swapaxes(1, 2)
    forward = [(h[t], x[t], acts[t, :2], x_n[t], *acts[t], h[t + 1]) for t in range(k)]
    backward = [
        (dh[t + 1], dh[t], da[t, :, :gates], da_by_gate[t], factors[t, :4], factors[t, 4]) for t in reversed(range(k))
    ]
    parts = [(acts[some], factors[some]) for some in chunks(problem)]
    dot, add, subtract, multiply = np.dot, np.add, np.subtract, np.multiply
    tanh, exp, reciprocal, one = np.tanh, np.exp, np.reciprocal, np.array(1, np.float32)

    @np.errstate(over="ignore")  # exp of a gate that is shut: 1 / (1 + inf) is 0, as it should be
    def run() -> float:
        np.copyto(table[:, :hidden], b_h[:hidden])
        add(W_x[:, : 2 * hidden], b_x[: 2 * hidden] + b_h[hidden:], table[:, hidden:])
        add(W_x[:, 2 * hidden :], b_x[2 * hidden :], table_n)
        embedding.look_up(table, x.reshape(count, gates))
        embedding.look_up(table_n, x_n.reshape(count, hidden))
        for h_before, from_x, sigmoids, from_x_n, r, z, n, gated, difference, h_after in forward:
            dot(h_before, W_h, product)
            add(product, from_x, product)
            exp(of_sigmoids, sigmoids)
            add(sigmoids, one, sigmoids)
            reciprocal(sigmoids, sigmoids)
            multiply(r, h_n, gated)
            add(gated, from_x_n, inner)
            tanh(inner, n)
            subtract(h_before, n, difference)
            multiply(z, difference, inner)
            add(n, inner, h_after)
        loss = readout(after, W, c, dW, dc, dh_rows)
        for part in parts:
            prepare(*part)
        np.copyto(W_hT, W_h.T)
        for dh_here, dh_before, da_here, da_gates, to_gates, to_before in backward:
            multiply(dh_here, to_gates, da_gates)
            multiply(dh_here, to_before, dh_here)
            dot(da_here, W_hT, back)
            add(dh_before, dh_here, dh_before)
            add(dh_before, back, dh_before)
        dot(before.T, da_of_h, dW_h)
        embedding.gradient(da_of_x, dW_x, db_x)
        dot(ones, da_rows[:, :hidden], db_h[:hidden])
        np.copyto(db_h[hidden:], db_x[: 2 * hidden])
        parameters.update()
        np.copyto(h[0], h[-1])
        return loss

    return run


def prepare(acts: NDArray, factors: NDArray) -> None:
    """For some steps, what dh is multiplied with for n from h, r, z, n from x, and for the dh before."""
    r, z, n, gated, difference = (acts[:, part] for part in range(5))
    to_h_n, to_r, to_z, to_n, to_h = (factors[:, part] for part in range(5))
    np.subtract(acts[:, :2], 1, factors[:, 1:3])  # not 1 - σ, because of the sign of the weights
    np.multiply(n, n, to_n)
    np.subtract(to_n, 1, to_n)
    np.multiply(to_n, to_z, to_n)
    np.multiply(to_z, z, to_z)
    np.multiply(to_z, difference, to_z)
    np.multiply(to_r, gated, to_r)
    np.multiply(to_r, to_n, to_r)
    np.multiply(to_n, r, to_h_n)
    np.copyto(to_h, z)
