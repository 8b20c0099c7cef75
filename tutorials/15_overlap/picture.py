"""The picture of chapter 15: what each loss sees, and the kernels of four schemes, measured."""

import numpy as np

from minigrad.tutorials.pictures import BLUE, GREEN, RED, VIOLET, figure

STEPS = 40
GREY = "#8a94a0"


def seen(exercise, k1, k2, steps=STEPS):
    """How often the loss of each step (rows) counts the use of the weight at each step (columns)."""
    eye = np.eye(steps)

    def step(weights, n, states):
        h = states[0] + weights[0] * eye[n]
        return (h * eye[n][:, None]).sum(), [h]

    weight = exercise.Parameter(np.zeros((steps, steps)))
    for _ in exercise.truncated(step, range(steps), [np.zeros((steps, steps))], [weight], k1, k2):
        pass
    return weight.grad


def kernel(counts, lags, last):
    """The mean over the ``last`` losses of how often they count each lag."""
    rows = range(STEPS - last, STEPS)
    return [np.mean([counts[t, t - j] for t in rows]) for j in range(lags)]


def squares(axes, counts, title, colour):
    """A square for each pair of a loss and a use that it sees."""
    n = len(counts)
    for t in range(n):
        for s in range(t + 1):
            filled = colour if counts[t, s] else "#eef0f3"
            axes.add_patch(axes_rectangle(s, t, filled))
    axes.set(xlim=(0.4, n + 0.6), ylim=(n + 0.6, 0.4), aspect="equal", xticks=(1, 6, 12), yticks=(1, 6, 12))
    axes.set_title(title, loc="left", color=colour)
    axes.set_xlabel("use at step s")


def axes_rectangle(s, t, colour):
    """The square of the loss of step t + 1 and the use at step s + 1."""
    from matplotlib.patches import Rectangle

    return Rectangle((s + 0.55, t + 0.55), 0.9, 0.9, facecolor=colour, linewidth=0)


def picture(exercise):
    """Three squares and the kernels."""
    made = figure(7.2, 5.2)
    grid = made.add_gridspec(2, 3, height_ratios=[1.15, 1])
    schemes = (("TBPTT(6)", 6, 6, BLUE), ("TBPTT(2, 6)", 2, 6, VIOLET), ("TBPTT(1, 6)", 1, 6, GREEN))
    for place, (title, k1, k2, colour) in enumerate(schemes):
        axes = made.add_subplot(grid[0, place])
        squares(axes, seen(exercise, k1, k2, 12), title, colour)
        if not place:
            axes.set_ylabel("loss of step t")
            axes.text(12.5, 0.6, "a coloured square:\nthe loss sees the use", ha="right", va="top", fontsize=9)
    below = made.add_subplot(grid[1, :])
    j = np.arange(10)
    below.plot(j, np.ones(10), color=GREY, linestyle=(0, (4, 3)), label="everything")
    for title, k1, k2, colour in (("TBPTT(3, 9)", 3, 9, RED), *reversed(schemes)):
        measured = kernel(seen(exercise, k1, k2), len(j), 6)
        below.plot(j, measured, "o-", color=colour, markersize=5, label=title)
    below.set_title("How much of each lag is kept", loc="left")
    below.set_xlabel("lag t − s")
    below.set_ylabel("share of losses")
    below.set_xticks(j)
    below.legend(loc="lower left", fontsize=9)
    return made
