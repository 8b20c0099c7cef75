"""The pass ``join``: sums over steps whose terms lie side by side in a batch are one product over all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...engine.cotangents import Outer
from ..functions import Part, Stack, Sum
from ..instruction import Instruction, Literal, Value
from ..program import Program


def join(program: Program) -> Program:
    """The same program in which a sum takes batches in place of their parts. The order of additions changes."""
    parts: dict[int, tuple[int, int]] = {}  # by number: the batch that a value is part of, and its place there
    sizes: dict[int, int] = {}
    for instruction in program.instructions:
        if isinstance(instruction.function, Part):
            parts[instruction.results[0]] = instruction.takes[0], instruction.function.place
            sizes[instruction.takes[0]] = sizes.get(instruction.takes[0], 0) + 1
    instructions: list[Instruction] = []
    values = list(program.values)
    for instruction in program.instructions:
        joined = _joined(program, instruction, parts, sizes, values) if isinstance(instruction.function, Sum) else None
        instructions += [instruction] if joined is None else joined
    return replace(program, instructions=tuple(instructions), values=tuple(values))


def _joined(
    program: Program,
    instruction: Instruction,
    parts: dict[int, tuple[int, int]],
    sizes: dict[int, int],
    values: list[Value],
) -> list[Instruction] | None:
    """The instructions for a sum whose cotangents are all parts of one batch; ``None`` where they are not."""
    function: Any = instruction.function
    width = function.width
    columns = [instruction.operands[k::width] for k in range(width)]
    first = function.like[0]
    column = columns[1] if isinstance(first, Outer) else columns[0]  # the cotangents
    batch, order = _batch(column, parts)
    if batch is None or sorted(order) != list(range(sizes[batch])) or len(order) < 2:
        return None
    made: list[Instruction] = []
    operands: list[Any] = []
    for each in columns:
        if each is column:
            operands.append(batch)
            continue
        numbers = [operand for operand in each if not isinstance(operand, Literal)]
        if len(numbers) < len(each):
            return None
        other, places = _batch(each, parts)
        if other is None or places != order or sorted(places) != list(range(sizes[other])):
            by_place = [number for _, number in sorted(zip(order, numbers, strict=True))]
            shape, dtype = values[by_place[0]]
            if shape is None:
                return None
            other = len(values)
            values.append(Value((len(by_place), *shape), dtype))
            made.append(Instruction("glue", "stack", Stack(program.module), tuple(by_place), (other,), by="join"))
        operands.append(other)
    return [*made, replace(instruction, function=Sum([first]), operands=tuple(operands), step=0, by="join")]


def _batch(column: Any, parts: dict[int, tuple[int, int]]) -> tuple[int | None, list[int]]:
    """The batch whose parts a column holds, and their places; ``None`` if there is no such batch."""
    found = [parts.get(number, (-1, -1)) for number in column if isinstance(number, int)]
    batches = {batch for batch, _ in found}
    if len(found) != len(column) or len(batches) != 1 or -1 in batches:
        return None, []
    return batches.pop(), [place for _, place in found]
