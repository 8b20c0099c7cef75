"""The moments of a story and the lines of its printed tape: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

BACK = frozenset({"walk", "pull", "skip", "done"})  # kinds of frames in which a backward walk goes on


class Handed(NamedTuple):
    """What the rule of an operation hands on to one of its operands.

    Attributes:
        operand: what the primitive calls the operand; "" if it has no name for it.
        name: what the operand is called.
        formula: of what it receives; "" if it receives nothing.
        remark: why it receives nothing.
        numbers: the formula with its numbers put in, or with the shapes of its arrays; "" where that is not known.
    """

    operand: str
    name: str
    formula: str
    remark: str
    numbers: str = ""


@dataclass(slots=True)
class Frame:
    """One moment.

    Attributes:
        kind: ``start``, ``record``, ``gap``, ``walk``, ``pull``, ``skip``, ``done``, ``cut`` or ``end``.
        title, text: what happens.
        boxes: of the operation it happens to.
        row: the row of the printed tape.
        rules: what each operand receives.
        arrives: the cotangent that arrived, in words.
        norm: its norm; "" if that is not known.
        receives: the boxes that receive a gradient.
        sized: the boxes at which the norm stands.
        walk: the number of the walk that goes on, or 0.
        walks: the numbers of the walks whose gradients are shown.
    """

    kind: str
    title: str
    text: str = ""
    boxes: list[str] = field(default_factory=list)
    row: int = -1
    rules: list[Handed] = field(default_factory=list)
    arrives: str = ""
    norm: str = ""
    receives: list[str] = field(default_factory=list)
    sized: list[str] = field(default_factory=list)
    walk: int = 0
    walks: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """A line of the printed tape.

    Attributes:
        kind: ``head``, ``record``, ``gap`` or ``cut``.
        cells: its words; of a record its id, its call, and its value.
        boxes: of the record.
        frame: the moment at which it appears.
        alike: the same for the copies of an operation at other steps.
        gone: the moment at which a cut drops it, or 0.
    """

    kind: str
    cells: tuple[str, ...]
    boxes: list[str] = field(default_factory=list)
    frame: int = 0
    alike: str = ""
    gone: int = 0
