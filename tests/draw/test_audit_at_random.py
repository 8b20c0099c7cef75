"""The auditor, on loops at random: it believes what was written down while they ran, and nothing that is near to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from minigrad.engine.tape import Tape
from minigrad.statements import Statement
from tests.draw.audit import Auditor
from tests.draw.random_programs import Plan, loops, run

pytestmark = pytest.mark.unwitnessed("some values of a run are changed, so that its derivative rules are not right")
SOME = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def _facts(tape: Tape, plan: Plan) -> Iterator[Statement]:
    """True statements, written down from the tape without a thought."""
    records = [record for past in tape.history for record in past.records] + tape.records
    for record in records:
        yield from (Statement("operand", (i, record.out), n) for n, i in enumerate(record.inputs) if i is not None)
        if record.shape == ():
            yield Statement("value", (record.out,), float(tape.values[record.out]))
    for (i, position), number in tape.constants.items():
        yield Statement("constant", (i,), (position, number))
    yield from (Statement("name", (i,), name) for i, name in tape.names.items())
    for n, past in enumerate(tape.history, 1):
        yield Statement("records", tuple(record.out for record in past.records), len(past.records), cut=n)
    yield Statement("records", tuple(record.out for record in tape.records), len(tape.records))
    yield Statement("cuts", (), tape.cuts)
    if plan.marks != "none" and tape.step > 2:
        for n in sorted({record.step for record in records}):
            if n or plan.marks == "end":
                ids = tuple(record.out for record in records if record.step == n)
                yield Statement("step", ids, n + (plan.marks == "end"))
    for w, walk in enumerate(tape.walks, 1):
        for i, cotangent in walk.cotangents.items():
            yield Statement("reached", (i,), walk=w)
            yield Statement("norm", (i,), float(np.linalg.norm(cotangent)), walk=w)
            if cotangent.shape == ():
                yield Statement("derivative", (i,), float(cotangent), walk=w)
        yield from (Statement("seed", (i,), float(g), walk=w) for i, g in walk.seeds.items() if g.shape == ())
        total = sum(float(np.sum(g * tape.values[i])) for i, g in walk.seeds.items())
        yield Statement("total", walk.targets, total, walk=w)


def _near(statement: Statement) -> Iterator[Statement]:
    """Statements that are not the same, and almost."""
    said = statement.said
    if isinstance(said, tuple):
        yield statement._replace(said=(said[0], said[1] + 1e-3))
    elif isinstance(said, str):
        yield statement._replace(said=said + " ")
    elif said is not None:
        yield statement._replace(said=said + (1 if isinstance(said, int) else 1e-3 * (1 + abs(said))))
    if statement.kind in ("value", "norm", "reached", "seed", "name"):
        yield statement._replace(ids=(100_000,))
    if statement.kind in ("records", "step", "total"):
        yield statement._replace(ids=(*statement.ids, 100_000))
        yield statement._replace(ids=statement.ids[1:]) if statement.kind != "step" else statement._replace(said=0)
    if statement.walk:
        yield statement._replace(walk=0)


@SOME
@given(loops())
def test_it_believes_what_was_written_down_and_nothing_near_it(plan: Plan) -> None:
    tape = run(plan)
    facts = [*_facts(tape, plan)]
    auditor = Auditor(tape, lambda: run(plan), facts, ends=plan.marks == "end")
    for statement in facts:
        assert auditor.audit(statement) is None, (statement, auditor.audit(statement))
    for statement in facts:
        for wrong in _near(statement):
            if wrong not in facts:
                assert auditor.audit(wrong) is not None, wrong


@SOME
@given(loops())
def test_arrows_are_where_a_state_changes_with_another_while_the_rest_of_the_row_is_held(plan: Plan) -> None:
    """The same question asked in another way: by values instead of by rules."""
    tape = run(plan)
    rows: dict[str, list[int]] = {}
    for i, name in tape.names.items():
        if name.startswith("h") and plan.names and "_" in name:
            rows.setdefault(name.split("_")[0], []).append(i)
    beside = [Statement("state", tuple(ids), name) for name, ids in rows.items()]
    auditor = Auditor(tape, lambda: run(plan), beside)
    evidence = auditor.context.evidence
    for w, moment in enumerate(evidence.walks, 1):
        arrived = evidence.cotangents(w)
        border = tape._next_id if moment.border is None else moment.border
        for ids in rows.values():
            for source, target in combinations(sorted(ids), 2):
                held: dict[int, Any] = {i: tape.values[i] for i in ids if i not in (source, target)}
                there = evidence.replay({**held, source: tape.values[source] + 0.5}, border)[target]
                moves = not np.array_equal(there, tape.values[target])
                flows = moves and source in arrived and target in arrived
                begin, end = (auditor.context.step(i) for i in (source, target))
                lag = None if begin is None or end is None else end - begin
                reason = auditor.audit(Statement("gradient", (target, source), lag, walk=w))
                assert (reason is None) is flows, (w, source, target, reason)
