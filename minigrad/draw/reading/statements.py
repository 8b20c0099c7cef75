"""Statements of a reading: all that a picture of it claims, as data."""

from __future__ import annotations

from collections.abc import Iterator

from ...statements import Statement
from ..graph.model import Graph, Key, Operand, in_loop
from ..graph.rows import Rows
from ..graph.states import Start, States
from ..graph.sums import Sum
from ..graph.walks import Walk, euclidean_norm
from ..subscripts import plain
from .reading import Reading
from .view import MORE


def statements_of(reading: Reading) -> list[Statement]:
    """The statements, each once, in the order of the subjects."""
    made = (_window, _time, _leaves, _results, _operations, _states, _sums, _walks, _lanes, _memory)
    return list(dict.fromkeys(statement for make in made for statement in make(reading)))


def statements_in_words(reading: Reading) -> list[Statement]:
    """Those of the statements that a description in words is made of: not every operand of every operation."""
    made = (_window, _time, _leaves, _results, _carried_states, _states, _sums, _walks, _lanes, _memory)
    return [statement for make in made for statement in make(reading)]


def shown_ids(reading: Reading) -> list[int]:
    """The ids of the operations that are shown: in a folded view those of all steps."""
    folded = [] if reading.unfolded else [column for loop in reading.view.loops for column in loop]
    columns = [*reading.view.columns, *folded]
    return sorted({i for column in columns for i in column.ids if i != MORE} | reading.names.gathers)


def _window(reading: Reading) -> Iterator[Statement]:
    window = reading.graph.window
    if window is not None:
        yield from window.statements()


# -- time and windows ------------------------------------------------------------------------------


def _time(reading: Reading) -> Iterator[Statement]:
    """Steps, what lies outside of them, and windows."""
    graph = reading.graph
    last = 0
    steps = {key.step for key in graph.columns if in_loop(key)}
    newest = max(steps, default=0)
    for key in graph.columns:
        if key.order or graph.windowed or not graph.marked:
            continue
        ids = tuple(sorted(graph.records_of(graph.columns[key])))
        if in_loop(key):
            yield Statement("step", ids, key.step)
            last = key.step
        elif graph.found_steps or len(steps) < 2:  # a single step does not tell where it begins and ends
            continue
        elif not last:
            yield Statement("before", ids)
        elif last == newest:
            yield Statement("after", ids)
        else:
            yield Statement("between", ids, last)
    if not graph.marked:
        return
    shown = {column.key.segment for column in reading.view.columns}
    for segment in graph.segments:
        position = segment.keys[0].segment
        if position in shown or not reading.unfolded:
            ids = graph.records_in(position)
            yield Statement("records", ids, len(ids), cut=0 if segment.current else segment.number)
    if graph.tape.cuts:
        yield Statement("cuts", (), graph.tape.cuts)
    if reading.k is not None:
        yield Statement("k", (), reading.k)


# -- operations ------------------------------------------------------------------------------------


def _leaves(reading: Reading) -> Iterator[Statement]:
    graph, names = reading.graph, reading.names
    for number, leaf in enumerate(names.parameters, 1):
        yield Statement("parameter", (leaf.id,), number)
        grad = reading.grad(leaf)
        if grad is not None:
            yield Statement("grad", (leaf.id,), grad)
    for i, leaf in graph.leaves.items():
        if leaf.name and graph.tape.names.get(i) == leaf.name:
            yield Statement("name", (i,), leaf.name)
        if leaf.parameter:
            continue
        if i in names.replacing and reading.is_zero(i):
            yield Statement("zero", (i,))
        if (i in names.replacing or not graph.marked) and not leaf.shape:
            value = graph.scalar(i)
            if value is not None:
                yield Statement("value", (i,), value)


def _results(reading: Reading) -> Iterator[Statement]:
    """Numbers and names of what is shown."""
    graph, names = reading.graph, reading.names
    valued = {*names.losses, *names.total_at, *names.gathers} if graph.marked else graph.nodes.keys()
    for i in shown_ids(reading):
        name = graph.tape.names.get(i)
        if (name or i in valued) and graph.nodes[i].has_result:
            if name:
                yield Statement("name", (i,), name)
            value = graph.scalar(i) if i in valued and not graph.nodes[i].shape else None
            if value is not None:
                yield Statement("value", (i,), value)


def _operations(reading: Reading) -> Iterator[Statement]:
    """Edges of what is shown."""
    graph, whole = reading.graph, reading.graph.whole
    for i in shown_ids(reading):
        node = graph.nodes[i]
        if node.module or node.place:
            continue
        for position, operand in enumerate(whole.nodes[i].operands):
            yield from _operand(reading, i, position, operand)
    if not reading.unfolded:
        for members in reading.rows.members.values():
            nodes = [graph.nodes[i] for i in members]
            alike = len(nodes) > 1 and all(node.params == nodes[0].params for node in nodes)
            apart = len({node.key.step for node in nodes}) == len(nodes) and in_loop(nodes[0].key)
            if alike and apart and not nodes[0].module and not nodes[0].place:
                yield Statement("repeats", tuple(members), nodes[0].op)


def _operand(reading: Reading, i: int, position: int, operand: Operand) -> Iterator[Statement]:
    source = operand.source
    if source is None:
        if operand.number is not None:
            yield Statement("constant", (i,), (position, operand.number))
        return
    yield Statement("operand", (source, i), position)
    yield from _carried(reading, i, source)


def _carried(reading: Reading, i: int, source: int | None) -> Iterator[Statement]:
    """Whether an operation takes what an earlier step computed."""
    lag = reading.states.lag(source, i) if source is not None and source in reading.graph.nodes else None
    if source is not None and lag:
        yield Statement("carried", (source, i), lag)


def _carried_states(reading: Reading) -> Iterator[Statement]:
    """What is shown that takes a state of an earlier step."""
    nodes, uses, shown = reading.graph.nodes, reading.graph.whole.uses, set(shown_ids(reading))
    for source in reading.states.of:
        for use in uses.get(source, ()):
            if use.target in shown and not nodes[use.target].module and not nodes[use.target].place:
                yield from _carried(reading, use.target, source)


def _states(reading: Reading) -> Iterator[Statement]:
    """What is carried, what it begins with, and where a constant takes its place."""
    states, names = reading.states, reading.names
    for row in states.rows:
        if row in names.states:
            members = tuple(i for i in states.members(row) if reading.graph.nodes[i].has_result)
            yield Statement("state", members, plain(names.of_state(row)))
    graph, rows, inside = reading.graph, reading.rows, states
    if reading.cells:
        _, graph, rows, inside, _ = reading.cells
    for start in inside.starts.values():
        taken = (start.leaf, graph.taker(start.leaf, start.target))
        if start.first:
            if start.lag == 1 and _is_proven(graph, rows, inside, start):
                yield Statement("start", taken)
        elif start.source is not None:
            yield Statement("detached", (start.leaf, start.source), start.lag)
        elif start.known:
            yield Statement("reset", taken)
    for leaf, source in states.copies.items():
        lag = states.lag(source, reading.graph.uses[leaf][0].target)
        if lag is None or lag > 0:
            yield Statement("detached", (leaf, source), lag)
    for stranger in inside.strangers:
        if not stranger.first and not graph.nodes[stranger.target].module:
            yield Statement("replaced", (stranger.target,), stranger.position)


def _is_proven(graph: Graph, rows: Rows, states: States, start: Start) -> bool:
    """Whether a later step that does the same takes the state where the first one takes a leaf, and no earlier one.

    Steps that have parameters, and none in common, may not be steps of one loop.
    """
    node = graph.nodes[start.target]
    used = _parameters(graph, node.key)
    position = next(p for p, operand in enumerate(node.operands) if operand.source == start.leaf)
    own = [graph.nodes[i].op for i in graph.columns[node.key]]
    later = False
    for i in rows.members[rows.of[node.id]]:
        other = graph.nodes[i]
        source = other.operands[position].source if position < len(other.operands) else None
        if source is None or states.of.get(source) != start.row or source in graph.leaves:
            continue
        if i < node.id:
            return False
        if not later:
            also = _parameters(graph, other.key)
            one_loop = not (used and also) or not used.isdisjoint(also)
            later = one_loop and [graph.nodes[k].op for k in graph.columns[other.key]] == own
    return later


def _parameters(graph: Graph, key: Key) -> set[int]:
    """The parameters that a column uses."""
    sources = {operand.source for i in graph.columns[key] for operand in graph.nodes[i].operands}
    return {i for i in graph.parameters if i in sources}


# -- walks -----------------------------------------------------------------------------------------


def _sums(reading: Reading) -> Iterator[Statement]:
    for each in reading.sums:
        held = each.walk or min(each.losses, default=0) >= reading.border
        if each.recorded is not None and each.gathers and each.weights and each.constant is not None and held:
            yield Statement("sum", (each.recorded, *each.losses), (*each.weights, each.constant), walk=each.walk)
        if each.walk and each.value is not None and _is_known(reading, each):
            yield Statement("total", each.targets, each.value, walk=each.walk)


def _is_known(reading: Reading, each: Sum) -> bool:
    return reading.graph.tape.inspect and len(each.seeds) == len(each.targets)


def _walks(reading: Reading) -> Iterator[Statement]:
    """What each shown walk began with, and which losses it counted."""
    if not reading.graph.tape.inspect:
        return
    for walk in reading.walks:
        for i, seed in walk.seeds.items():
            size = float(seed.item()) if seed.shape == () else euclidean_norm(seed)
            if size != 1.0 or seed.shape:
                yield Statement("seed", (i,), size, walk=walk.number)
    several = len({key.step for key in reading.graph.columns if in_loop(key)}) > 1
    for reach in reading.reaches if several else ():
        walk = reading.walk(reach.walk)
        if all(i in walk.received for i in reach.losses):
            yield Statement("counts", reach.losses, (reach.first, reach.last), walk=reach.walk)
        yield Statement("walk", walk.targets, (reach.border, reading.newest(walk)), walk=walk.number)
    if not reading.graph.marked:
        yield from _derivatives(reading)


def _derivatives(reading: Reading) -> Iterator[Statement]:
    for i in [*reading.graph.leaves, *shown_ids(reading)]:
        walk: Walk | None = reading.shown_walk(i)
        size = None if walk is None else walk.derivative(i)
        shape = reading.graph.leaves[i].shape if i in reading.graph.leaves else reading.graph.nodes[i].shape
        if walk is not None and size is not None and not shape:
            yield Statement("derivative", (i,), size, walk=walk.number)


def _lanes(reading: Reading) -> Iterator[Statement]:
    for lane in reading.lanes:
        number = lane.walk.number
        for i, size in lane.norms.items():
            yield Statement("norm", (i,), size, walk=number)
        for target, source in lane.ways:
            yield Statement("gradient", (target, source), reading.states.lag(source, target), walk=number)
        for stop in lane.stops:
            if stop.source is not None and stop.taken:
                yield Statement("stops", (stop.source, stop.target), walk=number, cut=stop.cut)


def _memory(reading: Reading) -> Iterator[Statement]:
    shown = {column.key for column in reading.view.columns}
    for key, kept in reading.kept.items():
        if key in shown and kept.ids:
            yield Statement("kept", kept.ids, kept.size, walk=kept.walk, cut=kept.cut)
