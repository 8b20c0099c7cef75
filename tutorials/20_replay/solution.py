"""Chapter 20: the tape is a program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from mine.engine import Tape, Tensor, square, tanh, tensor


class Instruction(NamedTuple):
    """One operation to run: the function, the ids that it reads, the id that it writes, and its params."""

    function: Callable[..., Any]
    inputs: tuple[int, ...]
    out: int
    params: dict[str, Any]


def writing(xp: Any, op: str) -> Callable[..., Any]:
    """The function ``op`` of ``xp``, which writes its result into the array ``out=``; two of them know no ``out``."""
    function = getattr(xp, op)
    if op not in ("transpose", "reshape"):
        return function

    def copied(x: Any, out: Any, **params: Any) -> None:
        out[...] = function(x, **params)

    return copied


def instructions(tape: Tape, xp: Any = np) -> list[Instruction]:
    """The records as a program: an instruction each, in order. No value is in it.

    Args:
        tape: its later records do not change the program.
        xp: where the functions come from: NumPy, or a module with the same names for arrays on a GPU.
    """
    return [Instruction(writing(xp, r.op), r.inputs, r.out, r.params) for r in tape.records]


def replay(program: Sequence[Instruction], memory: Mapping[int, Any], inputs: Mapping[int, Any]) -> None:
    """Run the program on new inputs. All is written into the arrays that are in ``memory``; no other is made or kept.

    Each function is called with the arrays that it reads, with ``out=`` the array for its result, and its params.

    Args:
        program: of ``instructions``.
        memory: by id, an array for each leaf and for each result.
        inputs: new values of some leaves, by id; the others keep those that they have.

    Raises:
        ValueError: an input has another shape than its array.
    """
    for i, value in inputs.items():
        if memory[i].shape != value.shape:
            raise ValueError(f"%{i} was recorded with shape {memory[i].shape}, and is {value.shape} now")
        memory[i][...] = value
    for function, ids, out, params in program:
        function(*[memory[i] for i in ids], out=memory[out], **params)


def last_uses(program: Sequence[Instruction]) -> dict[int, int]:
    """The number, from 0, of the last instruction that reads an id, for each id that one reads."""
    return {i: number for number, instruction in enumerate(program) for i in instruction.inputs}


def buffers(
    program: Sequence[Instruction], values: Mapping[int, Any], keep: Collection[int], xp: Any = np
) -> dict[int, Any]:
    """The memory of a program: an array of ``xp`` for each id, as few for the results as can be.

    Each leaf has an array of its own, with a copy of its value. Results of the same shape share an array if they are
    not needed at the same time: a result is needed from the instruction that writes it to the last that reads it,
    these two included.

    Args:
        program: of ``instructions``.
        values: by id, of the tape.
        keep: the ids that are read after the run; their results are needed to its end.
        xp: where arrays are made.
    """
    ends = last_uses(program)
    results = {instruction.out for instruction in program}
    memory = {i: xp.array(values[i]) for i in values.keys() - results}
    free: dict[tuple[int, ...], list[Any]] = {values[i].shape: [] for i in results}
    for number, (_, inputs, out, _) in enumerate(program):
        shape = values[out].shape
        memory[out] = free[shape].pop() if free[shape] else xp.empty(shape)
        over = {i for i in (*inputs, out) if ends.get(i, number) == number}
        for i in over & results - set(keep):
            free[values[i].shape].append(memory[i])
    return memory


def example(x: np.ndarray, U: np.ndarray, W: np.ndarray, y: np.ndarray, steps: int) -> tuple[Tape, Tensor]:
    """A program to try it on: the tape of an RNN that sees ``x`` at each step, and its loss after the last."""
    tape = Tape()
    u, w = tensor(tape, U, "U"), tensor(tape, W, "W")
    h = tensor(tape, np.zeros((len(x), len(W))), "h")
    seen = tensor(tape, x, "x")
    for _ in range(steps):
        h = tanh(seen @ u + h @ w)
    return tape, square(h - y).sum()
