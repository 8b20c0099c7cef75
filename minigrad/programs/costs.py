"""What a program costs: instructions, memory that is written, multiplications in matrix products."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from .instruction import Instruction, bytes_of

if TYPE_CHECKING:
    from .program import Program

_PRODUCTS = ("matmul", "linear")


class Cost(NamedTuple):
    """The cost of one run.

    Attributes:
        instructions: how many there are.
        nbytes: bytes of its memory, and of all results that have no place there, those that are views of others
            included.
        multiplies: multiplications in the products of matrices, forwards and backwards.
    """

    instructions: int
    nbytes: int
    multiplies: int


def cost_of(program: Program) -> Cost:
    """The cost of a program, as far as its shapes are known."""
    places = program.memory.places
    results = [n for each in program.instructions for n in each.results[each.into is not None :] if n not in places]
    return Cost(
        len(program),
        program.memory.nbytes + sum(bytes_of(program.values[number]) for number in results),
        sum(_multiplies(program, each) for each in program.instructions),
    )


def _multiplies(program: Program, each: Instruction) -> int:
    """Those of ``x @ w`` and ``g @ wᵀ``: as many for each element of the result as a row of the first operand has.

    Those of a sum of ``xᵀ g``: for each row of x an outer product.
    """
    shapes = [program.values[number].shape or () for number in each.takes]
    if each.kind == "sum" and each.name == "sum of outer":
        return sum(math.prod(x) * g[-1] for x, g in zip(shapes[::2], shapes[1::2], strict=True))
    if each.primitive is None or each.primitive.name not in _PRODUCTS or not each.results or not shapes[0]:
        return 0
    return math.prod(program.values[each.results[0]].shape or ()) * shapes[0][-1]
