"""The picture of chapter 2: the error of a central difference against the distance."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from minigrad.tutorials.pictures import BLUE, GREEN, RED, figure

GREY = "#8a8f98"
X = 1.0
EPSILONS = np.logspace(-15, 0, 181)
SMALLEST = np.finfo("float64").eps / 2


def picture(exercise: ModuleType) -> Any:
    """The errors of two differences of the exponential at 1."""
    central = np.array(exercise.errors(np.exp, np.exp, X, [float(eps) for eps in EPSILONS]))
    one_sided = np.abs((np.exp(X + EPSILONS) - np.exp(X)) / EPSILONS - np.exp(X))
    made = figure(7.2, 3.8)
    axes = made.subplots()
    axes.loglog(EPSILONS, _positive(one_sided), ".", color=GREY, markersize=3)
    axes.loglog(EPSILONS, _positive(central), ".-", color=BLUE, markersize=4, linewidth=0.8)
    bend = EPSILONS**2 * np.exp(X) / 6
    rounding = SMALLEST * np.exp(X) / EPSILONS
    axes.loglog(EPSILONS, bend, "--", color=GREEN, linewidth=1.3)
    axes.loglog(EPSILONS, rounding, "--", color=RED, linewidth=1.3)
    best = float(EPSILONS[np.argmin(bend + rounding)])
    axes.axvline(best, color=GREY, linewidth=0.8, linestyle=":")
    nearest = f"{best:.0e}".replace("e-0", "e-")
    axes.text(best * 1.3, 2e-14, f"best near ε = {nearest}", color="#2b2b2b")
    axes.text(3e-12, 3e-3, "rounding:\nrises as 1/ε", color=RED, weight="bold")
    axes.text(1.2e-3, 2e-9, "the curve bends:\nfalls as ε²", color=GREEN, weight="bold")
    axes.text(3e-6, 1e-4, "one-sided: falls only as ε", color="#5d636d", ha="right", va="center")
    axes.text(1.2e-2, 1e-5, "central", color=BLUE, va="center", weight="bold")
    axes.set_xlim(3e-16, 3)
    axes.set_ylim(1e-14, 10)
    axes.set_xlabel("distance ε")
    axes.set_ylabel("error of the slope")
    axes.set_title("The slope of exp at 1, from differences in float64")
    return made


def _positive(errors: Any) -> Any:
    """The errors; none where it is 0, for which a logarithmic axis has no place."""
    return np.where(errors > 0, errors, np.nan)
