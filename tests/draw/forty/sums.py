"""Programs whose loss is no plain sum of their steps' losses, or is one by a detour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import minigrad as mg
from tests.draw.forty.common import Register, Source, start, weight

SUMS = Register()
T = 4


def _carried(begin: Any, add: Callable[[int, Any, Any], Any], end: Callable[[Any], Any] = lambda L: L) -> mg.Tape:
    """A loop whose losses l_t = (h_t - 0.1 t)² are combined step by step, as ``add`` says."""
    w, h, L = weight(), start(), begin
    with mg.Tape(inspect=True) as tape:
        for t in range(1, T + 1):
            tape.mark()
            h = mg.tanh(w * h)
            L = add(t, L, mg.square(h - 0.1 * t))
        tape.backward(end(L))
    return tape


def _collected(end: Callable[[list[Any]], Any]) -> mg.Tape:
    """A loop whose losses are combined after it."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, T + 1):
            tape.mark()
            h = mg.tanh(w * h)
            losses.append(mg.square(h - 0.1 * t))
        tape.backward(end(losses))
    return tape


@SUMS.add("running total")
def running_total() -> Source:
    """L = 0.0, then L = L + l at every step: the plain sum of four losses."""
    return _carried(0.0, lambda t, L, l: L + l)


@SUMS.add("list of losses")
def list_of_losses() -> Source:
    """backward([l1, ..., l4]): the sum of four losses is differentiated, and no record adds them."""
    return _collected(lambda losses: losses)


@SUMS.add("decayed total")
def decayed_total() -> Source:
    """0.9 L + l: weights 0.729, 0.81, 0.9 and 1; the accumulator itself is carried and multiplied."""
    return _carried(0.0, lambda t, L, l: 0.9 * L + l)


@SUMS.add("divided by T")
def divided_by_T() -> Source:
    """L / 4 of the sum: the mean, all weights 0.25."""
    return _carried(0.0, lambda t, L, l: L + l, lambda L: L / T)


@SUMS.add("half of the sum")
def half_of_the_sum() -> Source:
    """0.5 times the sum of the losses: all weights 0.5."""
    return _collected(lambda losses: 0.5 * mg.stack(losses).sum())


@SUMS.add("halved at each step")
def halved_at_each_step() -> Source:
    """(L + l) * 0.5: weights 1/16, 1/8, 1/4 and 1/2."""
    return _carried(0.0, lambda t, L, l: (L + l) * 0.5)


@SUMS.add("mean of all but the first")
def mean_of_all_but_the_first() -> Source:
    """mean(stack(losses[1:])): three losses of weight 1/3; that of step 1 does not count and has no gradient."""
    return _collected(lambda losses: mg.stack(losses[1:]).mean())


@SUMS.add("doubled total")
def doubled_total() -> Source:
    """L + L at the end: every weight is 2."""
    return _carried(0.0, lambda t, L, l: L + l, lambda L: L + L)


@SUMS.add("two kinds of loss")
def two_kinds_of_loss() -> Source:
    """la + 0.1 lb, each a sum over the steps: weights 1 and 0.1."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        la: Any = 0.0
        lb: Any = 0.0
        for t in range(1, T + 1):
            tape.mark()
            h = mg.tanh(w * h)
            la = la + mg.square(h - 0.1 * t)
            lb = lb + mg.absolute(h)
        tape.backward(la + 0.1 * lb)
    return tape


@SUMS.add("average with a start")
def average_with_a_start() -> Source:
    """An average that starts at 3: 0.9 L + 0.1 l; weights 0.0729 ... 0.1 and the constant 3 · 0.9⁴."""
    return _carried(3.0, lambda t, L, l: 0.9 * L + 0.1 * l)


@SUMS.add("running mean")
def running_mean() -> Source:
    """L + (l - L) / t, the mean of the losses so far: all weights 1/4 at the end."""
    return _carried(0.0, lambda t, L, l: L + (l - L) / t)


@SUMS.add("total that begins at a leaf")
def total_that_begins_at_a_leaf() -> Source:
    """A sum that begins at a tensor of 0: four losses of weight 1, and the leaf is no loss."""
    return _carried(mg.tensor(0.0), lambda t, L, l: L + l)


@SUMS.add("product of losses")
def product_of_losses() -> Source:
    """The losses are multiplied: no sum of any weights."""
    return _carried(1.0, lambda t, L, l: L * l)


@SUMS.add("total that stops")
def total_that_stops() -> Source:
    """The losses of steps 1 and 2 were added and detached: only those of steps 3 and 4 have a weight."""
    return _carried(0.0, lambda t, L, l: (mg.stop_gradient(L) if t == 3 else L) + l)
