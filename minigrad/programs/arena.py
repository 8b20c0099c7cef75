"""The memory of a run: one piece, and the values that lie in it as views."""

from __future__ import annotations

from typing import Any

from .functions import Part, Stack
from .instruction import Instruction, bytes_of
from .program import Program
from .writing import computes_as_defined

_VIEWS = frozenset({"reshape", "transpose", "expand_dims", "squeeze"})


class Arena:
    """Memory for one run at a time.

    Attributes:
        memory: the bytes.
        views: by number the values that lie there.
        fixed: those among them that no instruction has to make: parts of others, and stacks whose members lie in their
            places.
        blank: the values before a run, by number + 1; see ``refill``.
    """

    blank: list[Any]

    def __init__(self, program: Program) -> None:
        xp, (nbytes, places) = program.module, program.memory
        self.memory = xp.empty(nbytes, "uint8")
        self._xp = xp
        self.views: dict[int, Any] = {}
        self.fixed: set[int] = set()
        for number, offset in places.items():
            shape, dtype = program.values[number]
            size = bytes_of(program.values[number])
            self.views[number] = self.memory[offset : offset + size].view(dtype).reshape(shape)
        for instruction in program.instructions:
            if len(instruction.results) == 1 and self._is_there(program, instruction):
                self.fixed.add(instruction.results[0])

    def refill(self, blank: list[Any]) -> None:
        """Put the views among the values that are there before a run."""
        self.blank = blank.copy()
        for number, view in self.views.items():
            self.blank[1 + number] = view

    def holds(self, value: Any) -> bool:
        """Whether an array lies in this memory."""
        return hasattr(value, "nbytes") and bool(self._xp.may_share_memory(value, self.memory))

    def _is_there(self, program: Program, instruction: Instruction) -> bool:
        """Whether nothing has to be done for a result, because it lies where it should."""
        taken, number = instruction.takes, instruction.results[0]
        if isinstance(instruction.function, Stack) and number in program.memory.places:
            return not missing(program, instruction)
        moves = instruction.name in _VIEWS and instruction.kind == "operation" and computes_as_defined(instruction)
        if len(taken) != 1 or taken[0] not in self.views or not (moves or isinstance(instruction.function, Part)):
            return False
        operands = [self.views[each] if isinstance(each, int) else each.value for each in instruction.operands]
        view = instruction.function(*operands)
        if getattr(view, "ndim", 0) == 0 or not self.holds(view):
            return False
        self.views[number] = view
        return True


def missing(program: Program, stack: Instruction) -> list[int]:
    """Which members of a stack that has a place do not lie in theirs."""
    places = program.memory.places
    start, size = places[stack.results[0]], bytes_of(program.values[stack.results[0]]) // len(stack.takes)
    return [k for k, number in enumerate(stack.takes) if places.get(number) != start + k * size]
