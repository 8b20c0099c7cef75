"""Checks of chapter 8: what an operator records, whose tape it is, and which operand is which."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import ask, equal


def tensors(exercise, *values):
    """Tensors on a new tape, whose ids are 0, 1, … , and the tape."""
    tape = exercise.Tape()
    return [exercise.tensor(tape, each) for each in values], tape


def printed(tape):
    """The records of a tape, as chapter 3 prints them."""
    return [f"%{r.out} = {r.op}({', '.join(f'%{i}' for i in r.inputs)})" for r in tape.records]


def read(exercise, words, answer):
    """The value of the tensor that a call gave."""
    kind = type(answer.does("a tensor")).__name__
    equal(f"the kind of {words}", kind, exercise.Tensor.__name__)
    return answer.value.value


def test_apply__records_and_wraps(exercise, rng):
    (x, y), tape = tensors(exercise, *rng.normal(size=(2, 3)))
    words = 'apply("multiply", y, x), where x is %0 and y is %1'
    answer = ask(exercise.apply, "multiply", y, x, asked=words)
    equal(f"the value of {words}", read(exercise, words, answer), x.value * y.value)
    equal(f"the records after {words}", printed(tape), ["%2 = multiply(%1, %0)"])
    equal(f"the id in {words}", answer.value.i, 2)
    equal(f"{words}: is its tape that of x?", answer.value.tape is tape, True)


def test_apply__a_tensor_twice(exercise, rng):
    (x,), tape = tensors(exercise, rng.normal(size=3))
    words = 'apply("multiply", x, x), where x is %0'
    answer = ask(exercise.apply, "multiply", x, x, asked=words)
    equal(f"the value of {words}", read(exercise, words, answer), x.value**2)
    equal(f"the records after {words}", printed(tape), ["%1 = multiply(%0, %0)"])


def test_apply__one_operand_and_params(exercise, rng):
    (x,), tape = tensors(exercise, rng.normal(size=(2, 3)))
    words = 'apply("sum", x, axis=1, keepdims=True), where x has shape (2, 3)'
    answer = ask(exercise.apply, "sum", x, axis=1, keepdims=True, asked=words)
    equal(f"the value of {words}", read(exercise, words, answer), x.value.sum(axis=1, keepdims=True))
    equal(f"the params of its record: {words}", tape.records[0].params, {"axis": 1, "keepdims": True})


def test_apply__a_constant_becomes_a_leaf(exercise):
    (x,), tape = tensors(exercise, 5.0)
    words = 'apply("add", x, 0), where x = 5 is %0'
    answer = ask(exercise.apply, "add", x, 0, asked=words)
    equal(f"the value of {words}", read(exercise, words, answer), np.array(5.0))
    equal(f"the records after {words}", printed(tape), ["%2 = add(%0, %1)"])
    equal(f"the values on the tape after {words}", tape.values, {0: np.array(5.0), 1: np.array(0.0), 2: np.array(5.0)})
    equal(f"the parameters on the tape after {words}", len(tape.parameters), 0)


def test_apply__a_constant_in_front(exercise):
    (x,), tape = tensors(exercise, np.array([2.0, 4.0]))
    words = 'apply("divide", [6, 6], x), where x = [2, 4] is %0'
    answer = ask(exercise.apply, "divide", np.array([6.0, 6.0]), x, asked=words)
    equal(f"the value of {words}", read(exercise, words, answer), np.array([3.0, 1.5]))
    equal(f"the records after {words}", printed(tape), ["%2 = divide(%1, %0)"])


def test_apply__two_tapes(exercise):
    (x, _), tape = tensors(exercise, 2.0, 5.0)
    (_, y), other = tensors(exercise, 7.0, 3.0)
    for op, operands in {"x, y": (x, y), "y, x": (y, x), "1, y, x": (1.0, y, x)}.items():
        asked = f'apply("add", {op}), where x and y are on different tapes'
        ask(exercise.apply, "add", *operands, asked=asked).refuses(ValueError)
    equal("the records on both tapes then", printed(tape) + printed(other), [])


def test_apply__no_tape(exercise):
    ask(exercise.apply, "tanh", 2.0).refuses(ValueError)
    ask(exercise.apply, "add", 2.0, np.ones(2)).refuses(ValueError)


def difference(exercise, words, make, *values):
    """What an expression of tensors gives, and what it recorded."""
    given, tape = tensors(exercise, *values)
    answer = ask(make, *given, asked=words)
    return read(exercise, words, answer), printed(tape)


def test_Tensor___sub____of_two(exercise):
    words = "x - y, where x = 5 is %0 and y = 3 is %1"
    value, records = difference(exercise, words, lambda x, y: x - y, 5.0, 3.0)
    equal(words, value, np.array(2.0))
    equal(f"the records after {words}", records, ["%2 = subtract(%0, %1)"])


def test_Tensor___sub____a_constant(exercise, rng):
    x = rng.normal(size=(2, 3))
    for said, constant in {"3": 3, "[1, 2, 3]": np.array([1.0, 2.0, 3.0])}.items():
        words = f"x - {said}, where x is %0, of shape (2, 3)"
        value, records = difference(exercise, words, lambda x, constant=constant: x - constant, x)
        equal(words, value, x - constant)
        equal(f"the records after {words}", records, ["%2 = subtract(%0, %1)"])


def test_Tensor___rsub____a_number_in_front(exercise):
    for said, constant in {"2": 2, "2.0 of NumPy": np.float64(2.0)}.items():
        words = f"{said} - x, where x = 5 is %0"
        value, records = difference(exercise, words, lambda x, constant=constant: constant - x, 5.0)
        equal(words, value, np.array(-3.0))
        equal(f"the records after {words}", records, ["%2 = subtract(%1, %0)"])


def test_Tensor___rsub____an_array_in_front(exercise, rng):
    x, constant = rng.normal(size=(2, 3)), np.array([1.0, 2.0, 3.0])
    words = "[1, 2, 3] - x, where x is %0, of shape (2, 3)"
    value, records = difference(exercise, words, lambda x: constant - x, x)
    equal(words, value, constant - x)
    equal(f"the records after {words}", records, ["%2 = subtract(%1, %0)"])


def test_Tensor___rsub____gradients_agree_with_minigrad(exercise, rng):
    """A layer, as it is written in NumPy."""
    x, start = rng.normal(size=(4, 3)), {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    tape = exercise.Tape()
    W, b = (exercise.tensor(tape, exercise.Parameter(value, name)) for name, value in start.items())

    def gradients():
        result = ((1 - exercise.tanh(x @ W + b)) ** 2).sum() / 2 - b.sum()
        return exercise.walk(result)

    found = ask(gradients, asked="walk(y), where y = ((1 - tanh(x @ W + b)) ** 2).sum() / 2 - b.sum()").does(
        "the cotangents, by id"
    )
    own = [mg.parameter(value) for value in start.values()]
    with mg.Tape() as other:
        other.backward(mg.square(1 - mg.tanh(x @ own[0] + own[1])).sum() / 2 - own[1].sum())
    for tensor, right, name in zip((W, b), own, start, strict=True):
        equal(f"the cotangent of {name} after a walk of that layer", found.get(tensor.i), np.asarray(right.grad))


def predicted(exercise):
    """What one line puts on a tape."""
    (x, w, b), tape = tensors(exercise, np.ones((4, 3)), np.ones((3, 2)), np.ones(2))
    _ = exercise.tanh(x @ w + b) - 2
    return f"{len(tape.values)} values, {len(tape.records)} records"
