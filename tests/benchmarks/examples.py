"""Per-example gradients of a character RNN: the gradient of each row's loss, which a walk of the batch would only sum.

    python -m tests.benchmarks.examples "minigrad vmap" S

prints the seconds that the gradients of all rows of a batch take.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.measure import turn
from tests.benchmarks.peers.problem import NDArray, Problem
from tests.benchmarks.window import problem_of

Gradients = Callable[[], Any]  # by W_x, W_h, b, W and c, each with a leading axis for the row, or a list for each row
BY = (0, 1, 2, 3, 4)
AXES = (None, None, None, None, None, 0, 0)


def _inputs(problem: Problem) -> tuple[list[NDArray], NDArray, NDArray]:
    """Parameters, and tokens and targets with the rows first."""
    data = problem.arrays()
    return [data[name] for name in problem.of_model], data["x"].T.copy(), data["y"].T.copy()


def _minigrad(problem: Problem) -> tuple[Any, list[Any], NDArray, NDArray]:
    import minigrad as mg

    values, x, y = _inputs(problem)

    def loss(W_x: Any, W_h: Any, b: Any, W: Any, c: Any, x: Any, y: Any) -> Any:
        h, losses = mg.zeros(problem.hidden, dtype="float32"), []
        for t in range(problem.steps):
            h = mg.tanh(W_x[x[t]] + h @ W_h + b)
            losses.append(mg.cross_entropy(h @ W + c, y[t]))
        return mg.stack(losses).mean()

    return mg.grad(loss, argnums=BY), [mg.tensor(value) for value in values], x, y


def minigrad_loop(problem: Problem) -> Gradients:
    """``mg.grad`` of each row in turn."""
    gradient, p, x, y = _minigrad(problem)
    return lambda: [gradient(*p, *row) for row in zip(x, y, strict=True)]


def minigrad_vmap(problem: Problem) -> Gradients:
    """``mg.vmap`` of ``mg.grad``."""
    import minigrad as mg

    gradient, p, x, y = _minigrad(problem)
    batched = mg.vmap(gradient, in_axes=AXES)
    return lambda: batched(*p, x, y)


def minigrad_replayed(problem: Problem) -> Gradients:
    """The same as a program."""
    import minigrad as mg

    gradient, p, x, y = _minigrad(problem)
    batched = mg.replay(mg.vmap(gradient, in_axes=AXES))
    return lambda: batched(*p, x, y)


def _torch(problem: Problem) -> tuple[Any, list[Any], Any, Any]:
    import torch
    from torch.nn import functional

    values, x, y = _inputs(problem)

    def loss(W_x: Any, W_h: Any, b: Any, W: Any, c: Any, x: Any, y: Any) -> Any:
        h, losses = torch.zeros(problem.hidden), []
        for t in range(problem.steps):
            h = torch.tanh(functional.embedding(x[t], W_x) + h @ W_h + b)
            losses.append(functional.cross_entropy(h @ W + c, y[t]))
        return torch.stack(losses).mean()

    gradient = torch.func.grad(loss, argnums=BY)
    return gradient, [torch.tensor(value) for value in values], torch.tensor(x), torch.tensor(y)


def torch_loop(problem: Problem) -> Gradients:
    """``torch.func.grad`` of each row in turn."""
    gradient, p, x, y = _torch(problem)
    return lambda: [gradient(*p, *row) for row in zip(x, y, strict=True)]


def torch_vmap(problem: Problem) -> Gradients:
    """``torch.func.vmap`` of ``torch.func.grad``."""
    import torch

    gradient, p, x, y = _torch(problem)
    batched = torch.func.vmap(gradient, in_dims=AXES)
    return lambda: batched(*p, x, y)


def jax_vmap(problem: Problem) -> Gradients:
    """``jax.jit`` of ``jax.vmap`` of ``jax.grad``, with a scan over the steps."""
    import jax
    from jax import lax, numpy as jnp

    finished: Any = jax.block_until_ready

    values, x, y = _inputs(problem)

    def loss(W_x: Any, W_h: Any, b: Any, W: Any, c: Any, x: Any, y: Any) -> Any:
        def step(h: Any, from_x: Any) -> Any:
            h = jnp.tanh(from_x + h @ W_h + b)
            return h, h

        _, h = lax.scan(step, jnp.zeros(problem.hidden), W_x[x])
        log_p = jax.nn.log_softmax(h @ W + c)
        return -jnp.take_along_axis(log_p, y[:, None], -1).mean()

    batched = jax.jit(jax.vmap(jax.grad(loss, argnums=BY), in_axes=AXES))
    p = [jnp.asarray(value) for value in values]
    rows = jnp.asarray(x), jnp.asarray(y)
    return lambda: finished(batched(*p, *rows))


CONTESTANTS: dict[str, Callable[[Problem], Gradients]] = {
    "minigrad, Python loop": minigrad_loop,
    "minigrad vmap": minigrad_vmap,
    "minigrad vmap, replayed": minigrad_replayed,
    "PyTorch, Python loop": torch_loop,
    "torch.func.vmap": torch_vmap,
    "jax.vmap, jit": jax_vmap,
}
LIBRARIES = dict(zip(CONTESTANTS, ("minigrad",) * 3 + ("torch",) * 2 + ("jax",), strict=True))


def arrays(gradients: Any) -> list[NDArray]:
    """Of either form, one array for each parameter, rows first."""
    if isinstance(gradients, list):
        return [np.stack([np.asarray(part) for part in parts]) for parts in zip(*gradients, strict=True)]
    return [np.asarray(part) for part in gradients]


if __name__ == "__main__":
    turn(CONTESTANTS[sys.argv[1]](problem_of(sys.argv[2])))
