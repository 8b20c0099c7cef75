"""The scene: what a picture consists of, with every position fixed. The writers only spell it out.

Positions are in points, x to the right and y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .text import Line
from .theme import Stroke, Style, Theme

Point = tuple[float, float]
Shape = Literal["box", "round", "ellipse", "circle", "scissors"]


class Badge(NamedTuple):
    """A coloured cell glued to an operation: one of its operands, of which ``kind`` says what it is."""

    style: Style
    line: Line
    width: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """A small picture of an array: rows of coloured cells ("" for none), and a word before them.

    ``kind`` is what it is, such as ``heat map``.
    """

    rows: tuple[tuple[str, ...], ...]
    size: tuple[int, int]
    label: Line
    kind: str = ""

    @property
    def label_width(self) -> float:
        """The room of the word before the cells."""
        return self.label.width + 5 if self.label.plain else 0.0

    @property
    def width(self) -> float:
        return self.label_width + self.size[0] * len(self.rows[0])

    @property
    def height(self) -> float:
        return max(self.size[1] * len(self.rows), self.label.size) + 5.0


@dataclass(slots=True)
class Box:
    """A node: text in a shape around a centre, with badges glued to its left and right.

    Its ``name`` is made of letters, digits, ``-`` and ``_``, and never of what a user wrote.
    ``kind`` says what it stands for in one word, ``ids`` for which ids of the tape. ``walk`` is the number of the walk
    and ``cut`` that of the cut that it tells of, or 0; of an operation the walk of the gradient that is written in it.
    """

    name: str
    style: Style
    shape: Shape
    lines: tuple[Line, ...]
    width: float
    height: float
    before: tuple[Badge, ...] = ()
    badges: tuple[Badge, ...] = ()
    tooltip: str = ""
    x: float = 0.0
    y: float = 0.0
    frame: str = ""
    cells: tuple[Cells, ...] = ()
    kind: str = ""
    ids: tuple[int, ...] = ()
    walk: int = 0
    cut: int = 0

    def move(self, across: float, down: float) -> None:
        """Move it by so much."""
        self.x, self.y = self.x + across, self.y + down

    @property
    def has_gradient(self) -> bool:
        """Whether a gradient is written in it, or that there is none."""
        inks = [each.ink for each in self.lines] + [each.label.ink for each in self.cells]
        return "gradient" in inks

    @property
    def content_height(self) -> float:
        """The height of the text and of the cells below it."""
        return sum([line.height for line in self.lines]) + sum([cells.height for cells in self.cells])

    @property
    def head_width(self) -> float:
        """The width of the part that holds the box's own text."""
        return self.width - sum([badge.width for badge in (*self.before, *self.badges)])

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(slots=True)
class Frame:
    """A rounded rectangle behind nodes, with a caption whose middle lies at ``caption_at``.

    ``kind``, ``ids``, ``walk`` and ``cut`` say what the caption tells of, as those of a box.
    """

    name: str
    style: Style
    left: float
    top: float
    right: float
    bottom: float
    caption: Line | None = None
    caption_at: Point = (0.0, 0.0)
    parent: str = ""
    kind: str = ""
    ids: tuple[int, ...] = ()
    walk: int = 0
    cut: int = 0

    def move(self, across: float, down: float) -> None:
        """Move it by so much."""
        self.left, self.right = self.left + across, self.right + across
        self.top, self.bottom = self.top + down, self.bottom + down
        self.caption_at = self.caption_at[0] + across, self.caption_at[1] + down


@dataclass(slots=True)
class Path:
    """A line along a route, its corners rounded, perhaps between two boxes.

    The route begins at ``at``, so that lines of one form may share it. ``kind``, ``ids``, ``walk`` and ``cut`` as those
    of a box.
    """

    stroke: Stroke
    route: Sequence[Point]
    arrow: bool = True
    source: str = ""
    target: str = ""
    kind: str = ""
    ids: tuple[int, ...] = ()
    walk: int = 0
    cut: int = 0
    at: Point = (0.0, 0.0)

    @property
    def points(self) -> list[Point]:
        """The points of the route, where they lie."""
        x, y = self.at
        return [(x + across, y + down) for across, down in self.route]

    def move(self, across: float, down: float) -> None:
        """Move it by so much."""
        self.at = self.at[0] + across, self.at[1] + down


@dataclass(slots=True)
class Text:
    """A line of text whose middle lies at a point; the heading's kind is ``title``.

    ``kind``, ``ids``, ``walk`` and ``cut`` as those of a box.
    """

    line: Line
    x: float
    y: float
    kind: str = ""
    ids: tuple[int, ...] = ()
    walk: int = 0
    cut: int = 0

    def move(self, across: float, down: float) -> None:
        """Move it by so much."""
        self.x, self.y = self.x + across, self.y + down


@dataclass(slots=True)
class Scene:
    """A whole picture. Its ``description`` says in words what there is to see.

    ``zoom`` is the number of CSS pixels, of which an inch has 96, to a point of a picture whose width or font was asked
    for; any other has no size of its own.
    """

    title: str
    theme: Theme
    width: float = 0.0
    height: float = 0.0
    frames: list[Frame] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    description: str = ""
    zoom: float | None = None

    def move(self, across: float, down: float) -> None:
        """Move everything in it."""
        for part in self.parts():
            part.move(across, down)

    def parts(self) -> list[Box | Frame | Path | Text]:
        """Everything in it."""
        return [*self.boxes, *self.frames, *self.paths, *self.texts]
