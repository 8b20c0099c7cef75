"""A folded loop as text: each operation once, and what is carried from step to step."""

from __future__ import annotations

from ..layout.fold import Fold
from ..reading.captions import step_caption
from ..reading.reading import Reading
from ..reading.view import MORE
from ..reading.words import made_of, which_steps
from ..subscripts import plain
from ..text import clean, many
from ..theme import LIGHT
from .text_canvas import cropped
from .text_labels import Labels
from .text_view import parameter_lines

LABEL = 60


def to_folded_text(reading: Reading, title: str, width: int, *, panel: bool = True) -> str:
    """The loops of a graph, each as a list of its operations, and then what lies outside of them."""
    lines = [clean(title)] if title else []
    number_of: dict[int, int] = {}
    for columns in reading.view.loops:
        fold = Fold(reading, columns, LIGHT)
        lines += ["", *_loop(fold, number_of)]
    for column in reading.view.columns:
        labels = Labels(reading, number_of)
        lines += ["", step_caption(reading, column.key).plain]
        for i in column.ids:
            if i == MORE:
                lines.append(f"      ⋯ {column.hidden:,} more")
            else:
                number_of[i] = len(set(number_of.values()))
                lines.append(f"({number_of[i] + 1})".rjust(5) + " " + labels.describe([i]))
    lines += _sums(reading) + (parameter_lines(reading) if panel else [])
    return "\n".join(cropped(each.rstrip(), width) for each in lines)


def _loop(fold: Fold, number_of: dict[int, int]) -> list[str]:
    """One loop: its operations, what its states begin with, and where constants take their place."""
    names, states = fold.reading.names, fold.reading.states
    lines = [f"folded · {many(fold.count, 'step')}"]
    first = len(set(number_of.values()))
    for place, members in enumerate(fold.members.values()):
        number_of.update((i, first + place) for i in members if i != MORE)
    labels = Labels(fold.reading, number_of)
    for place, members in enumerate(fold.members.values()):
        shown = [i for i in members if i != MORE]
        if not shown:
            lines.append("      ⋯")
            continue
        steps = [fold.graph.nodes[i].key.step for i in shown]
        rare = f"   only {which_steps(steps, fold.count)}" if len(set(steps)) < fold.count else ""
        lines.append(cropped(f"({first + place + 1})".rjust(5) + " " + labels.describe(shown), LABEL) + rare)
    lines.append("")
    for row in states.rows:
        if row in names.states and row[0] == fold.group:
            starts = [start for start in states.starts.values() if start.first and start.row == row]
            begin = ", ".join(dict.fromkeys(fold.begins(start.leaf).plain for start in starts))
            lags = sorted({lag for lag, _ in fold.lags_of(row)})
            goes = "the next step" if lags == [1] else "later steps" if len(lags) > 3 else _steps_on(lags)
            begins = f"; it begins with {begin}" if begin else ""
            lines.append(f"      {plain(names.of_state(row))} goes on to {goes}{begins}")
    lines += [f"      {note.plain}" for note in fold.notes()]
    return lines


def _steps_on(lags: list[int]) -> str:
    return " and ".join("the next step" if lag == 1 else f"the one {lag} steps on" for lag in lags)


def _sums(reading: Reading) -> list[str]:
    words = {plain(made_of(reading.names, each)) for each in reading.sums if len(each.losses) > 1}
    lines = [f"      L = {each}" for each in sorted(words) if each]
    return ["", *lines[:4], *([f"      and {len(lines) - 4} more sums"] if len(lines) > 4 else [])] if lines else []
