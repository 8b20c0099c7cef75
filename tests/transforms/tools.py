"""The value of a tensor, and a function with a rule of its own."""

from __future__ import annotations

import minigrad as mg


def value(tensor):
    assert isinstance(tensor, mg.Tensor)
    return tensor.numpy()


def ruled(function, rule):
    made = mg.custom_vjp(function)
    made.defvjp(rule)
    return made
