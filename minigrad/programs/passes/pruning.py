"""The pass ``prune``: what no output needs is left out."""

from __future__ import annotations

from dataclasses import replace

from ..instruction import Instruction
from ..program import Program

# Files of primitives that have a result for all values: only shapes can be wrong, and they are those of the capture
CERTAIN = frozenset(
    f"minigrad.primitives.{name}"
    for name in (
        *("activations", "arithmetic", "choices", "comparisons", "contraction", "diagonals", "error_function"),
        *("exponential", "joining", "length", "padding", "products", "radius", "reduce", "scan", "shape", "shares"),
        *("trigonometric", "variance"),
    )
)


def prune(program: Program) -> Program:
    """The same program without instructions whose results nobody takes.

    Effects and random numbers stay, and operations that may refuse their operands in another run: an index that is out
    of range, a singular matrix.
    """
    needed = set(program.returned)
    kept = []
    for instruction in reversed(program.instructions):
        if instruction.stays or _may_refuse(instruction) or needed.intersection(instruction.results):
            needed.update(instruction.takes)
            kept.append(instruction)
    constants = {number: array for number, array in program.constants.items() if number in needed}
    return replace(program, instructions=tuple(reversed(kept)), constants=constants)


def _may_refuse(instruction: Instruction) -> bool:
    primitive = instruction.primitive
    if instruction.kind != "operation" or primitive is None or primitive.name == "getitem":
        return False
    return primitive.__module__ not in CERTAIN
