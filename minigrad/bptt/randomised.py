"""Anticipated reweighted truncated back-propagation (Tallec and Ollivier 2017): random cuts without bias.

After each step the stretch is cut with a known probability ``c``. Where it is not cut, what flows back over that border
is multiplied by ``1 / (1 − c)``, so that on average over the cuts it is what flows in full BPTT.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..checks import check_number
from ..engine.backend import numbers
from ..engine.tape import Tape
from ..engine.tensor import is_tensor
from ..errors import ArgumentError
from ..transforms.trees import tree_map
from .clips import noting_clips
from .schedule import walk
from .state import detached, initial
from .unroll import Step, Unroll
from .window import Window


def artbp(
    step: Step,
    stream: Iterable[Any],
    state: Any,
    length: float | None = None,
    *,
    cut_probability: Callable[[int], float] | None = None,
    rng: Any = None,
    reduction: str = "mean",
    inspect: bool = False,
) -> Iterator[Window]:
    """Unroll ``step`` over ``stream`` in windows of random length, whose gradients are unbiased.

    The mean over the cuts of the summed gradients is that of full BPTT, as long as the parameters stay as they
    are. The price is variance: it grows with the length of a window if gradients do not decay.

    Args:
        step: ``step(inputs, state) -> (loss, state)``, as for ``truncated_bptt``.
        stream: any iterable of inputs.
        state: the initial state.
        length: the mean length of a window, above 1: each step is cut with probability ``1 / length``.
        cut_probability: instead of ``length``, the probability in [0, 1) of a cut after a step, from the number of
            steps since the last cut.
        rng: a NumPy generator, or a seed for one.
        reduction: ``"mean"`` divides each loss by ``length``, ``"sum"`` adds them; with ``cut_probability`` only
            ``"sum"`` is possible.
        inspect: keep values, cotangents and the records of earlier windows, for drawing.

    Yields:
        A ``Window`` after each backward walk, as ``truncated_bptt`` does.

    Raises:
        ValueError: a setting is out of range.
        TypeError: ``length`` is no number.
    """
    if (length is None) is (cut_probability is None):
        raise ArgumentError("artbp: give either length or cut_probability")
    if reduction not in ("mean", "sum") or (reduction == "mean" and length is None):
        raise ArgumentError(f"artbp: reduction={reduction!r}: use 'sum', or 'mean' together with length")
    if length is not None:
        check_number("artbp: length", length, 1, math.inf)
        if length == 1:
            raise ArgumentError("artbp: length=1 cuts after every step, and then no weights make up for the cuts")
    constant = 0.0 if length is None else 1.0 / length
    probability = cut_probability or (lambda _: constant)
    scale = 1.0 if reduction == "sum" or length is None else 1.0 / length
    unroll = Unroll(step, initial(state))
    return _windows(unroll, iter(stream), probability, np.random.default_rng(rng), scale, inspect)


def _windows(
    unroll: Unroll,
    stream: Iterator[Any],
    probability: Callable[[int], float],
    rng: Any,
    scale: float,
    inspect: bool,
) -> Iterator[Window]:
    tape = Tape(inspect=inspect)
    index = 0
    while True:
        started = time.perf_counter()
        first, entering = tape.step + 1, unroll.state
        with tape:
            for inputs in stream:
                unroll.advance(tape, inputs)
                c = probability(tape.step - first + 1)
                if not 0 <= c < 1:
                    raise ArgumentError(f"artbp: step {tape.step}: a cut probability of {c} is outside [0, 1)")
                if rng.random() < c:
                    break
                unroll.state = _amplified(tape, unroll.state, 1.0 / (1.0 - c))
            if tape.step < first:
                return
            kept, losses = tape.nbytes, unroll.take_losses()
            if losses:
                walk(tape, losses, entering, scale, None, retain=False)
        carried = detached(unroll.state)
        values = dict(zip(losses, numbers([loss._value for loss in losses.values()]), strict=True))
        seconds = time.perf_counter() - started
        window = Window(index, first, tape.step, first, values, carried, tape, kept, seconds, scale)
        yield from noting_clips(window)
        index += 1
        tape.cut()


def _amplified(tape: Tape, state: Any, factor: float) -> Any:
    """The same state; what the later steps send back to it is multiplied by ``factor``."""

    def amplified(leaf: Any) -> Any:
        if not is_tensor(leaf):
            return leaf
        alias = leaf.reshape(leaf.shape)  # so that the losses so far send theirs back as it is
        tape.hook(alias, lambda g: g * factor)
        return alias

    return tree_map(amplified, state)
