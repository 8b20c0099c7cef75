"""The heat map of ``Lags``: a row for each kind of number, a column for each lag."""

from __future__ import annotations

from ..reading.lag_rows import LagRow, LagRows
from ..scene import Box, Cells, Scene, Text
from ..subscripts import plain
from ..text import SMALL, Line, Run, line, many
from ..theme import Style, Theme
from .heat import BOXED, NUMBERED, every
from .page import MARGIN, close_page, heading_of
from .scales import Scale, scale_of, short

_WIDE = 760
_ROW = 62.0  # from one row to the next


def place_lags(rows: LagRows, theme: Theme, title: str | None) -> Scene:
    """The heat map of the rows.

    Args:
        rows: what it shows.
        theme: the colours.
        title: the heading; "" for none.
    """
    heading = heading_of(title, "The gradient by lag")
    scene = Scene(plain(heading.runs), theme)
    count = len(rows.rows[0].sizes)
    cell = 46.0 if count <= NUMBERED else 18.0 if count <= BOXED else float(max(_WIDE // count, 3))
    words = [f"measured over {many(rows.steps, 'step')}, of which {rows.losses:,} had a loss"]
    if count < rows.lags:
        words.append(f"the first {count:,} of {many(rows.lags, 'lag')}")
    words.append("each row has its own colours, from its smallest to its largest number")
    notes = [line(word, size=12, ink="muted") for word in words]
    captions = [_caption(row) for row in rows.rows]
    labels = max(line(*row.label).width for row in rows.rows) + 14
    body = labels + max(count * cell, *(caption.width for caption in captions))
    room = max([body, heading.width, *(note.width for note in notes)])
    left = MARGIN + (room - body) / 2 + labels
    top = MARGIN + (42.0 if heading.plain else 0.0)
    for number, (row, caption) in enumerate(zip(rows.rows, captions)):
        y = top + number * _ROW + 36
        label = line(*row.label)
        scene.texts.append(Text(label, left - 10 - label.width / 2, y))
        scene.texts.append(Text(caption, left + caption.width / 2, y - 24))
        _place_row(scene, row, cell, left, y)
    bottom = top + (len(rows.rows) - 1) * _ROW + 36 + 13
    steps = every(count, cell, 22.0)
    for lag in range(0, count, steps):
        scene.texts.append(Text(line(str(lag), size=SMALL, ink="muted"), left + (lag + 0.5) * cell, bottom + 12))
    word = line(Run("lag "), Run("j", italic=True), size=SMALL, ink="muted")
    scene.texts.append(Text(word, left + count * cell / 2, bottom + 28))
    close_page(scene, heading, notes, room, bottom + 56)
    return scene


def _caption(row: LagRow) -> Line:
    """What a row is, and from where to where its numbers go."""
    positive = [size for size in row.sizes if size > 0.0]
    span = ""
    if positive and not row.linear:
        low, high = min(positive), max(positive)
        span = f",  {short(low)} to {short(high)}, log scale" if low < high else f",  {short(high)}"
    return line(f"{row.name}{span}", size=12, ink="muted")


def _place_row(scene: Scene, row: LagRow, cell: float, left: float, y: float) -> None:
    scale = scale_of(row.sizes, scene.theme)
    styles = [_style(scale, size, row.linear) for size in row.sizes]
    if len(styles) > BOXED:
        colours = tuple(style.fill for style in styles)
        cells = Cells((colours,), (int(cell), 24), line(""))
        width, page = len(styles) * cell, scene.theme.background
        box = Box(
            f"lags-{row.kind.replace(' ', '-')}", Style(page, page, page, 0.0), "box", (), width, 29.0, cells=(cells,)
        )
        box.x, box.y = left + width / 2, y
        scene.boxes.append(box)
        return
    for lag, (size, style) in enumerate(zip(row.sizes, styles)):
        words = (line(short(size), size=SMALL),) if cell > 40 else ()
        name = f"lags-{row.kind.replace(' ', '-')}-{lag}"
        box = Box(name, style, "box", words, cell, 24.0, tooltip=f"{row.name}, lag {lag}: {size:.4g}", kind=row.kind)
        box.x, box.y = left + (lag + 0.5) * cell, y
        scene.boxes.append(box)


def _style(scale: Scale, size: float, linear: bool) -> Style:
    return scale.painted(size) if linear and size > 0.0 else scale.style(size)
