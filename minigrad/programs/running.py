"""A program made ready to run: a list of closures over one list of values."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from operator import itemgetter, length_hint
from typing import Any

from ..engine import paranoid
from ..engine.cotangents import Joined
from ..errors import forward_error
from .arena import Arena, missing
from .functions import Fill, Stack
from .instruction import Instruction
from .program import Program
from .writing import writer_of

Code = Callable[[list[Any]], None]
_JOINED = 0  # where the joins of a run lie among its values


class Runner:
    """Runs a program; threads may do so at once.

    A value without a place in the program's memory is let go after its last use. Each run has the memory for itself.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        count = 1 + len(program.values)
        self._blank: list[Any] = [None] * count
        for number, array in program.constants.items():
            self._blank[1 + number] = array
        self._spare: list[Arena] = []  # memory that no run uses
        arena = Arena(program)
        kept = {*program.returned, *program.constants, *arena.views}
        codes: list[Code] = []
        coded = []
        for instruction, dead in zip(program.instructions, last_uses(program.instructions, kept), strict=True):
            if not instruction.results or instruction.results[0] not in arena.fixed:
                codes.append(self._coded(instruction, tuple(1 + number for number in dead)))
                coded.append(instruction)
        self._codes, self._coding = codes, coded
        self._inputs = [1 + number for _, number in program.inputs]
        self._copied = [1 + number for number in program.returned if program.memory.places]
        self._here = threading.local()
        arena.refill(self._blank)
        self._spare.append(arena)

    def run(self, inputs: list[Any], seconds: dict[str, float] | None = None) -> list[Any]:
        """The values of a run with these arrays; those that are returned are there at the end.

        An operation that fails raises what its primitive would have raised. What instructions take is added to
        ``seconds`` by name, if there is one.
        """
        arena = self._spare.pop() if self._spare else self._arena()
        values = arena.blank.copy()
        joined = vars(self._here).setdefault("joined", None) or Joined()
        self._here.joined = None  # an effect may run the program again
        values[_JOINED] = joined
        for place, array in zip(self._inputs, inputs, strict=True):
            values[place] = array
        codes = iter(self._codes if seconds is None else self._timed(seconds))
        try:
            for code in codes:
                code(values)
            for place in self._copied:
                if arena.holds(values[place]):
                    values[place] = values[place].copy()
        except Exception as failure:
            error = self._explained(len(self._codes) - length_hint(codes) - 1, values, failure)
            try:
                raise error from (None if error is failure else failure)
            finally:
                del error  # whose traceback holds this frame
        finally:
            joined.forget()
            self._here.joined = joined
            paranoid.poison(arena.memory)
            self._spare.append(arena)
        return values

    def _arena(self) -> Arena:
        arena = Arena(self.program)
        arena.refill(self._blank)
        return arena

    def _timed(self, seconds: dict[str, float]) -> list[Code]:
        def timed(name: str, code: Code) -> Code:
            def measured(values: list[Any]) -> None:
                began = time.perf_counter()
                code(values)
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began

            return measured

        names = [instruction.name for instruction in self._coding]
        return [timed(name, code) for name, code in zip(names, self._codes, strict=True)]

    def _explained(self, k: int, values: list[Any], failure: Exception) -> Exception:
        """The error for a failure of instruction ``k``, with its operands."""
        instruction = self._coding[k]
        primitive = instruction.primitive
        if instruction.kind != "operation" or primitive is None:
            return failure
        operands = [values[1 + each] if isinstance(each, int) else each.value for each in instruction.operands]
        given = instruction.params is not primitive.defaults
        return forward_error(primitive.name, operands, instruction.params, failure, given)

    def _coded(self, instruction: Instruction, dead: tuple[int, ...]) -> Code:
        places = [_JOINED] if instruction.kind == "sum" else []
        for operand in instruction.operands:
            if isinstance(operand, int):
                places.append(1 + operand)
            else:
                places.append(len(self._blank))
                self._blank.append(operand.value)
        outs = [1 + number for number in instruction.results]
        function = instruction.function
        where = instruction.results[0] if instruction.into is None and instruction.results else instruction.into
        if where is not None and (instruction.into is not None or where in self.program.memory.places):
            if isinstance(function, Stack):
                copied = missing(self.program, instruction)
                function, places = Fill(copied), [places[k] for k in copied]
            else:
                write = writer_of(self.program, instruction)
                assert write is not None  # or the passes had found no place for it
                function = write
            places = [*places, 1 + where]
        return _code(function, places, outs, dead)


def last_uses(instructions: tuple[Instruction, ...], kept: set[int]) -> list[tuple[int, ...]]:
    """For each instruction the values that nothing after it takes."""
    seen = set(kept)
    found: list[tuple[int, ...]] = []
    for instruction in reversed(instructions):
        dead = {*instruction.takes, *instruction.results} - seen
        seen |= dead
        found.append(tuple(sorted(dead)))
    found.reverse()
    return found


def _code(function: Callable[..., Any], places: list[int], outs: list[int], dead: tuple[int, ...]) -> Code:
    """The closure of an instruction, unrolled for the usual numbers of operands."""
    if len(outs) == 1 and len(places) == 1:
        return _unary(function, places[0], outs[0], dead)
    if len(outs) == 1 and len(places) == 2:
        return _binary(function, places[0], places[1], outs[0], dead)
    if len(outs) == 1 and len(places) == 3:
        return _ternary(function, places[0], places[1], places[2], outs[0], dead)
    take: Callable[[list[Any]], Any] = itemgetter(*places) if len(places) > 1 else _taker(places)
    return _any(function, take, outs, dead)


def _taker(places: list[int]) -> Callable[[list[Any]], Any]:
    return lambda values: [values[place] for place in places]


def _unary(function: Callable[..., Any], a: int, out: int, dead: tuple[int, ...]) -> Code:
    def code(values: list[Any]) -> None:
        values[out] = function(values[a])
        for place in dead:
            values[place] = None

    return code


def _binary(function: Callable[..., Any], a: int, b: int, out: int, dead: tuple[int, ...]) -> Code:
    def code(values: list[Any]) -> None:
        values[out] = function(values[a], values[b])
        for place in dead:
            values[place] = None

    return code


def _ternary(function: Callable[..., Any], a: int, b: int, c: int, out: int, dead: tuple[int, ...]) -> Code:
    def code(values: list[Any]) -> None:
        values[out] = function(values[a], values[b], values[c])
        for place in dead:
            values[place] = None

    return code


def _any(
    function: Callable[..., Any], take: Callable[[list[Any]], Any], outs: list[int], dead: tuple[int, ...]
) -> Code:
    def code(values: list[Any]) -> None:
        result = function(*take(values))
        if len(outs) == 1:
            values[outs[0]] = result
        elif outs:
            for out, each in zip(outs, result):
                values[out] = each
        for place in dead:
            values[place] = None

    return code
