"""Training: truncated back-propagation through time, as a user of minigrad writes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import minigrad as mg

from .model import CharRNN
from .settings import Settings
from .text import Corpus

CLIP = 1.0  # the longest gradient that is followed
BITS = 1 / math.log(2)  # bits in a nat


@dataclass
class Curve:
    """The course of the training, one entry a window.

    Attributes:
        bits: mean loss in bits per character. norms: gradient norms before clipping.
        characters: how many characters a row read in the window.
    """

    bits: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.bits)

    def add(self, window: mg.bptt.Window, norm: float) -> None:
        """Append a window and its gradient norm."""
        self.bits.append(window.loss * BITS)
        self.norms.append(norm)
        self.characters.append(window.steps)

    def recent_bits(self, windows: int = 100) -> float:
        """The mean over the characters of the last windows; NaN before the first."""
        read = self.characters[-windows:]
        return sum(b * n for b, n in zip(self.bits[-windows:], read, strict=True)) / sum(read) if read else math.nan


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


def train(model: CharRNN, corpus: Corpus, settings: Settings, after_window: Callable[[Curve], bool]) -> Curve:
    """Train ``model`` on ``settings.steps`` windows.

    Args:
        model: trained in place.
        corpus: read from beginning to end, again and again.
        settings: k, k2, steps, lr and eager.
        after_window: called after each update; training ends early when it returns ``False``.

    Raises:
        DivergedError: the loss is no longer a number.
    """
    params = model.parameters()
    optimizer = mg.optim.Adam(params, settings.lr)
    curve = Curve()
    while True:
        # Once round the text. The state is carried from window to window, the gradient is cut between
        # them, and each round begins with a fresh state, because the text begins again too.
        state = model.initial_state(corpus.rows.batch)
        for window in mg.bptt.truncated_bptt(
            model.step, corpus.rows, state, k1=settings.k, k2=settings.k2, replay=not settings.eager
        ):
            norm = mg.optim.clip_grad_norm(params, CLIP)
            optimizer.lr = settings.lr * (1 - 0.9 * len(curve) / settings.steps)
            optimizer.step()
            curve.add(window, norm)
            if not math.isfinite(window.loss):
                raise DivergedError(f"the loss of window {len(curve)} is {window.loss}; try a smaller --lr")
            if not after_window(curve) or len(curve) == settings.steps:
                return curve


def evaluate(model: CharRNN, corpus: Corpus) -> float | None:
    """Bits per character on the held-out tail, or ``None`` without one. No tape, so nothing is recorded."""
    if corpus.held_out is None:
        return None
    state = model.initial_state(corpus.held_out.batch)
    total = 0.0
    for inputs in corpus.held_out:
        loss, state = model.step(inputs, state)
        total += float(loss)
    return total / len(corpus.held_out) * BITS
