"""The best program by hand for a GRU: a product and ten calls a step forward, a product and three calls back.

``σ(a) = (1 + tanh(a / 2)) / 2``, with the halves in the weights, so that both gates are one ``tanh``. What a step back
multiplies the cotangent of its h with is computed for many steps at once, before the walk.
"""

from __future__ import annotations

import numpy as np

from tests.benchmarks.peers.numpy_best import Embedding, Parameters, ReadOut, chunks, zeros
from tests.benchmarks.peers.problem import NDArray, Problem, Window

ORDER = (2, 0, 1)  # from h come n, r, z, from x come r, z, n: so cotangents of either lie side by side in n, r, z, n


def numpy_gru(problem: Problem) -> Window:
    """One training window of the equations of ``minigrad.nn.GRUCell``."""
    data = problem.arrays()
    k, batch, hidden = problem.steps, problem.batch, problem.hidden
    count, gates = k * batch, 3 * hidden
    for name in ("W_h", "b_h"):
        data[name] = np.concatenate([np.split(data[name], 3, -1)[gate] for gate in ORDER], -1)
    parameters = Parameters([data[name] for name in problem.of_model])
    W_x, W_h, b_x, b_h, W, c = parameters.values
    dW_x, dW_h, db_x, db_h, dW, dc = parameters.gradients
    embedding, readout = Embedding(problem, data["x"]), ReadOut(problem, data["y"])
    halves = np.repeat(np.array([1, 0.5, 0.5], np.float32), hidden)
    table, W_half, W_hT = zeros(problem.tokens, 4 * hidden), np.empty_like(W_h), np.empty_like(W_h.T, order="C")

    h, x, dh = zeros(k + 1, batch, hidden), zeros(k, batch, 4, hidden), zeros(k, batch, hidden)
    acts = zeros(k, batch, 5, hidden)  # n's part from h, r, z, n, and h - n
    factors = zeros(k, batch, 5, hidden)  # by which dh is multiplied, see ``prepare``
    walked = zeros(k, batch, 5, hidden)  # what it becomes: dn from h, dr, dz, dn, and a part of the dh before
    product, inner, back = zeros(batch, 3, hidden), zeros(batch, hidden), zeros(batch, hidden)
    flat_product = product.reshape(batch, gates)
    rows, walked_rows = h.reshape(-1, hidden), walked.reshape(count, 5 * hidden)
    before, after, dh_rows = rows[:count], rows[batch:], dh.reshape(count, hidden)
    from_h, from_x = walked_rows[:, :gates], walked_rows[:, hidden : 4 * hidden]
    ones = np.ones(count, np.float32)
    forward = [
        (h[t], x[t, :, :3], acts[t, :, :3], acts[t, :, 1:3], acts[t, :, 0], acts[t, :, 1])
        + (x[t, :, 3], acts[t, :, 3], acts[t, :, 4], acts[t, :, 2], h[t + 1])
        for t in range(k)
    ]
    flat = walked.reshape(k, batch, 5 * hidden)
    backward = [
        (dh[t, :, None], factors[t], walked[t], flat[t, :, :gates], walked[t, :, 4], dh[t - 1] if t else back)
        for t in reversed(range(k))
    ]
    parts = [(acts[s], factors[s]) for s in chunks(problem)]
    dot, add, subtract, multiply, tanh = np.dot, np.add, np.subtract, np.multiply, np.tanh

    def run() -> float:
        table[:, :hidden] = b_h[:hidden]
        add(W_x, b_x, table[:, hidden:])
        add(table[:, hidden:gates], b_h[hidden:], table[:, hidden:gates])
        multiply(table[:, hidden:gates], 0.5, table[:, hidden:gates])
        multiply(W_h, halves, W_half)
        embedding.look_up(table, x.reshape(count, 4 * hidden))
        for h_before, from_x_, nrz, gates_, h_n, r, x_n, n, difference, z, h_after in forward:
            dot(h_before, W_half, flat_product)
            add(product, from_x_, nrz)
            tanh(gates_, gates_)
            multiply(gates_, 0.5, gates_)
            add(gates_, 0.5, gates_)
            multiply(r, h_n, inner)
            add(inner, x_n, inner)
            tanh(inner, n)
            subtract(h_before, n, difference)
            multiply(z, difference, inner)
            add(n, inner, h_after)
        loss = readout(after, W, c, dW, dc, dh_rows)
        for part in parts:
            prepare(*part)
        np.copyto(W_hT, W_h.T)
        for dh_here, by_dh, from_dh, da, direct, dh_before in backward:
            multiply(dh_here, by_dh, from_dh)
            dot(da, W_hT, back)
            add(dh_before, back, dh_before)
            add(dh_before, direct, dh_before)
        dot(before.T, from_h, dW_h)
        embedding.gradient(from_x, dW_x)
        np.sum(dW_x, 0, out=db_x)
        dot(ones, walked_rows[:, :hidden], db_h[:hidden])
        np.copyto(db_h[hidden:], db_x[: 2 * hidden])
        parameters.update()
        np.copyto(h[0], h[-1])
        return loss

    return run


def prepare(acts: NDArray, factors: NDArray) -> None:
    """What the cotangent of h is multiplied with, for some steps."""
    h_n, r, z, n, difference = (acts[..., part, :] for part in range(5))
    to_h_n, to_r, to_z, to_n, to_h = (factors[..., part, :] for part in range(5))
    np.subtract(1, z, to_h)
    np.multiply(n, n, to_n)
    np.subtract(1, to_n, to_n)
    np.multiply(to_n, to_h, to_n)
    np.multiply(to_h, z, to_z)
    np.multiply(to_z, difference, to_z)
    np.multiply(to_n, r, to_h_n)
    np.subtract(1, r, to_r)
    np.multiply(to_r, to_h_n, to_r)
    np.multiply(to_r, h_n, to_r)
    np.copyto(to_h, z)
