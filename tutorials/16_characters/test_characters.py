"""Checks of chapter 16."""

from contextlib import contextmanager
from itertools import islice

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import Wrong, ask, equal

# ---- take_rule ----


def taken(exercise, g, x, indices, asked):
    """What the table receives, the only operand."""
    before = np.array(x)
    found = ask(exercise.take_rule, g, x[indices], x, indices=indices, axis=0, asked=asked).value
    equal(f"{asked}: how many contributions", ask(len, found, asked=f"len({asked})").value, 1)
    equal(f"the table after {asked}", x, before)
    return found[0]


def test_take_rule__each_row_once(exercise, rng):
    x, g, indices = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), np.array([2, 0])
    asked = "take_rule(g, out, x, indices=[2, 0], axis=0) with a table of 4 rows"
    right = np.zeros((4, 3))
    right[2], right[0] = g
    equal(asked, taken(exercise, g, x, indices, asked), right)


def test_take_rule__a_row_more_than_once(exercise, rng):
    x, g, indices = rng.normal(size=(4, 2)), rng.normal(size=(5, 2)), np.array([1, 3, 1, 1, 0])
    asked = "take_rule(g, out, x, indices=[1, 3, 1, 1, 0], axis=0) with a table of 4 rows"
    right = np.array([sum((g[n] for n in range(5) if indices[n] == row), np.zeros(2)) for row in range(4)])
    equal(asked, taken(exercise, g, x, indices, asked), right)


def test_take_rule__in_a_walk(exercise, rng):
    values, ids = rng.normal(size=(3, 2)), np.array([2, 2, 0])
    table = exercise.Parameter(values, "E")

    def step(weights, item, states):
        found = exercise.rows(weights[0], item)
        return (found * found).sum(), []

    asked = "E.grad after a walk from (rows(E, [2, 2, 0]) * rows(E, [2, 2, 0])).sum()"
    ask(lambda: len(list(exercise.truncated(step, [ids], [], [table], 1, 1))), asked=asked).gives(1)
    p = mg.parameter(values)
    with mg.Tape() as tape:
        tape.backward(mg.square(mg.take(p, ids, axis=0)).sum())
    equal(asked, table.grad, np.array(p.grad))


# ---- the model, by NumPy ----

SIZES = {"E": (4, 3), "W": (3, 3), "b": (3,), "V": (3, 4), "c": (4,)}


def model(exercise, rng):
    """Parameters of a model of 4 characters and 3 units."""
    return [exercise.Parameter(rng.normal(size=shape), name) for name, shape in SIZES.items()]


def chances_after(parameters, ids, temperature=1.0):
    """The chances of the next character after each of the ids."""
    E, W, b, V, c = (p.value for p in parameters)
    h, found = np.zeros(3), []
    for each in ids:
        h = np.tanh(E[each] + h @ W + b)
        powers = np.exp((h @ V + c) / temperature)
        found.append(powers / powers.sum())
    return found


# ---- bits_per_character ----


def right_bits(parameters, ids):
    chances = chances_after(parameters, ids[:-1])
    return float(-np.mean([np.log2(p[following]) for p, following in zip(chances, ids[1:], strict=True)]))


def test_bits_per_character__all_alike(exercise):
    parameters = [exercise.Parameter(np.zeros(shape), name) for name, shape in SIZES.items()]
    asked = "bits_per_character(parameters, [0, 3, 1]), where all of 4 characters have the same chance"
    ask(exercise.bits_per_character, parameters, [0, 3, 1], asked=asked).gives(2.0)


def test_bits_per_character__a_text(exercise, rng):
    parameters = model(exercise, rng)
    for ids in ([2, 1], [0, 3, 3, 1, 2, 0]):
        asked = f"bits_per_character(parameters, {ids}) of a model with 4 characters"
        found = ask(exercise.bits_per_character, parameters, np.array(ids), asked=asked)
        found.gives(right_bits(parameters, ids))


def test_bits_per_character__nothing_is_trained(exercise, rng):
    parameters = model(exercise, rng)
    values = [p.value for p in parameters]
    asked = "bits_per_character(parameters, [0, 3, 1])"
    first, second = (ask(exercise.bits_per_character, parameters, [0, 3, 1], asked=asked).value for _ in range(2))
    equal(f"{asked}, called a second time", second, first)
    equal(f"whether a .grad is there after {asked}", any(p.grad is not None for p in parameters), False)
    equal(f"the parameters after {asked}", [p.value for p in parameters], values)


# ---- sample ----


class Dice:
    """A generator of random numbers that draws what it is told, and remembers the chances that it was given."""

    def __init__(self, falls):
        self.falls = list(falls)
        self.chances = []

    def choice(self, a, size=None, replace=True, p=None):
        self.chances.append(None if p is None else np.array(p))
        return np.int64(self.falls[len(self.chances) - 1])


def sampled(exercise, parameters, temperature):
    dice = Dice([3, 0, 0, 2] + [1] * 8)
    asked = f"sample(parameters, 1, 4, temperature={temperature}, rng), where 3, 0, 0, 2 are drawn"
    return dice, ask(exercise.sample, parameters, 1, 4, temperature, dice, asked=asked), asked


def test_sample__ids(exercise, rng):
    dice, found, asked = sampled(exercise, model(exercise, rng), 1.0)
    found.gives([3, 0, 0, 2])
    equal(f"how often rng.choice is called in {asked}", len(dice.chances), 4)


def test_sample__chances(exercise, rng):
    parameters = model(exercise, rng)
    for temperature in (1.0, 0.5, 2.0):
        dice, found, asked = sampled(exercise, parameters, temperature)
        found.gives([3, 0, 0, 2])
        equal(f"how often rng.choice is called in {asked}", len(dice.chances), 4)
        right = chances_after(parameters, [1, 3, 0, 0], temperature)
        for n, name in enumerate(("first", "second", "third", "fourth")):
            equal(f"the chances of the {name} id in {asked}", dice.chances[n], right[n])


def test_sample__the_same_dice(exercise, rng):
    parameters = model(exercise, rng)
    asked = "sample(parameters, 1, 30, 0.7, numpy.random.default_rng(5))"
    dice, here, right = np.random.default_rng(5), 1, []
    for _ in range(30):
        here = int(dice.choice(4, p=chances_after(parameters, [1, *right], 0.7)[-1]))
        right.append(here)
    ask(exercise.sample, parameters, 1, 30, 0.7, np.random.default_rng(5), asked=asked).gives(right)


# ---- train ----


def minigrads(parameters, ids, batch, k, windows, lr, most):
    """The scores and the values at the end, by minigrad."""
    ps = [mg.parameter(p.value) for p in parameters]
    nats, bits = [], []

    def step(item, h):
        here, following = item
        h = mg.tanh(mg.take(ps[0], here, axis=0) + h @ ps[1] + ps[2])
        loss = -(mg.log_softmax(h @ ps[3] + ps[4], axis=1) * np.eye(4)[following]).sum() / len(here)
        nats.append(float(loss))
        return loss, h

    at = np.arange(batch) * (len(ids) // batch)
    stream = [(ids[(at + n) % len(ids)], ids[(at + n + 1) % len(ids)]) for n in range(k * windows)]
    for _ in mg.truncated_bptt(step, stream, mg.tensor(np.zeros((batch, 3))), k1=k, reduction="sum"):
        gradients = [np.array(p.grad) for p in ps]
        norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
        for p, g in zip(ps, gradients, strict=True):
            p.value = np.asarray(p.value) - lr * g * min(1.0, most / norm)
            p.grad = None
        bits.append(float(np.sum(nats) / k / np.log(2)))
        nats.clear()
    return bits, [np.asarray(p.value) for p in ps]


@contextmanager
def at_most_read(exercise, items, right):
    """The stream of the exercise, which has no end, as one that refuses to be read as a whole."""
    endless = exercise.stream

    def counted(ids, batch):
        yield from islice(endless(ids, batch), items)
        raise Wrong("the items that train(…, k=3, windows=5, …) reads of its stream, which has no end", "all", right)

    exercise.stream = counted
    try:
        yield
    finally:
        exercise.stream = endless


def check_training(exercise, rng, most):
    parameters, ids = model(exercise, rng), rng.integers(4, size=11)
    bits, values = minigrads(parameters, ids, 2, 3, 5, 0.2, most)
    asked = f"train(parameters, ids, batch=2, k=3, windows=5, lr=0.2, most={most:g}) on 11 characters"
    with at_most_read(exercise, 100, "15"):
        found = ask(exercise.train, parameters, ids, 2, 3, 5, 0.2, most, asked=asked).value
    equal(asked, found, bits)
    for name, parameter, value in zip(SIZES, parameters, values, strict=True):
        equal(f"{name}.value after {asked}", parameter.value, value)
    equal(f"whether a .grad is left after {asked}", any(p.grad is not None for p in parameters), False)


def test_train__without_clipping(exercise, rng):
    check_training(exercise, rng, 1e9)


def test_train__with_clipping(exercise, rng):
    check_training(exercise, rng, 0.5)


def predicted(exercise):
    characters = len(exercise.ALPHABET)
    shapes = ((characters, 2), (2, 2), (2,), (2, characters), (characters,))
    alike = [exercise.Parameter(np.zeros(shape)) for shape in shapes]
    return f"{exercise.bits_per_character(alike, exercise.encoded(exercise.TEXT[:50])):.2f}"
