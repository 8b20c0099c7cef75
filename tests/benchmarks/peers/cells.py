"""One step of each cell in the operations of any library, with the parameters that ``minigrad.nn``'s cells have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.peers.problem import NDArray, Problem


@dataclass(frozen=True)
class Operations:
    """What differs from library to library; sums, products and slices are written alike in all."""

    tanh: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]


def start(problem: Problem, zeros: Callable[[tuple[int, int]], Any]) -> tuple[Any, ...]:
    """The state before the first step: h, and c of an LSTM."""
    parts = 2 if problem.cell == "LSTM" else 1
    return tuple(zeros((problem.batch, problem.hidden)) for _ in range(parts))


def next_state(ops: Operations, p: dict[str, Any], from_x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    """The state after a step, of which h is the first part.

    Args:
        ops: functions of the library. p: the parameters by name.
        from_x: the rows of ``W_x`` for the inputs of the step, without bias.
        state: see ``start``.
    """
    if "b_h" in p:
        return _gru(ops, p, from_x, *state)
    a = from_x + state[0] @ p["W_h"] + p["b"]
    if len(state) == 1:
        return (ops.tanh(a),)
    hidden = p["W_h"].shape[0]
    i, f, g, o = (a[:, gate * hidden : (gate + 1) * hidden] for gate in range(4))
    c = ops.sigmoid(f) * state[1] + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(c), c


def _gru(ops: Operations, p: dict[str, Any], from_x: Any, h: Any) -> tuple[Any, ...]:
    hidden = p["W_h"].shape[0]
    x, a = from_x + p["b_x"], h @ p["W_h"] + p["b_h"]
    both = ops.sigmoid(x[:, : 2 * hidden] + a[:, : 2 * hidden])
    r, z = both[:, :hidden], both[:, hidden:]
    n = ops.tanh(x[:, 2 * hidden :] + r * a[:, 2 * hidden :])
    return (n + z * (h - n),)


def parameters(problem: Problem, data: dict[str, NDArray], wrap: Callable[[NDArray], Any]) -> dict[str, Any]:
    """The parameters by name, each as the library has them."""
    return {name: wrap(data[name]) for name in problem.of_model}
