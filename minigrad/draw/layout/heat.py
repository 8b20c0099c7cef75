"""The heat map of the gradient: steps from left to right, lags upwards, a panel for each state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from ..reading.flow import Flow, Reached
from ..scene import Box, Cells, Path, Point, Scene, Text
from ..subscripts import plain
from ..text import SMALL, Run, line, many
from ..theme import Style, Theme
from . import scales
from .page import MARGIN, close_page, heading_of
from .scales import Sample, Scale, place_samples, samples_width, scale_of, short

NUMBERED, BOXED = 14, 40  # columns up to which cells hold their numbers, and are boxes of their own
_AXIS = 36.0  # room of the lags left of a panel
_WIDE = 700  # about, a panel of many columns
_SIDE_BY_SIDE = 480.0  # the widest panels that stand beside each other
_FEW_LAGS = 6
_GAP = 44.0  # between panels


class Grid(NamedTuple):
    """The columns and rows of a panel.

    Attributes:
        windows: the steps from left to right, those apart that different walks counted.
        lags: how many lags are shown.
        width, height: of a cell.
        between: the room between two windows.
    """

    windows: tuple[tuple[int, ...], ...]
    lags: int
    width: float
    height: float
    between: float

    @property
    def steps(self) -> list[int]:
        """All steps, from left to right."""
        return [step for window in self.windows for step in window]

    @property
    def lefts(self) -> dict[int, float]:
        """Where the column of each step begins."""
        lefts, x = {}, 0.0
        for window in self.windows:
            for step in window:
                lefts[step] = x
                x += self.width
            x += self.between
        return lefts

    @property
    def across(self) -> float:
        """The width of all columns."""
        return len(self.steps) * self.width + (len(self.windows) - 1) * self.between

    @property
    def size(self) -> tuple[float, float]:
        """The width and the height of a panel with its axes and its caption."""
        return _AXIS + self.across, 30.0 + self.lags * self.height + (50.0 if len(self.windows) > 1 else 34.0)


def make_grid(flow: Flow) -> Grid:
    """The grid of a flow: of lags at which nothing was computed, only some are shown."""
    grouped = groupby(flow.losses, key=lambda each: each.walk)
    windows = tuple(tuple(each.step for each in members) for _, members in grouped)
    count = len(flow.losses)
    known = max((cell.lag for cells in flow.cells for cell in cells if cell.size is not None), default=0) + 1
    there = max((cell.lag for cells in flow.cells for cell in cells), default=0) + 1
    lags = min(there, max(known + known // 2 + 1, _FEW_LAGS))
    between = max(min(12.0, 120.0 // len(windows)), 2.0)
    if count <= NUMBERED:
        return Grid(windows, lags, 46.0, 24.0, between)
    side = 18.0 if count <= BOXED else float(max(_WIDE // count, 3))
    return Grid(windows, lags, side, side, between)


def notes_of(flow: Flow, grid: Grid) -> list[str]:
    """What is not shown, and what the numbers are, in sentences."""
    notes = ["∂ℓ/∂h by one reverse pass for each loss, over what the tape held when a walk first counted that loss"]
    if any(len(each.ids) > 1 for each in flow.losses):
        notes.append("several losses of a step are added up")
    if len(flow.losses) < flow.steps:
        notes.append(f"the last {len(flow.losses):,} of {many(flow.steps, 'step')} with a loss")
    beyond = {cell.lag for cells in flow.cells for cell in cells if cell.lag >= grid.lags}
    if beyond:
        span = f"{min(beyond)} to {max(beyond)}" if len(beyond) > 1 else f"{min(beyond)}"
        notes.append(f"what lies {span} steps back is not computed for any of them, and not shown")
    if flow.left_out:
        notes.append(f'{many(flow.left_out, "state")} more; state="name" shows one')
    return notes


def place_flow(flow: Flow, theme: Theme, title: str | None) -> Scene:
    """The heat map of a flow.

    Args:
        flow: what it shows.
        theme: the colours.
        title: the heading; "" for none.
    """
    heading = heading_of(title, "How far the gradient reaches back")
    scene = Scene(plain(heading.runs), theme)
    scale = scale_of((c.size for cells in flow.cells for c in cells if c.size is not None), theme)
    grid = make_grid(flow)
    width, height = grid.size
    count, beside = len(flow.cells), grid.size[0] <= _SIDE_BY_SIDE
    panels = count * (width + _GAP) - _GAP if beside else width
    notes = [line(note, size=12, ink="muted") for note in notes_of(flow, grid)]
    entries = _entries(flow, scale)
    body = panels + (24 + scales.WIDTH if scale.high else 0.0)
    room = max([body, heading.width, samples_width(entries), *(note.width for note in notes)])
    top = MARGIN + (42.0 if heading.plain else 0.0)
    left = float(round(MARGIN + (room - body) / 2))
    for number in range(count):
        x, y = (left + number * (width + _GAP), top) if beside else (left, top + number * (height + 14))
        _Panel(scene, flow, number, grid, scale, x, y).draw()
    scale.place(scene, left + panels + 24, top + 26)
    bottom = max(top + (height if beside else count * (height + 14)), top + 26 + scales.HEIGHT) + 18
    if entries:
        place_samples(scene, entries, MARGIN + room / 2 - samples_width(entries) / 2, bottom)
        bottom += 26
    close_page(scene, heading, notes, room, bottom)
    return scene


def beyond_word(cells: Sequence[Reached]) -> str:
    """What is said of cells without a number; "" if all have one."""
    cuts = {cell.cut for cell in cells if cell.size is None}
    if not cuts:
        return ""
    return "behind a cut: not computed" if 0 not in cuts else "beyond the border of the walk: not computed"


def _entries(flow: Flow, scale: Scale) -> list[Sample]:
    cells = [cell for panel in flow.cells for cell in panel]
    entries: list[Sample] = []
    beyond = beyond_word(cells)
    if beyond:
        entries.append(("cut", replace(scale.theme.boxes["cut"], width=0.8), beyond))
    if any(cell.size == 0.0 for cell in cells):
        entries.append(("zero", scale.style(0.0), "exactly 0: no gradient gets there"))
    return entries


def _style(scale: Scale, size: float | None) -> Style:
    if size is not None:
        return scale.style(size)
    cut, page = scale.theme.boxes["cut"], scale.theme.background
    return Style(cut.fill, page, cut.ink)


class _Panel:
    """The heat map of one state.

    Args:
        scene: receives it.
        flow: what is shown.
        number: of the panel.
        grid: its columns and rows.
        scale: the colours.
        left, top: where it begins.
    """

    def __init__(
        self, scene: Scene, flow: Flow, number: int, grid: Grid, scale: Scale, left: float, top: float
    ) -> None:
        self.scene, self.flow, self.number, self.grid, self.scale = scene, flow, number, grid, scale
        self.left, self.base = left + _AXIS, top + 30.0 + grid.lags * grid.height
        self.lefts = grid.lefts
        self.cells = [cell for cell in flow.cells[number] if cell.lag < grid.lags]

    def draw(self) -> None:
        self._caption()
        if len(self.grid.steps) <= BOXED:
            for cell in self.cells:
                self.scene.boxes.append(self._box(cell))
        else:
            self.scene.boxes += [self._image(number, window) for number, window in enumerate(self.grid.windows, 1)]
        self._axes()
        self._borders()

    def _caption(self) -> None:
        label = self.flow.labels[self.number]
        runs = (Run("‖∂"), Run("ℓ"), Run("t", italic=True, shift="sub"), Run(" / ∂"), *label, Run("‖"))
        text = line(*runs, size=15)
        self.scene.texts.append(
            Text(text, self.left + text.width / 2, self.base - self.grid.lags * self.grid.height - 18)
        )

    def _at(self, step: int, lag: float) -> Point:
        """The middle of a column, at the height of a lag."""
        return self.left + self.lefts[step] + self.grid.width / 2, self.base - lag * self.grid.height

    def _box(self, cell: Reached) -> Box:
        x, y = self._at(cell.step, cell.lag + 0.5)
        numbered = len(self.grid.steps) <= NUMBERED
        words = (line("×" if cell.size is None else short(cell.size), size=SMALL),) if numbered else ()
        names = (
            f"‖∂ℓ/∂{self.flow.names[self.number]}‖, loss of step {cell.step}, state of step {cell.step - cell.lag}: "
        )
        said = (
            f"{cell.size:.4g}"
            if cell.size is not None
            else f"not computed{f', behind cut {cell.cut}' * bool(cell.cut)}"
        )
        return Box(
            f"f{self.number}-{cell.step}-{cell.state}",
            _style(self.scale, cell.size),
            "box",
            words,
            self.grid.width,
            self.grid.height,
            tooltip=names + said,
            x=x,
            y=y,
            kind="behind" if cell.size is None else "flow",
            ids=(*cell.losses, cell.state),
        )

    def _image(self, number: int, window: Sequence[int]) -> Box:
        """The cells of one window in one box."""
        grid = self.grid
        column = {step: k for k, step in enumerate(window)}
        colours = [["" for _ in window] for _ in range(grid.lags)]
        shown = [cell for cell in self.cells if cell.step in column]
        for cell in shown:
            colours[grid.lags - 1 - cell.lag][column[cell.step]] = _style(self.scale, cell.size).fill
        width, height = len(window) * grid.width, grid.lags * grid.height
        cells = Cells(tuple(map(tuple, colours)), (int(grid.width), int(grid.height)), line(""))
        page = self.scene.theme.background
        x, y = self.left + self.lefts[window[0]] + width / 2, self.base - height / 2
        ids = tuple(sorted({i for cell in shown for i in (*cell.losses, cell.state)}))
        look = Style(page, page, page, 0.0)
        name = f"f{self.number}-{number}"
        return Box(name, look, "box", (), width, height, x=x, y=y, cells=(cells,), kind="flow", ids=ids)

    def _axes(self) -> None:
        grid, texts = self.grid, self.scene.texts
        apart = every(len(grid.steps), grid.width, 22.0)
        for step in grid.steps:
            if step % apart == 0 or apart == 1:
                x, y = self._at(step, 0)
                texts.append(Text(line(str(step), size=SMALL, ink="muted"), x, y + 12))
        for lag in range(0, grid.lags, every(grid.lags, grid.height, 14.0)):
            text = line(str(lag), size=SMALL, ink="muted")
            texts.append(Text(text, self.left - 7 - text.width / 2, self.base - (lag + 0.5) * grid.height))
        top = self.base - grid.lags * grid.height
        word = line(Run("lag "), Run("j", italic=True), size=SMALL, ink="muted")
        texts.append(Text(word, self.left - _AXIS + word.width / 2, top - 8))
        word = line(Run("step "), Run("t", italic=True), size=SMALL, ink="muted")
        below = 43 if len(grid.windows) > 1 else 27
        texts.append(Text(word, self.left + grid.across / 2, self.base + below))

    def _borders(self) -> None:
        """Lines between the windows, and the names of their walks."""
        grid, stroke = self.grid, self.scene.theme.strokes["cut"]
        walk = {each.step: each.walk for each in self.flow.losses}
        for number, window in enumerate(grid.windows if len(grid.windows) > 1 else ()):
            first, last = self._at(window[0], 0)[0], self._at(window[-1], 0)[0]
            if number:
                x = first - (grid.width + grid.between) / 2
                top = self.base - grid.lags * grid.height
                self.scene.paths.append(Path(stroke, [(x, self.base + 16), (x, top)], arrow=False, kind="border"))
            text = line(f"walk {walk[window[0]]}" if walk[window[0]] else "no walk", size=SMALL, ink="cut")
            if text.width + 4 <= last - first + grid.width + grid.between:
                self.scene.texts.append(Text(text, (first + last) / 2, self.base + 27))


def every(count: int, size: float, room: float) -> int:
    """How many places apart labels stand, of which each takes this room."""
    return next((n for n in (1, 2, 5, 10, 20, 50, 100) if n * size >= room), count)
