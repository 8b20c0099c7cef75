"""Checks of chapter 10."""

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import Answer, Wrong, ask, equal, text


def test_mark__number(exercise):
    tape = exercise.Tape()
    _ = ask(exercise.mark, tape).value
    equal("tape.step after the first mark", tape.step, 1)
    tape.step = 7
    _ = ask(exercise.mark, tape).value
    equal("tape.step, which was 7, after one more mark", tape.step, 8)


def test_mark__records(exercise):
    tape = exercise.Tape()
    x = exercise.tensor(tape, 0.5)
    exercise.tanh(x)
    before, values = list(tape.records), dict(tape.values)
    _ = ask(exercise.mark, tape).value
    equal("the records on the tape after mark, where there was one before", len(tape.records), 1)
    equal("the ids on the tape after mark", sorted(tape.values), sorted(values))
    exercise.tanh(x)
    _ = ask(exercise.mark, tape).value
    exercise.tanh(x)
    equal("the steps of three records, with a mark after each of the first two", steps_of(tape), [0, 1, 2])
    equal("the record from before the first mark", tuple(tape.records[0]), tuple(before[0]))


def steps_of(tape):
    return [record.step for record in tape.records]


class Given:
    """Weights, inputs and a state on a tape, and the same as arrays."""

    def __init__(self, exercise, rng, steps=1, hidden=3):
        self.arrays = [rng.normal(size=shape) * 0.7 for shape in ((2, hidden), (hidden, hidden), (hidden,))]
        self.xs = [rng.normal(size=(2, 2)) for _ in range(steps)]
        self.h0 = rng.normal(size=(2, hidden)) * 0.5
        self.tape = exercise.Tape()
        self.weights = [exercise.tensor(self.tape, a, name) for a, name in zip(self.arrays, ("U", "W", "b"))]
        self.h = exercise.tensor(self.tape, self.h0, "h0")
        shapes = dict(zip(("U", "W", "b", "h"), (np.shape(each) for each in (*self.arrays, self.h0))))
        told = ", ".join(f"{name} of shape {shape}" for name, shape in {"x": (2, 2), **shapes}.items())
        self.call = f"rnn_step(weights, x, h), with {told}"

    def states(self):
        """What NumPy computes."""
        U, W, b = self.arrays
        found = [self.h0]
        for x in self.xs:
            found.append(np.tanh(x @ U + found[-1] @ W + b))
        return found

    def gradients(self, out):
        """Of the sum of tensors, by U, W, b and the first state, as minigrad finds them on this tape."""
        leaves = dict(zip(("U", "W", "b", "h0"), [*self.weights, self.h]))
        used = {i for record in self.tape.records for i in record.inputs}
        read = {name: leaf.i for name, leaf in leaves.items() if leaf.i in used}
        adopted = mg.tutorials.adopt(self.tape, [each.i for each in out], parameters=read.values())
        grads = {name: adopted.ids[i].grad for name, i in read.items()}
        return {name: None if grads.get(name) is None else np.asarray(grads[name]) for name in leaves}


def check_gradients(given, out, what, right):
    found = ask(given.gradients, out, asked=f"a walk back from {what}").value
    for name, gradient in right.items():
        equal(f"the gradient of the sum of {what}, by {name}", found[name], gradient)


def on_tape(exercise, given, answer):
    """A state that is a tensor on the tape."""
    right = "a tensor, so that one can walk back from it"
    if not isinstance(answer.does(right), exercise.Tensor):
        raise Wrong(answer.asked, text(answer.value), right)
    if answer.value.tape is not given.tape:
        raise Wrong(answer.asked, "a tensor on another tape", "one on the tape of the weights")
    return answer.value


def stepped(exercise, given):
    """The state after one step."""
    return on_tape(exercise, given, ask(exercise.rnn_step, given.weights, given.xs[0], given.h, asked=given.call))


def test_rnn_step__value(exercise, rng):
    given = Given(exercise, rng)
    h = stepped(exercise, given)
    equal(f"the value of {given.call}", h.value, given.states()[1])


def test_rnn_step__as_many_inputs_as_units(exercise, rng):
    given = Given(exercise, rng, hidden=2)
    h = stepped(exercise, given)
    equal(f"the value of {given.call}", h.value, given.states()[1])


def test_rnn_step__gradients(exercise, rng):
    given = Given(exercise, rng)
    h = stepped(exercise, given)
    slope = 1 - given.states()[1] ** 2
    right = {"U": given.xs[0].T @ slope, "W": given.h0.T @ slope, "b": slope.sum(0), "h0": slope @ given.arrays[1].T}
    check_gradients(given, [h], given.call, right)


def unrolled(exercise, given, xs=None):
    """The states, which are tensors on the tape, and the call as text."""
    asked = f"unroll(tape, weights, xs, h) with {len(given.xs)} inputs"
    xs = given.xs if xs is None else xs
    states = ask(exercise.unroll, given.tape, given.weights, xs, given.h, asked=asked).does("a list of states")
    if not isinstance(states, list):
        raise Wrong(asked, text(states), "a list of states")
    return [on_tape(exercise, given, Answer(f"a state of {asked}", h)) for h in states], asked


def test_unroll__number_of_states(exercise, rng):
    given = Given(exercise, rng, steps=4)
    states, asked = unrolled(exercise, given)
    equal(f"the number of states that {asked} returns", len(states), 4)


def test_unroll__values(exercise, rng):
    given = Given(exercise, rng, steps=3)
    states, asked = unrolled(exercise, given)
    for n, (h, right) in enumerate(zip(states, given.states()[1:]), 1):
        equal(f"state {n} of {asked}", h.value, right)


def test_unroll__steps(exercise, rng):
    given = Given(exercise, rng, steps=3)
    _, asked = unrolled(exercise, given)
    tanh_at = [record.step for record in given.tape.records if record.op == "tanh"]
    equal(f"the steps of the records of tanh, after {asked}", tanh_at, [1, 2, 3])
    firsts = [step for before, step in pairwise([0, *steps_of(given.tape)]) if step != before]
    equal(f"the steps on the tape in their order, after {asked}", firsts, [1, 2, 3])
    equal(f"tape.step after {asked}", given.tape.step, 3)


def test_unroll__records(exercise, rng):
    one, given = Given(exercise, rng), Given(exercise, rng, steps=6)
    exercise.rnn_step(one.weights, one.xs[0], one.h)
    _, asked = unrolled(exercise, given)
    equal(f"the number of records after {asked}", len(given.tape.records), 6 * len(one.tape.records))
    for n, name in enumerate("UWb"):
        uses = sum(given.weights[n].i in record.inputs for record in given.tape.records)
        equal(f"the number of records that use {name}, one leaf, after {asked}", uses, 6)


def test_unroll__gradients(exercise, rng):
    given = Given(exercise, rng, steps=3)
    states, asked = unrolled(exercise, given, iter(given.xs))
    U, W, b, h = weights = [mg.parameter(each.copy()) for each in (*given.arrays, given.h0)]
    with mg.Tape() as tape:
        outs = []
        for x in given.xs:
            h = mg.tanh(x @ U + h @ W + b)
            outs.append(h)
        tape.backward(outs, seed=[np.ones(out.shape) for out in outs])
    right = dict(zip(("U", "W", "b", "h0"), (np.asarray(each.grad) for each in weights)))
    check_gradients(given, states, f"all states of {asked}", right)


def test_unroll__no_input(exercise, rng):
    given = Given(exercise, rng, steps=0)
    _, asked = unrolled(exercise, given)
    equal(f"tape.step after {asked}", given.tape.step, 0)


def predicted(exercise):
    """The size of the tape after twelve steps."""
    rng = np.random.default_rng(0)
    parameters = [exercise.Parameter(rng.normal(size=shape)) for shape in ((2, 3), (3, 3), (3,))]
    tape, _ = exercise.unfolded(parameters, rng.normal(size=(12, 1, 2)), np.zeros((1, 3)))
    return f"{len(tape.records)} records, and {len(tape.parameters)} leaves for U, W and b"
