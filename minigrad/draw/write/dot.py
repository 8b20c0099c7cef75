"""DOT with pinned positions: Graphviz paints, and places nothing.

``layout=nop2`` makes ``dot`` take every position from the text, in linear time. DOT measures y upwards.
"""

from __future__ import annotations

from ..layout.route import along, rounded, simplified
from ..scene import Badge, Box, Frame, Path, Point, Scene
from ..text import Line
from ..theme import FONT, Theme

_SHIFTED = 0.87  # Graphviz makes it smaller once more
_SHAPES = {"box": "box", "round": "box", "ellipse": "ellipse", "circle": "ellipse", "scissors": "box"}


def to_dot(scene: Scene) -> str:
    """The scene as DOT text, in which windows and steps are clusters."""
    return _Writer(scene).write()


class _Writer:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.theme = scene.theme
        self.points = 0
        self.lines: list[str] = []

    def write(self) -> str:
        scene = self.scene
        out = self.lines
        out.append("digraph minigrad {")
        out.append(
            f'  graph [layout=nop2, bb="0,0,{_n(scene.width)},{_n(scene.height)}", {self._size()},'
            f' outputorder=edgesfirst, bgcolor="{self.theme.background}", fontname="{FONT}"];'
        )
        out.append(f'  node [fontname="{FONT}", fixedsize=true, margin=0];')
        out.append(f'  edge [fontname="{FONT}"];')
        boxes: dict[str, list[Box]] = {}
        for box in scene.boxes:
            boxes.setdefault(box.frame, []).append(box)
        children: dict[str, list[Frame]] = {}
        for frame in scene.frames:
            children.setdefault(frame.parent, []).append(frame)
        for frame in children.get("", []):
            self._open(frame, "  ")
            for inner in children.get(frame.name, []):
                self._open(inner, "    ")
                self._nodes(boxes.get(inner.name, []), "      ")
                out.append("    }")
            self._nodes(boxes.get(frame.name, []), "    ")
            out.append("  }")
        self._nodes(boxes.get("", []), "  ")
        for number, text in enumerate(scene.texts):
            label = _html(text.line, self.theme.inks["text"], self.theme)
            out.append(
                f"  text{number} [{self._at(text.x, text.y)}, shape=none, fixedsize=false, width=0, height=0,"
                f" label={label}];"
            )
        for path in scene.paths:
            self._edge(path)
        out.append("}")
        return "\n".join(out) + "\n"

    def _size(self) -> str:
        """How large it is painted: in inches where that was asked for."""
        zoom = self.scene.zoom
        if zoom is None:
            return "pad=0.3"
        return f'pad=0, size="{self.scene.width * zoom / 96:.4f},{self.scene.height * zoom / 96:.4f}!"'

    def _at(self, x: float, y: float) -> str:
        return f'pos="{self._point((x, y))}"'

    def _point(self, point: Point) -> str:
        return f"{_n(point[0])},{_n(self.scene.height - point[1])}"

    def _open(self, frame: Frame, indent: str) -> None:
        style = frame.style
        low, high = self._point((frame.left, frame.bottom)), self._point((frame.right, frame.top))
        look = "rounded,filled,dashed" if style.dashed else "rounded,filled"
        self.lines.append(f"{indent}subgraph {_quoted('cluster_' + frame.name)} {{")
        label = ""
        if frame.caption is not None:
            label = f', label={_html(frame.caption, style.ink, self.theme)}, lp="{self._point(frame.caption_at)}"'
        self.lines.append(
            f'{indent}  graph [bb="{low},{high}", style="{look}", fillcolor="{style.fill}", color="{style.stroke}",'
            f" penwidth={_n(style.width)}{label}];"
        )

    def _nodes(self, boxes: list[Box], indent: str) -> None:
        for box in boxes:
            size = f"width={box.width / 72:.4f}, height={box.height / 72:.4f}"
            tip = f", tooltip={_quoted(box.tooltip)}" if box.tooltip else ""
            if box.before or box.badges:
                look = f"shape=none, label=<{self._table(box)}>"
            else:
                style = box.style
                effects = ["rounded"] * (box.shape in ("round", "scissors")) + ["filled"] + ["dashed"] * style.dashed
                look = (
                    f'shape={_SHAPES[box.shape]}, style="{",".join(effects)}", fillcolor="{style.fill}",'
                    f' color="{style.stroke}", penwidth={_n(style.width)}, label={self._label(box)}'
                )
            self.lines.append(f"{indent}{_quoted(box.name)} [{self._at(box.x, box.y)}, {size}, {look}{tip}];")

    def _label(self, box: Box) -> str:
        lines = [_inner(line, box.style.ink, self.theme) for line in box.lines]
        if box.shape == "scissors":
            lines[0] = f'<FONT POINT-SIZE="{_n(box.lines[0].size + 2)}" COLOR="{box.style.ink}">✂</FONT>'
        if box.cells or len(lines) > 2:
            return f"<{self._with_cells(box, lines)}>"
        return f"<{'<BR/>'.join(lines)}>" if lines else '""'

    def _with_cells(self, box: Box, lines: list[str]) -> str:
        """Text with tables of coloured cells below it."""
        rows = [f'<TR><TD HEIGHT="{each.height:.0f}">{text}</TD></TR>' for each, text in zip(box.lines, lines)]
        for cells in box.cells:
            w, h = cells.size
            cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="{h}"'
            painted = [[f'{cell} BGCOLOR="{c}"></TD>' if c else f"{cell}></TD>" for c in row] for row in cells.rows]
            grid = "".join(f"<TR>{''.join(row)}</TR>" for row in painted)
            plain = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{grid}</TABLE>'
            label = f"<TD>{_inner(cells.label, box.style.ink, self.theme)}</TD>" if cells.label.plain else ""
            rows.append(
                '<TR><TD><TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
                f"<TR>{label}<TD>{plain}</TD></TR></TABLE></TD></TR>"
            )
        return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{"".join(rows)}</TABLE>'

    def _table(self, box: Box) -> str:
        head = Badge(box.style, box.lines[0], box.head_width)
        cells = []
        for badge in (*box.before, head, *box.badges):
            inner = _inner(badge.line, badge.style.ink, self.theme)
            if badge is head and (len(box.lines) > 1 or box.cells):
                texts = [_inner(line, badge.style.ink, self.theme) for line in box.lines]
                inner = self._with_cells(box, texts) if box.cells or len(texts) > 2 else "<BR/>".join(texts)
            cells.append(
                f'<TD FIXEDSIZE="TRUE" WIDTH="{badge.width:.0f}" HEIGHT="{box.height:.0f}" BGCOLOR="{badge.style.fill}"'
                f' COLOR="{badge.style.stroke}">{inner}</TD>'
            )
        return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="0"><TR>{"".join(cells)}</TR></TABLE>'

    def _edge(self, path: Path) -> None:
        source, target = path.source, path.target
        if not source:
            source = self._anchor(path.points[0])
        if not target:
            target = self._anchor(path.points[-1])
        stroke = path.stroke
        points = simplified(path.points)
        end = ""
        if path.arrow:
            end = f"e,{self._point(points[-1])} "
            points[-1] = along(points[-1], points[-2], 10 * _head_scale(stroke.width))
        start, curves = rounded(points)
        spline = " ".join([self._point(start), *(self._point(p) for curve in curves for p in curve)])
        look = f'color="{stroke.colour}", penwidth={_n(stroke.width)}'
        look += ", style=dashed" if stroke.dashed else ""
        look += f", arrowsize={_head_scale(stroke.width):.2f}" if path.arrow else ", arrowhead=none"
        self.lines.append(f'  {_quoted(source)} -> {_quoted(target)} [pos="{end}{spline}", {look}];')

    def _anchor(self, point: Point) -> str:
        """An invisible node for an end of a line that is at no box."""
        self.points += 1
        name = f"point{self.points}"
        self.lines.append(
            f'  {name} [{self._at(*point)}, shape=point, style=invis, width=0.01, height=0.01, label=""];'
        )
        return name


def _head_scale(width: float) -> float:
    return 0.6 + 0.1 * width


def _n(value: float) -> str:
    """A number with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    """A DOT string: nothing in it ends it, and no backslash is an escape."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _escaped(text: str) -> str:
    """Text for an HTML-like label, in which a backslash is an escape even as an entity."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\\", "&#92;&#92;")):
        text = text.replace(character, entity)
    return text


def _html(line: Line, ink: str, theme: Theme) -> str:
    return f"<{_inner(line, ink, theme)}>"


def _inner(line: Line, ink: str, theme: Theme) -> str:
    """A line in Graphviz' HTML."""
    runs = []
    for run in line.runs:
        if not run.text:
            continue
        text = _escaped(run.text)
        if run.shift:
            tag = run.shift.upper()
            text = f'<{tag}><FONT POINT-SIZE="{_n(line.size * _SHIFTED)}">{text}</FONT></{tag}>'
        if run.italic:
            text = f"<I>{text}</I>"
        if run.bold:
            text = f"<B>{text}</B>"
        runs.append(text)
    colour = theme.inks.get(line.ink, ink)
    return f'<FONT POINT-SIZE="{_n(line.size)}" COLOR="{colour}">{"".join(runs)}</FONT>' if runs else " "
