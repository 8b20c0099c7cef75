"""How a statement is written by hand: with the ids of a program's tape, found by primitive and name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from minigrad.statements import Statement
from tests.draw.rerun import Source, tape_of


class Ids:
    """The ids on a program's tape."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tape = tape = tape_of(source)
        self.records = [record for past in tape.history for record in past.records] + tape.records

    def op(self, name: str) -> list[int]:
        """The results of a primitive, in order."""
        return [record.out for record in self.records if record.op == name]

    @property
    def h(self) -> list[int]:
        """The results of tanh: the states of most programs. The first place is that of no step."""
        return [-1, *self.op("tanh")]

    def leaf(self, name: str) -> int:
        """The first leaf of that name."""
        return next(i for i in self.tape.leaves if self.tape.names.get(i) == name)

    @property
    def unnamed(self) -> list[int]:
        """The leaves without a name, in order."""
        return [i for i in self.tape.leaves if i not in self.tape.names]

    def of_step(self, number: int) -> tuple[int, ...]:
        """All that was recorded after so many marks."""
        return tuple(record.out for record in self.records if record.step == number)

    def steps(self, offset: int = 0, last: int | None = None) -> list[Statement]:
        """The statements that name the steps."""
        numbers = [n for n in sorted({record.step for record in self.records}) if last is None or n <= last]
        return [Statement("step", self.of_step(n), n + offset) for n in numbers if n + offset > 0]

    def row(self, name: str = "h", op: str = "tanh") -> Statement:
        """The statement that names the states."""
        return Statement("state", tuple(self.op(op)), name)


Made = Callable[[Ids], Statement]
Beside = Callable[[Ids], list[Statement]]


class Case(NamedTuple):
    """One statement about one program.

    Attributes:
        true: whether it is.
        program: the program's name.
        made: the statement, from the ids.
        beside: the other statements of the drawing.
    """

    true: bool
    program: str
    made: Made
    beside: Beside


def plainly(i: Ids) -> list[Statement]:
    """The statements beside it: the steps, as marks begin them, and the row of the states."""
    return [*i.steps(), i.row()]


def true(program: str, made: Made, beside: Beside = plainly) -> Case:
    return Case(True, program, made, beside)


def false(program: str, made: Made, beside: Beside = plainly) -> Case:
    return Case(False, program, made, beside)
