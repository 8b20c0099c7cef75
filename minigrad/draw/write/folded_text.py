"""A folded loop as text: each operation once, and what is carried from step to step."""

from __future__ import annotations

from collections.abc import Mapping

from ..reading.captions import step_caption
from ..reading.loop import FoldedLoop
from ..reading.reading import Reading
from ..reading.view import MORE, make_view
from ..reading.words import made_of, which_steps
from ..subscripts import plain
from ..text import clean, many
from .text_canvas import cropped
from .text_labels import Labels
from .text_view import parameter_lines

LABEL = 60


def to_folded_text(reading: Reading, title: str, width: int, *, panel: bool = True) -> str:
    """The loops of a graph, each as a list of its operations, and then what lies outside of them."""
    lines = [clean(title)] if title else []
    loops = [FoldedLoop(reading, columns) for columns in reading.view.loops]
    outside = make_view(reading.graph, reading.rows, unfolded=False).columns
    rows = [members for loop in loops for members in loop.members.values()]
    rows += [[i] for column in outside for i in column.ids]
    number_of = {i: place for place, members in enumerate(rows) for i in members if i != MORE}
    labels = Labels(reading, number_of)
    for loop in loops:
        lines += ["", *_loop(loop, labels, number_of)]
    for column in outside:
        lines += ["", step_caption(reading, column.key).plain]
        for i in column.ids:
            more = f"      ⋯ {column.hidden:,} more"
            lines.append(more if i == MORE else f"({number_of[i] + 1})".rjust(5) + " " + labels.describe([i]))
    lines += _sums(reading) + (parameter_lines(reading) if panel else [])
    return "\n".join(cropped(each.rstrip(), width) for each in lines)


def _loop(loop: FoldedLoop, labels: Labels, number_of: Mapping[int, int]) -> list[str]:
    """One loop: its operations, what its states begin with, and where constants take their place."""
    names, states = loop.reading.names, loop.reading.states
    lines = [f"folded · {many(loop.count, 'step')}"]
    for members in loop.members.values():
        shown = [i for i in members if i != MORE]
        if not shown:
            lines.append("      ⋯")
            continue
        steps = [loop.graph.nodes[i].key.step for i in shown]
        rare = f"   only {which_steps(steps, loop.count)}" if len(set(steps)) < loop.count else ""
        number = f"({number_of[shown[0]] + 1})".rjust(5)
        lines.append(cropped(f"{number} {labels.describe(shown)}", LABEL) + rare)
    lines.append("")
    for row in states.rows:
        if row in names.states and row[0] == loop.group:
            starts = [start for start in states.starts.values() if start.first and start.row == row]
            begin = [plain(loop.begins(start.leaf)) for start in starts]
            if row in loop.handed:
                begin.append(labels.result(loop.handed[row]))
            lags = sorted({lag for lag, _ in loop.lags_of(row)})
            goes = "the next step" if lags == [1] else "later steps" if len(lags) > 3 else _steps_on(lags)
            begins = f"; it begins with {', '.join(dict.fromkeys(begin))}" if begin else ""
            lines.append(f"      {plain(names.of_state(row))} goes on to {goes}{begins}")
    lines += [f"      {note.plain}" for note in loop.notes()]
    return lines


def _steps_on(lags: list[int]) -> str:
    return " and ".join("the next step" if lag == 1 else f"the one {lag} steps on" for lag in lags)


def _sums(reading: Reading) -> list[str]:
    """What the walks differentiate, each by its name; a sum without a walk has none."""
    names = reading.names
    made = ((each, plain(made_of(names, each))) for each in reading.sums if len(each.losses) > 1)
    heads = ((f"{plain(names.total(each))} = " if each.walk else "", words) for each, words in made if words)
    lines = list(dict.fromkeys(f"      {head}{words}" for head, words in heads))
    return ["", *lines[:4], *([f"      and {len(lines) - 4} more sums"] if len(lines) > 4 else [])] if lines else []
