"""The legend: what the kinds of things in a picture mean, with a sample of each."""

from __future__ import annotations

from dataclasses import replace

from ..scene import Box, Cells, Path, Scene, Text
from ..text import Line, line
from ..theme import Theme
from .values import shade

_LEGEND: tuple[tuple[str, str], ...] = (
    ("data", "input"),
    ("constant", "constant"),
    ("op", "operation on the tape"),
    ("module", "module: its operations in one box"),
    ("parameter", "parameter: same colour, same tensor"),
    ("state", "state"),
    ("loss", "loss"),
    ("total", "where the walk starts"),
    ("walk", "recorded by a backward walk"),
    ("delay", "what an earlier step computed"),
    ("memory", "memory kept for the walk"),
    ("freed", "memory that was freed"),
    ("heat map", "heat map: from −s to s, of which ±s stands beside it"),
    ("histogram", "histogram: how often values occur, from … to"),
    ("carried line", "value carried in time"),
    ("gradient line", "gradient"),
    ("faint", "gradient below 1 % of the newest"),
    ("stops", "where a gradient stops"),
    ("cut", "cut: the value passes, the gradient stops"),
    ("cut line", "cut: what is before it has left the tape"),
    ("detached", "constant: the value passes, the gradient stops"),
)


def place_legend(scene: Scene, left: float, right: float, top: float) -> float:
    """A legend of what is in the scene, centred between two sides; returns where it ends."""
    entries = [(kind, line(text, size=12)) for kind, text in legend_of(scene)]
    rows: list[list[tuple[str, Line]]] = [[]]
    room = 0.0
    for kind, text in entries:
        width = 28 + text.width + 20
        if rows[-1] and room + width > right - left:
            rows.append([])
            room = 0.0
        rows[-1].append((kind, text))
        room += width
    y = top + 14
    for row in rows:
        x = (left + right - sum(28 + text.width + 20 for _, text in row) + 20) / 2
        for kind, text in row:
            place_sample(scene, kind, x + 10, y)
            scene.texts.append(Text(text, x + 26 + text.width / 2, y, "legend"))
            x += 28 + text.width + 20
        y += 26
    return y - 6


def legend_of(scene: Scene) -> list[tuple[str, str]]:
    """What a legend of a scene explains: kinds, with words for each."""
    present = _present(scene)
    return [(kind, text) for kind, text in _LEGEND if kind in present]


def _present(scene: Scene) -> set[str]:
    kinds = {box.kind for box in scene.boxes}
    kinds.update(
        [badge.kind for box in scene.boxes if box.before or box.badges for badge in (*box.before, *box.badges)]
    )
    kinds.update(f"{kind} line" for kind in {path.kind for path in scene.paths})
    kinds |= {"total"} if "sum" in kinds else set()
    kinds.update([cells.kind for box in scene.boxes if box.cells for cells in box.cells])
    if "cut" in kinds:
        kinds.discard("cut line")
    if "stops line" in kinds:
        kinds.add("gradient line")
    if any(box.style == scene.theme.boxes["faint"] for box in scene.boxes if box.kind == "norm"):
        kinds.add("faint")
    return kinds


def place_sample(scene: Scene, kind: str, x: float, y: float) -> None:
    """Put a sample of a kind into a scene, around a point."""
    theme: Theme = scene.theme
    name = f"legend {kind}"
    if kind == "cut line":
        scene.paths.append(Path(theme.strokes["cut"], [(x - 11, y), (x + 11, y)], arrow=False, kind="legend"))
    elif kind == "stops":
        scene.boxes.append(Box(name, theme.boxes["bar"], "box", (), 7.0, 17.0, x=x, y=y, kind="legend"))
    elif kind.endswith(" line"):
        stroke = theme.strokes["state" if kind == "carried line" else "gradient"]
        ends = [(x - 11, y), (x + 11, y)]
        scene.paths.append(Path(stroke, ends[::-1] if kind == "gradient line" else ends, kind="legend"))
    elif kind in ("heat map", "histogram"):
        shades = tuple([shade(value, theme) for value in (-1.0, -0.5, 0.0, 0.5, 1.0)])
        rows = (("", "", *shades[2:3], "", ""), ("", *shades[1:4], ""), shades) if kind == "histogram" else (shades,)
        cells = Cells(rows, (4, 15 // len(rows)), line("", size=1.0))
        style = replace(theme.boxes["op"], fill=theme.background, stroke=theme.background)
        scene.boxes.append(Box(name, style, "box", (), 22, 17, cells=(cells,), x=x, y=y, kind="legend"))
    elif kind in ("cut", "detached"):
        scene.boxes.append(Box(name, theme.boxes["cut"], "scissors", (line("", size=12, ink="cut"),), 22, 18, x=x, y=y))
        scene.boxes[-1].kind = "legend"
    else:
        style = theme.parameter(0) if kind == "parameter" else theme.boxes[kind]
        shape = "ellipse" if kind in ("data", "constant") else "round" if kind in ("state", "loss", "total") else "box"
        scene.boxes.append(Box(name, style, shape, (), 20, 15, x=x, y=y, kind="legend"))  # type: ignore[arg-type]
