"""Checks of chapter 7: what was repeated is summed, and what was summed is repeated."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import ask, at_most


def gathered(g, shape):
    """The numbers of ``g`` added up at the places of ``shape`` that they are copies of, one by one."""
    places = np.broadcast_to(np.arange(np.prod(shape, dtype=int)).reshape(shape), g.shape)
    found = np.zeros(np.prod(shape, dtype=int))
    for place, number in zip(places.ravel(), g.ravel(), strict=True):
        found[place] += number
    return found.reshape(shape)


def unbroadcasts(exercise, rng, *pairs):
    """Ask for ``unbroadcast`` from the first to the second shape of each pair."""
    for full, shape in pairs:
        g = rng.integers(1, 9, size=full).astype("float64")
        ask(exercise.unbroadcast, g.copy(), shape, asked=f"unbroadcast({_told(g)}, {shape})").gives(gathered(g, shape))


def _told(g):
    return f"g of shape {g.shape}" if g.size > 6 else str(g.astype(int).tolist())


def test_unbroadcast__axes_in_front(exercise, rng):
    unbroadcasts(exercise, rng, ((2, 3), (3,)), ((4, 2, 3), (2, 3)), ((5, 4, 2, 3), (2, 3)), ((4, 3), ()))


def test_unbroadcast__axes_of_length_1(exercise, rng):
    unbroadcasts(exercise, rng, ((2, 3), (2, 1)), ((2, 3), (1, 3)), ((2, 3), (1, 1)), ((2, 3, 4), (2, 1, 4)))


def test_unbroadcast__both(exercise, rng):
    unbroadcasts(exercise, rng, ((2, 3), (1,)), ((5, 4, 2, 3), (4, 1, 3)), ((3, 3, 3), (3, 1)), ((3, 3, 3), (1, 3)))


def test_unbroadcast__nothing_to_do(exercise, rng):
    unbroadcasts(exercise, rng, ((2, 3), (2, 3)), ((3,), (3,)), ((), ()), ((1, 3), (1, 3)), ((2, 1), (2, 1)))


class OnlySums:
    """An array with what ``unbroadcast`` may use."""

    def __init__(self, array):
        self.array, self.shape, self.ndim = array, array.shape, array.ndim

    def sum(self, axis=None, keepdims=False):
        return OnlySums(np.sum(self.array, axis=axis, keepdims=keepdims))


def test_unbroadcast__of_what_has_only_sums(exercise, rng):
    for full, shape in [((2, 3), (3,)), ((2, 3), (2, 1)), ((4, 2, 3), (2, 1)), ((2, 3), (2, 3))]:
        array = rng.integers(1, 9, size=full).astype("float64")
        asked = f"unbroadcast(g, {shape}), where g of shape {full} has .shape, .ndim and .sum and nothing else"
        found = ask(exercise.unbroadcast, OnlySums(array), shape, asked=asked)
        found._replace(result=getattr(found.result, "array", found.result)).gives(gathered(array, shape))


def test_unbroadcast__rules_pass_a_gradient_check(exercise):
    for op in ("add", "subtract", "multiply", "divide"):
        for one, other in [((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((2, 1), (4, 1, 3)), ((2, 3), (2, 3))]:
            answer = ask(exercise.broadcast_error, op, one, other)
            at_most(answer.asked, answer.value, 1e-6)


def sums(exercise, rng, *settings):
    """Ask for ``sum_rule`` at a shape, with an axis and keepdims, and compare with minigrad."""
    for shape, axis, keepdims in settings:
        x = rng.normal(size=shape)
        out = np.sum(x, axis=axis, keepdims=keepdims)
        g = rng.integers(1, 9, size=np.shape(out)).astype("float64")
        leaf = mg.parameter(x)
        with mg.Tape() as tape:
            (right,) = tape.gradient(leaf.sum(axis=axis, keepdims=keepdims), [leaf], seed=g)
        words = f"sum_rule({np.asarray(g, int).tolist()}, out, x, axis={axis}, keepdims={keepdims}), x of shape {shape}"
        ask(exercise.sum_rule, g, out, x, axis=axis, keepdims=keepdims, asked=words).gives([np.asarray(right)])


def test_sum_rule__over_all(exercise, rng):
    sums(exercise, rng, ((3,), None, False), ((2, 3), None, False), ((2, 3), None, True), ((), None, False))


def test_sum_rule__without_axis(exercise, rng):
    x = rng.normal(size=(2, 3))
    ask(exercise.sum_rule, np.array(2.0), x.sum(), x, asked="sum_rule(2, out, x), x of shape (2, 3)").gives(
        [np.full((2, 3), 2.0)]
    )


def test_sum_rule__over_one_axis(exercise, rng):
    sums(exercise, rng, ((2, 2), 0, False), ((2, 2), 1, False), ((2, 3), 1, False), ((3, 3), -1, False))
    sums(exercise, rng, ((3, 3, 3), 1, False))
    x = rng.normal(size=(2, 2))
    words = "sum_rule([3, 5], out, x, axis=1), x of shape (2, 2)"
    ask(exercise.sum_rule, np.array([3.0, 5.0]), x.sum(1), x, axis=1, asked=words).gives(
        [np.array([[3.0, 3.0], [5.0, 5.0]])]
    )


def test_sum_rule__over_some_axes(exercise, rng):
    sums(exercise, rng, ((2, 3, 4), (0, 2), False), ((2, 2, 2), (0, 1), False), ((2, 2, 2), (-1, 0), False))


def test_sum_rule__keeps_axes(exercise, rng):
    sums(exercise, rng, ((2, 2), 0, True), ((2, 3), 1, True), ((2, 3, 4), (0, 2), True), ((3, 3, 3), -2, True))


def predicted(exercise):
    """The cotangent of a bias that four rows used."""
    return str([int(each) for each in exercise.unbroadcast(np.ones((4, 3)), (3,))])
