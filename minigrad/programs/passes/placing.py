"""The pass ``in_place``: an elementwise instruction writes into an operand that nobody needs any more."""

from __future__ import annotations

from dataclasses import replace

from ..functions import Stack
from ..program import Program
from ..writing import elementwise
from .lifetimes import Lifetimes


def in_place(program: Program) -> Program:
    """The same program, in which chains of elementwise instructions need no fresh memory. It computes the same bits.

    What is to lie in a stack is not written elsewhere first.
    """
    lifetimes = Lifetimes(program)
    made = {program.instructions[k].results[0] for k in lifetimes.writers}  # memory that is the program's own
    stacked = {n for each in program.instructions if isinstance(each.function, Stack) for n in each.takes}
    instructions = []
    for k, instruction in enumerate(program.instructions):
        if k in lifetimes.writers and elementwise(instruction) and instruction.results[0] not in stacked:
            value = program.values[instruction.results[0]]
            for number in instruction.takes:
                owners = lifetimes.owners[number]
                dies = all(lifetimes.ends[owner] == k for owner in owners)
                apart = all(owners.isdisjoint(lifetimes.owners[n]) for n in instruction.takes if n != number)
                if number in made and program.values[number] == value and dies and apart:
                    instruction = replace(instruction, into=number)
                    break
        instructions.append(instruction)
    return replace(program, instructions=tuple(instructions))
