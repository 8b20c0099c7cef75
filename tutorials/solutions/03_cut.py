"""The solution of exercise 3."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

import minigrad as mg


def windows(steps: int, k: int, offset: int = 0) -> list[tuple[int, int]]:
    """(start, stop) of windows of ``k`` steps; with an offset, the first window has only ``offset`` steps."""
    borders = [0, *range(offset or k, steps, k), steps]
    return list(pairwise(borders))


def unroll(
    tape: mg.Tape, a: mg.Tensor, h: mg.Tensor, xs: Sequence[float], ys: Sequence[float]
) -> tuple[list[mg.Tensor], mg.Tensor]:
    """One mark, one new state and one loss for each pair (x, y); returns the losses and the last state."""
    losses = []
    for x, y in zip(xs, ys):
        tape.mark()
        h = mg.tanh(a * h + x)
        losses.append(mg.square(h - y))
    return losses, h


def truncated_gradient(
    a0: float, h0: float, xs: Sequence[float], ys: Sequence[float], k: int, offset: int = 0
) -> float:
    """The gradient of the sum of all losses with respect to ``a``, by TBPTT(k)."""
    a, h = mg.parameter(a0, name="a"), mg.tensor(h0, name="h0")
    with mg.Tape() as tape:
        for start, stop in windows(len(xs), k, offset):
            losses, h = unroll(tape, a, h, xs[start:stop], ys[start:stop])
            tape.backward(losses)
            tape.cut()
    return float(a.grad)


def thrown_away(a0: float, h0: float, xs: Sequence[float], ys: Sequence[float], k: int) -> tuple[float, float]:
    """For windows of ``k`` steps and of the rest: ``dL₂/dh_k`` at the border, and ``dh_k/da`` before the cut."""
    a, h = mg.parameter(a0, name="a"), mg.tensor(h0, name="h0")
    with mg.Tape() as tape:
        _, h = unroll(tape, a, h, xs[:k], ys[:k])
        before = tape.gradient(h, a)
        tape.cut()
        losses, _ = unroll(tape, a, h, xs[k:], ys[k:])
        border = tape.gradient(losses, h)
    return float(border), float(before)


def kernel(j: int, k: int) -> float:
    """The weight of lag ``j`` in TBPTT(k), averaged over offsets."""
    return max(0.0, 1 - j / k)


def lag_gradients(a: float, h0: float, xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    """The parts ``g_0 … g_{T−1}`` of the full gradient, by lag, in plain numbers."""
    hs = [h0]
    for x in xs:
        hs.append(float(np.tanh(a * hs[-1] + x)))
    g = [0.0] * len(xs)
    for t in range(1, len(hs)):
        cotangent = 2 * (hs[t] - ys[t - 1])  # dℓ_t/dh_t
        for j in range(t):
            cotangent *= 1 - hs[t - j] ** 2  # through the tanh of step t − j ...
            g[j] += cotangent * hs[t - j - 1]  # ... to its use of a
            cotangent *= a  # ... and on to the state before it
    return g


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    xs, ys = rng.normal(size=(2, 12)).tolist()
    g = lag_gradients(0.9, 0.3, xs, ys)
    print(f"full BPTT: {sum(g):.6f}\n k     TBPTT(k)   mean over offsets   Σ w(j)·g_j")
    for k in (1, 2, 4, 8, 12):
        gradients = [truncated_gradient(0.9, 0.3, xs, ys, k, offset) for offset in range(k)]
        predicted = sum(kernel(j, k) * g[j] for j in range(12))
        print(f"{k:2}   {gradients[0]:10.6f}   {np.mean(gradients):17.6f}   {predicted:10.6f}")
