"""Tests of exercise 2; the number in a test's name is the hole that it looks at."""

import math

import pytest

import minigrad as mg
from minigrad.tutorials import load

exercise = load(__file__)
Record, Tape = exercise.Record, exercise.Tape


def written(values, *records):
    """A tape that was written by hand, so that the walk can be tested without recording."""
    tape = Tape()
    tape.values = list(values)
    tape.records = [Record(*record) for record in records]
    return tape


def example():
    """``tanh(a · x) + x`` at a = 0.5, x = 2."""
    h = math.tanh(1.0)
    return written([0.5, 2.0, 1.0, h, h + 2.0], ("multiply", (0, 1), 2), ("tanh", (2,), 3), ("add", (3, 1), 4))


def test_1_record_computes():
    tape = Tape()
    a, x = tape.leaf(0.5), tape.leaf(2.0)
    product = exercise.record(tape, "multiply", a, x)
    assert product == 2, "the result's id is its position in tape.values; two leaves came before it"
    assert tape.values == [0.5, 2.0, 1.0], "append the result to tape.values"


def test_1_record_writes_plain_records():
    tape = Tape()
    a, x = tape.leaf(0.5), tape.leaf(2.0)
    y = exercise.record(tape, "add", exercise.record(tape, "tanh", exercise.record(tape, "multiply", a, x)), x)
    assert tape.records == example().records, "one Record(op, inputs, out) for each operation, with ids, not values"
    assert tape.values == pytest.approx(example().values)
    assert y == 4


@pytest.mark.parametrize(
    ("op", "inputs", "want"),
    [("add", [2.0, 3.0], [10.0, 10.0]), ("multiply", [2.0, 3.0], [30.0, 20.0]), ("tanh", [0.5], [7.864477])],
)
def test_2_rules(op, inputs, want):
    out = exercise.FORWARD[op](*inputs)
    got = list(exercise.contributions(op, 10.0, inputs, out))
    assert len(got) == len(inputs), "one contribution for each operand"
    if op == "multiply":
        assert got != [20.0, 30.0], "the contribution to x is g · y, and the one to y is g · x"
    assert got == pytest.approx(want), f"{op} of {inputs} with g = 10"


def test_3_accumulate():
    cotangents = {}
    exercise.accumulate(cotangents, 7, 2.0)
    assert cotangents == {7: 2.0}, "the first contribution is stored as it is"
    exercise.accumulate(cotangents, 7, 0.5)
    assert cotangents != {7: 0.5}, "the second contribution overwrote the first"
    assert cotangents == {7: 2.5}


def test_4_walk():
    cotangents = exercise.backward(example(), 4)
    slope = 1 - math.tanh(1.0) ** 2
    assert cotangents is not None, "return the dict of cotangents"
    assert cotangents.get(0) == pytest.approx(2.0 * slope), "dy/da = x · (1 − tanh²)"
    assert cotangents.get(1) != pytest.approx(0.5 * slope), "x is used twice; the use in the sum was lost"
    assert cotangents.get(1) == pytest.approx(0.5 * slope + 1), "dy/dx = a · (1 − tanh²) + 1"


def test_4_results_on_the_way_have_cotangents_too():
    cotangents = exercise.backward(example(), 4)
    slope = 1 - math.tanh(1.0) ** 2
    assert cotangents.get(4) == 1.0, "the walk starts with dy/dy = 1, and keeps it"
    assert cotangents.get(3) == 1.0, "the cotangent of tanh(a · x) is wanted as well: keep what the walk has used"
    assert cotangents.get(2) == pytest.approx(slope), "the cotangent of a · x is wanted as well"


def test_4_a_value_used_twice_by_one_operation():
    tape = written([3.0, 9.0], ("multiply", (0, 0), 1))
    assert exercise.backward(tape, 1).get(0) == 6.0, "d(x · x)/dx is 2x"


def test_4_what_the_target_does_not_depend_on():
    tape = written([3.0, 9.0, 12.0, 0.1], ("multiply", (0, 0), 1), ("add", (1, 0), 2), ("tanh", (0,), 3))
    cotangents = exercise.backward(tape, 1)
    assert not cotangents.get(2), "the target is %1; nothing flows back from %2"
    assert not cotangents.get(3), "the target is %1; nothing flows back from %3"
    assert cotangents.get(0) == 6.0


def test_4_walking_twice_counts_once():
    tape = example()
    assert exercise.backward(tape, 4) == exercise.backward(tape, 4), "the cotangents belong to one walk"


def test_4_a_long_chain():
    count = 100_000
    tape = written([1.0] * (count + 2), *(("multiply", (i, 0), i + 1) for i in range(1, count + 1)))
    assert exercise.backward(tape, count + 1).get(1) == 1.0, "the walk is a loop: no recursion, no sorting"


def test_4_agrees_with_minigrad():
    mine = Tape()
    a, x = mine.leaf(0.3), mine.leaf(-1.2)
    h = x
    for _ in range(5):
        h = exercise.record(mine, "tanh", exercise.record(mine, "add", exercise.record(mine, "multiply", a, h), x))
    cotangents = exercise.backward(mine, h)

    p, q = mg.parameter(0.3), mg.parameter(-1.2)
    with mg.Tape() as tape:
        r = q
        for _ in range(5):
            r = mg.tanh(p * r + q)
        assert [record.op for record in tape] == [record.op for record in mine.records]
        tape.backward(r)
    assert cotangents[a] == pytest.approx(float(p.grad), rel=1e-12)
    assert cotangents[x] == pytest.approx(float(q.grad), rel=1e-12)
