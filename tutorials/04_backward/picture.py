"""The picture of chapter 4: a tape of the exercise, with its cotangents, and what the walk does at each record."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from mine.engine import leaf, printed, record

import minigrad as mg


def picture(exercise: ModuleType) -> Any:
    """``tanh(a · x + x)``, walked back by the exercise."""
    tape = exercise.Tape()
    a, x = leaf(tape, -0.5, "%0 a"), leaf(tape, 2.0, "%1 x")
    y = record(tape, "tanh", record(tape, "add", record(tape, "multiply", a, x), x))
    tape.names |= {each.out: f"%{each.out}" for each in tape.records}
    cotangents = exercise.backward(tape, y)
    adopted = mg.tutorials.adopt(tape, y, cotangents)
    notes, parts = {}, []
    for each, line in zip(reversed(tape.records), reversed(printed(tape).split("\n")), strict=True):
        g = cotangents[each.out]
        found = exercise.RULES[each.op](g, tape.values[each.out], *[tape.values[i] for i in each.inputs])
        given = [f"{_number(c)} to {tape.names[i]}" for i, c in zip(each.inputs, found, strict=True)]
        notes[adopted.ids[each.out]] = f"{line} has {_number(g)} and gives {' and '.join(given)}."
        parts += [c for i, c in zip(each.inputs, found, strict=True) if i == x]
    notes[adopted.ids[x]] = f"%{x} x has received {' and '.join(map(_number, parts))}: {_number(cotangents[x])} in all."
    return adopted.draw(title="", show=("op", "name", "value", "grad"), notes=notes, legend=False)


def _number(value: Any) -> str:
    return f"{float(value):.3f}".replace("-", "−").removesuffix(".000")
