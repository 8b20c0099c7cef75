"""The picture of chapter 3: a tape of the exercise, drawn by minigrad, and its records as text."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import minigrad as mg


def picture(exercise: ModuleType) -> Any:
    """``tanh(a · x + x)``, as the exercise records and prints it."""
    tape = exercise.Tape()
    a = exercise.leaf(tape, -0.5, "a")
    x = exercise.leaf(tape, 2.0, "x")
    product = exercise.record(tape, "multiply", a, x)
    exercise.record(tape, "tanh", exercise.record(tape, "add", product, x))
    lines = exercise.printed(tape).split("\n")
    tape.names |= {i: f"%{i} {tape.names[i]}" for i in (a, x)} | {each.out: f"%{each.out}" for each in tape.records}
    adopted = mg.tutorials.adopt(tape)
    return adopted.draw(
        title="",
        show=("op", "name", "value"),
        notes={adopted.ids[each.out]: line for each, line in zip(tape.records, lines, strict=True)},
        lane=False,
        memory=False,
        legend=False,
    )
