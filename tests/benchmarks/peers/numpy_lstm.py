"""The best program by hand for an LSTM: a product and nine calls a step forward, a product and six calls back.

Weights of the gates with a sigmoid are held with the other sign: ``σ(a) = 1 / (1 + exp(-a))`` then needs no negation.
Products want the gates of a row side by side, everything else wants each gate in one piece; so values are kept as
(gate, batch, hidden), which ``exp`` and ``tanh`` write as they go. What a step back multiplies the cotangents of its h
and c with is computed for many steps at once, before the walk.
"""

from __future__ import annotations

import numpy as np

from tests.benchmarks.peers.numpy_best import Embedding, Parameters, ReadOut, chunks, reordered, zeros
from tests.benchmarks.peers.problem import NDArray, Problem, Window

ORDER, SIGNS = (3, 0, 1, 2), (-1, -1, -1, 1)  # o, i, f, g


def numpy_lstm(problem: Problem) -> Window:
    """One training window of the equations of ``minigrad.nn.LSTMCell``."""
    data = problem.arrays()
    k, batch, hidden = problem.steps, problem.batch, problem.hidden
    count, gates = k * batch, 4 * hidden
    for name in problem.of_cell:
        data[name] = reordered(data[name], ORDER, SIGNS)
    parameters = Parameters([data[name] for name in problem.of_model])
    W_x, W_h, b, W, c = parameters.values
    dW_x, dW_h, db, dW, dc = parameters.gradients
    embedding, readout = Embedding(problem, data["x"]), ReadOut(problem, data["y"])
    table, W_hT = np.empty_like(W_x), np.empty_like(W_h.T, order="C")

    h, x, da = zeros(k + 1, batch, hidden), zeros(k, batch, gates), zeros(k, batch, gates)
    dh = zeros(k + 1, batch, hidden)  # the first is not used: the walk ends there
    acts = zeros(k + 1, 5, batch, hidden)  # o, i, f, g and the c before
    factors = zeros(k, 6, batch, hidden)  # see ``prepare``
    tanh_c, pair = zeros(k, batch, hidden), zeros(2, batch, hidden)
    product, back, dc_here, more = zeros(batch, gates), zeros(batch, hidden), zeros(batch, hidden), zeros(batch, hidden)
    rows, da_rows, dh_rows = h.reshape(-1, hidden), da.reshape(count, gates), dh[1:].reshape(count, hidden)
    before, after, x_rows = rows[:count], rows[batch:], x.reshape(count, gates)
    by_gate = product.reshape(batch, 4, hidden).swapaxes(0, 1)
    of_sigmoids, of_g = by_gate[:3], by_gate[3]
    da_by_gate = da.reshape(k, batch, 4, hidden).swapaxes(1, 2)
    forward = [
        (
            h[t],
            x[t],
            acts[t, :3],
            acts[t, 3],
            acts[t, 1:3],
            acts[t, 3:],
            acts[t + 1, 4],
            tanh_c[t],
            acts[t, 0],
            h[t + 1],
        )
        for t in range(k)
    ]
    backward = [
        (dh[t + 1], dh[t], da[t], da_by_gate[t, 0], da_by_gate[t, 1:], *factors[t, :2], factors[t, 2:5], factors[t, 5])
        for t in reversed(range(k))
    ]
    parts = [(acts[some], tanh_c[some], factors[some]) for some in chunks(problem)]
    dot, add, multiply, tanh, exp, reciprocal = np.dot, np.add, np.multiply, np.tanh, np.exp, np.reciprocal
    one = np.array(1, np.float32)

    @np.errstate(over="ignore")  # exp of a gate that is shut: 1 / (1 + inf) is 0, as it should be
    def run() -> float:
        add(W_x, b, table)
        embedding.look_up(table, x_rows)
        for h_before, from_x, sigmoids, g, i_f, g_c, c_after, tanh_after, o, h_after in forward:
            dot(h_before, W_h, product)
            add(product, from_x, product)
            exp(of_sigmoids, sigmoids)
            tanh(of_g, g)
            add(sigmoids, one, sigmoids)
            reciprocal(sigmoids, sigmoids)
            multiply(i_f, g_c, pair)
            add(pair[0], pair[1], c_after)
            tanh(c_after, tanh_after)
            multiply(o, tanh_after, h_after)
        loss = readout(after, W, c, dW, dc, dh_rows)
        for part in parts:
            prepare(*part)
        np.copyto(W_hT, W_h.T)
        dc_here.fill(0)
        for dh_here, dh_before, da_here, do, difg, to_c, to_o, to_ifg, to_before in backward:
            multiply(dh_here, to_o, do)
            multiply(dh_here, to_c, more)
            add(dc_here, more, dc_here)
            multiply(dc_here, to_ifg, difg)
            multiply(dc_here, to_before, dc_here)
            dot(da_here, W_hT, back)
            add(dh_before, back, dh_before)
        dot(before.T, da_rows, dW_h)
        embedding.gradient(da_rows, dW_x, db)
        parameters.update()
        np.copyto(h[0], h[-1])
        np.copyto(acts[0, 4], acts[-1, 4])
        return loss

    return run


def prepare(acts: NDArray, tanh_c: NDArray, factors: NDArray) -> None:
    """For some steps, what dh is multiplied with for dc and do, and then dc for di, df, dg and the dc before."""
    o, i, f, g = (acts[:, gate] for gate in range(4))
    to_c, to_o, to_g, to_before = factors[:, 0], factors[:, 1], factors[:, 4], factors[:, 5]
    np.multiply(tanh_c, tanh_c, to_c)
    np.subtract(1, to_c, to_c)
    np.multiply(to_c, o, to_c)
    np.subtract(acts[:, :3], 1, factors[:, 1:4])  # not 1 - σ, because of the sign of the weights
    np.multiply(factors[:, 1:4], acts[:, :3], factors[:, 1:4])
    np.multiply(to_o, tanh_c, to_o)
    np.multiply(factors[:, 2:4], acts[:, 3:], factors[:, 2:4])
    np.multiply(g, g, to_g)
    np.subtract(1, to_g, to_g)
    np.multiply(to_g, i, to_g)
    np.copyto(to_before, f)
