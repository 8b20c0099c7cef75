"""What writes its result into memory that is given, as ``write(*operands, out)``, and computes the same bits.

Everything here makes a result of its own: it never shares memory with an operand, unless ``out`` is that operand's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..engine.rows import is_basic
from ..primitives.products import across
from ..primitives.tails import tail
from .functions import Fill, Stack, Sum
from .instruction import Instruction, Literal, Operand
from .program import Program

Write = Callable[..., Any]

# Operations and rules that are one universal function of NumPy and CuPy, by the name of the instruction
UFUNCS = {
    "add": "add", "subtract": "subtract", "multiply": "multiply", "divide": "divide", "negative": "negative",
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos",
    "multiply.vjp0": "multiply", "multiply.vjp1": "multiply", "subtract.vjp1": "negative",
}  # fmt: skip


def writer_of(program: Program, instruction: Instruction) -> Write | None:
    """What computes the first result of an instruction into memory of its shape and dtype; ``None`` if nothing does."""
    shape, dtype = program.values[instruction.results[0]] if instruction.results else (None, None)
    if not shape or not isinstance(dtype, np.dtype) or instruction.results[0] in program.strided:
        return None
    xp, name = program.module, instruction.name
    if isinstance(instruction.function, Stack):
        return Fill([*range(len(instruction.takes))])
    if isinstance(instruction.function, Sum):
        sliced = instruction.function.width == 2 and all(map(_is_slice, instruction.operands[1::2]))
        return _add_slices if sliced and name == "sum of scatter" else None
    sums_two = instruction.kind == "glue" and name == "add" and len(instruction.operands) == 2  # of the walk's own
    if not sums_two and not computes_as_defined(instruction):
        return None
    if name in UFUNCS:
        write = getattr(xp, UFUNCS[name])
        write = write if xp is np else partial(_by_keyword, write)
        return write if "." not in name or _as_wide(program, instruction) else None
    if name in _SATURATING:
        into: Write = partial(_SATURATING[name], xp)
        return into if len(instruction.results) == 1 else partial(_with_tail, xp, into, name == "tanh")
    if name == "take_rows" and _rows_of_a_matrix(program, instruction):
        return partial(_take_rows, instruction.primitive.forward)  # type: ignore[union-attr]
    if name in _PRODUCTS and len(instruction.takes) >= 2 and _matrices(program, instruction, 2):
        return partial(_PRODUCTS[name], xp)
    return None


def computes_as_defined(instruction: Instruction) -> bool:
    """Whether an operation is one of minigrad's, or a rule the one that minigrad has given, and no user another."""
    primitive = instruction.primitive
    if primitive is None:
        return False
    argnum = 0 if primitive.variadic else instruction.argnum
    given = primitive.rules[argnum] if instruction.kind == "rule" else primitive
    return given is not None and given.__module__.startswith("minigrad.")


def elementwise(instruction: Instruction) -> bool:
    """Whether an element of what it writes depends on no other element of an operand of its shape."""
    return instruction.name in UFUNCS or (instruction.name in _SATURATING and len(instruction.results) == 1)


def _matrices(program: Program, instruction: Instruction, count: int) -> bool:
    """Whether the first operands are matrices, and all of the result's dtype."""
    values = [program.values[number] for number in instruction.takes]
    dtype = program.values[instruction.results[0]].dtype
    return all(len(value.shape or ()) == 2 for value in values[:count]) and all(v.dtype == dtype for v in values)


def _rows_of_a_matrix(program: Program, instruction: Instruction) -> bool:
    """Whether rows are looked up in NumPy's memory, by integers."""
    x, *index = [program.values[number] for number in instruction.takes]
    integers = len(index) == 1 and np.dtype(index[0].dtype).kind == "i"
    return program.module is np and len(x.shape or ()) == 2 and integers and not instruction.params


def _as_wide(program: Program, instruction: Instruction) -> bool:
    """Whether a cotangent has the shape and dtype of the result, and is not summed."""
    return program.values[instruction.takes[0]] == program.values[instruction.results[0]]


def _by_keyword(function: Any, *values: Any) -> Any:
    *operands, out = values
    return function(*operands, out=out)


def _tanh(xp: Any, x: Any, out: Any) -> Any:
    return xp.tanh(x, out=out)


def _sigmoid(xp: Any, x: Any, out: Any) -> Any:
    xp.minimum(x, 11.0 if out.dtype == np.float16 else 40.0, out=out)
    xp.exp(out, out=out)
    return xp.divide(out, 1 + out, out=out)


def _with_tail(xp: Any, into: Write, odd: bool, x: Any, out: Any) -> Any:
    into(x, out)
    return out, tail(xp, x, out, odd)


def _matmul(xp: Any, x: Any, w: Any, out: Any) -> Any:
    return xp.matmul(x, w, out=out)


def _linear(xp: Any, x: Any, w: Any, b: Any, out: Any) -> Any:
    xp.matmul(x, w, out=out)
    return xp.add(out, b, out=out)


def _is_slice(operand: Operand) -> bool:
    return isinstance(operand, Literal) and is_basic(operand.value)


def _add_slices(joined: Any, *operands: Any) -> Any:
    *parts, out = operands
    out.fill(0)
    for g, index in zip(parts[::2], parts[1::2], strict=True):
        out[index] += g
    return out


def _take_rows(forward: Any, x: Any, index: Any, out: Any) -> Any:
    if index.size and index.min() >= 0 and index.max() < len(x):
        return np.take(x, index, axis=0, out=out, mode="clip")  # to raise NumPy would write elsewhere first
    out[...] = forward(np, x, index)
    return out


def _back(xp: Any, g: Any, w: Any, shape: Any, out: Any) -> Any:
    return xp.matmul(g, across(g, w), out=out)


_SATURATING: dict[str, Write] = {"tanh": _tanh, "sigmoid": _sigmoid}
_PRODUCTS: dict[str, Write] = {"matmul": _matmul, "linear": _linear, "matmul.vjp0": _back, "linear.vjp0": _back}
