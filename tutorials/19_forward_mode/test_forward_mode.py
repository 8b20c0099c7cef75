"""Checks of chapter 19."""

from __future__ import annotations

import weakref

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import ask, at_most, equal

OPS = {  # the shapes of the operands, and the params
    "add": ([(2, 3), (3,)], {}),
    "subtract": ([(2, 1), (2, 3)], {}),
    "multiply": ([(2, 3), (3,)], {}),
    "divide": ([(2, 3), (2, 1)], {}),
    "matmul": ([(2, 3), (3, 2)], {}),
    "tanh": ([(2, 3)], {}),
    "exp": ([(3,)], {}),
    "log": ([(3,)], {}),
    "square": ([(3,)], {}),
    "transpose": ([(2, 3)], {}),
    "sum": ([(2, 3)], {"axis": 1, "keepdims": True}),
    "take": ([(4, 2)], {"indices": np.array([2, 0, 2]), "axis": 0}),
}


def minigrads(op, values, tangents, params):
    """The tangent of one operation's result, by minigrad."""
    found = mg.jvp(lambda *xs: getattr(mg, op)(*xs, **params), tuple(values), tuple(tangents))[1]
    return np.asarray(found.value)


def rule(exercise, rng, op, shapes):
    """Ask a rule of two operands of these shapes: both move, then one of them."""
    x, y, dx, dy = (rng.normal(size=shape) for shape in (*shapes, *shapes))
    function = getattr(exercise, f"{op}_jvp")
    out = getattr(np, op)(x, y)
    for tangents in ([dx, dy], [dx, 0 * dy], [0 * dx, dy]):
        right = minigrads(op, [x, y], tangents, {})
        ask(function, tangents, out, x, y).gives(right)


def test_multiply_jvp__numbers(exercise):
    ask(exercise.multiply_jvp, [1.0, 0.0], 6.0, 2.0, 3.0).gives(3.0)
    ask(exercise.multiply_jvp, [0.0, 1.0], 6.0, 2.0, 3.0).gives(2.0)
    ask(exercise.multiply_jvp, [0.5, 0.1], 6.0, 2.0, 3.0).gives(1.7)


def test_multiply_jvp__arrays(exercise, rng):
    rule(exercise, rng, "multiply", [(2,), (2,)])
    rule(exercise, rng, "multiply", [(2, 3), (3,)])


def test_matmul_jvp__square(exercise, rng):
    rule(exercise, rng, "matmul", [(2, 2), (2, 2)])


def test_matmul_jvp__other_shapes(exercise, rng):
    rule(exercise, rng, "matmul", [(2, 3), (3, 4)])


def on_tape(exercise, op, values, params):
    """The tape with one operation, the ids of its operands, and that of its result."""
    tape = exercise.Tape()
    leaves = [exercise.tensor(tape, value) for value in values]
    out = recorded(tape, op, [each.i for each in leaves], getattr(np, op)(*values, **params), params)
    return tape, [each.i for each in leaves], out


class Row(tuple):
    """A record as chapter 3 has it: it can be unpacked, and has names."""

    op, inputs, out, step, params = (property(lambda self, n=n: self[n]) for n in range(5))


def recorded(tape, op, inputs, value, params=None):
    """Put a record on a tape by hand: its id."""
    out = max(tape.values) + 1
    tape.values[out] = np.asarray(value)
    tape.next_id = out + 1
    tape.records.append(Row((op, tuple(inputs), out, 0, params or {})))
    return out


def test_push__each_operation(exercise, rng):
    for op, (shapes, params) in OPS.items():
        values = [rng.uniform(0.5, 1.5, size=shape) for shape in shapes]
        tangents = [rng.normal(size=shape) for shape in shapes]
        tape, leaves, out = on_tape(exercise, op, values, params)
        asked = f"push(tape, tangents) where the tape has y = {op}(…): the tangent of y"
        found = ask(exercise.push, tape, dict(zip(leaves, tangents, strict=True)), asked=asked).value
        equal(asked, found.get(out) if isinstance(found, dict) else found, minigrads(op, values, tangents, params))


def test_push__one_operand_of_each_operation(exercise, rng):
    """What does not move has zeros in its own shape: a matrix product and broadcasting need them."""
    for op, (shapes, params) in OPS.items():
        for n in range(len(shapes) if len(shapes) > 1 else 0):
            values = [rng.uniform(0.5, 1.5, size=shape) for shape in shapes]
            moving = [rng.normal(size=shape) * (k == n) for k, shape in enumerate(shapes)]
            tape, leaves, out = on_tape(exercise, op, values, params)
            asked = f"push(tape, tangents) where the tape has y = {op}(a, b) and only {'ab'[n]} moves: the tangent of y"
            found = ask(exercise.push, tape, {leaves[n]: moving[n]}, asked=asked).value
            equal(asked, found.get(out) if isinstance(found, dict) else found, minigrads(op, values, moving, params))


def chain(exercise, rng):
    """A tape with the records of y = tanh(a·b) + a and z = exp(c): values, ids by name."""
    a, b, c = (rng.normal(size=2) for _ in range(3))
    tape = exercise.Tape()
    ids = {name: exercise.tensor(tape, value).i for name, value in (("a", a), ("b", b), ("c", c))}
    ids["p"] = recorded(tape, "multiply", [ids["a"], ids["b"]], a * b)
    ids["t"] = recorded(tape, "tanh", [ids["p"]], np.tanh(a * b))
    ids["z"] = recorded(tape, "exp", [ids["c"]], np.exp(c))
    ids["y"] = recorded(tape, "add", [ids["t"], ids["a"]], np.tanh(a * b) + a)
    return tape, ids, a, b


SAID = "a tape with p = a·b, t = tanh(p), z = exp(c), y = t + a"


def pushed(exercise, tape, given, asked):
    """The dict that the learner's function returns."""
    found = ask(exercise.push, tape, given, asked=asked).value
    equal(f"{asked}: what it returns", type(found).__name__, "dict")
    return found


def test_push__chain(exercise, rng):
    tape, ids, a, b = chain(exercise, rng)
    slope = 1 - np.tanh(a * b) ** 2
    da, db = rng.normal(size=2), rng.normal(size=2)
    for moving, right in (
        ({"a": da}, {"a": da, "p": da * b, "t": slope * da * b, "y": slope * da * b + da}),
        ({"b": db}, {"b": db, "p": a * db, "t": slope * a * db, "y": slope * a * db}),
        ({"a": da, "b": db}, {"y": slope * (da * b + a * db) + da}),
    ):
        given = {ids[name]: each for name, each in moving.items()}
        asked = f"push of {SAID}, where {' and '.join(moving)} moves"
        found = pushed(exercise, tape, given, asked)
        for name, each in right.items():
            equal(f"{asked}: the tangent of {name}", found.get(ids[name]), each)


def test_push__only_what_moves(exercise, rng):
    tape, ids, *_ = chain(exercise, rng)
    before, given = list(tape.records), {ids["b"]: rng.normal(size=2)}
    asked = f"push of {SAID}, where b moves"
    found = pushed(exercise, tape, given, asked)
    names = {i: name for name, i in ids.items()}
    equal(f"{asked}: what has a tangent", sorted(names.get(i, repr(i)) for i in found), ["b", "p", "t", "y"])
    equal("the dict of tangents that was given to push, afterwards: its ids", sorted(given), [ids["b"]])
    equal("the records on the tape after push", tape.records, before)
    ask(exercise.push, tape, {}, asked="push(tape, {})").gives({})


def step(weights, item, states):
    """Two states, of which the second is not squashed. It needs no functions but operators."""
    W, U = weights
    h, c = states
    x, y = item
    c = c * 0.5 + h @ U
    h = (h @ W + x) * c
    return ((h - y) * (h - y)).sum() + c.sum() * 0.1, [h, c]


def problem(exercise, rng, steps):
    """Items, the first states, and the weights as arrays and as parameters."""
    items = [(rng.normal(size=(1, 2)), rng.normal(size=(1, 2))) for _ in range(steps)]
    start = [rng.normal(size=(1, 2)), rng.normal(size=(1, 2))]
    values = [rng.normal(size=(2, 2)) * 0.6 for _ in range(2)]
    return items, start, values, [exercise.Parameter(each) for each in values]


def slopes(values, item, states, outputs):
    """The derivatives of loss and states after one step by the weights and by the states before, by minigrad."""
    arguments = [*values, *states]

    def run(*tensors):
        loss, after = step(tensors[:2], item, tensors[2:])
        return mg.concatenate([each.reshape(-1) for each in [loss, *after][outputs]])

    found = mg.jacobian(run, tuple(range(len(arguments))))(*arguments)
    rows = [np.asarray(each.value) for each in found]
    blocks = [each.reshape(len(each), -1) for each in rows]
    return np.hstack(blocks[:2]), np.hstack(blocks[2:])


def one_step(exercise, rng):
    """A step on a tape of the learner's, and what ``influence`` is given of it."""
    items, states, values, parameters = problem(exercise, rng, 1)
    tape = exercise.Tape()
    weights = [exercise.tensor(tape, each) for each in parameters]
    before = [exercise.tensor(tape, each) for each in states]
    loss, after = step(weights, items[0], before)
    return tape, weights, before, loss, after, (values, items[0], states)


def test_influence__first_step(exercise, rng):
    tape, weights, before, _, after, given = one_step(exercise, rng)
    asked = "influence of a step with S = 0: 4 numbers in the states, 8 in the weights"
    found = ask(exercise.influence, tape, weights, before, np.zeros((4, 8)), after, asked=asked)
    found.gives(slopes(*given, slice(1, 3))[0])


def test_influence__carried(exercise, rng):
    tape, weights, before, loss, after, given = one_step(exercise, rng)
    S = rng.normal(size=(4, 8))
    for outputs, said in ((slice(1, 3), "the states"), (slice(0, 1), "the loss"), (slice(0, 3), "loss and states")):
        direct, by_states = slopes(*given, outputs)
        asked = f"influence of a step with S of 4 × 8 random numbers, on {said}"
        found = ask(exercise.influence, tape, weights, before, S, [loss, *after][outputs], asked=asked)
        found.gives(direct + by_states @ S)


def test_influence__does_not_depend(exercise, rng):
    tape = exercise.Tape()
    weights, before = [exercise.tensor(tape, [1.0, 2.0])], [exercise.tensor(tape, [3.0])]
    constant = exercise.tensor(tape, [5.0, 6.0])
    S = np.array([[0.5, -1.0]])
    asked = "influence on a state that the step hands on as it is, and on a constant"
    found = ask(exercise.influence, tape, weights, before, S, [before[0], constant], asked=asked)
    found.gives(np.array([[0.5, -1.0], [0.0, 0.0], [0.0, 0.0]]))


def by_minigrad(items, start, values, lr):
    """The losses and gradients of RTRL, by minigrad, with a step against the gradient after each."""
    leaves = [mg.parameter(each) for each in values]
    states = [mg.tensor(each) for each in start]
    found = []
    for online in mg.bptt.rtrl(lambda item, states: step(leaves, item, states), items, states, leaves):
        grads = [np.asarray(each.grad.value if hasattr(each.grad, "value") else each.grad) for each in leaves]
        found.append((online.loss, grads))
        for leaf, g in zip(leaves, grads, strict=True):
            leaf.value = np.asarray(leaf.value) - lr * g
            leaf.grad = None
    return found


def followed(exercise, items, start, parameters, lr):
    """The same of the learner's."""
    for loss in exercise.rtrl(step, items, start, parameters):
        yield loss, [each.grad for each in parameters]
        for each in parameters:
            each.value = each.value - lr * each.grad if each.grad is not None else each.value
            each.grad = None


def compared(exercise, rng, lr, said):
    """Ask for six steps, and compare each loss and each gradient."""
    items, start, values, parameters = problem(exercise, rng, 6)
    given = [each.copy() for each in start]
    asked = f"rtrl over 6 steps, {said}"
    found = ask(lambda: list(followed(exercise, items, given, parameters, lr)), asked=asked).value
    right = by_minigrad(items, start, values, lr)
    equal(f"{asked}: how many losses it yields", len(found), 6)
    for number, ((loss, grads), (loss_right, grads_right)) in enumerate(zip(found, right, strict=True), 1):
        equal(f"{asked}: the loss of step {number}", loss, loss_right)
        equal(f"{asked}: the gradient of the loss of step {number}", grads, grads_right)
    equal(f"{asked}: the arrays in start afterwards", given, start)


def test_rtrl__same_parameters(exercise, rng):
    compared(exercise, rng, 0.0, "the parameters stay as they are")


def test_rtrl__updated_parameters(exercise, rng):
    compared(exercise, rng, 0.05, "the parameters are changed after each")


def test_rtrl__sum_is_full_bptt(exercise, rng):
    items, start, values, parameters = problem(exercise, rng, 3)
    for each in parameters:
        each.grad = np.ones((2, 2))
    asked = "rtrl over 3 steps, and gradients that were all 1 before"
    ask(lambda: list(exercise.rtrl(step, iter(items), start, parameters)), asked=asked).value  # noqa: B018
    leaves = [mg.parameter(each) for each in values]
    states, losses = [mg.tensor(each) for each in start], []
    with mg.Tape() as tape:
        for item in items:
            loss, states = step(leaves, item, states)
            losses.append(loss)
        right = [np.asarray(each.value) + 1.0 for each in tape.gradient(losses, leaves)]
    equal(f"{asked}: those after it, 1 + those of full BPTT", [each.grad for each in parameters], right)


def test_rtrl__memory(exercise, rng):
    items, start, _, parameters = problem(exercise, rng, 12)
    tapes, most = [], [0]

    def watched(weights, item, states):
        tapes.append(weakref.ref(weights[0].tape))
        most[0] = max(most[0], len({id(each()) for each in tapes if each() is not None}))
        result = step(weights, item, states)
        at_most("rtrl: records on the tape after one of 12 steps", len(weights[0].tape.records), 20)
        return result

    ask(lambda: list(exercise.rtrl(watched, items, start, parameters)), asked="rtrl over 12 steps").value  # noqa: B018
    equal("rtrl over 12 steps: how often it runs a step", len(tapes), 12)
    at_most("rtrl over 12 steps: tapes that are kept at once", most[0], 2)


def predicted(exercise):
    """The numbers in the influence of a 4 × 4 matrix on a state of four numbers."""
    tape = exercise.Tape()
    W, h = exercise.tensor(tape, np.eye(4)), exercise.tensor(tape, np.ones((1, 4)))
    size = exercise.influence(tape, [W], [h], np.zeros((4, 16)), [h @ W]).size
    return f"{size}, and for 100 units 100 · 10,000 = 1,000,000"
