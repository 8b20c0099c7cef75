"""Heat maps of the gradient in characters, with a scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from ..layout.heat import beyond_word, make_grid, notes_of
from ..layout.scales import Scale, scale_of, short
from ..reading.flow import Flow, Reached
from ..reading.lag_rows import LagRows
from ..subscripts import plain
from ..theme import LIGHT
from .text_canvas import cropped

LEVELS = "▁▂▃▄▅▆▇█"
MOST_ROWS = 24
ZERO, CUT, NOWHERE = "0", "×", " "


def flow_text(flow: Flow, title: str, width: int) -> str:
    """The heat map of a flow, the newest steps where not all fit."""
    grid = make_grid(flow)
    numbers = len(str(grid.lags - 1)) + 7
    shown = grid.steps[-max(width - numbers - 1, 1) :]
    scale = scale_of((c.size for cells in flow.cells for c in cells if c.size is not None), LIGHT)
    lines = [title] if title else []
    for name, cells in zip(flow.names, flow.cells):
        lines += ["", f"‖∂ℓ_t/∂{name}_(t−j)‖", *_panel(cells, shown, grid.lags, scale, numbers)]
    lines += ["", *_legend(scale, [cell for cells in flow.cells for cell in cells])]
    if _apart(grid.lags) > 1:
        lines.append(f"one lag in {_apart(grid.lags)} is shown")
    if len(shown) < len(grid.steps):
        lines.append(f"the last {len(shown):,} of {len(grid.steps):,} steps fit")
    lines += [each for note in notes_of(flow, grid) for each in wrap(note, width)]
    return "\n".join(cropped(each, width).rstrip() for each in lines)


def _panel(cells: Sequence[Reached], steps: Sequence[int], lags: int, scale: Scale, room: int) -> Iterator[str]:
    apart = _apart(lags)
    at = {(cell.step, cell.lag): cell for cell in cells}
    for lag in range((lags - 1) // apart * apart, -1, -apart):
        marks = "".join(_mark(at.get((step, lag)), scale) for step in steps)
        head = f"lag {lag}" if lag < apart or lag + apart >= lags else str(lag)
        yield f"{head:>{room - 1}} {marks}"
    first, last = f"t={steps[0]}", f"t={steps[-1]}"
    gap = len(steps) - len(first) - len(last)
    yield " " * room + (f"{first}{' ' * gap}{last}" if gap > 0 else first)


def _apart(lags: int) -> int:
    """How many lags apart the rows are that are shown."""
    return -(-lags // MOST_ROWS)


def _mark(cell: Reached | None, scale: Scale) -> str:
    if cell is None:
        return NOWHERE
    return CUT if cell.size is None else _level(cell.size, scale)


def _level(size: float, scale: Scale) -> str:
    if size == 0.0:
        return ZERO
    share = min(max(scale.share(size), 0.0), 1.0) if size < float("inf") else 1.0
    return LEVELS[round(share * (len(LEVELS) - 1))]


def _legend(scale: Scale, cells: Sequence[Reached]) -> Iterator[str]:
    if scale.high:
        yield f"{LEVELS[0]} {short(scale.low)} to {LEVELS[-1]} {short(scale.high)}, log scale"
    if any(cell.size == 0.0 for cell in cells):
        yield f"{ZERO} exactly 0: no gradient gets there"
    beyond = beyond_word(cells)
    if beyond:
        yield f"{CUT} {beyond}"


def lags_text(rows: LagRows, title: str, width: int) -> str:
    """The heat map of lags, the first ones where not all fit."""
    shown = min(len(rows.rows[0].sizes), max(width - 2, 1))
    lines = [title] if title else []
    for row in rows.rows:
        scale = scale_of(row.sizes, LIGHT)
        if row.linear:
            marks = "".join(ZERO if w <= 0.0 else LEVELS[round(w * (len(LEVELS) - 1))] for w in row.sizes[:shown])
            span = f"{ZERO} 0, {LEVELS[-1]} 1"
        else:
            marks = "".join(_level(size, scale) for size in row.sizes[:shown])
            span = f"{LEVELS[0]} {short(scale.low)} to {LEVELS[-1]} {short(scale.high)}, log scale"
        lines += ["", f"{plain(row.label)}: {row.name};  {span}", f"  {marks}"]
    lines.append(f"  lag 0 to {shown - 1}" + (f" of {rows.lags - 1:,}" if shown < rows.lags else ""))
    return "\n".join(cropped(each, width).rstrip() for each in lines)
