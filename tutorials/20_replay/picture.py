"""The picture of chapter 20: the records of an RNN as a program, and how long its results need their arrays."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from minigrad.tutorials.pictures import BLUE, GREEN, ORANGE, RED, VIOLET, figure

STEPS = 3
COLOURS = (BLUE, ORANGE, GREEN, VIOLET, RED)


def picture(exercise: ModuleType) -> Any:
    """A row for each instruction: its text, and a bar as long as its result is needed, in the colour of its array."""
    rng = np.random.default_rng(0)
    tape, loss = exercise.example(*(rng.normal(size=shape) for shape in ((1, 2), (2, 4), (4, 4), (1, 4))), STEPS)
    program = exercise.instructions(tape)
    memory = exercise.buffers(program, tape.values, [loss.i])
    ends = exercise.last_uses(program)
    arrays = list({id(memory[each.out]): memory[each.out] for each in program}.values())
    last = chr(ord("A") + len(arrays) - 1)
    made = figure(7.2, 4.8)
    axis = made.subplots()
    for number, (record, each) in enumerate(zip(tape.records, program, strict=True)):
        which = next(n for n, array in enumerate(arrays) if array is memory[each.out])
        end = len(program) - 1 if each.out == loss.i else ends[each.out]
        colour = COLOURS[which % len(COLOURS)]
        axis.barh(number, end - number + 1, left=number, height=0.72, color=colour, alpha=0.75)
        axis.text(
            number + 0.5, number, chr(ord("A") + which), color="#ffffff", ha="center", va="center", fontweight="bold"
        )
        operands = ", ".join(tape.names.get(i, f"%{i}") for i in record.inputs)
        axis.text(-0.3, number, f"%{record.out} = {record.op}({operands})", ha="right", va="center", fontsize=9)
    axis.set(xlim=(0, len(program)), ylim=(len(program) - 0.4, -0.6), yticks=[])
    axis.set_xticks(np.arange(len(program)) + 0.5, [str(number) for number in range(len(program))])
    axis.tick_params(length=0)
    axis.set_axisbelow(True)
    axis.grid(axis="x", color="#ebedf1")
    axis.spines["left"].set_visible(False)
    axis.set_xlabel("instruction that runs")
    axis.set_title(
        f"{len(program)} results in {len(arrays)} arrays, A to {last}: a bar is how long a result is needed", loc="left"
    )
    return made
