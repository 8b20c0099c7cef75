"""The pictures: a recorded pair of windows with the cut between them, and the loss curve."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import minigrad as mg

from .model import CharRNN
from .settings import LOSS_CURVE
from .text import PICTURED_STEPS, Corpus
from .train import Curve

if TYPE_CHECKING:
    from minigrad.draw import Drawing

INK = "#1e293b"  # of text and axes in the loss curve; the page replaces it by the colour of its own text
SMOOTHED = 50  # windows in the running mean


def draw_windows(model: CharRNN, corpus: Corpus) -> Drawing:
    """Two short windows of the trained model, recorded and drawn, unfolded in time."""
    from minigrad.draw import draw

    rows = corpus.first_rows(batch=8)
    windows = mg.bptt.truncated_bptt(
        model.step,
        islice(rows, PICTURED_STEPS),
        model.initial_state(rows.batch),
        k1=PICTURED_STEPS // 2,
        inspect=True,
    )
    next(windows)
    forget_gradients(model)
    window = next(windows)
    drawing = draw(window)
    forget_gradients(model)
    return drawing


def forget_gradients(model: CharRNN) -> None:
    """Clear the gradients of a walk that is looked at and not used for an update."""
    for parameter in model.parameters():
        parameter.grad = None


def plot_loss(curve: Curve, unigram_bits: float, held_out_bits: float | None, folder: Path) -> Path:
    """Draw the loss of every window, its running mean, and the unigram entropy, as ``loss.svg``.

    Raises:
        ImportError: matplotlib is not installed.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "svg.fonttype": "none",
        "svg.hashsalt": "minigrad",
        "font.size": 11,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        axes = figure.add_subplot()
        windows = range(1, len(curve) + 1)
        axes.plot(windows, curve.bits, color="#60a5fa", alpha=0.45, linewidth=0.8, label="each window")
        smooth = running_mean(curve.bits, SMOOTHED)
        axes.plot(windows, smooth, color="#2563eb", linewidth=2, label=f"mean of {SMOOTHED} windows")
        axes.axhline(unigram_bits, color="#ea580c", linestyle="--", label=f"unigram entropy {unigram_bits:.2f}")
        if held_out_bits is not None:
            axes.plot(len(curve), held_out_bits, "o", color="#16a34a", label=f"held-out text {held_out_bits:.2f}")
        axes.set(xlabel="window", ylabel="bits per character", ylim=(0, None), xlim=(0, len(curve) * 1.02))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
        figure.legend(loc="outside upper right", ncols=4, frameon=False, fontsize=10)
        path = folder / LOSS_CURVE
        figure.savefig(path, transparent=True, metadata={"Date": None})
    return path


def running_mean(values: list[float], width: int) -> list[float]:
    """For each position the mean of the ``width`` values that end there, or of as many as there are."""
    means = []
    total = 0.0
    for position, value in enumerate(values):
        total += value
        if position >= width:
            total -= values[position - width]
        means.append(total / min(position + 1, width))
    return means
