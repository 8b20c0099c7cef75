"""The pass ``slope``: the rule of a saturating function becomes a multiplication by its slope.

A rule is linear in its cotangent, so that of ``y = f(x)`` is ``g * f'(x)``. Slopes do not wait for the walk, and the
pass ``batch`` computes those of all steps at once. Slopes that lie between 0 and 1 let no product overflow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from ...engine.backend import module_of
from ...engine.primitive import Primitive
from ...primitives.activations import plain_sigmoid, sigmoid
from ...primitives.arithmetic import multiply
from ...primitives.exponential import plain_tanh, tanh
from ...primitives.tails import tail
from ..functions import Rule
from ..instruction import Instruction
from ..program import Program
from ..writing import computes_as_defined


def slope(program: Program) -> Program:
    """The same program in which ``tanh`` and ``sigmoid`` that are there at several steps keep no tail for their rules.

    Their slopes are computed from operand and result instead, so the numbers agree to rounding.
    """
    ruled = _ruled(program)
    values = list(program.values)
    instructions: list[Instruction] = []
    slopes: dict[int, int] = {}  # the number of a slope by that of the tail that it does without
    for instruction in program.instructions:
        primitive = instruction.primitive
        if instruction.kind == "operation" and instruction.results[-1] in ruled:
            out, unneeded = instruction.results
            assert primitive is not None
            plain, of = SLOPES[primitive]
            function = partial(plain, program.module)
            instructions.append(replace(instruction, function=function, results=(out,), by="slope"))
            slopes[unneeded] = len(values)
            values.append(values[out])
            instructions.append(
                replace(
                    instruction, kind="rule", name=f"{primitive.name}.slope", function=Rule(of, None),
                    operands=(*instruction.operands, out), results=(slopes[unneeded],), argnum=0, params={}, by="slope",
                )
            )  # fmt: skip
        elif instruction.kind == "rule" and instruction.takes[-1:] and instruction.takes[-1] in slopes:
            operands = (instruction.operands[0], slopes[instruction.takes[-1]])
            function = partial(multiply.forward, program.module)
            instructions.append(
                replace(
                    instruction, kind="operation", name=multiply.name, function=function, operands=operands,
                    primitive=multiply, argnum=-1, by="slope",
                )
            )  # fmt: skip
        else:
            instructions.append(instruction)
    return replace(program, instructions=tuple(instructions), values=tuple(values))


def _ruled(program: Program) -> set[int]:
    """The tails that nothing but rules takes, of functions that are applied to values of one kind at several steps."""
    tails = {
        instruction.results[1]: instruction
        for instruction in program.instructions
        if instruction.kind == "operation" and instruction.primitive in SLOPES and len(instruction.results) == 2
    }
    rules: set[int] = set()
    others: set[int] = set(program.returned)
    for instruction in program.instructions:
        *before, last = instruction.takes or (-1,)
        made = tails.get(last)
        ruled = instruction.kind == "rule" and computes_as_defined(instruction)
        fits = ruled and made is not None and before[1:] == [made.results[0]]
        if fits and program.values[before[0]] == program.values[before[1]]:
            rules.add(last)
            others.update(before)
        else:
            others.update(instruction.takes)
    steps: dict[Any, set[int]] = defaultdict(set)
    for number in rules - others:
        made = tails[number]
        steps[made.primitive, program.values[made.results[0]]].add(made.step)
    return {n for n in rules - others if len(steps[tails[n].primitive, program.values[tails[n].results[0]]]) > 1}


def _slope(primitive: Primitive, odd: bool) -> Callable[[Any, Any], Any]:
    rule = primitive.rules[0]
    assert rule is not None

    def of(x: Any, out: Any) -> Any:
        return rule(1, out, tail(module_of(out), x, out, odd))

    return of


# By function its result without the tail, and its slope from operand and result
SLOPES: dict[Primitive, tuple[Callable[..., Any], Callable[..., Any]]] = {
    tanh: (plain_tanh, _slope(tanh, True)),
    sigmoid: (plain_sigmoid, _slope(sigmoid, False)),
}
