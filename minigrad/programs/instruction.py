"""Instructions of a program. Plain data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..engine.primitive import Primitive


class Value(NamedTuple):
    """What a program knows of one of its values: shape and dtype, ``None`` for what may be missing in a run."""

    shape: tuple[int, ...] | None
    dtype: Any

    def __str__(self) -> str:
        return "?" if self.shape is None else f"{self.dtype}{list(self.shape)}"


class Literal(NamedTuple):
    """An operand that is written into the program: a number, a shape, a setting."""

    value: Any


Operand = int | Literal


def bytes_of(value: Value) -> int:
    """The bytes of a value; 0 for what a run may do without, and for Python's numbers."""
    shape, dtype = value
    return 0 if shape is None or not isinstance(dtype, np.dtype) else math.prod(shape) * dtype.itemsize


def layout(array: Any) -> tuple[int, ...] | None:
    """The strides of an array that does not lie in C order, else ``None``: sums depend on the order of their terms."""
    return None if array.ndim < 2 or array.flags.c_contiguous else array.strides


@dataclass(frozen=True, slots=True)
class Instruction:
    """One thing that a run does.

    Attributes:
        kind: ``"operation"``, a primitive's forward function; ``"rule"``, one of its vjp rules; ``"sum"``, a sum of
            structured cotangents; ``"glue"``, what the walk itself computes; ``"read"``, of a leaf's value; ``"draw"``,
            of random numbers; ``"effect"``, a change of gradients or parameters.
        name: what it is called when printed.
        function: takes the operands and returns the result, or a tuple of the results.
        operands: numbers of values, and literals.
        results: the numbers of its results.
        primitive: of an operation or a rule.
        argnum: the operand that a rule is for, else -1.
        params: settings that are part of ``function``.
        step: the time step.
        by: the pass that made it, else empty.
        origin: for a rule the position, in the captured program, of the operation that it belongs to, else -1.
        into: the operand into whose memory the first result is written, if there is one.
    """

    kind: str
    name: str
    function: Callable[..., Any]
    operands: tuple[Operand, ...]
    results: tuple[int, ...]
    primitive: Primitive | None = None
    argnum: int = -1
    params: dict[str, Any] = field(default_factory=dict)
    step: int = 0
    origin: int = -1
    by: str = ""
    into: int | None = None

    @property
    def takes(self) -> tuple[int, ...]:
        """The numbers of the values that it takes."""
        return tuple(operand for operand in self.operands if isinstance(operand, int))

    @property
    def stays(self) -> bool:
        """Whether it is more than its results: it changes something, or moves a generator on."""
        return self.kind in ("effect", "draw")
