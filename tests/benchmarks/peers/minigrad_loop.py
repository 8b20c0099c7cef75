"""minigrad: the plain loop over time steps, eager and replayed."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.peers.problem import CLIP, LR, Problem, Window


def minigrad_loop(problem: Problem) -> Window:
    """The plain step-by-step loop, as a user writes it."""
    return _minigrad(problem, replay=False)


def minigrad_replayed(problem: Problem) -> Window:
    """The same loop with its windows run as a program."""
    return _minigrad(problem, replay=True)


def _minigrad(problem: Problem, replay: bool) -> Window:
    import minigrad as mg

    data = problem.arrays()
    cell = getattr(mg.nn, f"{problem.cell}Cell")(problem.tokens, problem.hidden)
    readout = mg.nn.Linear(problem.hidden, problem.tokens)
    cell.load_state_dict({name: data[name] for name in problem.of_cell})
    readout.load_state_dict({"W": data["W"], "b": data["c"]})
    params = [*cell.parameters(), *readout.parameters()]
    optimizer = mg.optim.SGD(params, LR)

    def step(inputs: Any, state: Any) -> tuple[Any, Any]:
        x, y = inputs
        state = cell(x, state)
        return mg.nn.cross_entropy(readout(cell.output(state)), y), state

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
