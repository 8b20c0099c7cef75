"""The picture of chapter 18: what is kept while steps are run, and the most of it against the length of a segment."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from minigrad.tutorials.pictures import BLUE, GREEN, ORANGE, figure

STEPS = 60


def kept(exercise: ModuleType, segment: int) -> tuple[list[int], list[int]]:
    """How many states, and how many results of records, are kept when a step has been run, for each run of a step."""
    rng = np.random.default_rng(0)
    items = [(rng.normal(size=(1, 2)), rng.normal(size=(1, 2))) for _ in range(STEPS)]
    parameters = [exercise.Parameter(rng.normal(size=(2, 2))) for _ in range(2)]
    states: list[int] = []
    records: list[int] = []
    first_run = (STEPS - 1) // segment * segment

    def step(weights: Any, item: Any, before: Any) -> Any:
        found = exercise.example_step(weights, item, before)
        run = len(records)
        states.append(min(run, first_run) // segment + 1)
        records.append(len(weights[0].tape.records) if run >= first_run else 0)
        return found

    exercise.checkpointed(step, items, [np.zeros((1, 2))], parameters, segment)
    return states, records


def picture(exercise: ModuleType) -> Any:
    """Left what is kept with segments of 8 steps, and with one of all 60; right the peak for each length."""
    made = figure(7.2, 3.5)
    left, right = made.subplots(1, 2, width_ratios=[1.5, 1])
    states, records = kept(exercise, STEPS)
    left.plot(np.arange(1, STEPS + 1), np.add(states, records), color=ORANGE, linewidth=1.6)
    left.annotate(
        f"one segment of {STEPS}: {max(records):,} results\nof records after {STEPS} runs",
        (20, 100),
        color=ORANGE,
        fontsize=9,
        va="top",
    )
    states, records = kept(exercise, 8)
    states, records = [states[0], *states], [0, *records]  # before the first run there is the first state
    runs = np.arange(len(states))
    left.fill_between(runs, states, np.add(states, records), color=BLUE, alpha=0.3, linewidth=0, step="pre")
    left.fill_between(runs, 0, states, color=GREEN, alpha=0.55, linewidth=0, step="pre")
    left.text(54, 12, f"{max(states)} saved states", color=GREEN, fontsize=9, ha="right")
    left.text(runs[-1], max(np.add(states, records)) + 3, "records of one segment", color=BLUE, fontsize=9, ha="right")
    left.set(xlim=(0, runs[-1] + 2), ylim=(0, 110), xlabel="steps run", ylabel="arrays kept")
    left.set_title(f"{STEPS} steps in segments of 8: {runs[-1]} runs", loc="left")

    lengths = [each for each in range(1, STEPS + 1) if STEPS % each == 0]
    found = [kept(exercise, each) for each in lengths]
    right.loglog(lengths, [max(states) for states, _ in found], color=GREEN, linewidth=1.2, linestyle="--")
    right.loglog(lengths, [max(records) for _, records in found], color=BLUE, linewidth=1.2, linestyle="--")
    peaks = [max(np.add(*each)) for each in found]
    right.loglog(lengths, peaks, color="#1f2333", marker="o", markersize=4, linewidth=1.4)
    best = int(np.argmin(peaks))
    right.annotate(
        f"{peaks[best]}, at {lengths[best]}",
        (lengths[best], peaks[best]),
        (0, 9),
        textcoords="offset points",
        ha="center",
    )
    right.text(1.0, 76, "states", color=GREEN, fontsize=9)
    right.text(14, 60, "records", color=BLUE, fontsize=9)
    right.set_xticks([1, 2, 5, 10, 20, 60], ["1", "2", "5", "10", "20", "60"])
    right.set_yticks([1, 10, 100], ["1", "10", "100"])
    right.minorticks_off()
    right.set(xlabel="length of a segment")
    right.set_title("The most arrays at once", loc="left")
    return made
