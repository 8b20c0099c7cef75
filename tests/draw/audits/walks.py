"""Walks: what each began with, where its cotangents went, where they stopped, and how large they were."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.statements import Statement
from tests.draw.audits.context import Context, Reason, agree, check, norm, percent
from tests.draw.evidence import taken_by, ways


def _no_walk(context: Context, statement: Statement) -> Reason:
    return None if context.moment(statement) is not None else "it belongs to no walk that there was"


def ancestors(context: Context, targets: Any, border: int = 0) -> set[int]:
    """The ids that values were computed from, themselves included, recorded from the border on."""
    edges = {i: [k for k in record.inputs if k is not None] for i, record in context.records.items() if i >= border}
    found = set(targets)
    for target in targets:
        found |= ways(edges, target)
    return found


def reach(context: Context, walk: int) -> tuple[int | None, int | None]:
    """The oldest step that the tape held at a walk, and the newest that its targets are made of."""
    moment = context.evidence.walks[walk - 1]
    border = moment.border if moment.border is not None else context.tape._next_id
    held = {context.step(each.record.out) for each in moment.held} - {None}
    made = {context.step(i) for i in ancestors(context, moment.seeds, border) if i >= border} - {None}
    return min(held, default=None), max(made, default=None)  # type: ignore[type-var]


@check("walk")
def walk(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    moment = context.moment(statement)
    assert moment is not None
    if set(statement.ids) != set(moment.seeds):
        return f"it began at {', '.join(map(percent, moment.seeds))}"
    true = reach(context, statement.walk)
    return None if statement.said == true else f"it went from step {true[1]} back to step {true[0]}"


@check("counts")
def counts(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    if not statement.ids:
        return "it counts nothing"
    arrived = context.arrived(statement)
    for i in statement.ids:
        if i not in context.records or np.size(context.tape.values[i]) != 1:
            return f"{percent(i)} is no loss"
        if i not in arrived:
            return f"the walk does not differentiate {percent(i)}"
        if any(i in context.evidence.cotangents(w) for w in range(1, statement.walk)):
            return f"an earlier walk differentiated {percent(i)}"
    steps = [t for t in map(context.step, statement.ids) if t is not None]
    true = (min(steps), max(steps)) if steps else None
    return None if statement.said == true else f"they lie in steps {true}"


@check("seed")
def seed(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    moment = context.moment(statement)
    assert moment is not None
    if len(statement.ids) != 1 or statement.ids[0] not in moment.seeds:
        return "the walk did not begin there"
    g = np.asarray(moment.seeds[statement.ids[0]])
    true = float(g) if g.shape == () else norm(g)
    return None if agree(statement.said, true, g.dtype) else f"it began with {true}"


@check("total")
def total(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    moment = context.moment(statement)
    assert moment is not None
    if set(statement.ids) != set(moment.seeds):
        return "the walk has other targets"
    parts = [np.asarray(g, dtype=float) * context.tape.values[i] for i, g in moment.seeds.items()]
    true = sum(float(np.sum(part)) for part in parts)
    dtype = min((np.asarray(g).dtype for g in moment.seeds.values()), key=lambda d: d.itemsize)
    return None if agree(statement.said, true, dtype) else f"it differentiates {true}"


@check("reached")
def reached(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    arrived = context.arrived(statement)
    if not statement.ids:
        return "it is about nothing"
    missed = [i for i in statement.ids if i not in arrived]
    return f"no cotangent arrived at {percent(missed[0])}" if missed else None


@check("norm", "derivative")
def size(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    arrived = context.arrived(statement)
    if len(statement.ids) != 1 or statement.ids[0] not in arrived:
        return "no cotangent arrived there"
    g = np.asarray(arrived[statement.ids[0]])
    if statement.kind == "derivative" and g.shape != ():
        return f"it is no scalar, but of shape {g.shape}"
    true = norm(g) if statement.kind == "norm" else float(g)
    return None if agree(statement.said, true, g.dtype) else f"the {statement.kind} is {true}"


@check("gradient")
def gradient(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    if len(statement.ids) != 2 or statement.ids[0] == statement.ids[1]:
        return "it is not about two ids"
    target, source = statement.ids
    arrived = context.arrived(statement)
    for i in (target, source):
        if i not in arrived:
            return f"no cotangent arrived at {percent(i)}"
    both = [row for _, row in context.rows if {target, source} <= row]
    either = [row for _, row in context.rows if target in row or source in row]
    around = frozenset().union(*(both or either)) - {target, source}
    if source not in ways(context.evidence.edges(statement.walk), target, around):
        return f"no differentiable operations lead from {percent(target)} to {percent(source)}, past other states"
    return _lag(context, statement, target, source)


def _lag(context: Context, statement: Statement, target: int, source: int) -> Reason:
    begin, end = context.step(source), context.step(target)
    if source in context.tape.leaves:
        allowed = {None, *_lags_of_kin(context, source)}
        return None if statement.said in allowed else "a leaf lies in no step, and no state in its place has that lag"
    if begin is None or end is None:
        return None if statement.said is None else "one of them is in no step"
    return None if statement.said == end - begin else f"they are {end - begin} steps apart"


def _lags_of_kin(context: Context, leaf: int) -> set[int]:
    """The lags of what other steps take in the place of a leaf."""
    users = [record for record in context.records.values() if leaf in record.inputs]
    places = {(context.kind(record), record.inputs.index(leaf)) for record in users}
    lags = set()
    for record in context.records.values():
        for position, i in enumerate(record.inputs):
            if i is not None and (context.kind(record), position) in places:
                begin, end = context.step(i), context.step(record.out)
                if begin is not None and end is not None and end > begin:
                    lags.add(end - begin)
    return lags


@check("stops")
def stops(context: Context, statement: Statement) -> Reason:
    if reason := _no_walk(context, statement):
        return reason
    moment = context.moment(statement)
    assert moment is not None
    if len(statement.ids) != 2:
        return "it is not about two ids"
    source, target = statement.ids
    arrived = context.arrived(statement)
    if target not in arrived or target not in context.records:
        return f"no cotangent arrived at {percent(target)}"
    if source not in context.records or source not in taken_by(context.records[target]):
        return f"{percent(target)} does not take {percent(source)}, or has no rule for it"
    if source in arrived:
        return "the cotangent went on to it"
    if moment.border is None or source >= moment.border:
        return "it was no constant: the walk looked for nothing behind it"
    dropped = [past.cut.number for past in context.tape.history if source < past.cut.border]
    by = min((c for c in dropped if c <= context.tape.walks[statement.walk - 1].cuts), default=0)
    if statement.cut != by:
        return f"cut {by} made it a constant" if by else "no cut had made it a constant"
    return None


@check("k")
def k(context: Context, statement: Statement) -> Reason:
    if not (isinstance(statement.said, tuple) and len(statement.said) == 2):
        return "it says no k1 and k2"
    walks = [w for w in range(1, len(context.evidence.walks) + 1) if context.evidence.cotangents(w)]
    spans = [reach(context, w) for w in walks]
    oldest = min((t for t in map(context.step, context.records) if t is not None), default=None)
    if oldest is None:
        return "there are no steps"
    k1, k2 = statement.said
    before, limited = oldest - 1, False
    for number, (first, last) in enumerate(spans, 1):
        if first is None or last is None:
            return "a walk went over no steps"
        new, deep, most = last - before, last - first + 1, last - oldest + 1
        short = k1 - new if number == len(spans) else 0
        if not (new == k1 or (short and 0 < new < k1)):
            return f"a walk counted {new} new steps"
        if deep not in (min(k2, most), min(k2 - short, most)):
            return f"a walk went back over {deep} steps"
        limited = limited or deep < most
        before = last
    return None if limited else "no walk was limited, so that nothing shows how far one may go"
