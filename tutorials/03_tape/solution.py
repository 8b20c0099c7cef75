"""Chapter 3: a tape is a list."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

FORWARD = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "tanh": np.tanh}


class Record(NamedTuple):
    """One operation that was run: plain data."""

    op: str
    inputs: tuple[int, ...]
    out: int
    step: int
    params: dict[str, Any]


class Tape:
    """Values by id, and the records of the operations that computed them, in order."""

    def __init__(self) -> None:
        self.values: dict[int, Any] = {}
        self.records: list[Record] = []
        self.names: dict[int, str] = {}
        self.parameters: dict[int, Any] = {}  # chapter 5
        self.next_id = 0
        self.step = 0  # chapter 10


def leaf(tape: Tape, value: Any, name: str = "") -> int:
    """Put a value that no operation computed on the tape, and return its id.

    The id is ``tape.next_id``, which then counts on: no id is given twice, even if values are dropped from the tape.

    Args:
        tape: its ``values`` get the value, as an array of float64, and its ``names`` the name, if there is one.
        value: a number or an array; an array of float64 is not copied.
        name: what to call the value.
    """
    i = tape.next_id
    tape.next_id += 1
    tape.values[i] = np.asarray(value, "float64")
    if name:
        tape.names[i] = name
    return i


def record(tape: Tape, op: str, *inputs: int, **params: Any) -> int:
    """Run an operation, put its result and its record on the tape, and return the result's id.

    Args:
        tape: with the values of ``inputs``; the record has its present ``step``.
        op: a key of ``FORWARD``.
        inputs: the ids of the operands.
        params: keyword arguments of the function in ``FORWARD``; the record keeps them as they are.
    """
    out = leaf(tape, FORWARD[op](*[tape.values[i] for i in inputs], **params))
    tape.records.append(Record(op, inputs, out, tape.step, params))
    return out


def printed(tape: Tape) -> str:
    """The records as text, a line for each, such as ``%2 = multiply(%0, %1)``; no line break at the end.

    Names, values and ``params`` are not shown.
    """
    return "\n".join(f"%{r.out} = {r.op}({', '.join(f'%{i}' for i in r.inputs)})" for r in tape.records)
