"""Charts: derivatives of losses by states, and what the tape kept at each moment."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from minigrad.statements import Statement
from tests.draw.audits.context import Context, Reason, agree, check, norm, percent
from tests.draw.evidence import Held, Moment, taken_by


def _at_loss(context: Context, statement: Statement, losses: tuple[int, ...]) -> tuple[list[Held], int] | str:
    """What the tape held when a walk first counted losses, or while they were recorded if none did; and its border."""
    evidence = context.evidence
    counted = [
        number
        for number, _ in enumerate(evidence.walks, 1)
        if set(losses) <= evidence.cotangents(number).keys()
    ]  # fmt: skip
    if statement.walk != next(iter(counted), 0):
        return f"walk {counted[0]} counts these losses first" if counted else "no walk counts these losses"
    if statement.walk:
        moment = evidence.walks[statement.walk - 1]
        border = moment.border if moment.border is not None else context.tape._next_id
        return moment.held, border
    cuts = [past.cut for past in context.tape.history]
    border = max((cut.border for cut in cuts if cut.border <= losses[0]), default=0)
    known: dict[int, Any] = {}
    moments: list[Moment] = [*evidence.walks, *evidence.cuts, evidence.now]
    for held in (each for moment in moments for each in moment.held if each.residuals is not None):
        known[held.record.out] = held.residuals
    records = [record for i, record in sorted(context.records.items()) if border <= i]
    return [Held(record, known.get(record.out)) for record in records], border


def _ends(context: Context, statement: Statement) -> tuple[tuple[int, ...], int] | str:
    *losses, state = statement.ids or (-1,)
    rows = frozenset().union(*(row for _, row in context.rows))
    if state not in rows:
        return f"{percent(state)} is no state"
    if not losses or not all(i in context.records and np.shape(context.tape.values[i]) == () for i in losses):
        return "it names no losses"
    return tuple(losses), state


@check("flow")
def flow(context: Context, statement: Statement) -> Reason:
    ends = _ends(context, statement)
    if isinstance(ends, str):
        return ends
    losses, state = ends
    found = _at_loss(context, statement, losses)
    if isinstance(found, str):
        return found
    held, border = found
    if state < border:
        return f"{percent(state)} was a constant to them"
    held = [each for each in held if border <= each.record.out <= max(losses)]
    g = context.evidence.pull(held, dict.fromkeys(losses, np.ones((), "float64")), [state]).get(state, np.zeros(()))
    dtype = context.tape.values[state].dtype
    true = norm(np.asarray(g))
    return None if agree(statement.said, true, dtype) else f"the norm is {true}"


@check("behind")
def behind(context: Context, statement: Statement) -> Reason:
    ends = _ends(context, statement)
    if isinstance(ends, str):
        return ends
    losses, state = ends
    found = _at_loss(context, statement, losses)
    if isinstance(found, str):
        return found
    if state >= found[1]:
        return f"the tape held {percent(state)}"
    cuts = context.tape.walks[statement.walk - 1].cuts if statement.walk else context.tape.cuts
    dropped = [past.cut.number for past in context.tape.history[:cuts] if any(r.out == state for r in past.records)]
    if dropped != [statement.cut] * bool(statement.cut):
        return f"cut {dropped} dropped it"
    steps = [context.step(i) for i in losses]
    lags = {t - s for t in steps if t is not None and (s := context.step(state)) is not None}
    return None if not lags or lags == {statement.said} else f"it lies {lags} steps before"


@check("nbytes")
def nbytes(context: Context, statement: Statement) -> Reason:
    evidence = context.evidence
    if len(statement.ids) != 1 or statement.ids[0] not in context.records:
        return "it names no record"
    if statement.walk and statement.cut:
        return "it is measured at one moment, before a walk or before a cut"
    if statement.walk:
        moment = evidence.walks[statement.walk - 1]
    else:
        moment = evidence.cuts[statement.cut - 1] if statement.cut else evidence.now
    earlier = [m for m in (*evidence.walks, *evidence.cuts) if m.order < moment.order]
    if any(each.record.out >= statement.ids[0] for m in earlier for each in m.held) and (
        statement.walk or statement.cut
    ):
        return "an earlier walk or cut came after that record"
    true = sum(size for i, size in evidence.kept(moment).items() if i <= statement.ids[0])
    return None if statement.said == true and isinstance(statement.said, int) else f"they keep {true}"


def _flows(context: Context) -> dict[int, list[int]]:
    """By the id of a result the operands to which a derivative flows: not what a cut had made a constant before."""
    leaves = set(context.tape.leaves)
    cuts = [
        (moment.held[-1].record.out if moment.held else -1, past.cut.border)
        for moment, past in zip(context.evidence.cuts, context.tape.history, strict=True)
    ]
    flows: dict[int, list[int]] = {}
    for i, record in sorted(context.records.items()):
        border = max((border for last, border in cuts if last < i), default=0)
        flows[i] = [k for k in set(taken_by(record)) if k >= border or k in leaves]
    return flows


@check("ways")
def ways(context: Context, statement: Statement) -> Reason:
    if len(statement.ids) != 2:
        return "it goes from one tensor to another one"
    first, last = statement.ids
    count = {first: 1}
    for i, sources in _flows(context).items():
        if i > first:
            count[i] = sum(count.get(k, 0) for k in sources)
    true = count.get(last, 0)
    return None if statement.said == true and first != last else f"there are {true}"


@check("path")
def path(context: Context, statement: Statement) -> Reason:
    flows, evidence = _flows(context), context.evidence
    moments: list[Moment] = [*evidence.walks, *evidence.cuts, evidence.now]
    known = {h.record.out: h for moment in moments for h in moment.held if h.residuals is not None}
    true = 1.0
    for source, target in pairwise(statement.ids):
        if source not in flows.get(target, ()):
            return f"no derivative flows from {percent(target)} to {percent(source)}"
        if np.shape(context.tape.values[source]) or np.shape(context.tape.values[target]):
            return "it passes an array"
        true *= float(evidence.pull([known[target]], {target: np.ones(())}, [source])[source])
    dtype = context.tape.values[statement.ids[-1]].dtype if statement.ids else None
    return None if len(statement.ids) > 1 and agree(statement.said, true, dtype) else f"the product is {true}"
