"""The rules of the primitives for people: in words, and as a formula for each operand.

A table maps a primitive's name to ``(words, formula, formula, …)``; an operand without a derivative has "".
``ḡ`` is the cotangent of the result, ``out`` the result; ``{axis}`` stands for a parameter of the call,
``{name}`` for the operand's name, ``{count}`` for how many elements made one of the result.
A definition may follow a formula: ``ḡ · s, s = sigmoid(x)``.
"""

from __future__ import annotations

from .choices import CHOICES
from .elementwise import ELEMENTWISE
from .matrix import MATRIX
from .places import PLACES
from .reductions import REDUCTIONS

RULES: dict[str, tuple[str, ...]] = {**ELEMENTWISE, **CHOICES, **REDUCTIONS, **PLACES, **MATRIX}
