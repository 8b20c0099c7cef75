"""Which values may share memory, and how long it is in use."""

from __future__ import annotations

from ..functions import Stack
from ..program import Program
from ..writing import Write, computes_as_defined, writer_of

# What has no writer, and makes a result of its own all the same
_FRESH = frozenset(
    {"sum of outer", "sum of scatter", "cross_entropy", "one_hot", "sum", "mean", "take_rows"}
    | {"tanh.vjp0", "sigmoid.vjp0", "tanh.slope", "sigmoid.slope"}
)


class Lifetimes:
    """The memory of a program's values, by the numbers of those that may own it.

    A result may share memory with whatever its instruction takes, unless it is known to be fresh. A stack may share
    memory with its members, for ``plan`` lets it.

    Attributes:
        writers: by position what writes the instruction's first result into given memory.
        owners: by number the values in whose memory it may lie.
        begins: by owner the position of the instruction that makes it.
        ends: by owner the position of the last instruction that uses its memory; of what is returned, one beyond.
    """

    def __init__(self, program: Program) -> None:
        self.writers: dict[int, Write] = {}
        self.owners = {number: {number} for number in [n for _, n in program.inputs] + [*program.constants]}
        self.begins = dict.fromkeys(self.owners, -1)
        self.ends = dict.fromkeys(self.owners, -1)
        for k, instruction in enumerate(program.instructions):
            write = writer_of(program, instruction)
            if write is not None:
                self.writers[k] = write
            taken = set[int]().union(*(self.owners[number] for number in instruction.takes))
            for owner in taken:
                self.ends[owner] = k
            for place, number in enumerate(instruction.results):
                known = instruction.name in _FRESH and (instruction.kind == "sum" or computes_as_defined(instruction))
                fresh = place == 0 and (write is not None or known)
                if isinstance(instruction.function, Stack) or not taken:
                    self.owners[number] = {number, *taken}
                else:
                    self.owners[number] = {number} if fresh else taken
                self.begins[number] = self.ends[number] = k
        for number in program.returned:
            for owner in self.owners[number]:
                self.ends[owner] = len(program)
