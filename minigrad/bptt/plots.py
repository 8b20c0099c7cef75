"""Plots of the lags of a gradient, with Matplotlib, the ``plot`` extra."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ExtraError
from .lags import Lags


def pyplot() -> Any:
    """Matplotlib's figure class with a backend that needs no screen.

    Raises:
        ExtraError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise ExtraError("plots need Matplotlib: pip install 'minigrad[plot]'") from missing
    return Figure


def plot(lags: Lags, path: str | Path | None = None) -> Any:
    """Draw the gradient by lag, and bias and cosine by k. Returns the Matplotlib figure.

    Args:
        lags: what was measured.
        path: a file to save to (PNG, SVG or PDF by its ending).

    Raises:
        ExtraError: Matplotlib is not installed.
    """
    figure = pyplot()(figsize=(9, 3.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    n = len(lags)
    for values, label in ((lags.phi, "φ_j = mean ‖∂ℓ/∂h‖"), (lags.norms, "‖g_j‖")):
        left.semilogy(np.arange(n), np.where(values > 0, values, np.nan), label=label)
    left.set(xlabel="lag j", title="gradient by lag")
    for scheme, label in (("lag mask", "last k steps each"), ("window", "windows of k")):
        middle.semilogy(np.arange(1, n + 1), np.maximum(lags.bias(scheme), 1e-16), label=label)
        right.plot(np.arange(1, n + 1), lags.cosine(scheme), label=label)
    middle.axhline(0.1, color="grey", linewidth=0.8, linestyle=":")
    middle.set(xlabel="k", title="relative bias")
    right.axhspan(-1, 0, color="tab:red", alpha=0.12)
    right.set(xlabel="k", title="cosine with full BPTT", ylim=(-1.05, 1.05))
    for axes in (left, middle, right):
        axes.legend(fontsize="small")
        axes.spines[["top", "right"]].set_visible(False)
    if path is not None:
        figure.savefig(path, dpi=120)
    return figure
