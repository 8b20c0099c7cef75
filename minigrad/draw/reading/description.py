"""Descriptions: what a picture claims in a few plain sentences, for whoever cannot see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...statements import Statement
from ...words import listed
from ..text import clean, many, number

MOST = 4  # things of one kind that a sentence names

ByKind = dict[str, list[Statement]]


def description(statements: Iterable[Statement]) -> str:
    """The sentences, made of nothing but the statements."""
    found: ByKind = {}
    for statement in statements:
        found.setdefault(statement.kind, []).append(statement)
    steps = {i: each.said for each in found.get("step", ()) for i in each.ids}
    names = {each.ids[0]: clean(each.said) for each in found.get("name", ())}
    made = (
        _time(found, steps),
        _states(found, names),
        _breaks(found, steps),
        _walks(found),
        _parameters(found, names),
        _numbers(found, names),
        _next(found),
        _cells(found),
    )
    return " ".join(sentence for sentences in made for sentence in sentences)


def _few(words: Sequence[str]) -> str:
    """Words with commas; of many the first ones, and how many more there are."""
    if len(words) > MOST + 1:
        words = [*words[:MOST], f"{len(words) - MOST:,} more"]
    return listed(words, str) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


def _time(found: ByKind, steps: dict[int, int]) -> Iterator[str]:
    times = sorted(set(steps.values()))
    if len(times) > 1:
        whole = times == list(range(times[0], times[-1] + 1))
        yield f"{many(len(times), 'step')}" + (f", t = {times[0]} to {times[-1]}." if whole else ".")
    elif times:
        yield f"One step, t = {times[0]}."
    for each in found.get("cuts", ()):
        yield f"The tape was cut {many(each.said, 'time')}."
    for each in found.get("k", ()):
        k1, k2 = each.said
        yield f"Every walk counts {many(k1, 'new step')} and goes back over {k2:,} at most."
    windows = [each for each in found.get("records", ()) if len(found["records"]) > 1]
    if windows:
        yield "There are windows of " + _few([f"{each.said:,}" for each in windows]) + " records."


def _states(found: ByKind, names: dict[int, str]) -> Iterator[str]:
    members = {i: each.said for each in found.get("state", ()) for i in each.ids}
    lags: dict[str, set[int]] = {}
    for each in found.get("carried", ()):
        if each.ids[0] in members:
            lags.setdefault(members[each.ids[0]], set()).add(each.said)
    for name in dict.fromkeys(members.values()):
        if name in lags:
            later = _few([f"{lag:,}" for lag in sorted(lags[name])])
            over = "to the next" if lags[name] == {1} else f"over {later} steps"
            yield f"The state {name} is carried from a step {over}."
    zero = {each.ids[0] for each in found.get("zero", ())}
    begun = dict.fromkeys(each.ids[0] for each in found.get("start", ()))
    if begun:
        yield (
            "The states begin with "
            + _few([_leaf(i, names) + (", which is 0" if i in zero else "") for i in begun])
            + "."
        )


def _leaf(i: int, names: dict[int, str]) -> str:
    return names.get(i, f"%{i}")


def _at(i: int, steps: dict[int, int]) -> str:
    return f"step {steps[i]}" if i in steps else f"%{i}"


def _breaks(found: ByKind, steps: dict[int, int]) -> Iterator[str]:
    """Where the value passes and no gradient does, or neither."""
    by_hand = [_at(each.ids[1], steps) for each in found.get("detached", ())]
    if by_hand:
        yield f"The value of {_few(list(dict.fromkeys(by_hand)))} is used later as a constant: no gradient passes."
    fresh = dict.fromkeys(_at(each.ids[1], steps) for each in found.get("reset", ()))
    if fresh:
        yield f"At {_few(list(fresh))} another value takes the place of the state: neither value nor gradient passes."
    replaced = dict.fromkeys(_at(each.ids[0], steps) for each in found.get("replaced", ()))
    if replaced:
        yield f"At {_few(list(replaced))} a constant takes the place of the state."
    stops: dict[tuple[int, int], list[Statement]] = {}
    for each in found.get("stops", ()):
        stops.setdefault((each.walk, each.cut), []).append(each)
    words = []
    for (walk, cut), members in stops.items():
        source, target = (_few(list(dict.fromkeys(_at(each.ids[end], steps) for each in members))) for end in (0, 1))
        reason = f" by cut {cut}" if cut else ""
        words.append(f"in walk {walk} between {target} and {source}, a constant{reason}")
    if words:
        yield f"The gradient stops {_few(words)}."


def _walks(found: ByKind) -> Iterator[str]:
    values = {each.walk: each.said for each in found.get("total", ())}
    counted = {each.walk: each for each in found.get("counts", ())}
    numbers = sorted({*values, *counted, *(each.walk for each in found.get("walk", ()))})
    words = []
    for walk in numbers:
        word = f"walk {walk}"
        if walk in values:
            word += f" differentiates a total of {number(values[walk])}"
        if walk in counted:
            first, last = counted[walk].said
            span = f"step {first}" if first == last else f"steps {first} to {last}"
            word += f" from the losses of {span}"
        words.append(word)
    if words:
        yield f"{many(len(words), 'backward walk')}: {_few(words)}."
    seeds = [f"{number(each.said)} in walk {each.walk}" for each in found.get("seed", ())]
    if seeds:
        yield f"Seeds: {_few(seeds)}."


def _parameters(found: ByKind, names: dict[int, str]) -> Iterator[str]:
    grads = {each.ids[0]: each.said for each in found.get("grad", ())}
    words = []
    for each in found.get("parameter", ()):
        i = each.ids[0]
        words.append(_leaf(i, names) + (f", whose .grad has the norm {number(grads[i])}" if i in grads else ""))
    if words:
        yield f"{'Parameters' if len(words) > 1 else 'Parameter'}: {_few(words)}."


def _numbers(found: ByKind, names: dict[int, str]) -> Iterator[str]:
    """The scalars of a graph without steps that the user named, and their derivatives."""
    if found.get("step"):
        return
    values = {each.ids[0]: each.said for each in found.get("value", ())}
    words = [f"{names[i]} = {number(value)}" for i, value in values.items() if i in names]
    if words:
        yield f"Values: {_few(words)}."
    slopes = [
        f"by {names[each.ids[0]]} {number(each.said)}" for each in found.get("derivative", ()) if each.ids[0] in names
    ]
    if slopes:
        yield f"Derivatives: {_few(slopes)}."


def _next(found: ByKind) -> Iterator[str]:
    """The parts of the state of a cell."""
    parts = [each.said for each in found.get("next", ())]
    if parts:
        yield f"The step takes {_few([f'{name} of t − 1' for name in parts])}, and returns the same of t."


def _cells(found: ByKind) -> Iterator[str]:
    """The range of the numbers in a chart."""
    for kind, what in (
        ("flow", "Norms of the derivatives of losses by states"),
        ("nbytes", "Bytes that the tape kept"),
    ):
        sizes = [each.said for each in found.get(kind, ())]
        if sizes:
            yield f"{what}: {number(min(sizes))} to {number(max(sizes))}."
