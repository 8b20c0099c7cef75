"""The picture of chapter 1: the neuron as a graph, with a local derivative on each arrow."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from minigrad.tutorials.pictures import BLUE, ORANGE, figure

W, B, X = 0.7, -0.2, 1.5
INK, GREY, PAPER = "#2b2b2b", "#8a8f98", "#f3f5f8"
RADIUS = 0.36
PLACES = {
    "w": (0.5, 3.35),
    "b": (2.4, 3.35),
    "x": (0.5, 0.75),
    "p": (1.9, 2.1),
    "s": (3.55, 2.1),
    "h": (5.2, 2.1),
    "e": (6.85, 2.1),
    "loss": (8.5, 2.1),
}
WRITTEN = {"loss": "ℓ"}
MADE_BY = {"p": "w · x", "s": "p + b", "h": "tanh(s)", "e": "h − x", "loss": "e²"}


def picture(exercise: ModuleType) -> Any:
    """The neuron at one point, with what the exercise finds there."""
    values = exercise.forward(W, B, X)
    local = exercise.local_derivatives(W, X, values)
    of_w, of_b = exercise.gradient_w_b(local)
    of_x = exercise.gradient_x(local)
    through_e = local["loss/e"] * local["e/x"]

    made = figure(7.2, 3.4)
    axes = made.subplots()
    axes.set_aspect("equal")
    axes.set_xlim(-0.15, 9.0)
    axes.set_ylim(-0.15, 4.15)
    axes.axis("off")
    for key, derivative in local.items():
        result, operand = key.split("/")
        _arrow(axes, operand, result, f"{derivative:.3g}".replace("-", "−"))
    for name, value in {"w": W, "b": B, "x": X, **values._asdict()}.items():
        _node(axes, name, value)
    _note(axes, PLACES["w"], f"dℓ/dw = {_number(of_w)}", BLUE)
    _note(axes, PLACES["b"], f"dℓ/db = {_number(of_b)}", BLUE)
    x, y = PLACES["x"]
    total = f"dℓ/dx = {_number(of_x - through_e)} (through p) + {_number(through_e)} (through e) = {_number(of_x)}"
    axes.text(x - RADIUS, y - 0.66, total, color=ORANGE, weight="bold", va="center")
    axes.text(8.86, 0.42, "in a circle: the primal", color=INK, size=9, ha="right", va="center")
    axes.text(8.86, 0.09, "on an arrow: the local derivative", color=BLUE, size=9, ha="right", va="center")
    return made


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _node(axes: Any, name: str, value: float) -> None:
    """A circle with a name and, below it, its primal."""
    from matplotlib.patches import Circle

    x, y = PLACES[name]
    edge = ORANGE if name == "x" else INK
    axes.add_patch(
        Circle((x, y), RADIUS, facecolor=PAPER, edgecolor=edge, linewidth=2 if name == "x" else 1.2, zorder=3)
    )
    axes.text(x, y + 0.1, WRITTEN.get(name, name), ha="center", va="center", weight="bold", color=INK, zorder=4)
    axes.text(x, y - 0.16, _number(value).rstrip("0"), ha="center", va="center", size=8, color=INK, zorder=4)
    if name in MADE_BY:
        axes.text(x, y + RADIUS + 0.16, MADE_BY[name], ha="center", va="center", size=8.5, color=GREY)


def _arrow(axes: Any, operand: str, result: str, derivative: str) -> None:
    """An arrow from an operand to a result, with its local derivative."""
    (x0, y0), (x1, y1) = PLACES[operand], PLACES[result]
    colour = ORANGE if operand == "x" else GREY
    far = (operand, result) == ("x", "e")
    axes.annotate(
        "",
        xy=(x1, y1),
        xytext=(x0, y0),
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "linewidth": 2.0 if operand == "x" else 1.3,
            "shrinkA": 19,
            "shrinkB": 19,
            "connectionstyle": "angle,angleA=0,angleB=90,rad=12" if far else "arc3",
        },
    )
    bent = (x0 + x1) / 2, y0
    axes.text(
        *(bent if far else ((x0 + x1) / 2, (y0 + y1) / 2)),
        derivative,
        ha="center",
        va="center",
        color=ORANGE if operand == "x" else BLUE,
        weight="bold",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def _note(axes: Any, place: tuple[float, float], words: str, colour: str) -> None:
    axes.text(place[0], place[1] + RADIUS + 0.22, words, ha="center", va="center", color=colour, weight="bold")
