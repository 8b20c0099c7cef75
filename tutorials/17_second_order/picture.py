"""The picture of chapter 17: two records, and the walk that was recorded after them."""

from __future__ import annotations

from types import ModuleType

import minigrad as mg


def picture(exercise: ModuleType) -> mg.Drawing:
    """The tape of ``y = tanh(x)²`` after a recorded walk, with the cotangents of a second one from its result."""
    tape = exercise.Tape()
    x = exercise.tensor(tape, 0.5, "x")
    t = exercise.apply("tanh", x)
    y = exercise.apply("square", t)
    tape.names |= {t.i: "t", y.i: "y"}
    before = len(tape.records)
    cotangents = exercise.recorded_backward(y)
    slope = cotangents[x.i]
    tape.names |= {cotangents[y.i].i: "ȳ", cotangents[t.i].i: "t̄", slope.i: "x̄"}
    made = {record.out for record in tape.records}
    constants = {i for record in tape.records for i in record.inputs} - made - set(tape.names)
    tape.names |= {i: f"{float(tape.values[i]):g}" for i in constants}
    adopted = mg.tutorials.adopt(tape, slope.i, exercise.walk(slope), parameters=[x.i])
    notes = {
        adopted.ids[slope.i]: "x̄ = dy/dx, found by a walk from y that was recorded: its records are violet",
        adopted.ids[x.i]: "∇ is d²y/dx², found by a second walk, from x̄ over all records",
    }
    title = "y = tanh(x)², and the walk that differentiates it"
    drawing = adopted.draw(title=title, notes=notes, panel=False, memory=False, legend=False)
    added = {adopted.ids[record.out]._place[1] for record in tape.records[before:]}
    unnamed = {adopted.ids[i]._place[1] for i in constants}
    for box in drawing.scene.boxes:
        if added.intersection(box.ids):
            box.style = drawing.scene.theme.boxes["walk"]
        elif unnamed.intersection(box.ids):
            box.lines = box.lines[:1]
    return drawing
