"""Steps, what is before and after them, what repeats, and what goes from step to step."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from minigrad.statements import Statement
from tests.draw.audits.context import Context, Form, Reason, check, percent


def unknown(context: Context, statement: Statement) -> Reason:
    """What is wrong with the ids of a statement about records."""
    if not statement.ids:
        return "it is about nothing"
    strangers = [i for i in statement.ids if i not in context.records]
    return f"{percent(strangers[0])} is no record" if strangers else None


def pair(context: Context, statement: Statement) -> Reason:
    """What is wrong with the ids of a statement about a source and the record of a target."""
    if len(statement.ids) != 2:
        return "it is not about two ids"
    source, target = statement.ids
    if target not in context.records:
        return f"{percent(target)} is no record"
    if source not in context.records and source not in context.tape.leaves:
        return f"there is no {percent(source)}"
    return None


# -- steps -----------------------------------------------------------------------------------------


@check("step")
def step(context: Context, statement: Statement) -> Reason:
    t = statement.said
    if reason := unknown(context, statement):
        return reason
    if not isinstance(t, int) or t < 1:
        return "it says no step from 1"
    others = {i for s in context.of("step") if s.said != t for i in s.ids}
    if twice := others.intersection(statement.ids):
        return f"{percent(min(twice))} is in two steps"
    if not context.tape.step:
        return _unmarked(context, statement)
    offsets = {t - context.records[i].step for i in statement.ids}
    if len(offsets) > 1:
        return "these were recorded between different marks"
    offset = offsets.pop()
    if offset != context.offset and context.steps:
        return "steps of this drawing are counted in two ways"
    if offset not in context.offsets:
        how = "end" if 1 in context.offsets else "begin"
        return f"{offset} was added to the number of marks before them, and the marks {how} the steps"
    return None


def _unmarked(context: Context, statement: Statement) -> Reason:
    """What is wrong with a step that was found without marks: it repeats, in order, and takes from earlier steps."""
    steps: dict[int, set[int]] = {}
    for s in (*context.of("step"), statement):
        steps.setdefault(s.said, set()).update(s.ids)
    own = steps[statement.said]
    for t, ids in steps.items():
        if t != statement.said and (max(ids) < min(own)) != (t < statement.said):
            return f"step {t} is not wholly {'before' if t < statement.said else 'after'} it"
    if set(steps) != set(range(1, len(steps) + 1)):
        return "the steps are not counted from 1"
    forms = {t: Counter(context.form(context.records[i]) for i in ids) for t, ids in steps.items()}
    if not _whole(forms, statement.said) and not _left(forms, statement.said):
        return "no other step is like it"
    in_order = [ids for _, ids in sorted(steps.items())]
    linked = any(ids & {k for i in later for k in context.records[i].inputs} for ids, later in pairwise(in_order))
    return None if linked else "nothing goes from any step to the next"


def _whole(forms: dict[int, Counter[Form]], t: int) -> bool:
    """Whether most of a step is in another one, and most of that in it."""
    largest = {other: max(form.total(), forms[t].total()) for other, form in forms.items() if other != t}
    return any(2 * (forms[other] & forms[t]).total() > size for other, size in largest.items())


def _left(forms: dict[int, Counter[Form]], t: int) -> bool:
    """Whether it is the last step, in whose middle the loop was left: the one before it lacks nothing of it."""
    others = [form for other, form in forms.items() if other != t]
    return t == max(forms) and any(forms[t] <= form for form in others) and forms.get(t - 1) in others[:-1]


@check("before")
def before(context: Context, statement: Statement) -> Reason:
    if reason := unknown(context, statement):
        return reason
    if not context.steps:
        return "there is no loop"
    if max(statement.ids) > min(context.steps):
        return f"{percent(max(statement.ids))} was recorded after the first step began"
    if any(context.records[i].step for i in statement.ids):
        return "a mark stands before it"
    return _torn(context, statement)


@check("after")
def after(context: Context, statement: Statement) -> Reason:
    if reason := unknown(context, statement):
        return reason
    if not context.steps:
        return "there is no loop"
    if min(statement.ids) < max(context.steps):
        return f"{percent(min(statement.ids))} was recorded before the last step ended"
    return _torn(context, statement)


@check("between")
def between(context: Context, statement: Statement) -> Reason:
    if reason := unknown(context, statement):
        return reason
    before = {i for i, t in context.steps.items() if t <= statement.said}
    behind = {i for i, t in context.steps.items() if t > statement.said}
    if not before or max(before) > min(statement.ids):
        return f"step {statement.said} was not over before it"
    return None if behind and max(statement.ids) < min(behind) else "no step begins after it"


def _torn(context: Context, statement: Statement) -> Reason:
    """Whether a whole step lies outside, or the marks stand elsewhere."""
    if context.tape.step and context.offset not in context.offsets:
        return f"the marks {'end' if 1 in context.offsets else 'begin'} the steps"
    bodies: dict[int, Counter[Form]] = {}
    for i, t in context.steps.items():
        bodies.setdefault(t, Counter())[context.form(context.records[i])] += 1
    outside = Counter(context.form(context.records[i]) for i in statement.ids)
    for t, body in bodies.items():
        if (outside & body).total() >= 0.8 * body.total():
            return f"step {t} is in it"
    edge = (max if statement.kind == "after" else min)(bodies)
    first = statement.ids[0 if statement.kind == "after" else -1]
    if context.records[first].step not in {context.records[i].step for i, t in context.steps.items() if t == edge}:
        return None  # a mark lies between them
    form = context.form(context.records[first])
    usual = [body[form] > bodies[edge][form] for t, body in bodies.items() if t != edge]
    if 2 * sum(usual) > len(usual):
        return f"{percent(first)} is what step {edge} lacks and most steps have"
    return None


@check("repeats")
def repeats(context: Context, statement: Statement) -> Reason:
    if reason := unknown(context, statement):
        return reason
    records = [context.records[i] for i in statement.ids]
    if len(records) < 2:
        return "one record repeats nothing"
    if {record.op for record in records} != {statement.said}:
        return f"they are {', '.join(sorted({record.op for record in records}))}"
    if len({context.kind(record) for record in records}) > 1:
        return "their parameters differ"
    steps = [context.step(record.out) for record in records]
    if None in steps or len(set(steps)) < len(steps):
        return "two of them are in one step, or one is in none"
    return None


# -- what goes from step to step -------------------------------------------------------------------


@check("operand")
def operand(context: Context, statement: Statement) -> Reason:
    if reason := pair(context, statement):
        return reason
    source, target = statement.ids
    inputs = context.records[target].inputs
    if not isinstance(statement.said, int) or not 0 <= statement.said < len(inputs):
        return f"the record has {len(inputs)} operands"
    taken = inputs[statement.said]
    if taken == source:
        return None
    return f"its operand {statement.said} is {'a constant' if taken is None else percent(taken)}"


@check("carried")
def carried(context: Context, statement: Statement) -> Reason:
    if reason := pair(context, statement):
        return reason
    source, target = statement.ids
    if source not in context.records:
        return "a leaf was not computed in a step"
    if source not in context.records[target].inputs:
        return f"{percent(target)} does not take {percent(source)}"
    begin, end = context.step(source), context.step(target)
    if begin is None or end is None:
        return "one of them is in no step"
    if statement.said != end - begin or end <= begin:
        return f"it was computed {end - begin} steps before"
    return None
