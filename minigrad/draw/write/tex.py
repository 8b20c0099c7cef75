"""TikZ: the picture as a LaTeX document, to be edited and to be put into a paper.

Every part has its own line, in points, and says in words what it looks like. Y is measured downwards, as in the scene.
"""

from __future__ import annotations

import math
from itertools import pairwise

from ..layout.route import RADIUS, simplified
from ..scene import Badge, Box, Cells, Frame, Path, Scene
from ..text import Line
from ..theme import Style
from .failure import DrawingError
from .tex_looks import Looks, number
from .tex_text import escaped, to_tex

LONGEST = 16_000.0  # TeX has no lengths above 16,383.99 points

_HEAD = r"""\documentclass[tikz, border=0pt]{standalone}
\usepackage[T1]{fontenc}
\usepackage{helvet}
\renewcommand{\familydefault}{\sfdefault}
\usepackage{amsmath, fix-cm, pifont}
\usetikzlibrary{arrows.meta, shapes.geometric}
% A character that these fonts lack: a box with its number. With a font of your own it may be printed.
\newcommand{\character}[1]{{\fboxsep=.4pt\fboxrule=.2pt\raisebox{.15em}{\fbox{\fontsize{3.4}{3.4}\selectfont #1}}}}"""


def to_document(scene: Scene) -> str:
    """The scene as a LaTeX document of one picture, in ASCII.

    Raises:
        DrawingError: the picture is larger than TeX can measure, or a colour of its theme is no ``#rrggbb``.
    """
    longest = max(scene.width, scene.height)
    if longest > LONGEST:
        raise DrawingError(
            f"the picture is {longest:,.0f} points long, and TeX measures no more than {LONGEST:,.0f}: draw fewer "
            "steps, or write .svg or .pdf"
        )
    return _Writer(scene).write()


class _Writer:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.looks = Looks(scene.theme)
        self.body: list[str] = []

    def write(self) -> str:
        scene, add = self.scene, self.body.append
        add(rf"\fill[{self.looks.background()}] (0, 0) rectangle {_at(scene.width, scene.height)};")
        add("% frames")
        for frame in scene.frames:
            self._frame(frame)
        add("% lines")
        for path in scene.paths:
            self._path(path)
        add("% boxes")
        for box in scene.boxes:
            self._box(box)
        add("% words")
        for text in scene.texts:
            self._text(text.line, text.x, text.y)
        title = f"% {escaped(scene.title)}\n" if scene.title else ""
        open_, close = ("", "") if scene.zoom is None else (rf"\scalebox{{{72.27 / 96 * scene.zoom:.5f}}}{{%", "}")
        begin = [r"\begin{document}", open_, r"\begin{tikzpicture}[x=1pt, y=-1pt]"]
        end = [r"\end{tikzpicture}%" if close else r"\end{tikzpicture}", close, r"\end{document}", ""]
        begin, end = list(filter(None, begin)), [*filter(None, end), ""]
        return title + "\n".join([_HEAD, *self.looks.definitions(), *begin, *self.body, *end])

    def _frame(self, frame: Frame) -> None:
        dash = ", dash pattern=on 5pt off 4pt" if frame.style.dashed else ""
        look = f"{self.looks.box(frame.style)}, rounded corners=12pt{dash}"
        self.body.append(rf"\path[{look}] {_at(frame.left, frame.top)} rectangle {_at(frame.right, frame.bottom)};")
        if frame.caption is not None:
            self._text(frame.caption, *frame.caption_at, frame.style)

    def _path(self, path: Path) -> None:
        points = simplified(path.points)
        pieces = [math.dist(a, b) for a, b in pairwise(points)]
        radius = min([RADIUS, *(piece / 2 for piece in pieces)])
        corners = f", rounded corners={number(radius)}pt" if len(points) > 2 and radius > 0.5 else ""
        tip = ", ->" if path.arrow else ""
        route = " -- ".join([_at(*point) for point in points])
        self.body.append(rf"\path[{self.looks.line(path.stroke)}{tip}{corners}] {route};")

    def _box(self, box: Box) -> None:
        style, left = box.style, box.left
        for badge in box.before:
            left += badge.width
        shape = "oval shape" if box.shape in ("ellipse", "circle") else "plain shape"
        corner = (
            "" if box.shape in ("ellipse", "circle", "box") else f"rounded corners={number(min(9, box.height / 2))}pt"
        )
        middle = left + box.head_width / 2
        name = "" if box.name.startswith("legend") else f" ({box.name})"
        self._shape(style, shape, corner, middle, box.y, box.head_width, box.height, name)
        self._badges(box.before, box.left, box)
        self._badges(box.badges, left + box.head_width, box)
        at = box.y - box.content_height / 2
        for line in box.lines:
            if box.shape == "scissors" and not line.runs[0].text:
                self._scissors(box.x, at + line.height / 2, line.size, style)
            else:
                self._text(line, middle, at + line.height / 2, style)
            at += line.height
        for cells in box.cells:
            self._cells(cells, middle, at, style)
            at += cells.height

    def _shape(
        self, style: Style, shape: str, more: str, x: float, y: float, width: float, height: float, name: str = ""
    ) -> None:
        size = f"minimum width={number(width)}pt, minimum height={number(height)}pt"
        look = ", ".join(filter(None, [self.looks.box(style), shape, more, size]))
        self.body.append(rf"\node[{look}]{name} at {_at(x, y)} {{}};")

    def _badges(self, badges: tuple[Badge, ...], left: float, box: Box) -> None:
        for badge in badges:
            x = left + badge.width / 2
            more = "solid" + (", line width=1.2pt" if badge.style.width > 1.2 else "")
            self._shape(badge.style, "plain shape", more, x, box.y, badge.width, box.height)
            self._text(badge.line, x, box.y, badge.style)
            left += badge.width

    def _cells(self, cells: Cells, x: float, y: float, style: Style) -> None:
        left = x - cells.width / 2
        if cells.label.plain:
            self._text(cells.label, left + cells.label.width / 2, y + cells.height / 2, style)
            left += cells.label_width
        w, h = cells.size
        top = y + (cells.height - h * len(cells.rows)) / 2
        squares: dict[str, list[str]] = {}
        for n, row in enumerate(cells.rows):
            for m, colour in enumerate(row):
                square = f"{_at(left + m * w, top + n * h)} rectangle +{_at(w, h)}"
                squares.setdefault(colour, []).append(square)
        squares.pop("", None)
        self.body += [rf"\fill[{self.looks.shade(colour)}] {' '.join(each)};" for colour, each in squares.items()]

    def _scissors(self, x: float, y: float, size: float, style: Style) -> None:
        """A pair of scissors, drawn as in the SVG."""
        s = size / 15

        def place(u: float, v: float) -> str:
            return _at(x + s * u, y + s * v)

        circle = f"circle[radius={number(2.6 * s)}pt]"
        look = f"draw={self.looks.stroke(style)}, line width={number(1.6 * s)}pt, line cap=round"
        blades = f"{place(-3.8, -2.2)} -- {place(8, 4)} {place(-3.8, 2.2)} -- {place(8, -4)}"
        self.body.append(rf"\path[{look}] {place(-6, -3.6)} {circle} {place(-6, 3.6)} {circle} {blades};")

    def _text(self, line: Line, x: float, y: float, style: Style | None = None) -> None:
        """A line whose middle lies at (x, y)."""
        look = f"words, {self.looks.size(line.size)}, text={self.looks.ink(line.ink, style)}"
        self.body.append(rf"\node[{look}] at {_at(x, y + line.size * 0.35)} {{{to_tex(line)}}};")


def _at(x: float, y: float) -> str:
    return f"({number(x)}, {number(y)})"
