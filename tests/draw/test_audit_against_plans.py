"""The auditor believes what the author of a loop knows: its states, what breaks them, and what its losses weigh."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from minigrad.statements import Statement
from tests.draw.audit import Auditor
from tests.draw.random_programs import BREAKS, Plan, Run, loops, run

pytestmark = pytest.mark.unwitnessed("some values of a run are changed, so that its derivative rules are not right")
SOME = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


WEIGHTED = ("total", "total from None", "total from a leaf", "decayed", "average", "running mean", "halved")


def _id(tensor: Any) -> int:
    return tensor._place[1]  # type: ignore[no-any-return]


def _steps(known: Run) -> list[Statement]:
    """The steps; what was recorded before or after the loop among them, where no mark tells it apart."""
    offset = int(known.plan.marks == "end")
    found: dict[int, list[int]] = {}
    for record in [r for past in known.tape.history for r in past.records] + known.tape.records:
        found.setdefault(record.step + offset, []).append(record.out)
    return [Statement("step", tuple(ids), t) for t, ids in found.items() if t]


def _rows(known: Run) -> list[Statement]:
    """The states that take their own past value at some step."""
    return [
        Statement("state", tuple(_id(value) for value in past[1:]), f"row {n}")
        for n, past in enumerate(known.past)
        if len(past) > min(known.plan.rows[n].lags) + 1
    ]


def _weights(plan: Plan) -> tuple[list[float], float] | None:
    """The weight of each loss in the total, and the constant; None where they are no sum."""
    T = plan.steps
    weights = {
        "total": [1.0] * T,
        "total from None": [1.0] * T,
        "total from a leaf": [1.0] * T,
        "decayed": [0.9 ** (T - t) for t in range(1, T + 1)],
        "average": [0.1 * 0.9 ** (T - t) for t in range(1, T + 1)],
        "running mean": [1 / T] * T,
        "halved": [0.5 ** (T - t + 1) for t in range(1, T + 1)],
    }.get(plan.loss)
    return None if weights is None else (weights, 3 * 0.9**T if plan.loss == "average" else 0.0)


@SOME
@given(loops(), st.sampled_from(WEIGHTED))
def test_the_weights_of_losses(plan: Plan, loss: str) -> None:
    first = replace(plan.rows[0], start="numbers")  # from zeros the first loss would depend on no parameter
    plan = replace(plan, loss=loss, every=0, leaves_at=0, breaks=(), rows=(first, *plan.rows[1:]))
    known = Run(plan)
    weights = _weights(plan)
    assert weights
    if known.total is known.losses[-1]:
        return
    total, losses = _id(known.total), [_id(loss) for loss in known.losses]
    auditor = Auditor(known.tape, lambda: run(plan))
    assert auditor.audit(Statement("sum", (total, *losses), (*weights[0], weights[1]))) is None
    for n in range(len(losses)):
        wrong = [w + 0.01 * (k == n) for k, w in enumerate(weights[0])]
        assert auditor.audit(Statement("sum", (total, *losses), (*wrong, weights[1]))) is not None
    assert auditor.audit(Statement("sum", (total, *losses), (*weights[0], weights[1] + 0.01))) is not None
    fewer = sum(w * float(known.tape.values[i]) for w, i in zip(weights[0][:1], losses[:1], strict=True))
    if len(losses) > 1:
        assert auditor.audit(Statement("sum", (total, *losses[1:]), (*weights[0][1:], weights[1] + fewer))) is not None


@SOME
@given(loops(), st.sampled_from(["begin", "end"]), st.sampled_from(BREAKS), st.integers(1, 3), st.integers(4, 7))
def test_rows_and_what_breaks_them(plan: Plan, marks: str, kind: str, lag: int, steps: int) -> None:
    """A row whose value enters step 4 as a constant: only a copy of that value is believed to be detached."""
    first = replace(plan.rows[0], lags=(lag,), start="numbers", inputs="all")
    plan = replace(plan, marks=marks, breaks=((4, 0, kind),), steps=steps, leaves_at=0, rows=(first, *plan.rows[1:]))
    known = Run(plan)
    rows = _rows(known)
    auditor = Auditor(known.tape, lambda: run(plan), [*_steps(known), *rows], ends=marks == "end")
    for statement in rows:
        if lag < 3 or steps > 4:  # else nothing is left that is made of another value of the row
            assert auditor.audit(statement) is None, (statement, auditor.audit(statement))
    source = _id(known.past[0][4 - lag])
    records = auditor.context.records.values()
    taking = [record for record in records if auditor.context.step(record.out) == 4]
    users = [(i, record.out) for record in taking for i in record.inputs if i in known.tape.leaves]
    leaves = {i for i, _ in users}
    believed = [i for i in leaves if auditor.audit(Statement("detached", (i, source), lag)) is None]
    assert len(believed) == (kind in ("stop", "wrapped") and _telling(known.tape.values[source]))
    resets = [pair for pair in users if auditor.audit(Statement("reset", pair)) is None]
    assert bool(resets) >= (kind not in ("stop", "wrapped") and steps > 4), kind


def _telling(value: Any) -> bool:
    """Whether a value is none that may be there by chance."""
    return bool(np.any(~np.isin(value, (0, 1, -1))))


def _all_believed(known: Run, plan: Plan) -> list[Statement]:
    """All statements of some kinds that the auditor believes, of all that could be made."""
    beside = [*_steps(known), *_rows(known)]
    auditor = Auditor(known.tape, lambda: run(plan), beside, ends=plan.marks == "end")
    context = auditor.context
    walks = range(1, len(known.tape.walks) + 1)
    states = [i for s in beside if s.kind == "state" for i in s.ids]
    takers = [(i, record.out) for record in context.records.values() for i in record.inputs if i is not None]
    tried = [Statement(kind, pair) for kind in ("start", "reset") for pair in takers if pair[0] in known.tape.leaves]
    for leaf in known.tape.leaves:
        tried += [Statement("detached", (leaf, i), lag) for i in states if i < leaf for lag in range(1, 8)]
    for w in walks:
        tried += [Statement("stops", pair, walk=w, cut=c) for pair in takers if pair[0] in states for c in range(w + 1)]
        for _, row in context.rows:
            pairs = [(a, b) for a in row for b in row if b < a]
            tried += [Statement("gradient", (a, b), _apart(auditor, a, b), walk=w) for a, b in pairs]
        moment = context.evidence.walks[w - 1]
        tried += [Statement("seed", (i,), float(g), walk=w) for i, g in moment.seeds.items() if np.shape(g) == ()]
        tried += [Statement("norm", (i,), 0.0, walk=w) for i in states]
    return beside + [s for s in tried if s.cut <= known.tape.cuts and auditor.audit(s) is None]


def _apart(auditor: Auditor, a: int, b: int) -> int:
    return (auditor.context.step(a) or 0) - (auditor.context.step(b) or 0)


@SOME
@given(loops(), st.sampled_from(["begin", "end"]))
def test_what_it_misses_can_be_said(plan: Plan, marks: str) -> None:
    """Beside all that it believes nothing is missing: it asks for no statement which it would refuse."""
    plan = replace(plan, marks=marks)
    known = Run(plan)
    if known.tape.step < 3:
        return
    believed = _all_believed(known, plan)
    assert Auditor(known.tape, lambda: run(plan), believed, ends=marks == "end").missing() == []
