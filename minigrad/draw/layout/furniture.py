"""Furniture around the graph: the panel of parameters, the legend, the notes."""

from __future__ import annotations

from dataclasses import dataclass

from ..reading.reading import Reading
from ..scene import Box, Frame, Path, Scene, Text
from ..text import SMALL, Line, Run, line, number, shape_text
from ..theme import Theme
from .boxes import Boxes

MOST_PARAMETERS = 16
ROW = 42.0


@dataclass(slots=True)
class Panel:
    """The parameters: each once, with its shape and the norm of its gradient."""

    heads: list[Line]
    rows: list[tuple[Box, Line, Line]]
    foot: Line | None

    @property
    def width(self) -> float:
        widths = [head.width for head in self.heads]
        widths += [self.box_width + 12 + max(a.width, b.width) for _, a, b in self.rows]
        return max(widths) + 28

    @property
    def box_width(self) -> float:
        return max(box.width for box, _, _ in self.rows)

    @property
    def height(self) -> float:
        heads, rows = sum(head.height for head in self.heads), sum(map(_row_height, self.rows))
        return 22.0 + heads + rows + (20 if self.foot else 6)

    def place(self, scene: Scene, left: float, middle: float) -> None:
        """Put the panel into the scene, around a height."""
        top = middle - self.height / 2
        style = scene.theme.boxes["panel"]
        right = left + self.width
        scene.frames.append(Frame("parameters", style, left, top, right, top + self.height))
        y = top + 12
        for head in self.heads:
            kind = "grad" if head.ink == "gradient" else "panel"
            scene.texts.append(Text(head, (left + right) / 2, y + head.height / 2, kind))
            y += head.height
        y += 6
        for box, above, below in self.rows:
            box.width = self.box_width
            box.x, box.y = left + 14 + box.width / 2, y + _row_height((box, above, below)) / 2
            box.frame = "parameters"
            scene.boxes.append(box)
            x = box.right + 12
            texts = [text for text in (above, below) if text.plain]
            for position, text in enumerate(texts):
                shift = (position - (len(texts) - 1) / 2) * 16
                kind = "grad" if text is below else "panel"
                scene.texts.append(Text(text, x + text.width / 2, box.y + shift, kind, box.ids))
            y += _row_height((box, above, below))
        if self.foot is not None:
            scene.texts.append(Text(self.foot, (left + right) / 2, y + 8, "panel"))


def _row_height(row: tuple[Box, Line, Line]) -> float:
    return max(ROW, row[0].height + 8)


def make_panel(reading: Reading, boxes: Boxes) -> Panel | None:
    """The panel, or ``None`` without parameters; in the order in which the graph flows up."""
    parameters = [leaf for leaf in reading.names.parameters if leaf.id not in boxes.as_nodes]
    if not parameters:
        return None
    shown = parameters[:MOST_PARAMETERS]
    rows = []
    for leaf in reversed(shown):
        size = reading.grad(leaf)
        below = line(".grad is None" if size is None else f"‖∇‖ {number(size)}", size=SMALL, ink="gradient")
        above = " ".join(
            [shape_text(leaf.shape)] * ("shape" in boxes.show) + [str(leaf.dtype)] * ("dtype" in boxes.show)
        )
        empty = line("", size=SMALL)
        grad = below if "grad" in boxes.show else empty
        rows.append((boxes.parameter(leaf), line(above, size=SMALL + 1) if above else empty, grad))
    heads = [line(Run("parameters", bold=True), size=14), line("one tensor each,", size=SMALL, ink="muted")]
    heads.append(line("one colour at every use", size=SMALL, ink="muted"))
    if len(reading.walks) > 1 and any(reading.grad(leaf) is not None for leaf in shown):
        heads.append(line("∇: what lies in .grad now", size=SMALL, ink="gradient"))
    more = len(parameters) - len(shown)
    foot = line(f"⋯ {more:,} more ⋯", size=SMALL, ink="muted") if more else None
    return Panel(heads, rows, foot)


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
    ("carried line", "value carried in time"),
    ("gradient line", "gradient"),
    ("faint", "gradient below 1 % of the newest"),
    ("cut", "cut: the value passes, the gradient stops"),
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
    kinds.update(badge.kind for box in scene.boxes for badge in (*box.before, *box.badges))
    kinds.update(f"{path.kind} line" for path in scene.paths)
    kinds |= {"total"} if "sum" in kinds else set()
    if "stops line" in kinds:
        kinds.add("gradient line")
    if any(box.style == scene.theme.boxes["faint"] for box in scene.boxes if box.kind == "norm"):
        kinds.add("faint")
    return kinds


def place_sample(scene: Scene, kind: str, x: float, y: float) -> None:
    """Put a sample of a kind into a scene, around a point."""
    theme: Theme = scene.theme
    name = f"legend {kind}"
    if kind.endswith(" line"):
        stroke = theme.strokes["state" if kind == "carried line" else "gradient"]
        ends = [(x - 11, y), (x + 11, y)]
        scene.paths.append(Path(stroke, ends[::-1] if kind == "gradient line" else ends, kind="legend"))
    elif kind in ("cut", "detached"):
        scene.boxes.append(Box(name, theme.boxes["cut"], "scissors", (line("", size=12, ink="cut"),), 22, 18, x=x, y=y))
        scene.boxes[-1].kind = "legend"
    else:
        style = theme.parameter(0) if kind == "parameter" else theme.boxes[kind]
        shape = "ellipse" if kind in ("data", "constant") else "round" if kind in ("state", "loss", "total") else "box"
        scene.boxes.append(Box(name, style, shape, (), 20, 15, x=x, y=y, kind="legend"))  # type: ignore[arg-type]
