"""Checks of chapter 6: Jacobians against central differences, rules against Jacobians, and memory."""

import tracemalloc

import numpy as np

from minigrad.tutorials.asking import ask, at_most, equal, text


def jacobian(f, x, eps=1e-6):
    """The Jacobian of ``f`` at ``x``, both flattened, from central differences."""
    columns = []
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = eps
        columns.append((f(x + step) - f(x - step)).ravel() / (2 * eps))
    return np.stack(columns, axis=1)


def test_tanh_jacobian__is_a_matrix(exercise, rng):
    x = rng.normal(size=3)
    ask(exercise.tanh_jacobian, x).gives(jacobian(np.tanh, x))


def test_tanh_jacobian__of_one_number(exercise):
    ask(exercise.tanh_jacobian, np.array([0.5])).gives(np.array([[1 / np.cosh(0.5) ** 2]]))


def test_cumsum_jacobian__rows_are_results(exercise, rng):
    ask(exercise.cumsum_jacobian, 3).gives(np.round(jacobian(np.cumsum, rng.normal(size=3)), 6))


def test_cumsum_jacobian__other_sizes(exercise, rng):
    for n in (1, 2, 5):
        ask(exercise.cumsum_jacobian, n).gives(np.round(jacobian(np.cumsum, rng.normal(size=n)), 6))


def test_cumsum_rule__weighs_the_rows(exercise, rng):
    g = np.round(rng.normal(size=3), 2)
    ask(exercise.cumsum_rule, g.copy()).gives(g @ jacobian(np.cumsum, np.ones(3)))


def test_cumsum_rule__other_sizes(exercise, rng):
    for n in (1, 2, 5):
        g = rng.normal(size=n)
        ask(exercise.cumsum_rule, g.copy()).gives(g @ jacobian(np.cumsum, np.ones(n)))


def test_cumsum_rule__leaves_g_alone(exercise, rng):
    g = rng.normal(size=3)
    given = g.copy()
    ask(exercise.cumsum_rule, given).gives(np.cumsum(g[::-1])[::-1])
    equal("g after cumsum_rule(g)", given, g)


def test_cumsum_rule__forms_no_matrix(exercise):
    n = 600
    g = np.ones(n)
    tracemalloc.start()
    try:
        ask(exercise.cumsum_rule, g, asked=f"cumsum_rule(g), {n} numbers").gives(np.arange(n, 0.0, -1.0))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    used = "a few vectors" if most < 50 * g.nbytes else "a matrix"
    equal(f"what cumsum_rule(g) needs memory for, with {n} numbers", used, "a few vectors")


class Counted:
    """A number that counts how often one of its kind is added or read."""

    uses = 0

    def __init__(self, value):
        self.value = value

    def __float__(self):
        Counted.uses += 1
        return float(self.value)

    def __add__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        Counted.uses += 1
        return Counted(self.value + getattr(other, "value", other))

    def __neg__(self):
        return Counted(-self.value)

    def __sub__(self, other):
        return NotImplemented if isinstance(other, np.ndarray) else self + -other

    def __rsub__(self, other):
        return -self + other

    __radd__ = __add__


def test_cumsum_rule__additions(exercise):
    n = 50
    g = np.array([Counted(1.0) for _ in range(n)])
    asked = f"cumsum_rule(g), {n} numbers"
    Counted.uses = 0
    found = ask(exercise.cumsum_rule, g, asked=asked).value
    uses = Counted.uses
    ask(lambda: [float(each) for each in found], asked=asked).gives(list(np.arange(n, 0.0, -1.0)))
    yours = "a few" if uses <= 4 * n else "more and more, the more numbers there are"
    equal(f"{asked}: how many additions there are for each number", yours, "a few")


def vjps_of_matmul(g, x, y):
    """What x and y receive, by way of both Jacobians."""
    by_x, by_y = jacobian(lambda x: x @ y, x), jacobian(lambda y: x @ y, y)
    return [(g.ravel() @ by_x).reshape(x.shape), (g.ravel() @ by_y).reshape(y.shape)]


def test_matmul_rule__square_matrices(exercise, rng):
    g, x, y = rng.integers(1, 9, size=(3, 2, 2)).astype("float64")
    words = f"matmul_rule(g, x @ y, x, y), where g = {text(g)}, x = {text(x)}, y = {text(y)}"
    ask(exercise.matmul_rule, g, x @ y, x, y, asked=words).gives(vjps_of_matmul(g, x, y))


def test_matmul_rule__other_shapes(exercise, rng):
    for m, k, n in [(2, 3, 4), (1, 3, 1), (3, 1, 2)]:
        g, x, y = rng.normal(size=(m, n)), rng.normal(size=(m, k)), rng.normal(size=(k, n))
        words = f"matmul_rule(g, x @ y, x, y), where x is {m} × {k} and y is {k} × {n}"
        ask(exercise.matmul_rule, g, x @ y, x, y, asked=words).gives(vjps_of_matmul(g, x, y))


def test_matmul_rule__passes_a_gradient_check(exercise, rng):
    xs = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    error = ask(exercise.rule_error, "matmul", *xs, asked='rule_error("matmul", x, y), by central differences').value
    at_most('rule_error("matmul", x, y), by central differences', error, 1e-6)


def predicted(exercise):
    """The vector-Jacobian product of cumsum."""
    return str([int(each) for each in exercise.cumsum_rule(np.array([1.0, 10.0, 100.0]))])
