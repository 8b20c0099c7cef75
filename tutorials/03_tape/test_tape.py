"""Checks of chapter 3."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from minigrad.tutorials.asking import Wrong, ask, equal, text


def leaves(exercise, *values):
    """A tape with some leaves."""
    tape = exercise.Tape()
    for value in values:
        exercise.leaf(tape, value)
    return tape


def recorded(exercise, tape, op, *inputs, **params):
    """Ask ``record``; what it gave, with the question as text."""
    given = [repr(op), *map(str, inputs), *(f"{name}={text(each)}" for name, each in params.items())]
    return ask(exercise.record, tape, op, *inputs, asked=f"record(tape, {', '.join(given)})", **params)


def value_of(tape, i, asked, right):
    """Check a value on the tape."""
    asked = f"tape.values[{i}] {asked}"
    if i not in tape.values:
        raise Wrong(asked, "there is none", text(right))
    equal(asked, tape.values[i], right)


@contextmanager
def known(exercise, **forward) -> Iterator[None]:
    """The tape can run some more operations, as long as this lasts."""
    exercise.FORWARD.update(forward)
    try:
        yield
    finally:
        for op in forward:
            del exercise.FORWARD[op]


def test_leaf__ids(exercise):
    tape = exercise.Tape()
    for right, value in enumerate((0.5, 2.0, 0.5)):
        asked = f"leaf number {right + 1} of a new tape: leaf(tape, {value})"
        ask(exercise.leaf, tape, value, asked=asked).gives(right)
    other = exercise.Tape()
    ask(exercise.leaf, other, 2.0, asked="leaf(other, 2), where other is a second tape that is new").gives(0)


def test_leaf__values(exercise):
    tape = exercise.Tape()
    for i, value in enumerate((0.5, 3, [1, 2])):
        asked = f"leaf(tape, {text(value)})"
        ask(exercise.leaf, tape, value, asked=asked).gives(i)
        value_of(tape, i, f"after {asked}", np.array(value, "float64"))
        equal(f"the type of tape.values[{i}] after {asked}", type(tape.values[i]).__name__, "ndarray")
        equal(f"the dtype of tape.values[{i}] after {asked}", str(tape.values[i].dtype), "float64")


def test_leaf__an_array_is_not_copied(exercise):
    tape, array = exercise.Tape(), np.array([0.5, 2.0])
    asked = "leaf(tape, array), an array of float64"
    ask(exercise.leaf, tape, array, asked=asked).gives(0)
    equal(f"tape.values[0] is array, after {asked}", tape.values[0] is array, True)


def test_leaf__names(exercise):
    tape = exercise.Tape()
    ask(exercise.leaf, tape, 0.5).gives(0)
    ask(exercise.leaf, tape, 2.0, "x").gives(1)
    equal("tape.names after leaf(tape, 0.5) and leaf(tape, 2, 'x')", tape.names, {1: "x"})
    equal("tape.records after two leaves", tape.records, [])


def test_leaf__no_id_is_given_twice(exercise):
    tape = leaves(exercise, 0.5, 2.0)
    del tape.values[0]
    ask(exercise.leaf, tape, 1.0, asked="leaf(tape, 1) after the ids 0 and 1, of which %0 was dropped").gives(2)
    equal("tape.values after leaf(tape, 1), where %0 was dropped", tape.values, {1: np.array(2.0), 2: np.array(1.0)})


def test_record__runs_the_operation(exercise, rng):
    x, y = rng.uniform(0.5, 2, size=2)
    for op, right in (("subtract", x - y), ("add", x + y), ("multiply", x * y)):
        tape = leaves(exercise, 7.0, x, y)
        answer = recorded(exercise, tape, op, 1, 2)
        answer.gives(3)
        value_of(tape, 3, f"after {answer.asked}, where %1 = {text(x)}, %2 = {text(y)}", right)
    tape = leaves(exercise, x)
    answer = recorded(exercise, tape, "tanh", 0)
    answer.gives(1)
    value_of(tape, 1, f"after {answer.asked}, where %0 = {text(x)}", np.tanh(x))


def test_record__writes_it_down(exercise):
    tape = leaves(exercise, -0.5, 2.0)
    right = []
    for op, inputs in (("multiply", (0, 1)), ("add", (2, 1)), ("tanh", (3,)), ("subtract", (4, 4))):
        answer = recorded(exercise, tape, op, *inputs)
        answer.gives(2 + len(right))
        right.append(exercise.Record(op, inputs, 2 + len(right), 0, {}))
        equal(f"tape.records after {answer.asked}", tape.records, right)
    equal("the ids in tape.values after two leaves and four records", sorted(tape.values), [0, 1, 2, 3, 4, 5])
    equal("tape.names after two leaves and four records, where no leaf has a name", tape.names, {})


def test_record__arrays(exercise, rng):
    x, y = rng.uniform(0.5, 2, size=(2, 3))
    tape = leaves(exercise, x, y)
    answer = recorded(exercise, tape, "multiply", 0, 1)
    answer.gives(2)
    value_of(tape, 2, f"after {answer.asked} of two arrays", x * y)


def test_record__the_step_of_the_tape(exercise):
    tape = leaves(exercise, 0.5)
    tape.step = 3
    answer = recorded(exercise, tape, "tanh", 0)
    answer.gives(1)
    right = [exercise.Record("tanh", (0,), 1, 3, {})]
    equal(f"tape.records after {answer.asked}, where tape.step is 3", tape.records, right)


def test_record__keyword_arguments(exercise):
    tape = leaves(exercise, 0.5)
    with known(exercise, power=lambda x, exponent=1: x**exponent):
        answer = recorded(exercise, tape, "power", 0, exponent=3)
    answer.gives(1)
    asked = f"after {answer.asked}, where FORWARD['power'] is a function of x and exponent, and %0 = 0.5"
    value_of(tape, 1, asked, 0.125)
    equal(f"tape.records {asked}", tape.records, [exercise.Record("power", (0,), 1, 0, {"exponent": 3})])


def test_record__the_id_counts_on(exercise):
    tape = leaves(exercise, 0.5, 2.0)
    del tape.values[0]
    answer = recorded(exercise, tape, "tanh", 1)
    answer._replace(asked=f"{answer.asked} after the ids 0 and 1, of which %0 was dropped").gives(2)


def test_printed__one_record(exercise):
    tape = exercise.Tape()
    tape.records = [exercise.Record("multiply", (0, 1), 2, 0, {})]
    ask(exercise.printed, tape, asked="printed(tape) of one record").gives("%2 = multiply(%0, %1)")


def test_printed__some_records(exercise):
    tape = exercise.Tape()
    parts = [("subtract", (7, 4), 9), ("tanh", (9,), 12), ("where", (12, 7, 9), 13)]
    tape.records = [exercise.Record(op, inputs, out, 1, {}) for op, inputs, out in parts]
    right = "%9 = subtract(%7, %4)\n%12 = tanh(%9)\n%13 = where(%12, %7, %9)"
    ask(exercise.printed, tape, asked="printed(tape) of three records, with one to three operands").gives(right)


def test_printed__no_record(exercise):
    ask(exercise.printed, exercise.Tape(), asked="printed(tape) of a new tape").gives("")


def predicted(exercise):
    """The records of (a + x) · (a + x)."""
    tape = leaves(exercise, -0.5, 2.0)
    exercise.record(tape, "multiply", exercise.record(tape, "add", 0, 1), exercise.record(tape, "add", 0, 1))
    return str(len(tape.records))
