"""The picture of chapter 6: three Jacobians, and the rows that a rule weighs and adds."""

import numpy as np

from minigrad.tutorials.pictures import RED, figure

GREY, INK, MINUS = "#5f6b76", "#1f2933", "\N{MINUS SIGN}"
EPS = 1e-6


def jacobian(f, x):
    """The right Jacobian, by central differences, of arrays that are flattened."""
    steps = EPS * np.eye(x.size).reshape(-1, *x.shape)
    return np.stack([((f(x + step) - f(x - step)) / (2 * EPS)).ravel() for step in steps], axis=1)


def cells(axes, numbers, right, most, left=0.0, top=0.0):
    """A heat map with its numbers; a wrong one has a red frame."""
    from matplotlib.patches import Rectangle

    across, down = left + np.arange(numbers.shape[1] + 1), top + np.arange(numbers.shape[0] + 1)
    axes.pcolormesh(across, down, numbers, cmap="PuOr_r", vmin=-most, vmax=most, edgecolors="white", linewidth=1.5)
    for (i, j), number in np.ndenumerate(numbers):
        said = f"{number:.2f}".rstrip("0").rstrip(".").replace("-", MINUS)
        color = "white" if abs(number) > 0.6 * most else "#aeb6be" if said == "0" else INK
        axes.text(across[j] + 0.5, down[i] + 0.5, said, ha="center", va="center", color=color, fontsize=8)
        if not np.isclose(number, right[i, j], atol=1e-6):
            frame = {"fill": False, "edgecolor": RED, "linewidth": 2}
            axes.add_patch(Rectangle((across[j] + 0.06, down[i] + 0.06), 0.88, 0.88, **frame))


def panel(axes, title, below, g, own, given, right):
    """``g`` at the left, the Jacobian, and what the rule makes of them."""
    rows, columns = right.shape
    most = 1.1 * max(np.abs(each).max() for each in (right, g, g @ right))
    cells(axes, g[:, None], g[:, None], most, left=-1.5)
    cells(axes, own, right, most)
    cells(axes, given[None], (g @ right)[None], most, top=rows + 0.5)
    axes.text(-1, -0.35, "g", ha="center", color=GREY)
    axes.text(columns / 2, -0.35, f"J: {below}", ha="center", color=GREY, fontsize=9)
    axes.text(-0.25, rows + 1, "g J", ha="right", va="center", color=GREY)
    axes.set_title(title, color=INK)
    axes.set(xlim=(-1.6, columns + 0.1), ylim=(rows + 1.6, -1), aspect="equal")
    axes.axis("off")


def picture(exercise):
    """tanh, cumsum and matmul, with the exercise's Jacobians and rules."""
    made = figure(7.2, 2.9)
    parts = made.subplots(1, 3, width_ratios=(5.7, 5.7, 7.7))
    g = np.array([1.0, -0.5, 2.0, 0.5])
    x = np.array([0.2, -0.7, 0.0, 1.4])
    rule = exercise.RULES["tanh"](g, np.tanh(x), x)[0]
    panel(parts[0], "tanh(x)", "a diagonal", g, exercise.tanh_jacobian(x), rule, jacobian(np.tanh, x))
    rule, right = exercise.cumsum_rule(g), jacobian(np.cumsum, x)
    panel(parts[1], "cumsum(x)", "a triangle of ones", g, exercise.cumsum_jacobian(4), rule, right)
    x, y = np.array([[0.3, 0.8, -0.4], [1.0, 0.1, 0.6]]), np.array([[1.0, 1.5], [-1.0, 0.5], [0.7, -1.5]])
    right = jacobian(lambda x: x @ y, x)
    rule = exercise.matmul_rule(g.reshape(2, 2), x @ y, x, y)[0].ravel()
    panel(parts[2], "x @ y, by x", "y.T, once for each row of x", g, right, rule, right)
    return made
