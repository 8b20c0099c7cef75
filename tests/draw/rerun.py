"""A program run again with some values changed, whatever the program is: nothing in it has to help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

from minigrad.engine.tape import Tape
from minigrad.engine.tensor import Tensor

Source = Any
Program = Callable[[], Source]


def tape_of(source: Source) -> Tape:
    """The tape behind a source: itself, or that of a window."""
    return source if isinstance(source, Tape) else source.tape


class _Seen:
    """What happens in a run: the tapes in the order in which they were recorded on, the tensors as they were made."""

    def __init__(self) -> None:
        self.tapes: list[Tape] = []
        self.tensors: list[Tensor] = []

    def number(self, tape: Tape) -> int:
        for number, each in enumerate(self.tapes):
            if each is tape:
                return number
        self.tapes.append(tape)
        return len(self.tapes) - 1


@contextmanager
def _seeing(at_record: Callable[[int, Tape, Any], Any], at_tensor: Callable[[int, Any], Any]) -> Iterator[_Seen]:
    """Look at the result of each record, and at the value of each tensor that is made without one; both may change."""
    seen = _Seen()
    append, made = Tape.append, Tensor.__init__

    def appended(tape: Tape, plan: Any, inputs: Any, shapes: Any, residuals: Any, params: Any, out: Any) -> Any:
        out = at_record(seen.number(tape), tape, out)
        return append(tape, plan, inputs, shapes, residuals, params, out)

    def make(tensor: Tensor, value: Any, *place: Any) -> None:
        made(tensor, at_tensor(len(seen.tensors), value), *place)
        seen.tensors.append(tensor)

    with patch.object(Tape, "append", appended), patch.object(Tensor, "__init__", make):
        yield seen


def changed(program: Program, changes: Mapping[int, Any]) -> Source:
    """What a program returns when numbers are added to values, by id, at the moment when they are made.

    A leaf has its other value from the beginning, so that everything which reads it, on the tape or beside it, reads
    that. The derivative rules of a changed record are not right any more; its value, and all that follow, are.

    Raises:
        KeyError: there is no such id on the tape that the program returns.
    """
    with _seeing(lambda number, tape, out: out, lambda number, value: value) as first:
        tape = tape_of(program())
    which = first.number(tape)
    leaves = {}
    for number, tensor in enumerate(first.tensors):
        for i in changes:
            if i in tape.leaves and tape.leaves[i] is tensor:
                leaves[number] = changes[i]
    missing = [i for i in changes if i not in tape.values]
    if missing:
        raise KeyError(f"the program's tape has no value of %{missing[0]}")

    def at_record(number: int, tape: Tape, out: Any) -> Any:
        change = changes.get(tape._next_id) if number == which else None
        return out if change is None else np.asarray(out + change, dtype=out.dtype)

    def at_tensor(number: int, value: Any) -> Any:
        change = leaves.get(number)
        return value if change is None else np.asarray(value + change, dtype=value.dtype)

    with _seeing(at_record, at_tensor):
        return program()
