"""Checks of chapter 4.

A walk that adds in place, which chapter 5 is about, passes all of them: where ``add`` hands on one array to both of its
operands, that is a number here, which nothing can change.
"""

from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import Wrong, ask, equal, text

OPERANDS = {"add": 2, "subtract": 2, "multiply": 2, "tanh": 1}


class Record(NamedTuple):
    """A record as chapter 3 writes it."""

    op: str
    inputs: tuple[int, ...]
    out: int
    step: int
    params: dict[str, Any]


class Number:
    """A number that knows ``+``, ``-`` and ``*`` and nothing else."""

    __array_ufunc__ = None

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return text(self.value)

    def __add__(self, other):
        return Number(self.value + getattr(other, "value", other))

    def __sub__(self, other):
        return Number(self.value - getattr(other, "value", other))

    def __mul__(self, other):
        return Number(self.value * getattr(other, "value", other))

    def __rsub__(self, other):
        return Number(other - self.value)

    def __neg__(self):
        return Number(-self.value)

    __radd__, __rmul__ = __add__, __mul__


def written(exercise, leaves, *records):
    """A tape that was written by hand, so that the walk can be asked without recording."""
    tape = exercise.Tape()
    tape.values = {i: np.asarray(value, "float64") for i, value in enumerate(leaves)}
    for op, inputs, *more in records:
        append(tape, op, inputs, *more)
    return tape


def append(tape, op, inputs, function=None, params=None):
    """Append a record, and the value that it has: of NumPy's function of that name, or of another one."""
    out = len(tape.values)
    made = (function or getattr(np, op))(*[tape.values[i] for i in inputs], **(params or {}))
    tape.values[out] = np.asarray(made)
    tape.records.append(Record(op, inputs, out, 0, params or {}))
    return out


def example(exercise):
    """``tanh(a · x + x)`` at a = −0.5, x = 2."""
    return written(exercise, (-0.5, 2.0), ("multiply", (0, 1)), ("add", (2, 1)), ("tanh", (3,)))


def walked(exercise, tape, *targets):
    """Ask ``backward``, with the leaves and records in the question."""
    made = {each.out for each in tape.records}
    leaves = [f"%{i} = {text(value)}" for i, value in tape.values.items() if i not in made]
    records = [f"%{r.out} = {r.op}({', '.join(f'%{i}' for i in r.inputs)})" for r in tape.records]
    asked = f"backward(tape, {', '.join(map(str, targets))}), where {'; '.join(leaves + records)}"
    return ask(exercise.backward, tape, *targets, asked=asked)


def cotangents_of(answer):
    """The dict that ``backward`` gave."""
    if not isinstance(answer.value, dict):
        raise Wrong(answer.asked, text(answer.value), "a dict of cotangents by id")
    return answer.value


def one(answer, i, right):
    """Check the cotangent of one id."""
    asked, found = f"the cotangent of %{i} from {answer.asked}", cotangents_of(answer)
    if i not in found:
        raise Wrong(asked, "it has none", text(right))
    equal(asked, found[i], right)


def test_multiply_rule__numbers(exercise, rng):
    g, x, y = rng.uniform(0.5, 2, size=3)
    asked = f"multiply_rule(g, out, x, y) with g = {text(g)}, x = {text(x)}, y = {text(y)}"
    ask(exercise.multiply_rule, g, x * y, x, y, asked=asked).gives([g * y, g * x])


def test_multiply_rule__arrays(exercise, rng):
    g, x, y = rng.uniform(0.5, 2, size=(3, 2))
    asked = "multiply_rule(g, out, x, y) of arrays of two numbers"
    ask(exercise.multiply_rule, g, x * y, x, y, asked=asked).gives([g * y, g * x])


def test_multiply_rule__three_operators(exercise):
    g, x, y = Number(2.0), Number(3.0), Number(5.0)
    asked = "multiply_rule(g, out, x, y) with g = 2, x = 3, y = 5, of numbers that know only +, - and *"
    plain(ask(exercise.multiply_rule, g, x * y, x, y, asked=asked), [10.0, 6.0])


def plain(answer, right):
    """Check a rule's list of ``Number``."""
    if answer.error is None and isinstance(answer.result, (list, tuple)):
        answer = answer._replace(result=[getattr(each, "value", each) for each in answer.result])
    answer.gives(right)


def test_tanh_rule__numbers(exercise, rng):
    g, x = rng.uniform(0.5, 1.5, size=2)
    asked = f"tanh_rule(g, out, x) with g = {text(g)}, out = {text(np.tanh(x))}, x = {text(x)}"
    ask(exercise.tanh_rule, g, np.tanh(x), x, asked=asked).gives([g / np.cosh(x) ** 2])


def test_tanh_rule__arrays(exercise, rng):
    g, x = rng.uniform(0.5, 1.5, size=(2, 3))
    asked = "tanh_rule(g, out, x) of arrays of three numbers"
    ask(exercise.tanh_rule, g, np.tanh(x), x, asked=asked).gives([g / np.cosh(x) ** 2])


def test_tanh_rule__from_its_result(exercise):
    asked = "tanh_rule(g, out, x) with g = 2, out = 0.5, and an x that is None"
    ask(exercise.tanh_rule, 2.0, 0.5, None, asked=asked).gives([1.5])


def test_tanh_rule__three_operators(exercise):
    asked = "tanh_rule(g, out, x) with g = 2, out = 0.5, of numbers that know only +, - and *"
    plain(ask(exercise.tanh_rule, Number(2.0), Number(0.5), Number(0.549306), asked=asked), [1.5])


def test_accumulate__adds(exercise):
    cotangents = {3: 1.0}
    for contribution, right in ((2.0, 2.0), (0.5, 2.5), (-4.0, -1.5)):
        asked = f"cotangents = {text(cotangents)}; accumulate(cotangents, 7, {text(contribution)}); cotangents"
        ask(exercise.accumulate, cotangents, 7, contribution, asked=asked).value  # noqa: B018 (it raises)
        equal(asked, cotangents, {3: 1.0, 7: right})


def test_accumulate__arrays(exercise):
    cotangents = {}
    for contribution, right in (([0.0, 2.0], [0.0, 2.0]), ([1.0, 0.5], [1.0, 2.5])):
        asked = f"cotangents = {text(cotangents)}; accumulate(cotangents, 0, np.array({contribution})); cotangents"
        ask(exercise.accumulate, cotangents, 0, np.array(contribution), asked=asked).value  # noqa: B018 (it raises)
        equal(asked, cotangents, {0: np.array(right)})


def test_backward__the_walk(exercise):
    answer = walked(exercise, example(exercise), 4)
    slope = 1 - np.tanh(1.0) ** 2
    one(answer, 4, 1.0)
    one(answer, 3, slope)
    one(answer, 0, 2.0 * slope)
    one(answer, 1, -0.5 * slope + slope)
    equal(answer.asked, answer.value, {4: 1.0, 3: slope, 2: slope, 1: 0.5 * slope, 0: 2.0 * slope})


def test_backward__used_twice_by_one_record(exercise):
    walked(exercise, written(exercise, (3.0,), ("multiply", (0, 0))), 1).gives({1: 1.0, 0: 6.0})


def test_backward__in_the_middle_of_the_tape(exercise):
    tape = written(exercise, (3.0, 5.0), ("multiply", (0, 0)), ("tanh", (1,)), ("multiply", (2, 0)), ("tanh", (4,)))
    walked(exercise, tape, 2).gives({2: 1.0, 0: 6.0})


def test_backward__past_what_it_does_not_depend_on(exercise):
    tape = written(exercise, (3.0, 5.0), ("multiply", (0, 0)), ("tanh", (1,)), ("multiply", (2, 1)))
    walked(exercise, tape, 4).gives({4: 1.0, 2: 5.0, 1: 9.0, 0: 30.0})


def test_backward__a_cotangent_of_zero(exercise):
    tape = written(exercise, (0.5, 0.0), ("multiply", (0, 0)), ("tanh", (2,)), ("multiply", (3, 1)), ("tanh", (4,)))
    walked(exercise, tape, 5).gives({5: 1.0, 4: 1.0, 3: 0.0, 1: np.tanh(0.25), 2: 0.0, 0: 0.0})


def test_backward__a_leaf(exercise):
    walked(exercise, example(exercise), 1).gives({1: 1.0})


def test_backward__some_targets(exercise):
    tape = written(exercise, (3.0,), ("multiply", (0, 0)), ("multiply", (1, 0)))
    walked(exercise, tape, 2, 1).gives({2: 1.0, 1: 4.0, 0: 9.0 + 4.0 * 6.0})
    walked(exercise, tape, 1, 1).gives({1: 2.0, 0: 12.0})
    ask(exercise.backward, tape, asked="backward(tape), without a target").gives({})


def test_backward__ones_in_the_shape_of_the_target(exercise):
    x, y = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    tape = written(exercise, (x, y), ("multiply", (0, 1)), ("multiply", (2, 1)))
    walked(exercise, tape, 3).gives({3: np.ones(3), 2: y, 1: 2 * x * y, 0: y * y})


def test_backward__keyword_arguments(exercise):
    tape = written(exercise, (3.0,), ("scale", (0,), lambda x, by=1.0: x * by, {"by": 4.0}))
    exercise.RULES["scale"] = lambda g, out, x, by=1.0: [g * by]
    try:
        answer = walked(exercise, tape, 1)
    finally:
        del exercise.RULES["scale"]
    said = "scale is an operation with the keyword argument by = 4, of which RULES['scale'] wants to know"
    answer._replace(asked=f"{answer.asked}; {said}").gives({1: 1.0, 0: 4.0})


def test_backward__twice(exercise):
    tape = example(exercise)
    values, records = dict(tape.values), list(tape.records)
    first = dict(cotangents_of(walked(exercise, tape, 4)))
    answer = walked(exercise, tape, 4)
    answer._replace(asked=f"the second time {answer.asked}").gives(first)
    equal("tape.records after two walks", tape.records, records)
    equal("tape.values after two walks", tape.values, values)


def test_backward__a_long_chain(exercise):
    tape = written(exercise, (1.0,))
    last = 0
    for _ in range(3000):
        last = append(tape, "tanh" if last == 0 else "multiply", (0,) if last == 0 else (last, 0))
    answer = ask(exercise.backward, tape, last, asked=f"backward(tape, {last}), where the tape has 3,000 records")
    one(answer, 1, 1.0)


def test_backward__agrees_with_minigrad(exercise, rng):
    for _ in range(5):
        tape = written(exercise, rng.uniform(-1, 1, size=3))
        for op in rng.choice(list(OPERANDS), size=6):
            append(tape, str(op), tuple(int(i) for i in rng.integers(len(tape.values), size=OPERANDS[op])))
        target = append(tape, "tanh", (len(tape.values) - 1,))
        answer = walked(exercise, tape, target)
        ask(verdict, tape, target, cotangents_of(answer), asked=answer.asked).gives(
            "every value and every cotangent is right"
        )


def verdict(tape, target, cotangents):
    """What minigrad says of a walk."""
    return str(mg.tutorials.adopt(tape, target, cotangents))


def predicted(exercise):
    """The cotangent of x in y = x · x at 3, when z = y · x comes after it on the tape."""
    tape = written(exercise, (3.0,), ("multiply", (0, 0)), ("multiply", (1, 0)))
    return f"{float(exercise.backward(tape, 1)[0]):g}"
