"""JAX: ``jax.jit`` of a whole window, ``lax.scan`` over its steps, its gradient, clipping and SGD."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.peers.cells import Operations, next_state, parameters, start
from tests.benchmarks.peers.problem import CLIP, LR, Problem, Window


def jax_scan(problem: Problem) -> Window:
    """The input projection, by one-hot rows, and the read-out are outside of the scan, for all steps at once."""
    import jax
    from jax import lax, numpy as jnp

    data = problem.arrays()
    p = parameters(problem, data, jnp.asarray)
    x, y = jnp.asarray(data["x"]), jnp.asarray(data["y"])
    ops = Operations(jnp.tanh, jax.nn.sigmoid)
    state = start(problem, jnp.zeros)

    def loss_of(p: Any, x: Any, y: Any, state: Any) -> Any:
        def step(state: Any, from_x: Any) -> Any:
            state = next_state(ops, p, from_x, state)
            return state, state[0]

        state, h = lax.scan(step, state, jax.nn.one_hot(x, problem.tokens) @ p["W_x"])
        log_p = jax.nn.log_softmax(h @ p["W"] + p["c"])
        return -jnp.take_along_axis(log_p, y[..., None], -1).mean(), state

    def train(p: Any, x: Any, y: Any, state: Any) -> Any:
        (loss, state), gradients = jax.value_and_grad(loss_of, has_aux=True)(p, x, y, state)
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in gradients.values()))
        rate = LR * jnp.minimum(1.0, CLIP / norm)
        return loss, {name: p[name] - rate * gradients[name] for name in p}, state

    compiled = jax.jit(train, donate_argnums=(0, 3))

    def run() -> float:
        nonlocal p, state
        loss, p, state = compiled(p, x, y, state)
        return float(loss)

    return run
