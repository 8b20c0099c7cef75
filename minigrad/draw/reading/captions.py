"""Captions of windows, steps and cuts, and the title."""

from __future__ import annotations

from ..graph.model import Graph, Key, in_loop
from ..text import Line, Run, clean, line, number, shorten
from .reading import Reading


def window_caption(reading: Reading, key: Key, room: float, *, stepless: bool = False, goes_on: bool = False) -> Line:
    """As much about the window of a column as there is room for.

    Args:
        reading: what is said.
        key: of the column.
        room: the width that there is.
        stepless: whether no step of the window is shown.
        goes_on: whether it began in a row above.
    """
    graph = reading.graph
    if stepless:
        return line("not in the loop" if room > 100 else "", size=13)
    segment = graph.segment_of(key)
    first, last = segment.steps
    steps = "" if not last else f"step {first}" if first == last else f"steps {first} to {last}"
    parts: list[Run] = []
    if graph.tape.cuts and reading.overlapping and not segment.current:
        parts.append(Run(f"dropped {_when(reading, segment.number)}", bold=True))
    elif graph.tape.cuts:
        parts.append(Run("on the tape" if reading.overlapping else f"window {segment.number}", bold=True))
    if goes_on:
        whole = line(*parts, ", continued" if parts else "continued", size=13)
        return whole if whole.width <= room else line(*parts, size=13)
    details = [steps, f"{segment.size:,} record{'s' if segment.size != 1 else ''}"]
    walks = reading.walks_over(key.segment)
    if not reading.overlapping and walks:
        details.append(f"{walks} backward walks" if walks > 1 else "one backward walk")
    for detail in filter(None, details):
        longer = [*parts, *([Run("  ·  ")] if parts else []), Run(detail)]
        if parts and line(*longer, size=13).width > room:
            break
        parts = longer
    return line(*parts, size=13)


def step_caption(reading: Reading, key: Key) -> Line:
    """The number and the name of a step, or what a column outside of steps is."""
    text: tuple[Run, ...]
    if key.order:
        text = (Run("recorded walk" if key.order == 1 else f"recorded walk {key.order}"),)
    elif not key.step:
        text = (Run(_outside(reading, key)),)
    else:
        name = reading.graph.tape.mark_names.get(key.step)
        text = (Run("t", italic=True), Run(f" = {key.step}"), *([Run(f"  {shorten(clean(name))}")] if name else ()))
    return line(*text, size=12, ink="muted")


def _outside(reading: Reading, key: Key) -> str:
    """Where a column lies that belongs to no step."""
    parts = {other.part for other in reading.graph.columns if in_loop(other)}
    if not parts:
        return ""
    steps = [other for other in reading.graph.columns if in_loop(other)]
    before = [other.step for other in steps if (other.segment, other.part) <= (key.segment, key.part)]
    guessed = reading.graph.found_steps or reading.graph.tape.step == 1
    if not before:
        return "before" if guessed else "before the loop"
    if len(before) < len(steps):
        return f"after step {max(before)}"
    return "after" if guessed else "after the loop"


def cut_caption(reading: Reading, number: int) -> str:
    """What a cut is called: by its number, or by the walk before it where cuts before it dropped nothing."""
    when = _when(reading, number)
    return f"cut {when}" if reading.overlapping and when.startswith("after") else f"cut {number}"


def _when(reading: Reading, number: int) -> str:
    """When a cut was made: after which walk, if there was one."""
    before = [walk.number for walk in reading.walks if walk.cuts < number]
    return f"after walk {before[-1]}" if before else f"by cut {number}"


def norm_lines(reading: Reading, i: int, walk: int, size: float, *, tight: bool = False) -> tuple[Line, ...]:
    """What is said of the cotangent of a state in a walk: in two lines if that is to be narrow."""
    total = reading.sum_of(walk)
    head = reading.names.total(total) if total is not None else (Run("g"),)
    runs: tuple[Run, ...] = (Run("∂"), *head, Run("/∂"), *reading.names.state(i))
    if total is None:
        runs = (Run("cotangent of "), *reading.names.state(i))
    if tight:
        return line("‖", *runs, "‖", ink="gradient"), line(number(size), ink="gradient")
    return (line("‖", *runs, f"‖ {number(size)}", size=12, ink="gradient"),)


def default_title(reading: Reading, fold: str = "unfolded") -> str:
    """What the picture shows, in a few words."""
    graph = reading.graph
    if not graph.nodes:
        return "An empty tape"
    if not graph.marked:
        many = len(graph.whole.nodes)
        return f"{many:,} operation{'s' if many > 1 else ''}"
    steps = reading.last_step
    recurrent = bool(reading.names.states)
    kind = {
        "unfolded": "Unrolled graph" if steps else "Graph",
        "folded": "Recurrent graph" if recurrent else "Folded graph",
        "both": "Recurrent graph, folded and unfolded" if recurrent else "Graph, folded and unfolded",
    }[fold]
    head = f"{kind}, T = {steps:,}" if steps else f"{kind} in windows"
    k = reading.k
    if not graph.tape.cuts and k is None:
        return head
    head += ", truncated back-propagation through time"
    if k is None:
        return head
    return f"{head}, k = {k[0]}" if k[0] == k[1] else f"{head}, k₁ = {k[0]}, k₂ = {k[1]}"


def nothing(graph: Graph) -> str:
    """What is said of a graph without operations."""
    cuts = graph.tape.cuts
    return f"Nothing has been recorded since cut {cuts}." if cuts else "Nothing has been recorded on this tape."


def notes_of(reading: Reading, fold: str) -> list[str]:
    """What a reader should know about what is not in the picture."""
    graph = reading.graph
    notes = []
    if graph.forgotten > 0:
        notes.append(f"The records before cut {graph.forgotten} were not kept: inspect=True keeps them, and gradients.")
    if graph.found_steps:
        notes.append("No step is marked on this tape: the steps were found by what repeats.")
    if graph.ended and graph.nodes:
        notes.append("The marks end the steps.")
    if fold != "unfolded" and graph.nodes and not graph.marked:
        notes.append("No step is marked on this tape and nothing repeats, so there is nothing to fold.")
    if not graph.nodes:
        notes.append(nothing(graph))
    shown = {walk.number for walk in reading.track}
    if reading.lanes and len(shown) < len(reading.walks):
        numbers = [str(n) for n in sorted(shown)]
        before = ", ".join(numbers[:-1] if len(numbers) <= 4 else ["…", *numbers[-4:-1]])
        which = f"walks {before} and {numbers[-1]}" if before else f"walk {numbers[-1]}"
        notes.append(f"Gradients are those of {which} of {len(reading.walks)}.")
    return notes
