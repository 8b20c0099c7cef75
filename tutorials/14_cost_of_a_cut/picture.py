"""The picture of chapter 14: triangles, and a sign that is wrong for short windows."""

import numpy as np

from minigrad.tutorials.pictures import BLUE, GREEN, ORANGE, RED, VIOLET, figure

STEPS, UPDATES, RATE = 100, 3000, 1e-4
GREY = "#8a94a0"


def trained(exercise, slope, k):
    """θ after each update, with windows of k steps of which only the last has the loss ½(s₁ − 1)²."""
    over = np.linalg.matrix_power(exercise.PASSED_ON, k)
    pushed = sum(np.linalg.matrix_power(exercise.PASSED_ON, j) for j in range(k)) @ exercise.PUSH
    s, theta, found = np.ones_like(pushed), 0.5, [0.5]
    for _ in range(UPDATES):
        s = over @ s + theta * pushed
        theta -= RATE * (s[0, 0] - 1) * slope
        found.append(theta)
        if abs(theta) > 10:
            break
    return found


def picture(exercise):
    """The kernels, the training, and the slope over k."""
    made = figure(7.2, 5.4)
    grid = made.add_gridspec(2, 2, height_ratios=[1, 1.1])
    left, right, below = made.add_subplot(grid[0, 0]), made.add_subplot(grid[0, 1]), made.add_subplot(grid[1, :])
    start = np.ones((exercise.UNITS, 1))
    lags = exercise.lag_gradients(exercise.balance_step, exercise.first_unit(STEPS), [start], 0.5)
    slopes = np.cumsum([float(each) for each in lags])
    turn = exercise.sign_turns_at([float(each) for each in lags])

    for k, colour in ((4, BLUE), (10, VIOLET), (20, ORANGE)):
        j = range(25)
        left.plot(j, [exercise.kernel(each, k) for each in j], ".-", color=colour, label=f"k = {k}")
    left.set_title("The kernel of TBPTT(k)", loc="left")
    left.set_xlabel("lag j")
    left.set_ylabel("weight w(j)")
    left.legend()

    for k, colour in ((1, ORANGE), (10, RED), (50, GREEN), (100, BLUE)):
        right.plot(trained(exercise, slopes[k - 1], k), color=colour, label=f"k = {k}")
    right.axhline(-1 / 6, color=GREY, linestyle=(0, (4, 3)), linewidth=1)
    right.set_ylim(-0.8, 4)
    right.set_title("Training θ, best at −1/6", loc="left")
    right.set_xlabel("update")
    right.set_ylabel("θ")
    right.legend(loc="upper left", bbox_to_anchor=(0.17, 1), ncols=2, fontsize=9)

    k = np.arange(1, STEPS + 1)
    below.bar(k[: turn - 1], slopes[: turn - 1], color=RED, label="a window of k steps: the wrong sign")
    below.bar(k[turn - 1 :], slopes[turn - 1 :], color=GREEN, label="the sign of the whole")
    below.axhline(0, color="#20262d", linewidth=0.8)
    below.axhline(slopes[-1], color=GREY, linestyle=(0, (4, 3)), linewidth=1)
    below.annotate(f"the sign turns at k = {turn}", (turn, 0), xytext=(turn + 2, 7), arrowprops={"arrowstyle": "->"})
    below.annotate("the whole: −6", (1, slopes[-1]), xytext=(2, slopes[-1] + 0.6), fontsize=9, color="#4a545e")
    below.set_title("How the first unit depends on θ, seen over the last k steps", loc="left")
    below.set_xlabel("steps k")
    below.set_ylabel("slope by θ")
    below.legend(loc="upper right")
    return made
