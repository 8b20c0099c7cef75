"""Checks of chapter 4."""

from minigrad.tutorials.asking import ask


def test_multiply_rule__x(exercise, rng):
    g, x, y = rng.normal(size=3)
    ask(exercise.multiply_rule, g, x * y, x, y).gives([g * y, g * x])
