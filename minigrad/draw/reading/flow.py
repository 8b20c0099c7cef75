"""The flow of the gradient: how strongly the loss of each step depends on the states of the steps before it.

Each number is a derivative of its own, ``‖∂ℓ_t/∂h_{t−j}‖``, from one more reverse pass for each loss over what the tape
held when a walk counted that loss. What a cut had dropped before is not computed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...engine.record import Record
from ...engine.tape import Tape
from ...engine.tensor import Tensor
from ...engine.walk import walk as reverse_pass
from ...errors import ArgumentError
from ...statements import Statement
from ..graph.model import in_loop
from ..graph.residuals import with_residuals
from ..graph.rows import Row
from ..graph.walks import euclidean_norm
from ..subscripts import plain
from .lanes import cut_of
from .names import Runs
from .reading import Reading

MOST_STEPS = 200
MOST_PANELS = 4
_MOST_VISITS = 600_000  # records that the reverse passes go over, all together


class Reached(NamedTuple):
    """How strongly the losses of a step depend on one state.

    Attributes:
        losses: the ids of the losses of that step, which are added up.
        state: the id of the state.
        step: of the losses.
        lag: how many steps before them the state was computed.
        size: the norm of the derivative; ``None`` where the state lies beyond what the tape held.
        cut: the number of the cut that had dropped it; 0 if none had, and the walk was held to fewer steps.
    """

    losses: tuple[int, ...]
    state: int
    step: int
    lag: int
    size: float | None
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of one step, and the part of the tape that they can reach.

    Attributes:
        step: its number.
        ids: the losses.
        border: the first id that the tape held when a walk counted them.
        walk: the number of that walk; 0 if none did.
        cuts: how many cuts there had been.
    """

    step: int
    ids: tuple[int, ...]
    border: int
    walk: int
    cuts: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What a heat map of the gradient shows.

    Attributes:
        names: of the states, one for each panel.
        labels: the same as they are set in a picture, of the step t − j.
        cells: what each panel shows.
        losses: the losses of each step that is shown, oldest first.
        steps: how many steps with losses there are, shown or not.
        left_out: how many states are not shown.
    """

    names: tuple[str, ...]
    labels: tuple[Runs, ...]
    cells: tuple[tuple[Reached, ...], ...]
    losses: tuple[Losses, ...]
    steps: int
    left_out: int

    def statements(self) -> Iterator[Statement]:
        """What it claims."""
        at = {each.step: each for each in self.losses}
        for cells in self.cells:
            for cell in cells:
                walk = at[cell.step].walk
                if cell.size is None:
                    yield Statement("behind", (*cell.losses, cell.state), cell.lag, walk=walk, cut=cell.cut)
                else:
                    yield Statement("flow", (*cell.losses, cell.state), cell.size, walk=walk)


def find_flow(reading: Reading, state: str | None = None) -> Flow:
    """The derivatives of the losses by the states.

    Args:
        reading: of an inspected tape with steps.
        state: the name of one state; by default all of them, up to four.

    Raises:
        ArgumentError: there is no loss, no state, none of that name, or a derivative cannot be found any more.
    """
    rows, nodes = _chosen(reading, state), reading.graph.nodes
    groups = _losses(reading)
    shown = _affordable(reading, groups)[-MOST_STEPS:]
    members = [
        {
            i: nodes[i].key.step
            for i in reading.states.members(row)
            if nodes[i].has_result and nodes[i].dtype.kind == "f"
        }
        for row in rows[:MOST_PANELS]
    ]
    tape = Replayed(reading.graph.tape)
    cells: list[list[Reached]] = [[] for _ in members]
    for group in shown:
        last = group.ids[-1]
        wanted = {i for states in members for i, t in states.items() if group.border <= i < last and t <= group.step}
        sizes = tape.derivatives(group, wanted)
        for panel, states in zip(cells, members):
            for i, t in states.items():
                lag = group.step - t
                if not 0 <= lag < MOST_STEPS or i >= last:
                    continue
                size = sizes.get(i, 0.0) if i in wanted else None
                cut = cut_of(reading.graph, i) if size is None else 0
                panel.append(Reached(group.ids, i, group.step, lag, size, cut if cut <= group.cuts else 0))
    names = tuple(plain(reading.names.of_state(row)) for row in rows[:MOST_PANELS])
    labels = tuple(reading.names.of_state(row, "t−j") for row in rows[:MOST_PANELS])
    left_out = max(len(rows) - MOST_PANELS, 0)
    return Flow(names, labels, tuple(map(tuple, cells)), tuple(shown), len(groups), left_out)


def _chosen(reading: Reading, state: str | None) -> list[Row]:
    rows = [row for row in reading.states.rows if row in reading.names.states]
    if not rows:
        raise ArgumentError(
            "flow(): nothing is carried from step to step on this tape; a state is what a later step computes its own "
            "next value from"
        )
    if state is None:
        return rows
    names = {row: plain(reading.names.of_state(row)) for row in rows}
    found = [row for row in rows if state in (names[row], reading.names.states[row][0])]
    if not found:
        raise ArgumentError(f"flow(state={state!r}): the states are called {', '.join(map(repr, names.values()))}")
    return found


def _losses(reading: Reading) -> list[Losses]:
    """The losses of each step; what a walk started from after the loop belongs to the last step."""
    graph, names = reading.graph, reading.names
    found = {i for i in names.losses if not graph.nodes[i].key.order and graph.nodes[i].shape == ()}
    for each in reading.sums:
        if found.isdisjoint(each.losses):
            found.update(i for i in each.targets if i in graph.nodes and graph.nodes[i].shape == ())
    by_step: dict[int, list[int]] = {}
    for i in sorted(found):
        key = graph.nodes[i].key
        by_step.setdefault(key.step if in_loop(key) else reading.last_step, []).append(i)
    if not by_step:
        raise ArgumentError(
            "flow(): which values are losses is known from a walk; call tape.backward(losses) with scalars before you "
            "draw"
        )
    return [_window(reading, step, tuple(ids)) for step, ids in sorted(by_step.items())]


def _window(reading: Reading, step: int, ids: tuple[int, ...]) -> Losses:
    """The losses of a step with what the tape held when the first walk that counted them all began."""
    for walk in reading.walks:
        if walk.received.issuperset(ids):
            return Losses(step, ids, walk.border, walk.number, walk.cuts)
    tape = reading.graph.tape
    border, cuts = (tape.history[-1].cut.border, len(tape.history)) if tape.history else (0, 0)
    for position, past in enumerate(tape.history):
        if ids[0] < past.cut.border:
            border = tape.history[position - 1].cut.border if position else 0
            cuts = position
            break
    return Losses(step, ids, border, 0, cuts + reading.graph.forgotten)


def _affordable(reading: Reading, groups: Sequence[Losses]) -> list[Losses]:
    """The newest steps whose reverse passes are not too long all together."""
    room, ids, kept = _MOST_VISITS, list(reading.graph.whole.nodes), 0
    for group in reversed(groups):
        room -= bisect_right(ids, group.ids[-1]) - bisect_left(ids, group.border)
        if room < 0 and kept:
            break
        kept += 1
    return list(groups[-kept:])


class Replayed:
    """An inspected tape whose records can be walked again, whatever its own walks freed."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._records = [record for past in tape.history for record in past.records] + tape.records
        self._ids = [record.out for record in self._records]
        self._again: dict[int, Record] = {}

    def derivatives(self, group: Losses, wanted: Collection[int]) -> dict[int, float]:
        """The norm of the derivative of losses, added up, by each of some states that they depend on.

        Raises:
            ArgumentError: a walk freed what it takes.
        """
        held = self._records[bisect_left(self._ids, group.border) : bisect_right(self._ids, group.ids[-1])]
        missing = [record for record in held if record.out not in self._again]
        self._again.update((record.out, record) for record in with_residuals(self._tape, missing))
        again = Tape()
        again.records = [self._again[record.out] for record in held]
        again.hidden = self._tape.hidden
        steps = {record.out: record.step for record in held}
        made = {i: Tensor(self._tape.values[i], (again._key, i, steps[i])) for i in (*wanted, *group.ids)}
        targets = [made[i] for i in group.ids]
        found = reverse_pass(again, targets, None, {i: made[i] for i in wanted}, retain=True, create_graph=False)
        return {i: euclidean_norm(g) for i, g in found.items()}
