"""The picture of chapter 13: what crosses a cut, what does not, and what it saves."""

import numpy as np

from minigrad.tutorials.pictures import BLUE, GREEN, RED, figure

K, WEIGHT, START = 6, 1.1, 0.4
STREAM = [(x, y) for x, y in zip(0.35 * np.cos(np.arange(18) * 0.9), np.full(18, -0.2), strict=True)]
STEPS = np.arange(1, len(STREAM) + 1)


def walked(exercise, k):
    """The state after each step, and its cotangent in the walk of its window."""
    tape, a = exercise.Tape(), exercise.Parameter(WEIGHT, "a")
    states, values, cotangents = [exercise.tensor(tape, START)], [], []
    for first in range(0, len(STREAM), k):
        met = []

        def step(weights, item, before, met=met):
            loss, after = exercise.chain_step(weights, item, before)
            met.append(after[0])
            return loss, after

        losses, states = exercise.run_window(tape, step, [a], STREAM[first : first + k], states)
        found = exercise.walk(*losses)
        values += [float(h.value) for h in met]
        cotangents += [float(found[h.i]) for h in met]
        exercise.cut(tape, *states)
    return values, cotangents


def lengths(exercise, k):
    """The records on the tape after each step of the stream."""
    found = []

    def step(weights, item, states):
        loss, states = exercise.chain_step(weights, item, states)
        found.append(len(loss.tape.records))
        return loss, states

    list(exercise.truncated(step, STREAM, [START], [exercise.Parameter(WEIGHT)], k))
    return found


def picture(exercise):
    """Three panels over the steps of one stream."""
    made = figure(7.2, 5.2)
    top, middle, bottom = made.subplots(3, 1, sharex=True, height_ratios=[1, 1.25, 1.1])
    values, cut = walked(exercise, K)
    _, full = walked(exercise, len(STREAM))
    top.plot([0, *STEPS], [START, *values], color=GREEN, marker="o", markersize=4)
    top.set_title("The value of the state crosses the cut", loc="left", color=GREEN)
    top.set_ylabel("$h_t$")
    middle.bar(STEPS, full, 0.78, facecolor="none", edgecolor="#8a94a0", label="full walk")
    middle.bar(STEPS, cut, 0.78, color=RED, alpha=0.85, label=f"walk of a window of k = {K}")
    middle.axhline(0, color="#8a94a0", linewidth=0.8)
    middle.set_title(
        "The gradient does not: between outline and bar is what the cuts throw away", loc="left", color=RED
    )
    middle.set_ylabel("cotangent of $h_t$")
    middle.legend(loc="upper right", fontsize=9)
    bottom.step(STEPS, lengths(exercise, len(STREAM)), where="mid", color="#8a94a0", label="nothing is cut")
    bottom.step(STEPS, lengths(exercise, K), where="mid", color=BLUE, label=f"a cut after every {K} steps")
    bottom.set_ylim(0)
    bottom.set_title("The tape stays short", loc="left", color=BLUE)
    bottom.set_ylabel("records on the tape")
    bottom.set_xlabel("step t")
    bottom.legend(loc="upper left", fontsize=9)
    for axes in (top, middle, bottom):
        for border in range(K, len(STREAM), K):
            axes.axvline(border + 0.5, color="#20262d", linestyle=(0, (4, 3)), linewidth=1.1)
            if axes is top:
                axes.annotate(
                    "cut",
                    (border + 0.5, 1),
                    xycoords=("data", "axes fraction"),
                    xytext=(4, -10),
                    textcoords="offset points",
                    fontsize=9,
                )
    bottom.set_xticks(range(0, len(STREAM) + 1, 2))
    return made
