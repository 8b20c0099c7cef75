"""The picture of chapter 19: the influence of the weights on the state, as it fills up, and the gradient in the end."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.tutorials.pictures import BLUE, ORANGE, figure

UNITS, INPUTS, STEPS = 4, 2, 6
SHOWN = (1, 2, 3, 6)


def influences(exercise: ModuleType, items: list[Any], parameters: list[Any]) -> list[np.ndarray]:
    """The influence after each step."""
    values, S = [np.zeros((1, UNITS))], np.zeros((UNITS, (INPUTS + UNITS) * UNITS))
    found = []
    for item in items:
        tape, weights, before = exercise.begun(values, parameters)
        _, after = exercise.example_step(weights, item, before)
        S = exercise.influence(tape, weights, before, S, after)
        values = [each.value for each in after]
        found.append(S)
    return found


def walked_back(exercise: ModuleType, items: list[Any], parameters: list[Any]) -> np.ndarray:
    """The gradient of the sum of all losses by minigrad's walk over a tape of all steps."""
    tape, weights, states = exercise.begun([np.zeros((1, UNITS))], parameters)
    losses = []
    for item in items:
        loss, states = exercise.example_step(weights, item, states)
        losses.append(loss.i)
    adopted = mg.tutorials.adopt(tape, losses, parameters=[each.i for each in weights])
    return exercise.flat(np.asarray(adopted.ids[each.i].grad) for each in weights)


def picture(exercise: ModuleType) -> Any:
    """Above each other the influence after some steps, and below it, on the same columns, the gradient."""
    rng = np.random.default_rng(4)
    items = [(rng.normal(size=(1, INPUTS)), rng.normal(size=(1, UNITS))) for _ in range(STEPS)]
    parameters = [exercise.Parameter(rng.normal(size=(each, UNITS)) * 0.6) for each in (INPUTS, UNITS)]
    every = influences(exercise, items, parameters)
    for _ in exercise.rtrl(exercise.example_step, items, [np.zeros((1, UNITS))], parameters):
        pass
    made = figure(7.2, 4.6)
    axes = made.subplots(len(SHOWN) + 1, 1, sharex=True, height_ratios=[*[1] * len(SHOWN), 1.7])
    most = max(np.abs(each).max() for each in every)
    columns = every[0].shape[1]
    for axis, number in zip(axes, SHOWN, strict=False):
        axis.pcolormesh(every[number - 1], cmap="RdBu_r", vmin=-most, vmax=most, edgecolors="#ffffff", linewidth=0.6)
        axis.invert_yaxis()
        axis.set_yticks([])
        axis.tick_params(length=0)
        axis.set_ylabel(f"t = {number}", rotation=0, ha="right", va="center")
        axis.spines[:].set_visible(False)
        axis.axvline(INPUTS * UNITS, color="#1f2333", linewidth=1.0)
    axes[0].set_title("Influence of the 24 weights (columns) on the state (rows): red > 0, blue < 0", loc="left")
    places = np.arange(columns) + 0.5
    low = axes[-1]
    low.bar(places, exercise.flat(each.grad for each in parameters), color=BLUE, alpha=0.55, label="RTRL, forward")
    low.plot(places, walked_back(exercise, items, parameters), ".", color=ORANGE, markersize=7, label="a walk over all")
    low.axhline(0, color="#1f2333", linewidth=0.6)
    low.axvline(INPUTS * UNITS, color="#1f2333", linewidth=1.0)
    low.set(xlim=(0, columns), xticks=[INPUTS * UNITS / 2, (INPUTS + UNITS / 2) * UNITS])
    low.set_xticklabels(["U, 2 × 4", "W, 4 × 4"])
    low.tick_params(axis="x", length=0)
    low.set_title(f"Gradient of the sum of {STEPS} losses", loc="left")
    low.legend(ncols=2, loc="lower right", bbox_to_anchor=(1.0, 0.98), borderaxespad=0)
    return made
