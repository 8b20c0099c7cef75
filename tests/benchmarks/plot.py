"""The picture of the windows: for each cell and size, the time of every contestant as a ratio to the best by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmarks.report import Table

OURS = {"minigrad": "#7fb3d5", "replayed": "#1f77b4"}
MARK, OTHER = "#444444", "#c9c9c9"
WIDEST = 12.0  # a bar that is longer is cut off, and its label says by how much it is longer


def bars(tables: list[Table], path: Path) -> None:
    """Draw one panel for each cell and size; shorter is better.

    Args:
        tables: of one cell each, with a mark.
        path: of the picture, whose suffix says its format.
    """
    import matplotlib
    from matplotlib.figure import Figure

    names = [name for name in tables[0].rows if all(name in table.rows for table in tables)]
    columns = tables[0].columns
    size = (3.4 * len(columns) + 1.2, (0.26 * len(names) + 0.55) * len(tables) + 0.4)
    with matplotlib.rc_context({"svg.hashsalt": "minigrad", "svg.fonttype": "none"}):  # equal values, equal file
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(len(tables), len(columns), sharex=True, sharey=True, squeeze=False)
        for table, row in zip(tables, axes, strict=True):
            for k, (column, panel) in enumerate(zip(columns, row, strict=True)):
                _panel(panel, {name: _ratio(table, name, k) for name in names}, str(table.mark))
                panel.set_title(f"{table.title}, {column}", fontsize=9, loc="left")
        figure.supxlabel(f"time of a training window, as a ratio to “{tables[0].mark}”", fontsize=9)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _ratio(table: Table, name: str, k: int) -> float:
    return table.rows[name][k] / table.rows[str(table.mark)][k]


def _panel(panel: Any, ratios: dict[str, float], mark: str) -> None:
    names = list(ratios)[::-1]
    colours = [MARK if name == mark else OURS.get(name, OTHER) for name in names]
    panel.barh(names, [min(ratios[name], WIDEST) for name in names], color=colours, height=0.72)
    for y, name in enumerate(names):
        cut = " →" if ratios[name] > WIDEST else ""
        panel.text(min(ratios[name], WIDEST) + 0.12, y, f"{ratios[name]:.2f}{cut}", va="center", fontsize=7.5)
    panel.axvline(1, color=MARK, linewidth=0.6, linestyle=":")
    panel.set_xlim(0, WIDEST * 1.15)
    panel.tick_params(labelsize=8, length=2)
    panel.spines[["top", "right"]].set_visible(False)
