"""Independent ways to know a derivative: finite differences and the complex step.

Nothing here uses a rule of minigrad but the functions whose names say so (``vjp``, ``second``).
Cotangents are random, never ones: with ones, the gradient of a softmax is 0 whatever its rule says.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.backend import to_host

NDArray = np.ndarray
Function = Callable[..., Any]

FULL = 64  # with at most so many inputs every entry of the Jacobian is compared, else three directions
STEP = 1e-3
RTOL = 1e-6
ATOL = 1e-8


def torch_or_skip() -> Any:
    """PyTorch; without it the test is skipped, but under MINIGRAD_CI=1 it fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torch
    except ImportError:
        if os.environ.get("MINIGRAD_CI") == "1":
            raise
        pytest.skip("PyTorch is not installed")
    return torch


def host(value: Any) -> NDArray:
    """A tensor's or an array's value as a NumPy array."""
    return value.numpy() if isinstance(value, mg.Tensor) else to_host(value)


# -- what minigrad says ----------------------------------------------------------------------------


def vjp(f: Function, arrays: Sequence[NDArray], v: NDArray, xp: Any = np, wanted: Sequence[int] | None = None) -> list:
    """The gradients of ``v · f(arrays)`` as a plain walk finds them; ``wanted`` are tensors, the rest constants."""
    wanted = range(len(arrays)) if wanted is None else wanted
    operands = [mg.parameter(xp.asarray(a)) if i in wanted else xp.asarray(a) for i, a in enumerate(arrays)]
    with mg.Tape() as tape:
        y = f(*operands)
        sources = [operands[i] for i in wanted]
        gradients = tape.gradient(y, sources, seed=xp.asarray(v), unused="zero")
    for source, gradient in zip(sources, gradients, strict=True):
        assert gradient.shape == source.shape
        assert gradient.dtype == source.dtype
        assert type(gradient._value) is type(source._value) or xp is np, "the gradient left the device"
    return [host(g) for g in gradients]


def second(f: Function, arrays: Sequence[NDArray], v: NDArray, ws: Sequence[NDArray], xp: Any = np) -> list:
    """The gradients of ``Σ w · vjp(x)(v)`` by every x and by v, from a recorded walk."""
    leaves = [mg.parameter(xp.asarray(a)) for a in arrays]
    seed = mg.parameter(xp.asarray(v))
    with mg.Tape() as tape:
        y = f(*leaves)
        firsts = tape.gradient(y, leaves, seed=seed, create_graph=True, unused="none")
        pairs = [(g, xp.asarray(w)) for g, w in zip(firsts, ws, strict=True) if g is not None]
        seconds = tape.gradient([g for g, _ in pairs], [*leaves, seed], seed=[w for _, w in pairs], unused="zero")
    return [host(g) for g in seconds]


# -- what it must be -------------------------------------------------------------------------------


def slope(f: Callable[[float], Any], h: float = STEP) -> Any:
    """df/dt at 0 by fourth-order central differences."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def difference_jacobian(f: Function, arrays: Sequence[NDArray], which: int) -> NDArray:
    """The Jacobian of ``f`` by one operand, (*result, size), entry by entry."""
    x = np.asarray(arrays[which], dtype=np.float64)
    columns = []
    for k in range(x.size):
        basis = np.zeros(x.size)
        basis[k] = 1.0
        columns.append(slope(lambda t, b=basis: _at(f, arrays, which, x + t * b.reshape(x.shape))))
    return np.stack(columns, axis=-1) if columns else np.zeros((*np.shape(f(*arrays)), 0))


def complex_step_jacobian(f: Function, arrays: Sequence[NDArray], which: int, h: float = 1e-30) -> NDArray:
    """The same by the complex step, exact to rounding, for a function that is analytic."""
    x = np.asarray(arrays[which], dtype=np.float64)
    columns = []
    for k in range(x.size):
        basis = np.zeros(x.size)
        basis[k] = h
        columns.append(np.imag(_at(f, arrays, which, x + 1j * basis.reshape(x.shape))) / h)
    return np.stack(columns, axis=-1) if columns else np.zeros((*np.shape(f(*arrays)), 0))


def _at(f: Function, arrays: Sequence[NDArray], which: int, x: NDArray) -> NDArray:
    return np.asarray(f(*arrays[:which], x, *arrays[which + 1 :]))


# -- comparing -------------------------------------------------------------------------------------


def check_first(f: Function, arrays: Sequence[NDArray], rng: np.random.Generator, xp: Any = np, **options: Any) -> None:
    """Assert that every gradient of ``f`` is right; ``analytic=True`` checks by the complex step too."""
    analytic = options.get("analytic", False)
    y = np.asarray(f(*arrays))
    v = rng.standard_normal(y.shape)
    gradients = vjp(f, arrays, v, xp)
    for which, gradient in enumerate(gradients):
        if arrays[which].size <= FULL:
            jacobian = difference_jacobian(f, arrays, which)
            _close(gradient.reshape(-1), v.reshape(-1) @ jacobian.reshape(v.size, gradient.size), f"operand {which}")
            if analytic:
                exact = complex_step_jacobian(f, arrays, which)
                expected = v.reshape(-1) @ exact.reshape(v.size, gradient.size)
                _close(gradient.reshape(-1), expected, f"operand {which}, complex step", 1e-11, 1e-13)
        else:
            check_directions(f, arrays, which, v, gradient, rng)


def check_directions(f: Function, arrays: Any, which: int, v: NDArray, gradient: NDArray, rng: Any) -> None:
    """Compare a gradient with differences in three random directions."""
    for _ in range(3):
        d = rng.standard_normal(arrays[which].shape)
        expected = slope(lambda t, d=d: np.sum(v * _at(f, arrays, which, arrays[which] + t * d)))
        _close(np.sum(gradient * d), expected, f"operand {which}, a direction")


def check_second(f: Function, arrays: Sequence[NDArray], rng: np.random.Generator, xp: Any = np) -> None:
    """Assert that the map (x, v) → vjp(x)(v), recorded, has the right gradient in both arguments."""
    y = np.asarray(f(*arrays))
    v = rng.standard_normal(y.shape)
    ws = [rng.standard_normal(np.shape(a)) for a in arrays]

    def firsts(*operands: NDArray) -> NDArray:
        *xs, seed = operands
        return np.asarray(sum(np.sum(w * g) for w, g in zip(ws, vjp(f, xs, seed), strict=True)))

    point = [*arrays, v]
    for which, gradient in enumerate(second(f, arrays, v, ws, xp)):
        if gradient.size <= FULL:
            expected = difference_jacobian(firsts, point, which)
            _close(gradient.reshape(-1), expected.reshape(-1), f"second order, argument {which}")
        else:
            check_directions(firsts, point, which, np.ones(()), gradient, rng)


def _close(actual: Any, expected: Any, what: str, rtol: float = RTOL, atol: float = ATOL) -> None:
    scale = float(np.max(np.abs(expected), initial=1.0))
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol * scale, err_msg=what)
