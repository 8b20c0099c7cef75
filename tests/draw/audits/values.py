"""Values, names, constants, colours and bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.statements import Statement
from tests.draw.audits.context import Context, Reason, agree, check, norm, percent


def _one(statement: Statement) -> int:
    """The id of a statement about one; -1 if it has another number of them."""
    return statement.ids[0] if len(statement.ids) == 1 else -1


@check("zero")
def zero(context: Context, statement: Statement) -> Reason:
    i = _one(statement)
    if i not in context.tape.leaves:
        return "it is not about one leaf"
    value = np.asarray(context.evidence.tape.values[i])
    if not value.size:
        return "the leaf has no entry"
    return f"the leaf was {value.tolist()}" if value.any() else None


@check("value")
def value(context: Context, statement: Statement) -> Reason:
    i = _one(statement)
    if i not in context.evidence.tape.values:
        return "there is no such id"
    true = np.asarray(context.evidence.tape.values[i])
    if true.shape != ():
        return f"it has shape {true.shape}"
    return None if _equal(statement.said, true[()]) else f"its value is {true}"


@check("constant")
def constant(context: Context, statement: Statement) -> Reason:
    i = _one(statement)
    if i not in context.records:
        return "there is no such record"
    if not isinstance(statement.said, tuple) or len(statement.said) != 2:
        return "it says no position and number"
    position, number = statement.said
    if (i, position) not in context.evidence.operands:
        return f"operand {position} is no constant"
    true = np.asarray(context.evidence.operands[i, position])
    if true.size != 1:
        return f"operand {position} is an array of {true.size} numbers"
    return None if _equal(number, true.item()) else f"operand {position} is {true.item()}"


@check("name")
def name(context: Context, statement: Statement) -> Reason:
    true = context.tape.names.get(_one(statement))
    return None if true is not None and true == statement.said else f"the user called it {true!r}"


@check("parameter")
def parameter(context: Context, statement: Statement) -> Reason:
    i = _one(statement)
    leaf = context.tape.leaves.get(i)
    if leaf is None or not leaf.wants_grad:
        return "it wants no gradient"
    if not statement.said:
        return "it has no colour"
    others = {k for s in context.of("parameter") for k in s.ids if s.said == statement.said} - {i}
    return f"{percent(min(others))} has the same colour" if others else None


@check("grad")
def grad(context: Context, statement: Statement) -> Reason:
    leaf = context.tape.leaves.get(_one(statement))
    if leaf is None or leaf.grad is None:
        return "nothing lies in its .grad"
    true = norm(leaf.grad)
    return None if agree(statement.said, true, leaf.dtype) else f"the norm of .grad is {true}"


@check("kept")
def kept(context: Context, statement: Statement) -> Reason:
    evidence, ids = context.evidence, statement.ids
    if statement.walk and statement.cut:
        return "it belongs to a walk and to a cut"
    if statement.walk:
        moment = context.moment(statement)
        if moment is None:
            return "there is no such walk"
        sizes = evidence.kept(moment)
        kept_on = [i for i in ids if sizes.get(i) and i not in evidence.freed_by_walk(statement.walk)]
        if kept_on:
            return f"walk {statement.walk} did not free {percent(kept_on[0])}"
    elif statement.cut:
        if not 1 <= statement.cut <= len(evidence.cuts):
            return "there is no such cut"
        sizes = evidence.kept(evidence.cuts[statement.cut - 1])
        dropped = {record.out for record in context.window(statement.cut) or ()}
        if not dropped.issuperset(ids):
            return f"cut {statement.cut} did not drop {percent(min({*ids} - dropped))}"
    else:
        sizes = {r.out: size for r, size in zip(context.tape.records, context.tape.kept_bytes(), strict=True)}
    if any(i not in sizes for i in ids):
        return f"the tape did not hold {percent(next(i for i in ids if i not in sizes))} then"
    if len(set(ids)) != len(ids):
        return "a record is counted twice"
    true = sum(sizes[i] for i in ids)
    return None if statement.said == true else f"they keep {true} bytes"


@check("steps", "operations", "cuts")
def counted(context: Context, statement: Statement) -> Reason:
    if statement.kind == "cuts":
        return None if statement.said == context.tape.cuts else f"there are {context.tape.cuts}"
    if statement.cut:
        window = context.window(statement.cut)
        if window is None:
            return "there is no such cut"
        ids = [record.out for record in window]
    else:
        ids = [i for s in context.of("records") for i in s.ids] or [*context.records]
    steps = {context.step(i) for i in ids} - {None}
    true = len(set(ids)) if statement.kind == "operations" else len(steps)
    return None if statement.said == true else f"there are {true}"


@check("records")
def records(context: Context, statement: Statement) -> Reason:
    window = context.window(statement.cut)
    if window is None:
        return "there is no such cut"
    if {*statement.ids} != {record.out for record in window} or len(statement.ids) != len(window):
        return f"the window holds {len(window)} records, and these are others"
    return None if statement.said == len(window) else f"they are {len(window)}"


def _equal(said: Any, true: Any) -> bool:
    if isinstance(said, bool) and not isinstance(true, bool | np.bool_):
        return False
    if not isinstance(said, bool | int | float | np.number | np.bool_):
        return False
    return bool(said == true or (said != said and true != true))
