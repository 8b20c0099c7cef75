"""Programs: plain data that can be printed, compared and run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..engine.tensor import Leaf
from ..transforms.trees import tree_leaves
from ..words import shown
from .costs import Cost
from .functions import Accumulate
from .instruction import Instruction, Literal, Value


@dataclass(frozen=True, slots=True)
class Ref:
    """A leaf of what a program returns: the value of that number, as a tensor or as a Python number."""

    number: int
    tensor: bool


@dataclass(frozen=True, slots=True)
class Fixed:
    """A leaf of what a program returns that is the same in each run.

    Attributes:
        value: itself; where each call makes one ``anew``, a copy that nobody else holds.
    """

    value: Any
    anew: bool = False


class Memory(NamedTuple):
    """One piece of memory in which values of a program lie.

    Attributes:
        nbytes: its size.
        places: the offset of each value, in bytes, by its number.
    """

    nbytes: int
    places: dict[int, int]


NOWHERE = Memory(0, {})


@dataclass(frozen=True, slots=True)
class Program:
    """A computation as a flat list of instructions.

    Attributes:
        name: of the function that was recorded.
        inputs: (path, number) of each array among the arguments, such as ``("x.0", 3)``.
        instructions: in the order in which they run.
        outputs: what it returns, a tree of ``Ref`` and ``Fixed``.
        values: shape and dtype of each value, by its number.
        constants: the arrays that are part of the program, by number.
        module: NumPy or CuPy, where its values are.
        relied: (object, name of an attribute, what it was) that it takes for granted: modes of modules, and values of
            leaves that are settings.
        strided: the values that did not lie in C order, nor do so in another run. No pass puts them elsewhere.
        memory: where results are written; without a place a result is an array of its own.
        passes: what was done to it since it was captured: (name of the pass, what the program cost after it).
    """

    name: str
    inputs: tuple[tuple[str, int], ...]
    instructions: tuple[Instruction, ...]
    outputs: Any
    values: tuple[Value, ...]
    constants: dict[int, Any]
    module: Any
    relied: tuple[tuple[Any, str, Any], ...] = ()
    strided: frozenset[int] = frozenset()
    memory: Memory = NOWHERE
    passes: tuple[tuple[str, Cost], ...] = ()

    @property
    def returned(self) -> tuple[int, ...]:
        """The numbers of the values that it returns."""
        return tuple(leaf.number for leaf in tree_leaves(self.outputs) if isinstance(leaf, Ref))

    @property
    def parameters(self) -> tuple[Leaf, ...]:
        """The leaves to whose gradients it adds."""
        return tuple(i.function.leaf for i in self.instructions if isinstance(i.function, Accumulate))

    def __len__(self) -> int:
        return len(self.instructions)

    def __bool__(self) -> bool:
        return True

    def counts(self) -> dict[str, int]:
        """How many instructions there are of each name, the most frequent first."""
        return dict(Counter(instruction.name for instruction in self.instructions).most_common())

    def explain(self) -> str:
        """A table of what each pass left: instructions, bytes of their results, multiplications in matrix products."""
        inputs = ", ".join(f"{path}: {self.values[number]}" for path, number in self.inputs)
        lines = [f"{self.name}({inputs})", f"  {'pass':<10} {'instructions':>12} {'bytes':>14} {'multiplications':>16}"]
        for name, cost in self.passes:
            lines.append(f"  {name:<10} {cost.instructions:>12,} {cost.nbytes:>14,} {cost.multiplies:>16,}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Program {self.name}: {len(self.inputs)} inputs, {len(self)} instructions>"

    def __str__(self) -> str:
        lines = [f"program {self.name}: {len(self)} instructions"]
        lines += [f"  %{number} = input {path} : {self.values[number]}" for path, number in self.inputs]
        lines += [f"  %{number} = constant : {self.values[number]}" for number in self.constants]
        lines += [self._line(instruction) for instruction in self.instructions]
        returned = ", ".join(f"%{number}" for number in self.returned)
        return "\n".join([*lines, f"  return {returned}"])

    def _line(self, instruction: Instruction) -> str:
        results = ", ".join(f"%{number}" for number in instruction.results)
        operands = [_operand(operand) for operand in instruction.operands]
        operands += [f"{name}={shown(value)}" for name, value in instruction.params.items()]
        call = f"{instruction.name}({', '.join(operands)})"
        if instruction.kind == "read":
            call = f"read {instruction.name}"
        what = ", ".join(str(self.values[number]) for number in instruction.results)
        step = f" @step {instruction.step}" if instruction.step else ""
        if instruction.into is not None:
            step += f" into %{instruction.into}"
        elif instruction.results and instruction.results[0] in self.memory.places:
            step += f" at {self.memory.places[instruction.results[0]]}"
        step += f"  ({instruction.by})" if instruction.by else ""
        return f"  {results} = {call} : {what}{step}" if results else f"  {call}{step}"


def _operand(operand: int | Literal) -> str:
    return f"%{operand}" if isinstance(operand, int) else shown(operand.value)
