"""States: what is carried in a row, what it begins with, and where a leaf takes its place."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from minigrad.engine.record import Record
from minigrad.statements import Statement
from tests.draw.audits.context import Context, Form, Reason, check, percent
from tests.draw.audits.places import pair, unknown
from tests.draw.evidence import ways

Route = tuple[tuple[Form, int], ...]  # the kinds of records, and the positions at which they take what comes
_LONGEST = 24
_ALIKE = 0.5  # the share that two steps must have in common of what they make of two results in the same place


@check("state")
def state(context: Context, statement: Statement) -> Reason:
    if reason := unknown(context, statement):
        return reason
    if not isinstance(statement.said, str) or not statement.said:
        return "it has no name"
    own = frozenset(statement.ids)
    row = next((ids for _, ids in context.rows if ids >= own), own)
    steps = {i: t for i in row if (t := context.step(i)) is not None}
    if len(steps) < len(row) or len({*steps.values()}) < len(steps):
        return "two of the row are in one step, or one is in none"
    if len(row) == 1 and not any(t is not None and t > steps[min(row)] for t in _takers(context, min(row))):
        return "no later step takes it"
    return _unlinked(context, own, row, steps) or _misnamed(context, statement.said, row)


def _takers(context: Context, i: int) -> list[int | None]:
    return [context.step(record.out) for record in context.records.values() if i in record.inputs]


def _unlinked(context: Context, own: frozenset[int], row: frozenset[int], steps: dict[int, int]) -> Reason:
    """What is wrong if some values of a row are not made of others, nor of the same kind as those that are."""
    if len(row) == 1:
        return None
    edges = {i: [k for k in record.inputs if k is not None] for i, record in context.records.items()}
    for leaf in context.tape.leaves:
        edges[leaf] = [i for i in row if i < leaf and context.same(leaf, i)]
    links = [(k, i) for i in row for k in ways(edges, i, row) & row - {i} if steps[k] < steps[i]]
    kinds = {context.kind(context.records[i]) for link in links for i in link}
    linked = {i for link in links for i in link}
    for i in own:
        if i not in linked and context.kind(context.records[i]) not in kinds:
            return f"no other value of the row is computed from {percent(i)}, nor it from another"
    parts: dict[int, set[int]] = {i: {i} for i in sorted(linked)}
    for k, i in links:
        if parts[k] is not parts[i]:
            joined = parts[k] | parts[i]
            parts.update(dict.fromkeys(joined, joined))
    spans = [sorted(steps[i] for i in part) for part in {id(part): part for part in parts.values()}.values()]
    for first, second in pairwise(sorted(spans)):
        used = [_parameters(context, set(span)) for span in (first, second)]
        if first[-1] < second[0] and all(used) and used[0].isdisjoint(used[1]):
            return "these are two rows: neither is computed from the other, and they share no parameter"
    return None


def _parameters(context: Context, steps: set[int]) -> set[int]:
    """The parameters that some steps take."""
    return {i for t in steps for i in context.parameters.get(t, ())}


def _misnamed(context: Context, name: str, row: frozenset[int]) -> Reason:
    """What is wrong if the user gave this name to something that is neither in the row nor its start."""
    named = [i for i, given in context.tape.names.items() if given == name]
    if not named or not row.isdisjoint(named):
        return None
    for leaf in named:
        for record in context.records.values():
            places = [position for position, i in enumerate(record.inputs) if i == leaf]
            if any(kin.inputs[p] in row for p in places for kin in in_its_place(context, record, p)):
                return None
    return f"that is the name of {percent(named[0])}"


# -- places ----------------------------------------------------------------------------------------


def routes(context: Context, record: Record, position: int) -> set[Route]:
    """The ways inside its step from an operand of a record to what is carried on, as kinds of records."""
    step = context.step(record.out)
    found: set[Route] = set()
    ahead: list[tuple[int, Route]] = [(record.out, ((context.kind(record), position),))]
    while ahead and len(found) < _LONGEST:
        i, route = ahead.pop()
        users = _users(context).get(i, ())
        if any(i in row for _, row in context.rows) or any(
            (t := context.step(user.out)) is not None and step is not None and t > step for user, _ in users
        ):
            found.add(route)
        if len(route) < _LONGEST:
            ahead += [(u.out, (*route, (context.kind(u), p))) for u, p in users if context.step(u.out) == step]
    return found


def behind(context: Context, i: int) -> Counter[Form]:
    """What its step makes of a result, by kinds."""
    if i not in context.behind:
        found, ahead, step = {i}, [i], context.step(i)
        while ahead:
            users = {user.out for user, _ in _users(context).get(ahead.pop(), ())} - found
            own = {out for out in users if context.step(out) == step}
            found |= own
            ahead += own
        context.behind[i] = Counter(context.kind(context.records[k]) for k in found)
    return context.behind[i]


def _beside(context: Context, record: Record, position: int) -> list[tuple[bool, bool]]:
    """Of the other operands of a record, which are constants and which are parameters."""
    wanted = context.evidence.parameters
    return [(i is None, i in wanted) for p, i in enumerate(record.inputs) if p != position]


def _users(context: Context) -> dict[int, list[tuple[Record, int]]]:
    if not context.users:
        for record in context.records.values():
            for position, i in enumerate(record.inputs):
                if i is not None:
                    context.users.setdefault(i, []).append((record, position))
    return context.users


def _in_one_loop(context: Context, one: int | None, other: int) -> bool:
    """Whether two steps share a parameter, or one lies among steps that share one with the other."""
    spans = []
    for t in (other if one is None else one, other):
        alike, used = {t}, _parameters(context, {t})
        while more := {k for k, each in context.parameters.items() if k not in alike and not used.isdisjoint(each)}:
            alike |= more
            used |= _parameters(context, more)
        spans.append((min(alike), max(alike), bool(used)))
    (first, last, some), (begin, end, any_) = spans
    return not (some and any_) or (first <= end and begin <= last)


def in_its_place(context: Context, record: Record, position: int) -> list[Record]:
    """The records of other steps that take at this position, in the same place, what an earlier step computed.

    The place is the same if one of the ways from it to what is carried on is, or most of what the step makes of it.
    """
    ways_on = routes(context, record, position)
    own, other = behind(context, record.out), _beside(context, record, position)
    found = []
    for each in context.records.values():
        if each is record or position >= len(each.inputs) or context.kind(each) != context.kind(record):
            continue
        source = each.inputs[position]
        end = context.step(each.out)
        if source not in context.records or end is None:
            continue
        if not _in_one_loop(context, context.step(record.out), end):
            continue
        begin = context.step(source)  # None for what was computed before the loop, which is the state's value, too
        if begin is None or begin < end:
            there = behind(context, each.out)
            alike = 2 * (own & there).total() >= _ALIKE * (own.total() + there.total())
            beside = _beside(context, each, position) == other
            if ways_on & routes(context, each, position) or (alike and beside):
                found.append(each)
    return found


def _places(context: Context, leaf: int, target: int) -> list[int]:
    return [position for position, i in enumerate(context.records[target].inputs) if i == leaf]


# -- what begins, and what breaks ------------------------------------------------------------------


@check("start")
def start(context: Context, statement: Statement) -> Reason:
    if reason := pair(context, statement):
        return reason
    leaf, target = statement.ids
    if leaf not in context.tape.leaves:
        return f"{percent(leaf)} is no leaf"
    places = _places(context, leaf, target)
    if not places:
        return f"{percent(target)} does not take it"
    record = context.records[target]
    own = context.form(record)
    for position in places:
        kin = in_its_place(context, record, position)
        now = context.step(target) or 0
        later = [each for each in kin if (context.step(each.out) or 0) > now]
        taken = [each for each in kin if context.step(each.inputs[position] or 0) is not None]
        if later and not any((context.step(each.out) or 0) < now and context.form(each) == own for each in taken):
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
        return None if statement.said is None else "the leaf, or the source, is in no step"
    return None if statement.said == end - begin and end > begin else f"it is {end - begin} steps later"


@check("reset")
def reset(context: Context, statement: Statement) -> Reason:
    if reason := pair(context, statement):
        return reason
    leaf, target = statement.ids
    if leaf not in context.tape.leaves:
        return f"{percent(leaf)} is no leaf"
    record = context.records[target]
    if not any(in_its_place(context, record, position) for position in _places(context, leaf, target)):
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
    if reason := unknown(context, statement):
        return reason
    (target,) = statement.ids
    record = context.records[target]
    if not isinstance(statement.said, int) or not 0 <= statement.said < len(record.inputs):
        return f"the record has {len(record.inputs)} operands"
    if record.inputs[statement.said] is not None:
        return "that operand is no constant"
    return None if in_its_place(context, record, statement.said) else "no other step takes a state in its place"
