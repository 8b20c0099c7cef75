"""PyTorch: a loop in Python, ``nn.RNN``, ``nn.GRU`` and ``nn.LSTM``, and the loop through ``torch.compile``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.benchmarks.peers.cells import Operations, next_state, parameters, start
from tests.benchmarks.peers.problem import CLIP, LR, Problem, Window

Compiler = Callable[[Any], Any]


def torch_loop(problem: Problem) -> Window:
    """A loop in Python over the same operations."""
    return _loop(problem)


def torch_compiled(problem: Problem) -> Window:
    """The same loop with its step, loss included, compiled for these shapes; needs a C++ compiler."""
    import torch

    return _loop(problem, of_step=torch.compile(dynamic=False, fullgraph=True))


def torch_compiled_window(problem: Problem) -> Window:
    """The same with all steps of a window, unrolled, compiled as one; it takes minutes to compile."""
    import torch

    return _loop(problem, of_window=torch.compile(dynamic=False, fullgraph=True))


def _unchanged(function: Any) -> Any:
    return function


def _loop(problem: Problem, of_step: Compiler = _unchanged, of_window: Compiler = _unchanged) -> Window:
    import torch
    from torch.nn import functional

    data = problem.arrays()
    p = parameters(problem, data, lambda value: torch.tensor(value, requires_grad=True))
    x, y = torch.tensor(data["x"]), torch.tensor(data["y"])
    ops, params = Operations(torch.tanh, torch.sigmoid), list(p.values())
    optimizer = torch.optim.SGD(params, LR)
    state = start(problem, torch.zeros)

    @of_step
    def step(x: Any, y: Any, state: Any) -> tuple[Any, Any]:
        state = next_state(ops, p, functional.embedding(x, p["W_x"]), state)
        return functional.cross_entropy(state[0] @ p["W"] + p["c"], y), state

    @of_window
    def forward(state: Any) -> tuple[Any, Any]:
        losses = []
        for t in range(problem.steps):
            loss, state = step(x[t], y[t], state)
            losses.append(loss)
        return torch.stack(losses).mean(), state

    def run() -> float:
        nonlocal state
        loss, last = forward(state)
        state = tuple(part.detach() for part in last)
        return _update(loss, params, optimizer)

    return run


def torch_nn(problem: Problem) -> Window:
    """``nn.RNN``, ``nn.GRU`` or ``nn.LSTM`` over the whole window, with one-hot inputs."""
    import torch
    from torch.nn import functional

    data = problem.arrays()
    network = getattr(torch.nn, problem.cell)(problem.tokens, problem.hidden)
    bias = data["b_x"] if problem.cell == "GRU" else data["b"]
    values = {"weight_ih": data["W_x"].T, "weight_hh": data["W_h"].T, "bias_ih": bias}
    values["bias_hh"] = data["b_h"] if problem.cell == "GRU" else 0 * bias
    network.load_state_dict({f"{name}_l0": torch.tensor(value) for name, value in values.items()})
    network.bias_hh_l0.requires_grad_(problem.cell == "GRU")  # the others have one bias
    W, c = (torch.tensor(data[name], requires_grad=True) for name in ("W", "c"))
    x, y = functional.one_hot(torch.tensor(data["x"]), problem.tokens).float(), torch.tensor(data["y"]).reshape(-1)
    params = [*(p for p in network.parameters() if p.requires_grad), W, c]
    optimizer = torch.optim.SGD(params, LR)
    state = start(problem, lambda shape: torch.zeros(1, *shape))

    def run() -> float:
        nonlocal state
        out, last = network(x, state if problem.cell == "LSTM" else state[0])
        loss = functional.cross_entropy((out @ W + c).reshape(-1, problem.tokens), y)
        state = tuple(part.detach() for part in (last if problem.cell == "LSTM" else (last,)))
        return _update(loss, params, optimizer)

    return run


def _update(loss: Any, params: list[Any], optimizer: Any) -> float:
    import torch

    loss.backward()
    torch.nn.utils.clip_grad_norm_(params, CLIP)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.item())
