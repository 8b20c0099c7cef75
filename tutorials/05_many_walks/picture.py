"""The picture of chapter 5: gradients over walks, and a sum that is made in place."""

from minigrad.tutorials.pictures import BLUE, GREEN, ORANGE, RED, figure

GREY, PALE = "#5f6b76", "#f4f6f8"
PLACES = {"y": (2, 1.0), "3x": (1, 1.75), "x + z": (1, 0.25), "x": (0, 1.75), "z": (0, 0.25)}
ARROWS = {("y", "3x"): 1, ("y", "x + z"): 1, ("3x", "x"): 3, ("x + z", "x"): 1, ("x + z", "z"): 1}  # what each brings
RIGHT = {"y": 1.0, "3x": 1.0, "x + z": 1.0, "x": 4.0, "z": 1.0}


def in_place(cotangents, i, contribution):
    """The mistake."""
    if i in cotangents:
        cotangents[i] += contribution
    else:
        cotangents[i] = contribution


def walked(accumulate):
    """The cotangents of y = 3x + (x + z), by what has them, when the walk adds so."""
    from mine import engine

    tape = engine.Tape()
    x, z, three = engine.leaf(tape, 2.0), engine.leaf(tape, 5.0), engine.leaf(tape, 3.0)
    product = engine.record(tape, "multiply", three, x)
    total = engine.record(tape, "add", x, z)
    y = engine.record(tape, "add", product, total)
    engine.accumulate = accumulate
    found = engine.backward(tape, y)
    return {name: float(found[i]) for name, i in {"x": x, "z": z, "3x": product, "x + z": total, "y": y}.items()}


def trained(exercise):
    """What each of three walks found for a parameter, and its gradient then; it is forgotten before the third."""
    w = exercise.Parameter(0.0, "w")
    rows = []
    for found in (3.0, 2.0, 4.0):
        tape = exercise.Tape()
        if len(rows) == 2:
            exercise.zero_grad([w])
        exercise.collect(tape, {exercise.enter(tape, w): found})
        rows.append((found, float(w.grad)))
    return rows


def box(axes, x, y, text, said, color):
    """A box, and what is said below it."""
    frame = {"boxstyle": "round,pad=0.35", "facecolor": PALE, "edgecolor": color, "linewidth": 2 if color == RED else 1}
    axes.text(x, y, text, ha="center", va="center", color=GREY, bbox=frame)
    axes.text(x, y - 0.4, said, ha="center", va="center", color=color, fontsize=10, fontweight="bold")


def graph(axes, title, found):
    """The graph of y, a cotangent below each box; a wrong one is red."""
    axes.set_title(title, loc="left")
    for (start, end), brought in ARROWS.items():
        (x0, y0), (x1, y1) = PLACES[start], PLACES[end]
        style = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 21, "shrinkB": 20, "linewidth": 1}
        axes.annotate("", (x1, y1), (x0, y0), arrowprops=style)
        axes.text(
            (x0 + x1) / 2, (y0 + y1) / 2, f"+{brought}", ha="center", va="center", color=GREY, backgroundcolor="w"
        )
    for name, (x, y) in PLACES.items():
        color = GREEN if found[name] == RIGHT[name] else RED
        said = f"{found[name]:g}" if color == GREEN else f"{found[name]:g}, not {RIGHT[name]:g}"
        box(axes, x, y, name, said, color)
    axes.set(xlim=(-0.4, 2.4), ylim=(-0.4, 2.15))
    axes.axis("off")


def picture(exercise):
    """Above the gradient over three walks, below two ways to add."""
    made = figure(7.2, 4.6)
    above, below = made.subfigures(2, 1, height_ratios=(1, 1.25))
    axes = above.subplots()
    axes.set_title("Cotangents belong to one walk, .grad to many", loc="left")
    places = (0, 1, 3)
    for at, (found, grad) in zip(places, trained(exercise), strict=True):
        axes.bar(at - 0.18, found, 0.34, color=BLUE, alpha=0.35)
        axes.bar(at + 0.18, grad, 0.34, color=BLUE)
        axes.text(at - 0.18, found + 0.15, f"{found:g}", ha="center")
        axes.text(at + 0.18, grad + 0.15, f"{grad:g}", ha="center", fontweight="bold")
    axes.bar(0, 0, color=BLUE, alpha=0.35, label="the cotangent of w, found by this walk")
    axes.bar(0, 0, color=BLUE, label="w.grad after it was collected")
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 1.02), ncols=2, borderaxespad=0)
    axes.axvline(2, ymax=0.74, color=ORANGE, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.text(1.96, 2.8, "zero_grad", color=ORANGE, ha="right", va="center")
    axes.text(2.04, 2.8, "w.grad is None", color=ORANGE, ha="left", va="center")
    axes.set_xticks(places, ["walk 1", "walk 2", "walk 3"])
    axes.set(xlim=(-0.6, 3.6), ylim=(0, 7.6))
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    left, right = below.subplots(1, 2)
    graph(left, "Cotangents of y = 3x + (x + z)", walked(exercise.accumulate))
    graph(right, "The same, added in place with +=", walked(in_place))
    return made
