"""One training window of a character RNN, written for minigrad and for each peer it is compared with.

    python -m tests.benchmarks.window "PyTorch loop" M

prints the seconds that one window takes. Each library is imported by its own contestant only.

Every maker returns a function that runs one window: embedding, tanh RNN, read-out, cross-entropy, mean
over steps, clipping to norm 5, SGD. All start from the same float32 values and carry the state.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.measure import turn

LR = 0.1
CLIP = 5.0


@dataclass
class Problem:
    """Sizes of one window: tokens, hidden units, batch rows, steps."""

    name: str
    tokens: int
    hidden: int
    batch: int
    steps: int

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Initial parameters and one window of data."""
        rng = np.random.default_rng(0)

        def uniform(*shape: int) -> np.ndarray[Any, Any]:
            return (rng.uniform(-1, 1, shape) / math.sqrt(self.hidden)).astype(np.float32)

        return {
            "W_x": uniform(self.tokens, self.hidden),
            "W_h": uniform(self.hidden, self.hidden),
            "b": uniform(self.hidden),
            "W": uniform(self.hidden, self.tokens),
            "c": uniform(self.tokens),
            "x": rng.integers(0, self.tokens, (self.steps, self.batch)),
            "y": rng.integers(0, self.tokens, (self.steps, self.batch)),
        }


PROBLEMS = (
    Problem("S", 65, 64, 16, 25),
    Problem("M", 65, 256, 32, 35),
    Problem("L", 65, 512, 64, 50),
)

Window = Callable[[], float]


def minigrad_loop(problem: Problem) -> Window:
    """The plain step-by-step loop, as a user writes it."""
    return _minigrad(problem, replay=False)


def minigrad_replayed(problem: Problem) -> Window:
    """The same loop with its windows run as a program."""
    return _minigrad(problem, replay=True)


def _minigrad(problem: Problem, replay: bool) -> Window:
    import minigrad as mg

    data = problem.arrays()
    cell = mg.nn.RNNCell(problem.tokens, problem.hidden)
    readout = mg.nn.Linear(problem.hidden, problem.tokens)
    cell.load_state_dict({name: data[name] for name in ("W_x", "W_h", "b")})
    readout.load_state_dict({"W": data["W"], "b": data["c"]})
    params = [*cell.parameters(), *readout.parameters()]
    optimizer = mg.optim.SGD(params, LR)

    def step(inputs: Any, h: Any) -> tuple[Any, Any]:
        x, y = inputs
        h = cell(x, h)
        return mg.nn.cross_entropy(readout(h), y), h

    def endless() -> Any:
        while True:
            yield from zip(data["x"], data["y"], strict=True)

    windows = mg.truncated_bptt(step, endless(), cell.initial_state(problem.batch), problem.steps, replay=replay)

    def run() -> float:
        window = next(windows)
        mg.clip_grad_norm(params, CLIP)
        optimizer.step()
        return window.loss

    return run


def numpy_by_hand(problem: Problem) -> Window:
    """The usual hand-written NumPy BPTT: at each step an embedding lookup and ``np.add.at`` for its gradient, a
    matrix product and an addition for the gradient of every other weight."""
    return _numpy_loop(problem, one_hot=False)


def numpy_one_hot(problem: Problem) -> Window:
    """The same without an embedding, as Karpathy's min-char-rnn has it: one-hot inputs and a product with them."""
    return _numpy_loop(problem, one_hot=True)


def _numpy_loop(problem: Problem, one_hot: bool) -> Window:
    data = problem.arrays()
    W_x, W_h, b, W, c = params = [data[name].copy() for name in ("W_x", "W_h", "b", "W", "c")]
    eye = np.eye(problem.tokens, dtype=np.float32)
    state = np.zeros((problem.batch, problem.hidden), np.float32)
    rows = np.arange(problem.batch)

    def run() -> float:
        nonlocal state
        xs: dict[int, Any] = {}
        hs: dict[int, Any] = {-1: state}
        ps: dict[int, Any] = {}
        loss = 0.0
        for t in range(problem.steps):
            xs[t] = eye[data["x"][t]] if one_hot else data["x"][t]
            hs[t] = np.tanh((xs[t] @ W_x if one_hot else W_x[xs[t]]) + hs[t - 1] @ W_h + b)
            logits = hs[t] @ W + c
            e = np.exp(logits - logits.max(axis=1, keepdims=True))
            ps[t] = e / e.sum(axis=1, keepdims=True)
            loss -= float(np.log(ps[t][rows, data["y"][t]]).mean())
        dW_x, dW_h, db, dW, dc = grads = [np.zeros_like(p) for p in params]
        dh_next = np.zeros_like(state)
        for t in reversed(range(problem.steps)):
            dlogits = ps[t].copy()
            dlogits[rows, data["y"][t]] -= 1
            dlogits /= problem.batch * problem.steps
            dW += hs[t].T @ dlogits
            dc += dlogits.sum(axis=0)
            dh = dlogits @ W.T + dh_next
            da = (1 - hs[t] * hs[t]) * dh
            db += da.sum(axis=0)
            dW_h += hs[t - 1].T @ da
            if one_hot:
                dW_x += xs[t].T @ da
            else:
                np.add.at(dW_x, xs[t], da)
            dh_next = da @ W_h.T
        norm = math.sqrt(sum(float((g * g).sum()) for g in grads))
        for p, g in zip(params, grads, strict=True):
            p -= LR * min(1.0, CLIP / norm) * g
        state = hs[problem.steps - 1]
        return loss / problem.steps

    return run


def torch_loop(problem: Problem) -> Window:
    """PyTorch with a loop in Python over the same operations."""
    import torch
    from torch.nn import functional

    data = problem.arrays()
    W_x, W_h, b, W, c = params = [
        torch.tensor(data[name], requires_grad=True) for name in ("W_x", "W_h", "b", "W", "c")
    ]
    x, y = torch.tensor(data["x"]), torch.tensor(data["y"])
    optimizer = torch.optim.SGD(params, LR)
    state = torch.zeros(problem.batch, problem.hidden)

    def run() -> float:
        nonlocal state
        h = state
        losses = []
        for t in range(problem.steps):
            h = torch.tanh(W_x[x[t]] + h @ W_h + b)
            losses.append(functional.cross_entropy(h @ W + c, y[t]))
        loss = torch.stack(losses).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        state = h.detach()
        return loss.item()

    return run


def torch_rnn(problem: Problem) -> Window:
    """PyTorch's ``nn.RNN`` over the whole window, with one-hot inputs."""
    import torch
    from torch.nn import functional

    data = problem.arrays()
    rnn = torch.nn.RNN(problem.tokens, problem.hidden)
    values = {"weight_ih": data["W_x"].T, "weight_hh": data["W_h"].T, "bias_ih": data["b"], "bias_hh": 0 * data["b"]}
    rnn.load_state_dict({f"{name}_l0": torch.tensor(value) for name, value in values.items()})
    rnn.bias_hh_l0.requires_grad_(False)  # the model has one bias
    W, c = (torch.tensor(data[name], requires_grad=True) for name in ("W", "c"))
    x, y = functional.one_hot(torch.tensor(data["x"]), problem.tokens).float(), torch.tensor(data["y"])
    params = [*(p for p in rnn.parameters() if p.requires_grad), W, c]
    optimizer = torch.optim.SGD(params, LR)
    state = torch.zeros(1, problem.batch, problem.hidden)

    def run() -> float:
        nonlocal state
        out, last = rnn(x, state)
        loss = functional.cross_entropy((out @ W + c).reshape(-1, problem.tokens), y.reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        state = last.detach()
        return loss.item()

    return run


CONTESTANTS: dict[str, Callable[[Problem], Window]] = {
    "minigrad": minigrad_loop,
    "replayed": minigrad_replayed,
    "NumPy by hand": numpy_by_hand,
    "NumPy, one-hot": numpy_one_hot,
    "PyTorch loop": torch_loop,
    "PyTorch nn.RNN": torch_rnn,
}


if __name__ == "__main__":
    name, size = sys.argv[1:]
    turn(CONTESTANTS[name](next(problem for problem in PROBLEMS if problem.name == size)))
