"""Checks of chapter 18."""

from __future__ import annotations

import weakref

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import ask, at_least, at_most, equal

LENGTHS = [(7, 3), (6, 3), (6, 2), (5, 1), (4, 4), (3, 5), (9, 4)]  # steps and the length of a segment


def kinds(exercise):
    """The operations of the learner's engine that a step needs."""
    return exercise.tanh, exercise.square


def cell(ops):
    """A step with two states, of which the second forgets slowly; the loss sees both."""
    tanh, square = ops

    def step(weights, item, states):
        W, U = weights
        h, c = states
        c = c * 0.9 + h @ U
        h = tanh(h @ W + item[0] + c)
        return square(h - item[1]).sum() + c.sum() * 0.1, [h, c]

    return step


def numpys(W, U, items, start):
    """The states before each step and after the last, by NumPy."""
    h, c = start
    found = [[h, c]]
    for x, _ in items:
        c = c * 0.9 + h @ U
        h = np.tanh(h @ W + x + c)
        found.append([h, c])
    return found


def minigrads(values, items, start, received=()):
    """Loss, the gradients of the weights, and the cotangents of the first states, by minigrad, without segments."""
    leaves = [mg.parameter(each) for each in (*values, *start)]
    step = cell((mg.tanh, mg.square))
    losses, states = [], leaves[2:]
    with mg.Tape() as tape:
        for item in items:
            loss, states = step(leaves[:2], item, states)
            losses.append(loss)
        seeds = [(state * g).sum() for state, g in zip(states, received, strict=False) if g is not None]
        total = sum(float(each.value) for each in losses)
        found = [np.asarray(each.value) for each in tape.gradient([*losses, *seeds], leaves)]
    return total, found[:2], found[2:]


def problem(exercise, rng, steps):
    """Items, the first states, and the weights as arrays and as parameters."""
    items = [(rng.normal(size=(1, 2)), rng.normal(size=(1, 2))) for _ in range(steps)]
    start = [rng.normal(size=(1, 2)), rng.normal(size=(1, 2))]
    values = [rng.normal(size=(2, 2)) * 0.7 for _ in range(2)]
    return items, start, values, [exercise.Parameter(each) for each in values]


def counting(step, runs):
    """The step, which adds an entry to ``runs`` each time."""

    def counted(weights, item, states):
        runs.append(item)
        return step(weights, item, states)

    return counted


def called(name, steps, segment):
    return f"{name} of {steps} steps in segments of {segment}"


def saved(exercise, rng, steps, segment, wrapped=lambda step: step):
    """The learner's saved states, which are lists of two arrays: the call as text, they, and what they were made of."""
    items, start, values, parameters = problem(exercise, rng, steps)
    given = [each.copy() for each in start]
    asked = called("forward_states(step, items, start, parameters, segment)", steps, segment)
    step = wrapped(cell(kinds(exercise)))
    found = ask(exercise.forward_states, step, items, given, parameters, segment, asked=asked).value
    yours = [kind(each) for each in found] if isinstance(found, list) else type(found).__name__
    number = len(range(0, steps, segment))
    equal(f"{asked}: what it returns, an entry for each segment", yours, ["list of 2 arrays"] * number)
    return asked, found, given, (values, items, start)


def kind(entry):
    """What an entry of the saved states is, in words."""
    if isinstance(entry, list) and all(isinstance(each, np.ndarray) for each in entry):
        return f"list of {len(entry)} arrays"
    return type(entry).__name__


def test_forward_states__values(exercise, rng):
    for steps, segment in LENGTHS:
        asked, found, given, (values, items, start) = saved(exercise, rng, steps, segment)
        right = numpys(*values, items, start)[:steps:segment]
        for n, (own, each) in enumerate(zip(found, right, strict=True)):
            equal(f"{asked}: the states before step {n * segment}", own, each)
        equal(f"{asked}: the arrays in start afterwards", given, start)


def test_forward_states__arrays(exercise, rng):
    asked, found, given, _ = saved(exercise, rng, 6, 2)
    every = [array for states in found for array in states] + given
    shared = sum(np.shares_memory(a, b) for n, a in enumerate(every) for b in every[:n])
    equal(f"{asked}: pairs of arrays, with those of start, that are the same memory", shared, 0)


def test_forward_states__steps(exercise, rng):
    for steps, segment in LENGTHS:
        runs = []
        asked, *_ = saved(exercise, rng, steps, segment, lambda step, runs=runs: counting(step, runs))
        equal(f"{asked}: how often it runs a step", len(runs), range(0, steps, segment)[-1])


def pair(found):
    """What was returned, in words."""
    return f"tuple of {len(found)}" if isinstance(found, tuple) else type(found).__name__


def walked(exercise, rng, received):
    """What a segment of four steps gives to the learner and to minigrad."""
    items, start, values, parameters = problem(exercise, rng, 4)
    said = ", ".join("None" if each is None else "an array" for each in received)
    asked = f"segment_walk(step, 4 items, values, parameters, received=[{said}])"
    found = ask(
        exercise.segment_walk, cell(kinds(exercise)), items, start, parameters, list(received), asked=asked
    ).value
    equal(f"{asked}: what it returns", pair(found), "tuple of 2")
    return asked, found, [each.grad for each in parameters], minigrads(values, items, start, received)


def test_segment_walk__last_segment(exercise, rng):
    asked, (loss, before), grads, (right, gradients, firsts) = walked(exercise, rng, [None, None])
    equal(f"{asked}: the sum of the losses", loss, right)
    equal(f"{asked}: the gradients of the parameters", grads, gradients)
    equal(f"{asked}: the cotangents of the states before it", before, firsts)


def test_segment_walk__received(exercise, rng):
    g = [rng.normal(size=(1, 2)) for _ in range(2)]
    for received in (g, [g[0], None], [None, g[1]]):
        asked, (loss, before), grads, (right, gradients, firsts) = walked(exercise, rng, received)
        equal(f"{asked}: the gradients of the parameters", grads, gradients)
        equal(f"{asked}: the cotangents of the states before it", before, firsts)
        equal(f"{asked}: the sum of the losses", loss, right)


def test_segment_walk__adds(exercise, rng):
    items, start, values, parameters = problem(exercise, rng, 3)
    known = [rng.normal(size=(2, 2)) for _ in range(2)]
    for parameter, each in zip(parameters, known, strict=True):
        parameter.grad = each.copy()
    asked = "segment_walk, where the parameters have gradients before it"
    ask(exercise.segment_walk, cell(kinds(exercise)), items, start, parameters, [None, None], asked=asked).value  # noqa: B018
    right = [a + b for a, b in zip(known, minigrads(values, items, start)[1], strict=True)]
    equal(f"{asked}: those after it", [each.grad for each in parameters], right)


def test_segment_walk__unused_state(exercise, rng):
    _, square = kinds(exercise)

    def step(weights, item, states):
        return square(states[0] * weights[0] + item).sum(), [states[0] * 1.0, states[1]]

    parameter = exercise.Parameter(2.0)
    start = [np.array(1.0), np.array(5.0)]
    asked = "segment_walk of one step that does not use the second state"
    found = ask(exercise.segment_walk, step, [3.0], start, [parameter], [None, None], asked=asked).value
    equal(f"{asked}: what it returns", pair(found), "tuple of 2")
    equal(f"{asked}: the cotangents of the states before it", found[1], [np.array(20.0), None])


def test_checkpointed__full_gradient(exercise, rng):
    for steps, segment in LENGTHS:
        items, start, values, parameters = problem(exercise, rng, steps)
        right, gradients, _ = minigrads(values, items, start)
        asked = called("checkpointed(step, items, start, parameters, segment)", steps, segment)
        given = [each.copy() for each in start]
        found = ask(exercise.checkpointed, cell(kinds(exercise)), items, given, parameters, segment, asked=asked)
        equal(f"{asked}: the gradients of the parameters", [each.grad for each in parameters], gradients)
        found._replace(asked=f"{asked}: the sum of the losses").gives(right)
        equal(f"{asked}: the arrays in start afterwards", given, start)


def test_checkpointed__memory(exercise, rng):
    items, start, _, parameters = problem(exercise, rng, 24)
    inner = cell(kinds(exercise))
    tapes, most = [], [0]

    def step(weights, item, states):
        result = inner(weights, item, states)
        if not tapes or tapes[-1]() is not weights[0].tape:
            tapes.append(weakref.ref(weights[0].tape))
        most[0] = max(most[0], sum(len(each().records) for each in tapes if each() is not None))
        return result

    asked = "checkpointed of one step"
    ask(exercise.checkpointed, step, items[:1], start, parameters, 1, asked=asked).value  # noqa: B018
    one = most[0]
    at_least(f"{asked}: records", one, 1)
    asked = called("checkpointed", 24, 4)
    ask(exercise.checkpointed, step, items, start, parameters, 4, asked=asked).value  # noqa: B018
    at_most(f"{asked}: for how many steps there are records at once", most[0] / one, 8)


def test_checkpointed__steps(exercise, rng):
    for steps, segment in LENGTHS:
        items, start, _, parameters = problem(exercise, rng, steps)
        runs, asked = [], called("checkpointed", steps, segment)
        step = counting(cell(kinds(exercise)), runs)
        ask(exercise.checkpointed, step, items, start, parameters, segment, asked=asked).value  # noqa: B018
        equal(f"{asked}: how often it runs a step", len(runs), range(0, steps, segment)[-1] + steps)


def test_steps_run__each_length(exercise):
    ask(exercise.steps_run, 7, 3).gives(13)
    ask(exercise.steps_run, 100, 10).gives(190)
    for steps in range(1, 13):
        for segment in range(1, 14):
            ask(exercise.steps_run, steps, segment).gives(range(0, steps, segment)[-1] + steps)


def predicted(exercise):
    """How often a step is run for 100 steps in segments of 10."""
    return f"{exercise.steps_run(100, 10)} times"
