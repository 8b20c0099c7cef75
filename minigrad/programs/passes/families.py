"""Families: instructions that are alike, one of each time step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ..functions import Rule
from ..instruction import Instruction, Literal
from ..program import Program
from .sharing import plain


@dataclass(frozen=True, slots=True)
class Family:
    """Instructions that are alike, by their positions, in the order of their time steps."""

    members: tuple[int, ...]

    def columns(self, program: Program) -> list[list[int]]:
        """For each operand that is a value its number in each member."""
        rows = [program.instructions[member].takes for member in self.members]
        return [list(column) for column in zip(*rows, strict=True)]


def families(program: Program) -> list[Family]:
    """The families of a program with more than one member, in the order of their first ones.

    Members have the primitive, or the rule, the literals, the settings, the shapes, and what is read or constant in
    common, and are each the n-th such instruction of their step.
    """
    fixed = set(program.constants)
    fixed.update(number for i in program.instructions if i.kind == "read" for number in i.results)
    found: dict[Any, list[int]] = defaultdict(list)
    seen: dict[Any, int] = defaultdict(int)
    for k, instruction in enumerate(program.instructions):
        key = _key(program, instruction, fixed)
        if key is not None:
            ordinal = seen[key, instruction.step]
            seen[key, instruction.step] += 1
            found[key, ordinal].append(k)
    several = [members for members in found.values() if len(members) > 1]
    return [Family(tuple(sorted(members, key=lambda k: (program.instructions[k].step, k)))) for members in several]


def _key(program: Program, instruction: Instruction, fixed: set[int]) -> Any:
    """What the members of a family have in common; ``None`` for what is not batched."""
    primitive, function = instruction.primitive, instruction.function
    if primitive is None or not primitive.__module__.startswith("minigrad."):
        return None
    if instruction.kind == "operation":
        what = 0
        if primitive.batching is None and not primitive.elementwise:
            return None
    elif isinstance(function, Rule) and function.fresh is None:
        what = id(function.rule)
    else:
        return None
    operands: list[Any] = []
    for operand in instruction.operands:
        if isinstance(operand, Literal):
            operands.append(("literal", plain(operand.value)))
        elif program.values[operand].shape is None and not pointwise(instruction):
            return None
        else:
            operands.append((program.values[operand], operand if operand in fixed else -1))
    results = tuple(program.values[number] for number in instruction.results)
    key = (instruction.kind, id(primitive), what, tuple(operands), results, plain(instruction.params))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def pointwise(instruction: Instruction) -> bool:
    """Whether it is the rule of an elementwise function of one operand, hence elementwise itself."""
    primitive = instruction.primitive
    return (
        instruction.kind == "rule" and primitive is not None and primitive.elementwise and len(primitive.operands) == 1
    )
