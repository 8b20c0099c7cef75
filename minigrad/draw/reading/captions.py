"""Captions of windows and steps."""

from __future__ import annotations

from ..graph.model import Graph, Key
from ..text import Line, Run, clean, line, shorten


def window_caption(graph: Graph, key: Key, room: float, *, walks: int = 0, stepless: bool = False) -> Line:
    """As much about the window of a column as there is room for.

    Args:
        graph: the graph.
        key: of the column.
        room: the width that there is.
        walks: the number of backward walks over the window, if that is known.
        stepless: whether no step of the window is shown.
    """
    if stepless:
        return line("not in the loop" if room > 100 else "", size=13)
    segment = graph.segment_of(key)
    first, last = segment.steps
    steps = "" if not last else f"step {first}" if first == last else f"steps {first} to {last}"
    many = graph.tape.cuts > 0
    parts: list[Run] = []
    if many and graph.overlapping and not segment.current:
        parts.append(Run(f"dropped by cut {segment.number}", bold=True))
    elif many:
        parts.append(Run(f"window {segment.number}", bold=True))
    details = [steps, f"{segment.size:,} record{'s' if segment.size != 1 else ''}"]
    window = graph.window
    if window is not None and graph.overlapping and segment.current:
        new = f" to {window.last_step}" if window.last_step > window.first_step else ""
        details.insert(1, f"new: {window.first_step}{new}")
    walked = any(i in graph.tape.cotangents for key in segment.keys for i in graph.columns[key])
    if not graph.overlapping and (walked or (segment.current and graph.tape.targets)):
        details.append(f"{walks} backward walks" if walks > 1 else "one backward walk")
    for detail in filter(None, details):
        longer = [*parts, *([Run("  ·  ")] if parts else []), Run(detail)]
        if parts and line(*longer, size=13).width > room:
            break
        parts = longer
    return line(*parts, size=13)


def step_caption(graph: Graph, key: Key) -> Line:
    """The number and the name of a step."""
    if key.order:
        walk = "recorded walk" if key.order == 1 else f"recorded walk {key.order}"
        return line(walk, size=12, ink="muted")
    if not key.step:
        marked = any(other.step for other in graph.columns)
        return line("before step 1" if marked else "", size=12, ink="muted")
    name = graph.tape.mark_names.get(key.step)
    runs = [Run("t", italic=True), Run(f" = {key.step}")]
    if name:
        runs.append(Run(f"  {shorten(clean(name))}"))
    return line(*runs, size=12, ink="muted")
