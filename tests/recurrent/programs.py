"""Random recurrent programs, and random ways to truncate them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.recurrent.choices import Choices
from tests.recurrent.draft import Draft
from tests.recurrent.limits import some_limits
from tests.recurrent.moves import MOVES, PLAIN, combine, project, shift
from tests.recurrent.program import Head, Program, Shape

MOST_STEPS = 12


class Cuts(NamedTuple):
    """Walks and cuts by hand.

    Attributes:
        keep: the steps after which the tape is walked and cut, and how many steps each cut keeps.
        how: see ``HOW``.
        update: whether the parameters change after each walk.
    """

    keep: dict[int, int]
    how: str
    update: bool


class Windows(NamedTuple):
    """The settings of ``truncated_bptt``, and whether the parameters change after each window."""

    k1: int | None
    k2: int | None
    overlap: str
    scheme: str
    reduction: str
    update: bool


HOW = ("targets", "sum", "each")  # to walk from all losses at once, from their sum, or from one after another


# -- what the checks take ----------------------------------------------------------------------------


def walked(choices: Choices) -> tuple[Program, str]:
    return some_program(choices), choices.choice(HOW)


def cut(choices: Choices) -> tuple[Program, Cuts]:
    """A parameter that is handed on as a state is no value that a cut of the tape ends, so there is none."""
    program = some_program(choices)
    handed_on = {f"{name}_start" for name in program.carried}
    program = program._replace(leaves={name: s for name, s in program.leaves.items() if name not in handed_on})
    keep = {choices.number(1, program.steps): choices.choice([0, 0, 1, 2, 3]) for _ in range(choices.number(1, 3))}
    return program, Cuts(keep, choices.choice(HOW), choices.one_in(2))


def windowed(choices: Choices) -> tuple[Program, Windows]:
    program = some_program(choices)
    overlap, reduction = choices.choice(["keep", "recompute"]), choices.choice(["sum", "mean"])
    update = not choices.one_in(3)
    k1 = choices.number(1, max(1, min(program.steps - 1, choices.choice([2, 4, MOST_STEPS]))))
    if choices.one_in(6):
        return program, Windows(k1, choices.number(1, 5), overlap, "lag mask", reduction, update)
    if choices.one_in(10):
        return program, Windows(None, None, overlap, "window", reduction, update)
    return program, Windows(k1, k1 + choices.choice([0, 0, 1, 2, 3, 4]), overlap, "window", reduction, update)


def short(choices: Choices) -> tuple[Program]:
    return (some_program(choices, most_steps=5),)


def rounded(choices: Choices) -> tuple[Program]:
    """A program in float32, or one with some of its leaves in float32."""
    program = some_program(choices, most_steps=6)
    if choices.one_in(2):
        return (program._replace(singles=frozenset(name for name in program.leaves if choices.one_in(2))),)
    return (program._replace(singles=frozenset({*program.leaves, *program.states, *program.inputs})),)


# -- a program ---------------------------------------------------------------------------------------


def some_program(choices: Choices, most_steps: int = MOST_STEPS) -> Program:
    """A program of at most so many steps."""
    steps = choices.number(1, most_steps)
    draft = Draft(choices)
    rows, columns = (lambda n: (draft.batch, n)), (lambda n: (n, draft.batch))
    others = [lambda n: (n,), lambda n: (2, draft.batch, n)]
    forms: list[Callable[[int], Shape]] = choices.choice([[rows], [columns], [rows, columns], [rows, columns, *others]])
    for k in range(choices.number(1, 3)):
        name, shape = f"s{k}", choices.choice(forms)(draft.size())
        draft.states[name] = draft.values[name] = shape
        if choices.one_in(3):
            draft.learned[f"{name}_start"] = shape
    for _ in range(choices.number(0, 2)):
        shape = choices.choice(forms)(draft.size())
        draft.values[draft.input(shape, "real")] = shape
    for _ in range(choices.number(1, 2 if draft.plain else 9)):
        if choices.choice(PLAIN if draft.plain else MOVES)(draft) is None:
            combine(draft)
    carried = tuple(_carried(draft, name) for name in draft.states)
    read = carried[0] if draft.plain else draft.any_value()[0]
    heads = tuple(_head(draft, steps, read) for _ in range(choices.number(1, 3)))
    return Program(
        steps,
        draft.weights | draft.biases | draft.learned,
        draft.inputs,
        draft.states,
        tuple(draft.before),
        tuple(draft.lines),
        carried,
        heads,
        some_limits(choices),
        choices.number(0, 99),
    )


def _carried(d: Draft, state: str) -> str:
    """What a state becomes; bounded, so that long programs do not blow up."""
    shape = d.states[state]
    as_before = [name for name, s in d.states.items() if s == shape and name != state]
    if as_before and d.choices.one_in(8):
        return d.choices.choice(as_before)
    new = d.emit(shape, d.choices.choice(["tanh({0})", "sigmoid({0})"]), _reached(d, shape))
    if d.choices.one_in(3):
        gate = d.emit(shape, "sigmoid({0})", _reached(d, shape))
        return d.emit(shape, "{0} * {2} + (1 - {0}) * {1}", gate, new, state)
    return new


def _reached(d: Draft, wanted: Shape) -> str:
    """A value of the wanted shape, mostly by a projection."""
    left = d.from_left(wanted) if d.plain else len(wanted) > 1 and d.choices.one_in(2)
    kept = lambda s: (*s[:-2], *s[-1:]) if left else s[:-1]
    x = d.value(lambda s: len(s) == len(wanted) and kept(s) == kept(wanted))
    as_it_is = x is None or d.choices.one_in(2 if d.plain else 4)
    found = None if as_it_is else project(d, x, wanted[-2] if left else wanted[-1], left)
    found = found or d.value(lambda s: s == wanted)
    assert found is not None, "the state itself has the wanted shape"
    return found


def _head(d: Draft, steps: int, read: str) -> Head:
    """A loss at some steps, often of what other heads ``read`` too; it depends on a leaf within its own step."""
    done, values = len(d.lines), dict(d.values)
    live = [name for name in values if name in d.live]
    at_once = live and not d.plain and d.choices.one_in(3)
    x = d.choices.choice(reversed(live)) if at_once else project(d, None if d.choices.one_in(3) else read)
    if x is None or x not in d.live:
        x = shift(d, x)
    shape = d.shape(x)
    operation = d.choices.choice(
        ["mean(square({0} - {1}))", "sum({0} * {1})", "sum(tanh({0}))", "cross_entropy({0}, {1})"]
    )
    operands = [x]
    if operation.startswith("cross_entropy"):
        operands.append(d.input(shape[:-1], "index", shape[-1]))
    elif "{1}" in operation:
        operands.append(d.input(shape, "real"))
    lines = [*d.lines[done:], d.line(operation, operands)]
    if d.choices.one_in(6):
        leaf = d.choices.choice([*d.weights, *d.biases])
        lines.append(d.line("{0} + 0.1 * sum(square({1}))", (lines[-1].result, leaf)))
    del d.lines[done:]
    d.values = values  # a head sees the step, not the other heads
    mask = d.choices.number(1, 2**steps - 1) if d.choices.one_in(3 if d.plain else 2) else 2**steps - 1
    return Head(frozenset(t + 1 for t in range(steps) if mask >> t & 1), tuple(lines))
