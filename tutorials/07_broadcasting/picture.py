"""The picture of chapter 7: what broadcasting repeats, and what its rule sums."""

import numpy as np

from minigrad.tutorials.pictures import BLUE, GREEN, RED, figure

GREY, INK = "#5f6b76", "#1f2933"
B_ROW, B_COLUMN = np.array([1.0, 2.0, 3.0]), np.array([[1.0], [2.0], [3.0], [4.0]])
G = np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, 1.0, 4.0]])
TOP, LOW = 0.0, 2.2  # of the operand and of the matrix, in cells
APART = 4.2


def cells(axes, numbers, left, top, color, right=None):
    """A block of numbers; a wrong one has a red frame."""
    from matplotlib.patches import Rectangle

    numbers = np.atleast_2d(numbers)
    for (i, j), number in np.ndenumerate(numbers):
        wrong = right is not None and not np.isclose(number, np.atleast_2d(right)[i, j])
        edge = {"edgecolor": RED, "linewidth": 2, "zorder": 3} if wrong else {"edgecolor": color, "linewidth": 1}
        axes.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=f"{color}1c", **edge))
        axes.text(left + j + 0.5, top + i + 0.5, f"{number:g}", ha="center", va="center", color=INK, fontsize=9.5)


def arrows(axes, starts, by, color):
    """Arrows, all the same way."""
    for x, y in starts:
        style = {"arrowstyle": "-|>", "color": color, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (x + by[0], y + by[1]), (x, y), arrowprops=style)


def titled(axes, left, top, text, color=GREY, **style):
    axes.text(left, top, text, ha="left", va="center", color=color, **style)


def row(axes, found):
    """A row, repeated downwards."""
    cells(axes, B_ROW, 0, TOP, BLUE)
    cells(axes, np.broadcast_to(B_ROW, G.shape), 0, LOW, BLUE)
    arrows(axes, [(j + 0.5, TOP + 1.1) for j in range(3)], (0, 1), BLUE)
    cells(axes, found, APART, TOP, GREEN, G.sum(axis=0))
    cells(axes, G, APART, LOW, GREEN)
    arrows(axes, [(APART + j + 0.5, LOW - 0.1) for j in range(3)], (0, -1), GREEN)
    titled(axes, 0, TOP - 0.5, "b: (3,)", BLUE)
    titled(axes, 0, LOW + 4.5, "as (4, 3)", BLUE)
    titled(axes, APART, TOP - 0.5, "b receives", GREEN)
    titled(axes, APART, LOW + 4.5, "g: (4, 3)", GREEN)


def column(axes, left, found):
    """A column, repeated to the right."""
    block, back = left + 2.1, left + 2.1 + APART
    cells(axes, B_COLUMN, left, LOW, BLUE)
    cells(axes, np.broadcast_to(B_COLUMN, G.shape), block, LOW, BLUE)
    arrows(axes, [(left + 1.1, LOW + i + 0.5) for i in range(4)], (0.9, 0), BLUE)
    cells(axes, found, back - 0.6, LOW, GREEN, G.sum(axis=1, keepdims=True))
    cells(axes, G, back + 1.5, LOW, GREEN)
    arrows(axes, [(back + 1.4, LOW + i + 0.5) for i in range(4)], (-0.9, 0), GREEN)
    titled(axes, left, LOW - 0.5, "c: (4, 1)", BLUE)
    titled(axes, block, LOW + 4.5, "as (4, 3)", BLUE)
    titled(axes, back - 0.6, LOW - 0.5, "c receives", GREEN)
    titled(axes, back + 1.5, LOW + 4.5, "g: (4, 3)", GREEN)


def picture(exercise):
    """What a row and a column receive, by the exercise's ``unbroadcast``."""
    made = figure(7.2, 2.9)
    axes = made.subplots()
    row(axes, exercise.unbroadcast(G, B_ROW.shape))
    column(axes, 9.6, exercise.unbroadcast(G, B_COLUMN.shape))
    titled(axes, 9.6, TOP - 0.5, "forward: repeated", BLUE, fontweight="bold")
    titled(axes, 9.6, TOP + 0.4, "back: summed", GREEN, fontweight="bold")
    axes.set(xlim=(-0.1, 21.0), ylim=(LOW + 5, TOP - 1), aspect="equal")
    axes.axis("off")
    return made
