"""Checks of chapter 11."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import Wrong, ask, equal, text


def problem(exercise, rng, steps=4, rows=2):
    """Two inputs and three units, so that no transpose is forgotten in silence."""
    shapes = [(2, 3), (3, 3), (3,)]
    arrays = [0.8 * rng.normal(size=shape) for shape in shapes]
    xs, ys = ([rng.normal(size=(rows, n)) for _ in range(steps)] for n in (2, 3))
    return exercise.Problem(*arrays, xs, ys, 0.5 * rng.normal(size=(rows, 3)))


def of_minigrad(p, counted=None):
    """minigrad's cotangents of ``s_1`` to ``s_T``, and its gradients by W and the inputs.

    ``counted`` are the numbers of the steps, from 0, whose losses make L.
    """
    U, W, b, h = (mg.tensor(each) for each in (p.U, p.W, p.b, p.h0))
    sums, losses = [], []
    with mg.Tape() as tape:
        W, xs = mg.parameter(p.W.copy()), [mg.parameter(x.copy()) for x in p.xs]
        for x, y in zip(xs, p.ys):
            sums.append(x @ U + h @ W + b)
            h = mg.tanh(sums[-1])
            losses.append(mg.square(h - y).sum())
        target = [losses[n] for n in (range(len(losses)) if counted is None else counted)]
        found = [np.asarray(each.value) for each in tape.gradient(target, [*sums, W, *xs], unused="zero")]
    return found[: len(sums)], found[len(sums)], found[len(sums) + 1 :]


def states_of(p):
    states = [p.h0]
    for x in p.xs:
        states.append(np.tanh(x @ p.U + states[-1] @ p.W + p.b))
    return states


def check_deltas(exercise, p, counted, what):
    """The deltas where only the losses of some steps count."""
    states = states_of(p)
    direct = [2 * (h - y) * (n in counted) for n, (h, y) in enumerate(zip(states[1:], p.ys))]
    asked = f"deltas(W, states, direct), {what}"
    found = ask(exercise.deltas, p.W, states, direct, asked=asked).value
    if not isinstance(found, list):
        raise Wrong(asked, text(found), "a list of arrays")
    equal(f"the number of arrays in {asked}", len(found), len(p.xs))
    for t, (mine, right) in reversed([*enumerate(zip(found, of_minigrad(p, counted)[0]), 1)]):
        equal(f"δ_{t} of {asked}", mine, right)


def test_deltas__one_step(exercise, rng):
    check_deltas(exercise, problem(exercise, rng, steps=1), [0], "one step")


def test_deltas__a_loss_at_the_end(exercise, rng):
    check_deltas(exercise, problem(exercise, rng, steps=2), [1], "two steps, a loss only after the second")


def test_deltas__a_loss_in_between(exercise, rng):
    check_deltas(exercise, problem(exercise, rng, steps=3), [1], "three steps, a loss only after the second")


def test_deltas__a_loss_at_each_step(exercise, rng):
    check_deltas(exercise, problem(exercise, rng, steps=5), range(5), "five steps, a loss after each")


def test_deltas__what_was_given(exercise, rng):
    p = problem(exercise, rng, steps=3)
    states = states_of(p)
    direct = [2 * (h - y) for h, y in zip(states[1:], p.ys)]
    given = [p.W.copy(), [h.copy() for h in states], [d.copy() for d in direct]]
    _ = ask(exercise.deltas, p.W, states, direct, asked="deltas(W, states, direct)").value
    for name, mine, right in zip(("W", "states", "direct"), (p.W, states, direct), given):
        equal(f"{name} after deltas(W, states, direct), which should not change it", mine, right)


def test_weight_gradient__one_step(exercise, rng):
    states, ds = rng.normal(size=(2, 1, 3)), rng.normal(size=(1, 1, 3))
    ask(exercise.weight_gradient, list(states), list(ds)).gives(np.outer(states[0], ds[0]))


def test_weight_gradient__steps(exercise, rng):
    states, ds = rng.normal(size=(5, 2, 3)), rng.normal(size=(4, 2, 3))
    asked = "weight_gradient(states, ds), four steps"
    right = np.einsum("tri,trj->ij", states[:-1], ds)
    ask(exercise.weight_gradient, list(states), list(ds), asked=asked).gives(right)


def test_weight_gradient__of_the_network(exercise, rng):
    p = problem(exercise, rng)
    ds, right, _ = of_minigrad(p)
    asked = "weight_gradient(states, ds) of the network, four steps"
    ask(exercise.weight_gradient, states_of(p), ds, asked=asked).gives(right)


def test_input_gradient__as_many_inputs_as_units(exercise, rng):
    U, ds = rng.normal(size=(2, 2)), rng.normal(size=(2, 1, 2))
    asked = f"input_gradient({text(U)}, {text(list(ds))})"
    ask(exercise.input_gradient, U, list(ds), asked=asked).gives([*np.einsum("trj,ij->tri", ds, U)])


def test_input_gradient__of_the_network(exercise, rng):
    p = problem(exercise, rng, steps=3)
    ds, _, right = of_minigrad(p)
    asked = "input_gradient(U, ds) of the network, three steps"
    ask(exercise.input_gradient, p.U, ds, asked=asked).gives(right)


def test_input_gradient__your_tape_agrees(exercise, rng):
    p = problem(exercise, rng)
    hand = ask(exercise.by_hand, p, asked="by_hand(problem)").value
    tape = ask(exercise.by_tape, p, asked="by_tape(problem)").value
    equal("by_hand(problem), which your tape knows as well", hand, tape)


def predicted(exercise):
    """The steps of four at which a loss after the second has no cotangent."""
    p = problem(exercise, np.random.default_rng(0))
    states = exercise.forward(p)
    direct = [d * (t == 2) for t, d in enumerate(exercise.direct_terms(p, states), 1)]
    zeros = [str(t) for t, d in enumerate(exercise.deltas(p.W, states, direct), 1) if not np.any(d)]
    return f"at the steps {' and '.join(zeros)}"
