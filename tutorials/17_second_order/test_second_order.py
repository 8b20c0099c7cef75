"""Checks of chapter 17."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import ask, at_least, at_most, equal

OPS = {  # the shapes of the operands, and the params
    "tanh": ([(2, 3)], {}),
    "exp": ([(3,)], {}),
    "square": ([(3,)], {}),
    "log": ([(3,)], {}),
    "transpose": ([(2, 3)], {}),
    "reshape": ([(2, 3)], {"shape": (3, 2)}),
    "sum": ([(2, 3)], {"axis": 1}),
    "add": ([(2, 3), (3,)], {}),
    "subtract": ([(2, 1), (2, 3)], {}),
    "multiply": ([(2, 3), (3,)], {}),
    "divide": ([(2, 3), (2, 1)], {}),
    "matmul": ([(2, 3), (3, 2)], {}),
}
CASES = [  # axis, keepdims, and the shape of g where x has the shape (2, 3)
    (None, False, ()),
    (0, False, (3,)),
    (1, False, (2,)),
    (-1, False, (2,)),
    ((0, 1), False, ()),
    (0, True, (1, 3)),
    (1, True, (2, 1)),
    (None, True, (1, 1)),
    ((), False, (2, 3)),
]


class Ops:
    """The learner's operations as functions of tensors, by minigrad's names."""

    def __init__(self, exercise):
        self.apply = exercise.apply

    def __getattr__(self, name):
        return lambda *operands: self.apply(name, *operands)


def bowl(ops, x):
    return ops.square(ops.tanh(x).sum()) + (ops.exp(x) * x).sum()


def product(ops, x):
    return ops.square(ops.tanh(x @ x.T)).sum()


def cube(ops, x):
    return (x * x * x).sum()


def kind(value):
    """What a value is, in a word or two."""
    return "a tensor" if hasattr(value, "tape") else f"{type(value).__name__}, no tensor"


def spread(g, axis, keepdims):
    """What x of shape (2, 3) should receive."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.array(np.broadcast_to(g, (2, 3)))


def summed(exercise, rng, case):
    """g and x as tensors, what the rule makes of them, and the call as text."""
    axis, keepdims, shape = case
    tape = exercise.Tape()
    x, g = (exercise.tensor(tape, rng.normal(size=each)) for each in ((2, 3), shape))
    out = exercise.apply("sum", x, axis=axis, keepdims=keepdims)
    asked = f"sum_rule(g, out, x, axis={axis}, keepdims={keepdims}) of tensors, where g has the shape {shape}"
    found = ask(exercise.sum_rule, g, out, x, axis=axis, keepdims=keepdims, asked=asked).value
    yours = [kind(each) for each in found] if isinstance(found, list) else kind(found)
    equal(f"{asked}: what it returns", yours, ["a tensor"])
    return tape, g, found[0], asked


def test_sum_rule__arrays(exercise, rng):
    x = rng.normal(size=(2, 3))
    for axis, keepdims, shape in CASES:
        g = np.asarray(rng.normal(size=shape))
        out = np.sum(x, axis=axis, keepdims=keepdims)
        ask(exercise.sum_rule, g, out, x, axis=axis, keepdims=keepdims).gives([spread(g, axis, keepdims)])
    ask(exercise.sum_rule, np.float64(2.0), x.sum(), x).gives([np.full((2, 3), 2.0)])


def test_sum_rule__tensors(exercise, rng):
    for case in CASES:
        _, g, found, asked = summed(exercise, rng, case)
        equal(f"{asked}: its value", found.value, spread(g.value, *case[:2]))


def test_sum_rule__is_recorded(exercise, rng):
    for case in CASES:
        tape, g, found, asked = summed(exercise, rng, case)
        equal(f"{asked}: whether it is on the tape of g", found.tape is tape, True)
        weights = rng.normal(size=(2, 3))
        yours = exercise.walk(found * weights).get(g.i)
        equal(
            f"{asked}: times {weights.ravel()[0]:.3f}, …, and walked back to g",
            yours,
            np.asarray(np.sum(weights, axis=case[0], keepdims=case[1])),
        )


def recorded(exercise, target, asked):
    """The learner's recorded walk, which has left records on the target's tape, and has tensors of that tape in it."""
    before = len(target.tape.records)
    found = ask(exercise.recorded_backward, target, asked=asked).value
    equal(f"{asked}: what it returns", type(found).__name__, "dict")
    equal(f"{asked}: what is in it", sorted({kind(each) for each in found.values()}), ["a tensor"])
    equal(f"{asked}: whether all of that is on the tape", all(e.tape is target.tape for e in found.values()), True)
    at_least(f"{asked}: the records on the tape after it", len(target.tape.records), before + 1)
    return found


def value_of(found, i):
    """The value of a cotangent, ``None`` without one."""
    return found[i].value if i in found else None


def on_tape(exercise, op, values, params):
    """The operands and the result of one operation of the learner's."""
    tape = exercise.Tape()
    operands = [exercise.tensor(tape, value) for value in values]
    return operands, exercise.apply(op, *operands, **params)


def test_recorded_backward__each_rule(exercise, rng):
    for op, (shapes, params) in OPS.items():
        values = [rng.uniform(0.5, 1.5, size=shape) for shape in shapes]
        operands, target = on_tape(exercise, op, values, params)
        asked = f'recorded_backward(y) for y = {op}(…), which calls RULES["{op}"] with tensors'
        found = recorded(exercise, target, asked)
        everything = tuple(range(len(values)))
        right = mg.grad(lambda *xs, op=op, params=params: getattr(mg, op)(*xs, **params).sum(), everything)(*values)
        for n, (operand, each) in enumerate(zip(operands, right, strict=True)):
            equal(f"{asked}: the cotangent of operand {n}", value_of(found, operand.i), np.asarray(each.value))


def test_recorded_backward__whole_tape(exercise, rng):
    tape = exercise.Tape()
    ops = Ops(exercise)
    x, aside = (exercise.tensor(tape, rng.normal(size=(2, 2)), name) for name in ("x", "aside"))
    other = ops.exp(aside)
    target = ops.tanh(x * x) @ x + x
    ops.square(target * other)
    before = list(tape.records)
    found = recorded(exercise, target, "recorded_backward(tanh(x·x) @ x + x)")
    equal("the records that were on the tape before the walk", tape.records[: len(before)], before)
    values = {i: each.value for i, each in found.items()}
    adopted = mg.tutorials.adopt(tape, target.i, values)
    said = "tanh(x·x) @ x + x, where the tape also has what the target does not depend on, and what depends on it"
    equal(f"recorded_backward({said}): every cotangent", str(adopted), "every value and every cotangent is right")
    equal(f"recorded_backward({said}): its ids", sorted(found), sorted(exercise.walk(target)))


def test_recorded_backward__each_rule_again(exercise, rng):
    for op, (shapes, params) in OPS.items():
        values = [rng.uniform(0.5, 1.5, size=shape) for shape in shapes]
        weights = [rng.normal(size=shape) for shape in shapes]
        operands, target = on_tape(exercise, op, values, params)
        found = recorded(exercise, exercise.apply("square", target).sum(), f"recorded_backward of {op}(…)² summed")
        slope = sum((found[each.i] * w).sum() for each, w in zip(operands, weights, strict=True))
        yours = exercise.walk(slope)
        everything = tuple(range(len(values)))

        def first(*xs, op=op, params=params):
            return mg.square(getattr(mg, op)(*xs, **params)).sum()

        def along(*xs, first=first, everything=everything, weights=weights):
            return sum((g * w).sum() for g, w in zip(mg.grad(first, everything)(*xs), weights, strict=True))

        right = mg.grad(along, everything)(*values)
        for n, (operand, each) in enumerate(zip(operands, right, strict=True)):
            asked = f"second walk, from recorded_backward of {op}(…)²: the cotangent of operand {n}"
            equal(asked, yours.get(operand.i), np.asarray(each.value))


def test_recorded_backward__third_derivative(exercise):
    tape = exercise.Tape()
    x = exercise.tensor(tape, 0.3)
    found = exercise.apply("tanh", x)
    t = np.tanh(0.3)
    right = [1 - t**2, -2 * t * (1 - t**2), (1 - t**2) * (6 * t**2 - 2)]
    for order, each in enumerate(right, 1):
        found = recorded(exercise, found, f"recorded_backward, {order} times, of tanh(x)").get(x.i)
        yours = None if found is None else found.value
        equal(f"derivative number {order} of tanh at x = 0.3, by as many recorded walks", yours, np.asarray(each))


def minigrads(f, x, v):
    """The product as minigrad has it."""
    return np.asarray(mg.hvp(lambda each: f(mg, each), (x,), (v,))[0].value)


def test_hvp__same_as_minigrad(exercise, rng):
    ops = Ops(exercise)
    for name, f, shape in (
        ("x³ summed", cube, (3,)),
        ("(Σ tanh x)² + Σ x·exp(x)", bowl, (4,)),
        ("tanh(x @ x.T)² summed", product, (2, 3)),
    ):
        x, v = rng.normal(size=shape), rng.normal(size=shape)
        right = minigrads(f, x, v)
        ask(exercise.hvp, lambda each, f=f: f(ops, each), x, v, asked=f"hvp(f, x, v) for f = {name}").gives(right)


def test_hvp__zero(exercise, rng):
    x, v = rng.normal(size=3), rng.normal(size=3)
    for name, f in (
        ("3x summed, which is linear", lambda each: (each * 3.0).sum()),
        ("7, which does not depend on x", lambda each: exercise.tensor(each.tape, 7.0)),
    ):
        ask(exercise.hvp, f, x, v, asked=f"hvp(f, x, v) for f = {name}").gives(np.zeros(3))


def test_hvp__cost(exercise, rng):
    calls, walked = [], []
    rule = exercise.RULES["exp"]

    def f(x):
        calls.append(x)
        return exercise.apply("exp", x).sum()

    def counted(*args, **params):
        walked.append(args)
        return rule(*args, **params)

    exercise.RULES["exp"] = counted
    try:
        x, v = rng.normal(size=20), rng.normal(size=20)
        ask(exercise.hvp, f, x, v, asked="hvp(f, x, v) for f = exp(x) summed, 20 numbers").gives(np.exp(x) * v)
    finally:
        exercise.RULES["exp"] = rule
    equal("hvp(f, x, v): how often f was called", len(calls), 1)
    at_most('hvp(f, x, v) for 20 numbers: how often RULES["exp"] was called, of which f has one', len(walked), 2)


def predicted(exercise):
    """The records of tanh(x)² and of its recorded walk."""
    tape = exercise.Tape()
    target = exercise.apply("square", exercise.apply("tanh", exercise.tensor(tape, 0.5)))
    exercise.recorded_backward(target)
    return f"{len(tape.records)}: 2, and {len(tape.records) - 2} of the walk"
