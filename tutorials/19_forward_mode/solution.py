"""Chapter 19: forward, online: tangents."""

from __future__ import annotations

from typing import Any

import numpy as np
from mine.engine import Tape

JVP = {
    "add": lambda tangents, out, x, y: tangents[0] + tangents[1],
    "subtract": lambda tangents, out, x, y: tangents[0] - tangents[1],
    "multiply": lambda tangents, out, x, y: tangents[0] * y + x * tangents[1],
    "matmul": lambda tangents, out, x, y: tangents[0] @ y + x @ tangents[1],
    "tanh": lambda tangents, out, x: tangents[0] * (1 - out * out),
    "square": lambda tangents, out, x: tangents[0] * x * 2.0,
    "sum": lambda tangents, out, x, **params: np.sum(tangents[0], **params),
}


def push(tape: Tape, tangents: dict[int, Any]) -> dict[int, Any]:
    """The tangents, by id, of all that is on the tape, from those of some leaves; what is not reached has none."""
    found = dict(tangents)
    for op, inputs, out, _, params in tape.records:
        if any(i in found for i in inputs):
            operands = [tape.values[i] for i in inputs]
            moving = [found.get(i, np.zeros_like(tape.values[i])) for i in inputs]
            found[out] = JVP[op](moving, tape.values[out], *operands, **params)
    return found
