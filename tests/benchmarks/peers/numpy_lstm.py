"""The best program by hand for an LSTM: a product and eight calls a step forward, a product and four calls back.

``σ(a) = (1 + tanh(a / 2)) / 2``, with the halves in the weights, so that all gates are one ``tanh``. What a step back
multiplies the cotangents of its h and c with is computed for many steps at once, before the walk.
"""

from __future__ import annotations

import numpy as np

from tests.benchmarks.peers.numpy_best import Embedding, Parameters, ReadOut, chunks, zeros
from tests.benchmarks.peers.problem import NDArray, Problem, Window

ORDER = (3, 0, 1, 2)  # gates lie in the order o, i, f, g: those with a sigmoid side by side


def numpy_lstm(problem: Problem) -> Window:
    """One training window of the equations of ``minigrad.nn.LSTMCell``."""
    data = problem.arrays()
    k, batch, hidden = problem.steps, problem.batch, problem.hidden
    count, gates = k * batch, 4 * hidden
    for name in problem.of_cell:
        data[name] = np.concatenate([np.split(data[name], 4, -1)[gate] for gate in ORDER], -1)
    parameters = Parameters([data[name] for name in problem.of_model])
    W_x, W_h, b, W, c = parameters.values
    dW_x, dW_h, db, dW, dc = parameters.gradients
    embedding, readout = Embedding(problem, data["x"]), ReadOut(problem, data["y"])
    halves = np.repeat(np.array([0.5, 0.5, 0.5, 1], np.float32), hidden)
    table, W_half, W_hT = np.empty_like(W_x), np.empty_like(W_h), np.empty_like(W_h.T, order="C")

    h, x, tanh_c, dh = (
        zeros(k + 1, batch, hidden),
        zeros(k, batch, gates),
        zeros(k, batch, hidden),
        zeros(k, batch, hidden),
    )
    acts = zeros(k + 1, batch, 5, hidden)  # o, i, f, g and the c before
    factors = zeros(k, batch, 6, hidden)  # by which dh and dc are multiplied, see ``prepare``
    walked = zeros(k + 1, batch, 6, hidden)  # what they become: an addition to dc, do, di, df, dg, and the dc before
    product, pair, dc_here = zeros(batch, gates), zeros(batch, 2, hidden), zeros(batch, hidden)
    back = zeros(batch, hidden)
    rows = h.reshape(-1, hidden)
    before, after, dh_rows = rows[:count], rows[batch:], dh.reshape(count, hidden)
    da_rows = walked[:k].reshape(count, 6 * hidden)[:, hidden : 5 * hidden]
    forward = [
        (h[t], x[t], acts[t, :, :4].reshape(batch, gates), acts[t, :, :3].reshape(batch, 3 * hidden))
        + (acts[t, :, 1:3], acts[t, :, 3:], acts[t + 1, :, 4], tanh_c[t], acts[t, :, 0], h[t + 1])
        for t in range(k)
    ]
    flat = walked.reshape(k + 1, batch, 6 * hidden)
    backward = [
        (dh[t, :, None], factors[t, :, :2], walked[t, :, :2], walked[t + 1, :, 5], walked[t, :, 0])
        + (factors[t, :, 2:], walked[t, :, 2:], flat[t, :, hidden : 5 * hidden], dh[t - 1] if t else back)
        for t in reversed(range(k))
    ]
    dot, add, multiply, tanh = np.dot, np.add, np.multiply, np.tanh
    parts = [(acts[s], tanh_c[s], factors[s]) for s in chunks(problem)]
    dc_wide = dc_here[:, None]

    def run() -> float:
        add(W_x, b, table)
        multiply(table, halves, table)
        multiply(W_h, halves, W_half)
        embedding.look_up(table, x.reshape(count, gates))
        for h_before, from_x, all_gates, sigmoids, i_f, g_c, c_after, tanh_after, o, h_after in forward:
            dot(h_before, W_half, product)
            add(product, from_x, product)
            tanh(product, all_gates)
            multiply(sigmoids, 0.5, sigmoids)
            add(sigmoids, 0.5, sigmoids)
            multiply(i_f, g_c, pair)
            add(pair[:, 0], pair[:, 1], c_after)
            tanh(c_after, tanh_after)
            multiply(o, tanh_after, h_after)
        loss = readout(after, W, c, dW, dc, dh_rows)
        for part in parts:
            prepare(*part)
        np.copyto(W_hT, W_h.T)
        for dh_here, by_dh, from_dh, dc_after, more_dc, by_dc, from_dc, da, dh_before in backward:
            multiply(dh_here, by_dh, from_dh)
            add(dc_after, more_dc, dc_here)
            multiply(dc_wide, by_dc, from_dc)
            dot(da, W_hT, back)
            add(dh_before, back, dh_before)
        dot(before.T, da_rows, dW_h)
        embedding.gradient(da_rows, dW_x)
        np.sum(dW_x, 0, out=db)
        parameters.update()
        np.copyto(h[0], h[-1])
        np.copyto(acts[0, :, 4], acts[-1, :, 4])
        return loss

    return run


def prepare(acts: NDArray, tanh_c: NDArray, factors: NDArray) -> None:
    """What the cotangents of h (first two) and c (other four) are multiplied with, for some steps."""
    o, g = acts[..., 0, :], acts[..., 3, :]
    to_c, to_o, to_g = factors[..., 0, :], factors[..., 1, :], factors[..., 4, :]
    np.multiply(tanh_c, tanh_c, to_c)
    np.subtract(1, to_c, to_c)
    np.multiply(to_c, o, to_c)
    np.subtract(1, acts[..., :3, :], factors[..., 1:4, :])
    np.multiply(factors[..., 1:4, :], acts[..., :3, :], factors[..., 1:4, :])
    np.multiply(to_o, tanh_c, to_o)
    np.multiply(factors[..., 2:4, :], acts[..., 3:, :], factors[..., 2:4, :])
    np.multiply(g, g, to_g)
    np.subtract(1, to_g, to_g)
    np.multiply(to_g, acts[..., 1, :], to_g)
    np.copyto(factors[..., 5, :], acts[..., 2, :])
