"""The auditor: whether what a drawing claims is true and proven. It knows nothing of ``minigrad.draw``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from minigrad.statements import Statement
from tests.draw.audits import (
    charts as charts,
    places as places,
    states as states,
    sums as sums,
    values as values,
    walks as walks,
    windows as windows,
)
from tests.draw.audits.context import CHECKS, Context, Reason
from tests.draw.evidence import Evidence, taken_by, ways
from tests.draw.rerun import Program, Source


class Auditor:
    """Audits all statements about what one program returned.

    Args:
        source: the tape or window that was drawn.
        program: what returns such a source again, the same to the bit.
        statements: all that the drawing claims; some can only be judged beside others.
        ends: whether the marks end the steps, where whoever wrote the program knows.
    """

    def __init__(
        self, source: Source, program: Program, statements: Iterable[Statement] = (), *, ends: bool | None = None
    ) -> None:
        self.context = Context(source, Evidence(program), statements, ends)

    def audit(self, statement: Statement) -> Reason:
        """Why a statement is not true, or not proven; None if nothing is wrong with it."""
        checked = CHECKS.get(statement.kind)
        if checked is None:
            return f"there is no kind {statement.kind!r}"
        tape = self.context.tape
        if not 0 <= statement.walk <= len(tape.walks) or not 0 <= statement.cut <= tape.cuts:
            return "there is no such walk or cut"
        return checked(self.context, statement)

    def faults(self) -> list[str]:
        """What is wrong, of all statements, and what is missing."""
        wrong = [(statement, self.audit(statement)) for statement in self.context.statements]
        return [f"{statement}: {reason}" for statement, reason in wrong if reason] + self.missing()

    def missing(self) -> list[str]:
        """What a picture must not leave out where it draws what it would change."""
        parts = self._seeds, self._breaks, self._stops, self._lanes, self._colours
        return [word for part in parts for word in part()]

    def _seeds(self) -> list[str]:
        """Numbers of a walk that began with something else than 1, and no word about that."""
        context = self.context
        numbered = {s.walk for kind in ("norm", "derivative") for s in context.of(kind)}
        said = {(s.walk, i) for s in context.of("seed") for i in s.ids}
        return [
            f"walk {w} began at %{i} with {np.asarray(g).tolist()}, and nothing says so"
            for w in sorted(numbered)
            if 1 <= w <= len(context.evidence.walks)
            for i, g in context.evidence.walks[w - 1].seeds.items()
            if np.shape(g) == () and g != 1 and (w, i) not in said
        ]

    def _breaks(self) -> list[str]:
        """A row of states in which a leaf takes the place of the value before it, and no word about that."""
        context = self.context
        said = {s.ids[0] for kind in ("detached", "reset", "start") for s in context.of(kind) if s.ids}
        values, states = context.tape.values, sorted({i for _, row in context.rows for i in row})
        broken = []
        for leaf in context.tape.leaves:
            alike = [i for i in states if i < leaf and context.same(leaf, i)]
            known = [i for i in alike if values[i] is values[leaf]] or (alike if len(alike) == 1 else [])
            if (
                leaf not in said and known and context.tape.step
            ):  # of several states with one value nothing tells which it was
                broken.append(f"%{leaf} has the value of a state, and nothing says that it is detached")
        return broken

    def _stops(self) -> list[str]:
        """A lane whose walk ended at a constant that a cut had made, and no word about that."""
        context = self.context
        drawn = {(s.walk, i) for s in context.of("gradient") for i in s.ids}
        said = {(s.walk, s.ids) for s in context.of("stops")}
        silent = []
        for w, moment in enumerate(context.evidence.walks, 1):
            arrived = context.evidence.cotangents(w)
            for _, row in context.rows:
                for record, _ in moment.held:
                    for i in taken_by(record) if record.out in arrived else ():
                        if moment.border is None or i >= moment.border:
                            continue
                        lane = any((w, k) in drawn for k in row)
                        constant = i < moment.held[0].record.out and i not in arrived
                        if i in row and constant and lane and (w, (i, record.out)) not in said:
                            silent.append(f"walk {w} stopped between %{record.out} and %{i}, and nothing says so")
        return silent

    def _lanes(self) -> list[str]:
        """A lane of a walk that lacks an arrow between two of its states."""
        context = self.context
        lanes: dict[int, set[tuple[int, ...]]] = {}
        for s in context.of("gradient"):
            lanes.setdefault(s.walk, set()).add(s.ids)
        lacking = []
        states = frozenset().union(*(row for _, row in context.rows))
        for w, pairs in lanes.items():
            if not 1 <= w <= len(context.evidence.walks):
                continue
            drawn = {i for s in context.of("norm") if s.walk == w for i in s.ids}
            edges = context.evidence.edges(w)
            for _, row in context.rows:
                for i in row & drawn:
                    for k in ways(edges, i, states) & row & drawn - {i}:
                        if (i, k) not in pairs:
                            lacking.append(f"in walk {w} the gradient went from %{i} to %{k}, and no arrow says so")
        return lacking

    def _colours(self) -> list[str]:
        """Some parameters have colours of their own, and others are used that have none."""
        context = self.context
        coloured = {i for s in context.of("parameter") for i in s.ids}
        drawn = {i for s in context.of("records") for i in s.ids}
        used = {k for i in drawn if i in context.records for k in context.records[i].inputs if k is not None}
        bare = [i for i in context.evidence.parameters if i in used and i not in coloured]
        return [f"the parameter %{i} has no colour, and others have" for i in bare] if coloured else []


def audit(statement: Statement, source: Source, program: Program, among: Iterable[Statement] = ()) -> Reason:
    """Why a statement about a source is not true, or not proven; None if nothing is wrong with it.

    Args:
        statement: the statement.
        source: the tape or window that was drawn.
        program: what returns it again.
        among: the statements of the same drawing.
    """
    return Auditor(source, program, [*among]).audit(statement)
