"""NumPy by hand as it is usually written: step by step, nothing hoisted, a fresh array for every result."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.peers.problem import CLIP, LR, NDArray, Problem, Window

State = tuple[NDArray, ...]
Step = Callable[[dict[str, NDArray], NDArray, State], tuple[State, Any]]
Back = Callable[[dict[str, NDArray], Any, State], tuple[NDArray, NDArray, State]]


def numpy_by_hand(problem: Problem) -> Window:
    """An embedding lookup at each step and ``np.add.at`` for its gradient, a matrix product and an addition for the
    gradient of every other weight."""
    return _loop(problem, one_hot=False)


def numpy_one_hot(problem: Problem) -> Window:
    """The same without an embedding, as Karpathy's min-char-rnn has it: one-hot inputs and a product with them."""
    return _loop(problem, one_hot=True)


def _loop(problem: Problem, one_hot: bool) -> Window:
    data = problem.arrays()
    p = {name: data[name].copy() for name in problem.of_model}
    eye, rows = np.eye(problem.tokens, dtype=np.float32), np.arange(problem.batch)
    parts = 2 if problem.cell == "LSTM" else 1
    state: State = tuple(np.zeros((problem.batch, problem.hidden), np.float32) for _ in range(parts))
    forward, backward = STEPS[problem.cell]

    def run() -> float:
        nonlocal state
        xs, states, saved, ps, loss = [], [state], [], [], 0.0
        for t in range(problem.steps):
            xs.append(eye[data["x"][t]] if one_hot else data["x"][t])
            after, kept = forward(p, xs[t] @ p["W_x"] if one_hot else p["W_x"][xs[t]], states[-1])
            states.append(after)
            saved.append(kept)
            logits = after[0] @ p["W"] + p["c"]
            e = np.exp(logits - logits.max(axis=1, keepdims=True))
            ps.append(e / e.sum(axis=1, keepdims=True))
            loss -= float(np.log(ps[t][rows, data["y"][t]]).mean())
        grads = {name: np.zeros_like(value) for name, value in p.items()}
        dstate: State = tuple(np.zeros_like(part) for part in state)
        for t in reversed(range(problem.steps)):
            dlogits = ps[t].copy()
            dlogits[rows, data["y"][t]] -= 1
            dlogits /= problem.batch * problem.steps
            grads["W"] += states[t + 1][0].T @ dlogits
            grads["c"] += dlogits.sum(axis=0)
            dh = dlogits @ p["W"].T + dstate[0]
            from_x, from_h, dstate = backward(p, saved[t], (dh, *dstate[1:]))
            grads["W_h"] += states[t][0].T @ from_h
            if problem.cell == "GRU":
                grads["b_x"] += from_x.sum(axis=0)
                grads["b_h"] += from_h.sum(axis=0)
            else:
                grads["b"] += from_h.sum(axis=0)
            if one_hot:
                grads["W_x"] += xs[t].T @ from_x
            else:
                np.add.at(grads["W_x"], xs[t], from_x)
        norm = math.sqrt(sum(float((g * g).sum()) for g in grads.values()))
        for name, g in grads.items():
            p[name] -= LR * min(1.0, CLIP / norm) * g
        state = states[-1]
        return loss / problem.steps

    return run


def sigmoid(a: NDArray) -> NDArray:
    return np.asarray(1 / (1 + np.exp(-a)))


def _rnn(p: dict[str, NDArray], from_x: NDArray, state: State) -> tuple[State, Any]:
    h = np.tanh(from_x + state[0] @ p["W_h"] + p["b"])
    return (h,), h


def _rnn_back(p: dict[str, NDArray], h: Any, dstate: State) -> tuple[NDArray, NDArray, State]:
    da = (1 - h * h) * dstate[0]
    return da, da, (da @ p["W_h"].T,)


def _gru(p: dict[str, NDArray], from_x: NDArray, state: State) -> tuple[State, Any]:
    x_r, x_z, x_n = np.split(from_x + p["b_x"], 3, axis=1)
    h_r, h_z, h_n = np.split(state[0] @ p["W_h"] + p["b_h"], 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    return ((1 - z) * n + z * state[0],), (state[0], r, z, n, h_n)


def _gru_back(p: dict[str, NDArray], saved: Any, dstate: State) -> tuple[NDArray, NDArray, State]:
    h, r, z, n, h_n = saved
    dh = dstate[0]
    dn = dh * (1 - z) * (1 - n * n)
    dz = dh * (h - n) * z * (1 - z)
    dr = dn * h_n * r * (1 - r)
    from_h = np.concatenate([dr, dz, dn * r], axis=1)
    return np.concatenate([dr, dz, dn], axis=1), from_h, (dh * z + from_h @ p["W_h"].T,)


def _lstm(p: dict[str, NDArray], from_x: NDArray, state: State) -> tuple[State, Any]:
    a_i, a_f, a_g, a_o = np.split(from_x + state[0] @ p["W_h"] + p["b"], 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * state[1] + i * g
    tanh_c = np.tanh(c)
    return (o * tanh_c, c), (i, f, g, o, state[1], tanh_c)


def _lstm_back(p: dict[str, NDArray], saved: Any, dstate: State) -> tuple[NDArray, NDArray, State]:
    i, f, g, o, before, tanh_c = saved
    dh, dc = dstate
    dc = dc + dh * o * (1 - tanh_c * tanh_c)
    gates = [dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g * g), dh * tanh_c * o * (1 - o)]
    da = np.concatenate(gates, axis=1)
    return da, da, (da @ p["W_h"].T, dc * f)


STEPS: dict[str, tuple[Step, Back]] = {
    "RNN": (_rnn, _rnn_back),
    "GRU": (_gru, _gru_back),
    "LSTM": (_lstm, _lstm_back),
}
