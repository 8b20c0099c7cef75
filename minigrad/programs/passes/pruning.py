"""The pass ``prune``: what no output needs is left out."""

from __future__ import annotations

from dataclasses import replace

from ..program import Program


def prune(program: Program) -> Program:
    """The same program without instructions whose results nobody takes; effects and random numbers stay."""
    needed = set(program.returned)
    kept = []
    for instruction in reversed(program.instructions):
        if instruction.stays or needed.intersection(instruction.results):
            needed.update(instruction.takes)
            kept.append(instruction)
    constants = {number: array for number, array in program.constants.items() if number in needed}
    return replace(program, instructions=tuple(reversed(kept)), constants=constants)
