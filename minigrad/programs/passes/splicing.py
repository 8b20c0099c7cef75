"""A new program built from an old one: instructions copied, or families of them made one on stacked arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...engine.capture import capturing
from ...engine.context import activated
from ...engine.tensor import Tensor
from ...primitives import broadcast_to
from ...primitives.batching import batched_call
from ..capturing import Recorder
from ..functions import Part, Rule, Stack
from ..instruction import Instruction, Literal, Operand, Value
from ..opened import Opened, run_batched
from ..program import Program
from .families import Family, pointwise


class Builder:
    """A program while it is built. Values keep their numbers; new ones have numbers of their own.

    Args:
        program: the old program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._xp = program.module
        self.instructions: list[Instruction] = []
        self.values = list(program.values)
        self.constants = dict(program.constants)
        self._batches: dict[tuple[int, ...], int] = {}  # by the numbers of values, that of them all, stacked

    def copied(self, instruction: Instruction) -> None:
        """Add an instruction as it is."""
        self.instructions.append(instruction)

    def batched(self, family: Family) -> None:
        """Add what computes all members of a family at once, and parts of it under the numbers of their results."""
        program = self._program
        members = [program.instructions[member] for member in family.members]
        first, size = members[0], len(members)
        columns = iter(family.columns(program))
        operands: list[Operand] = []
        batched: list[bool] = []
        for operand in first.operands:
            column = [] if isinstance(operand, Literal) else next(columns)
            differs = len(set(column)) > 1
            operands.append(self.stacked(column) if differs else operand)
            batched.append(differs)
        if pointwise(first):
            results = [self._new(size, first.results[0])]
            self._add(replace(first, operands=tuple(operands), results=tuple(results), step=0))
        else:
            before = len(self.instructions)
            try:
                results = self._spliced(first, operands, batched, size)
            except Exception:  # what the stand-ins have no result for, as zeros have no inverse, stays as it is
                del self.instructions[before:]
                self.instructions += members
                return
        for k, whole in enumerate(results):
            numbers = tuple(member.results[k] for member in members)
            self._batches[numbers] = whole
            for place, number in enumerate(numbers):
                step = members[place].step
                self._add(
                    Instruction("glue", "part", Part(place), (whole,), (number,), params={"place": place}, step=step)
                )

    def stacked(self, numbers: Sequence[int]) -> int:
        """The number of these values side by side along a new first axis."""
        known = self._batches.get(tuple(numbers))
        if known is None:
            known = self._batches[tuple(numbers)] = self._new(len(numbers), numbers[0])
            self._add(Instruction("glue", "stack", Stack(self._xp), tuple(numbers), (known,)))
        return known

    def finished(self) -> Program:
        """The program."""
        return replace(
            self._program, instructions=tuple(self.instructions), values=tuple(self.values), constants=self.constants
        )

    def _add(self, instruction: Instruction) -> None:
        self.instructions.append(replace(instruction, by="batch"))

    def _new(self, size: int, like: int) -> int:
        shape, dtype = self._program.values[like]
        return self._number(Value(None if shape is None else (size, *shape), dtype))

    def _number(self, value: Value) -> int:
        self.values.append(value)
        return len(self.values) - 1

    def _spliced(self, first: Instruction, operands: list[Operand], batched: list[bool], size: int) -> list[int]:
        """Add what the batching rules make of an operation, or of a rule; returns the numbers of its results."""
        recorder = Recorder()
        numbers: dict[int, int] = {}  # in this program, by those of the recorder
        given: list[Any] = []
        for operand in operands:
            if isinstance(operand, Literal):
                given.append(operand.value)
                continue
            shape, dtype = self.values[operand]
            stand_in = recorder.input(self._xp.zeros(shape, dtype))
            numbers[stand_in.number] = operand
            given.append(Tensor(stand_in))
        token = capturing.set(recorder)
        try:
            with activated(None):
                if isinstance(first.function, Rule):
                    out = self._opened(first, given, batched, size)
                else:
                    assert first.primitive is not None
                    out = batched_call(first.primitive, size, given, batched, first.params)
        finally:
            capturing.reset(token)
        for number, array in recorder.constants.items():
            numbers[number] = self._number(recorder.values[number])
            self.constants[numbers[number]] = array
        for instruction in recorder.instructions:
            for number in instruction.results:
                numbers[number] = self._number(recorder.values[number])
            taken = tuple(each if isinstance(each, Literal) else numbers[each] for each in instruction.operands)
            made = tuple(numbers[number] for number in instruction.results)
            self._add(replace(instruction, operands=taken, results=made, step=0))
        results = [numbers[out._value.number]]
        if len(first.results) > 1:  # the auxiliary ones are those of the same primitive, without its reduction
            same = [each for each in recorder.instructions if each.primitive is first.primitive]
            results += [numbers[number] for number in same[-1].results[1:]]
        return results

    def _opened(self, first: Instruction, given: list[Any], batched: list[bool], size: int) -> Tensor:
        """A rule of arrays as operations, and these by their batching rules."""
        opened = Opened()
        stand_ins, known = [], {}
        for x, leads in zip(given, batched, strict=True):
            if not isinstance(x, Tensor):
                stand_ins.append(x)
                continue
            array = x._value.array
            element = opened.input(array[0] if leads else array)
            known[element.number] = x, leads
            stand_ins.append(element)
        token = capturing.set(opened)
        try:
            out = opened.noted("", first.function.rule, *stand_ins)  # type: ignore[attr-defined]
        finally:
            capturing.reset(token)
        run_batched(opened.program("rule", [], Tensor(out)), known, size)
        result, leads = known[out.number]
        result = result if isinstance(result, Tensor) else Tensor(result)
        return result if leads else broadcast_to(result, shape=(size, *result.shape))
