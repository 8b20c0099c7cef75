"""Checks of chapter 1."""

import cmath

from minigrad.tutorials.asking import ask, equal, text

KEYS = ["p/w", "p/x", "s/p", "s/b", "h/s", "e/h", "e/x", "loss/e"]
# Local derivatives that no neuron has, so that each path has a product of its own.
PRIMES = {"loss/e": 2, "e/h": 3, "e/x": 5, "h/s": 7, "s/p": 11, "s/b": 13, "p/w": 17, "p/x": 19}
TINY = 1e-30


def loss(w, b, x):
    return (cmath.tanh(w * x + b) - x) ** 2


def slope(f, at):
    """The derivative of an analytic function: exact, since a step along the imaginary axis subtracts nothing."""
    return f(at + TINY * 1j).imag / TINY


def point(rng):
    """A weight, a bias and an input at which no local derivative is near 0 or 1, or near another one's."""
    return rng.uniform(0.6, 0.8), rng.uniform(-0.3, -0.2), rng.uniform(1.4, 1.8)


def local_at(exercise, w, b, x):
    """The local derivatives that the exercise finds, and what was asked for them."""
    asked = f"local_derivatives({text(w)}, {text(x)}, forward({text(w)}, {text(b)}, {text(x)}))"
    found = ask(exercise.local_derivatives, w, x, exercise.forward(w, b, x), asked=asked).value
    if not isinstance(found, dict):
        equal(asked, found, dict.fromkeys(KEYS, ...))
    return asked, found


def entries(exercise, rng, right):
    """Check some of the local derivatives, each by itself; ``right`` makes them of w, b and x."""
    w, b, x = point(rng)
    asked, found = local_at(exercise, w, b, x)
    for key, value in right(w, b, x).items():
        equal(f"{asked}[{key!r}]", found.get(key), value)


def test_local_derivatives__keys(exercise):
    asked, found = local_at(exercise, 0.5, 0.25, 2.0)
    equal(f"the keys of {asked}", sorted(map(str, found)), sorted(KEYS))


def test_local_derivatives__product(exercise, rng):
    entries(exercise, rng, lambda w, b, x: {"p/w": slope(lambda v: v * x, w), "p/x": slope(lambda v: w * v, x)})


def test_local_derivatives__sum(exercise, rng):
    entries(exercise, rng, lambda w, b, x: {"s/p": slope(lambda p: p + b, w * x), "s/b": slope(lambda v: w * x + v, b)})


def test_local_derivatives__tanh(exercise, rng):
    entries(exercise, rng, lambda w, b, x: {"h/s": slope(cmath.tanh, w * x + b)})


def test_local_derivatives__difference(exercise, rng):
    def right(w, b, x):
        h = cmath.tanh(w * x + b).real
        return {"e/h": slope(lambda v: v - x, h), "e/x": slope(lambda v: h - v, x)}

    entries(exercise, rng, right)


def test_local_derivatives__square(exercise, rng):
    entries(exercise, rng, lambda w, b, x: {"loss/e": slope(lambda e: e**2, cmath.tanh(w * x + b).real - x)})


def test_gradient_w_b__each_factor_of_its_path(exercise):
    ask(exercise.gradient_w_b, dict(PRIMES)).gives((2 * 3 * 7 * 11 * 17, 2 * 3 * 7 * 13))


def test_gradient_w_b__the_neuron(exercise, rng):
    w, b, x = point(rng)
    asked, local = local_at(exercise, w, b, x)
    right = (slope(lambda v: loss(v, b, x), w), slope(lambda v: loss(w, v, x), b))
    ask(exercise.gradient_w_b, local, asked=f"gradient_w_b({asked})").gives(right)


def test_gradient_x__two_paths(exercise):
    ask(exercise.gradient_x, dict(PRIMES)).gives(2 * 3 * 7 * 11 * 19 + 2 * 5)


def test_gradient_x__the_neuron(exercise, rng):
    w, b, x = point(rng)
    asked, local = local_at(exercise, w, b, x)
    ask(exercise.gradient_x, local, asked=f"gradient_x({asked})").gives(slope(lambda v: loss(w, b, v), x))


def predicted(exercise):
    """dℓ/dx at w = 2, b = −2, x = 1."""
    return f"{exercise.gradient_x(exercise.local_derivatives(2.0, 1.0, exercise.forward(2.0, -2.0, 1.0))):g}"
