"""The pass ``share``: equal instructions on equal operands run once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...engine.backend import module_of
from ...transforms.trees import tree_map
from ..instruction import Instruction, Literal
from ..program import Program, Ref

_ALONE = ("effect", "draw")


def share(program: Program) -> Program:
    """The same program in which an instruction that is there twice takes the result of the first.

    A primitive of a user, which may compute something else at each call, is called as often as before. What a leaf
    holds is shared up to the next effect, which may change it.
    """
    same = _equal_constants(program)  # a value by the one that it equals
    known: dict[Any, Instruction] = {}
    kept = []
    for instruction in program.instructions:
        instruction = replace(instruction, operands=tuple(_now(operand, same) for operand in instruction.operands))
        if instruction.kind == "effect":
            known = {key: each for key, each in known.items() if each.kind != "read"}
        key = None if instruction.kind in _ALONE else _key(instruction)
        first = None if key is None else known.get(key)
        if first is None:
            kept.append(instruction)
            if key is not None:
                known[key] = instruction
        else:
            same.update(zip(instruction.results, first.results, strict=True))
    outputs = tree_map(lambda leaf: replace(leaf, number=same.get(leaf.number, leaf.number)) if isinstance(leaf, Ref)
                       else leaf, program.outputs)  # fmt: skip
    constants = {number: array for number, array in program.constants.items() if number not in same}
    return replace(program, instructions=tuple(kept), outputs=outputs, constants=constants)


def _equal_constants(program: Program) -> dict[int, int]:
    """Constants of one element, each by the first that equals it: the seeds of many losses, say."""
    first: dict[Any, int] = {}
    same = {}
    for number, array in program.constants.items():
        if array.size == 1 and module_of(array) is np:
            known = first.setdefault((array.shape, array.dtype, array.tobytes()), number)
            if known != number:
                same[number] = known
    return same


def _now(operand: Any, same: dict[int, int]) -> Any:
    return same.get(operand, operand) if isinstance(operand, int) else operand


def _key(instruction: Instruction) -> Any:
    """What two equal instructions have in common; ``None`` for one whose settings cannot be told apart."""
    what: Any = instruction.function
    if instruction.kind == "read":
        what = id(what.leaf)
    elif instruction.kind == "rule":
        what = id(what.rule), what.fresh
    elif instruction.kind == "operation" and instruction.primitive.__module__.startswith("minigrad."):
        what = id(instruction.primitive)
    else:  # a user's primitive may draw, or count
        return None
    key = (instruction.kind, what, plain(instruction.operands), plain(instruction.params))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def plain(value: Any) -> Any:
    """A setting by type and value, so that 1 and True and 1.0 differ, and 0.0 and -0.0."""
    if isinstance(value, Literal):
        return ("literal", plain(value.value))
    if isinstance(value, dict):
        return tuple((name, plain(each)) for name, each in value.items())
    if isinstance(value, (tuple, list)):
        return (type(value), *map(plain, value))
    if isinstance(value, slice):
        return (slice, value.start, value.stop, value.step)
    return (type(value), repr(value)) if isinstance(value, float) else (type(value), value)
