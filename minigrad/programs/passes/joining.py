"""The pass ``join``: a sum over steps is one product over all of them, whose terms lie side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..functions import Part, Stack, Sum
from ..instruction import Instruction, Literal, Value
from ..program import Program


def join(program: Program) -> Program:
    """The same program in which a sum takes stacked values in place of one for each step.

    Values that are the parts of one batch are that batch already. The order of additions changes.
    """
    joiner = _Joiner(program)
    for instruction in program.instructions:
        joiner.add(instruction)
    return replace(program, instructions=tuple(joiner.instructions), values=tuple(joiner.values))


class _Joiner:
    """A program while it is built."""

    def __init__(self, program: Program) -> None:
        self._module = program.module
        self.instructions: list[Instruction] = []
        self.values = list(program.values)
        self._stacks: dict[tuple[int, ...], int] = {}  # by the numbers of values, that of them all, stacked
        self._parts: dict[int, dict[int, int]] = {}  # by the number of a batch: its parts by their places

    def add(self, instruction: Instruction) -> None:
        function = instruction.function
        if isinstance(function, Sum) and len(function.like) > 1:
            instruction = self._joined(instruction, function)
        elif isinstance(function, Stack):
            self._stacks.setdefault(instruction.takes, instruction.results[0])
        self.instructions.append(instruction)
        if isinstance(function, Part):
            whole = instruction.takes[0]
            parts = self._parts.setdefault(whole, {})
            parts[function.place] = instruction.results[0]
            if len(parts) == (self.values[whole].shape or (0,))[0]:
                self._stacks[tuple(parts[place] for place in range(len(parts)))] = whole

    def _joined(self, instruction: Instruction, function: Sum) -> Instruction:
        """The sum of stacked values, in the order of the steps, against which a walk goes."""
        width = function.width
        columns = [instruction.operands[k::width][::-1] for k in range(width)]
        if not all(map(self._alike, columns)):
            return instruction
        operands = tuple(self._stacked(column, instruction.step) for column in columns)
        return replace(instruction, function=Sum(function.like[:1]), operands=operands, step=0, by="join")

    def _alike(self, column: tuple[Any, ...]) -> bool:
        kinds = {None if isinstance(operand, Literal) else self.values[operand] for operand in column}
        kind = kinds.pop()
        return not kinds and kind is not None and kind.shape is not None

    def _stacked(self, column: tuple[Any, ...], step: int) -> int:
        known = self._stacks.get(column)
        if known is None:
            shape, dtype = self.values[column[0]]
            assert shape is not None
            known = self._stacks[column] = len(self.values)
            self.values.append(Value((len(column), *shape), dtype))
            self.instructions.append(
                Instruction("glue", "stack", Stack(self._module), column, (known,), step=step, by="join")
            )
        return known
