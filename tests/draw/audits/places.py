"""Steps, what is before and after them, what repeats, and what is carried, detached or reset."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from minigrad.engine.record import Record
from minigrad.statements import Statement
from tests.draw.audits.context import Context, Reason, check, percent
from tests.draw.evidence import ways


def _missing(context: Context, statement: Statement) -> Reason:
    if not statement.ids:
        return "it is about nothing"
    unknown = [i for i in statement.ids if i not in context.records]
    return f"{percent(unknown[0])} is no record" if unknown else None


def _pair(context: Context, statement: Statement) -> Reason:
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
    if reason := _missing(context, statement):
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
    steps = dict(sorted(steps.items()))
    own = steps[statement.said]
    for t, ids in steps.items():
        if t != statement.said and (max(ids) < min(own)) != (t < statement.said):
            return f"step {t} is not wholly {'before' if t < statement.said else 'after'} it"
    if set(steps) != set(range(1, len(steps) + 1)):
        return "the steps are not counted from 1"
    forms = {t: Counter(context.form(context.records[i]) for i in ids) for t, ids in steps.items()}
    alike = [
        t for t, form in forms.items() if t != statement.said and 2 * (form & forms[statement.said]).total() > len(own)
    ]
    if not alike:
        return "no other step is like it"
    linked = any(ids & {k for i in later for k in context.records[i].inputs} for ids, later in pairwise(steps.values()))
    return None if linked else "nothing goes from any step to the next"


@check("before")
def before(context: Context, statement: Statement) -> Reason:
    if reason := _missing(context, statement):
        return reason
    if not context.steps:
        return "there is no loop"
    if max(statement.ids) > min(context.steps):
        return f"{percent(max(statement.ids))} was recorded after the first step began"
    if any(context.records[i].step for i in statement.ids):
        return "a mark stands before it"
    return _torn(context, statement, min(context.steps.values()))


@check("after")
def after(context: Context, statement: Statement) -> Reason:
    if reason := _missing(context, statement):
        return reason
    if not context.steps:
        return "there is no loop"
    if min(statement.ids) < max(context.steps):
        return f"{percent(min(statement.ids))} was recorded before the last step ended"
    return _torn(context, statement, max(context.steps.values()))


def _torn(context: Context, statement: Statement, edge: int) -> Reason:
    """Whether a step lies outside: whole, or a part of the one at the edge, which lacks what most steps have."""
    if context.tape.step and context.offset not in context.offsets:
        return f"the marks {'end' if 1 in context.offsets else 'begin'} the steps"
    bodies: dict[int, Counter[object]] = {}
    for i, t in context.steps.items():
        bodies.setdefault(t, Counter())[context.form(context.records[i])] += 1
    outside = Counter(context.form(context.records[i]) for i in statement.ids)
    for t, body in bodies.items():
        if 2 * (outside & body).total() > 0.75 * (outside.total() + body.total()):
            return f"step {t} is like it"
    others = [body for t, body in bodies.items() if t != edge]
    begin, end = context.form(context.records[statement.ids[0]]), context.form(context.records[statement.ids[-1]])
    if not any(body[begin] if statement.kind == "after" else body[end] for body in others):
        return None  # where the loop ends, or what comes before it, is something that no step has
    for i in statement.ids:
        form = context.form(context.records[i])
        usual = [body[form] > bodies[edge][form] for body in others]
        if 2 * sum(usual) > len(usual):
            return f"{percent(i)} is what step {edge} lacks and most steps have"
    return None


@check("repeats")
def repeats(context: Context, statement: Statement) -> Reason:
    if reason := _missing(context, statement):
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
    if reason := _pair(context, statement):
        return reason
    source, target = statement.ids
    inputs = context.records[target].inputs
    if not isinstance(statement.said, int) or not 0 <= statement.said < len(inputs):
        return f"the record has {len(inputs)} operands"
    taken = inputs[statement.said]
    return (
        None
        if taken == source
        else f"its operand {statement.said} is {'a constant' if taken is None else percent(taken)}"
    )


@check("carried")
def carried(context: Context, statement: Statement) -> Reason:
    if reason := _pair(context, statement):
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


@check("state")
def state(context: Context, statement: Statement) -> Reason:
    if reason := _missing(context, statement):
        return reason
    if not isinstance(statement.said, str) or not statement.said:
        return "it has no name"
    row = next(ids for name, ids in context.rows or [("", frozenset(statement.ids))] if ids.issuperset(statement.ids))
    steps = {i: context.step(i) for i in row}
    if None in steps.values() or len({*steps.values()}) < len(steps):
        return "two of the row are in one step, or one is in none"
    linked: set[int] = set()
    edges = _values(context, row)
    for i in row:
        for k in ways(edges, i, row) & row - {i}:
            if (steps[k] or 0) < (steps[i] or 0):
                linked |= {i, k}
    if len(row) == 1:
        taken = any(
            i in row and (context.step(record.out) or 0) > (steps[i] or 0)
            for record in context.records.values()
            for i in record.inputs
            if i in row
        )
        return None if taken else "no later step takes it"
    kinds = {context.kind(context.records[i]) for i in linked}
    for i in statement.ids:
        if i not in linked and context.kind(context.records[i]) not in kinds:
            return f"no other value of the row is computed from {percent(i)}, nor it from another"
    return None


def _values(context: Context, row: frozenset[int]) -> dict[int, list[int]]:
    """By the id of a result, the ids that its value was computed from, copies of the row's values included."""
    edges = {i: [k for k in record.inputs if k is not None] for i, record in context.records.items()}
    for leaf in context.tape.leaves:
        edges[leaf] = [i for i in row if i < leaf and context.same(leaf, i)]
    return edges


# -- what begins, and what breaks ------------------------------------------------------------------


def _places(context: Context, leaf: int, target: int) -> list[int]:
    inputs = context.records[target].inputs
    return [position for position, i in enumerate(inputs) if i == leaf]


def _takes_state(context: Context, record: Record, position: int) -> bool:
    """Whether a record takes at this position what an earlier step computed, or the loop was given."""
    if position >= len(record.inputs):
        return False
    i = record.inputs[position]
    begin, end = context.step(i if i is not None else -1), context.step(record.out)
    return begin is not None and end is not None and begin < end


def _rows_of(context: Context, records: list[Record], position: int) -> set[int]:
    """The rows of states of which records take a value at a position, by their place among the rows."""
    taken = {record.inputs[position] for record in records}
    return {number for number, (_, row) in enumerate(context.rows) if row & taken}


@check("start")
def start(context: Context, statement: Statement) -> Reason:
    if reason := _pair(context, statement):
        return reason
    leaf, target = statement.ids
    if leaf not in context.tape.leaves:
        return f"{percent(leaf)} is no leaf"
    places = _places(context, leaf, target)
    if not places:
        return f"{percent(target)} does not take it"
    record = context.records[target]
    kin = [each for each in context.records.values() if context.kind(each) == context.kind(record)]
    own = context.form(record)
    for position in places:
        later = [each for each in kin if each.out > target and _takes_state(context, each, position)]
        earlier = [
            each
            for each in kin
            if each.out < target and context.form(each) == own and _takes_state(context, each, position)
        ]
        begun = _rows_of(context, earlier, position)
        if later and (not earlier or _rows_of(context, later, position) - begun):
            return None
    return "later steps take no state in its place, or an earlier one did"


@check("detached")
def detached(context: Context, statement: Statement) -> Reason:
    if len(statement.ids) != 2:
        return "it is not about two ids"
    leaf, source = statement.ids
    if leaf not in context.tape.leaves or source not in context.records:
        return "it is not about a leaf and a result"
    if not context.same(leaf, source):
        return "the leaf has another value, or one that may be there by chance"
    if not context.evidence.follows(leaf, source):
        return "with another value of the source, the leaf's does not change"
    users = [record.out for record in context.records.values() if leaf in record.inputs]
    begin, end = context.step(source), context.step(min(users, default=-1))
    if begin is None or end is None:
        return "the leaf, or the source, is in no step"
    return None if statement.said == end - begin and end > begin else f"it is {end - begin} steps later"


@check("reset")
def reset(context: Context, statement: Statement) -> Reason:
    if reason := _pair(context, statement):
        return reason
    leaf, target = statement.ids
    if leaf not in context.tape.leaves:
        return f"{percent(leaf)} is no leaf"
    record = context.records[target]
    places = _places(context, leaf, target)
    kin = [
        each for each in context.records.values() if each.out != target and context.kind(each) == context.kind(record)
    ]
    if not any(_takes_state(context, each, position) for each in kin for position in places):
        return "no other step takes a state in its place"
    now = context.step(target)
    if now is None or all((context.step(i) or now) >= now for i in context.records):
        return "there is no state before it"
    for _, row in context.rows:
        for i in row:
            if i < target and context.same(leaf, i) and context.evidence.follows(leaf, i):
                return f"it has the value of {percent(i)}"
    return None


@check("replaced")
def replaced(context: Context, statement: Statement) -> Reason:
    if reason := _missing(context, statement):
        return reason
    (target,) = statement.ids
    record = context.records[target]
    if not isinstance(statement.said, int) or not 0 <= statement.said < len(record.inputs):
        return f"the record has {len(record.inputs)} operands"
    if record.inputs[statement.said] is not None:
        return "that operand is no constant"
    kin = [
        each for each in context.records.values() if each.out != target and context.kind(each) == context.kind(record)
    ]
    taken = any(_takes_state(context, each, statement.said) for each in kin)
    return None if taken else "no other step takes a state in its place"


@check("between")
def between(context: Context, statement: Statement) -> Reason:
    if reason := _missing(context, statement):
        return reason
    before = {i for i, t in context.steps.items() if t <= statement.said}
    behind = {i for i, t in context.steps.items() if t > statement.said}
    if not before or max(before) > min(statement.ids):
        return f"step {statement.said} was not over before it"
    return None if behind and max(statement.ids) < min(behind) else "no step begins after it"
