"""Chapter 8: it feels like NumPy."""

from __future__ import annotations

from typing import Any

from mine.engine import Parameter, Tape, backward, enter, leaf, record


class Tensor:
    """A value on a tape, which can be written like an array of NumPy's."""

    __array_ufunc__ = None  # so that NumPy leaves `array + tensor` to Tensor.__radd__

    def __init__(self, tape: Tape, i: int) -> None:
        self.tape = tape
        self.i = i

    @property
    def value(self) -> Any:
        """The array."""
        return self.tape.values[self.i]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The number of its axes."""
        return self.value.ndim

    @property
    def T(self) -> Tensor:
        """The transpose."""
        return apply("transpose", self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The sum over some axes, or over all."""
        return apply("sum", self, axis=axis, keepdims=keepdims)

    def __add__(self, other: Any) -> Tensor:
        return apply("add", self, other)

    def __radd__(self, other: Any) -> Tensor:
        return apply("add", other, self)

    def __sub__(self, other: Any) -> Tensor:
        """``self - other``, one record; ``other`` is a tensor or a constant."""
        return apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Tensor:
        """``other - self``, one record; Python calls it where ``other`` is no tensor."""
        return apply("subtract", other, self)

    def __neg__(self) -> Tensor:
        return self * -1.0

    def __mul__(self, other: Any) -> Tensor:
        return apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return apply("divide", other, self)

    def __pow__(self, n: int) -> Tensor:
        """The product of ``n`` factors ``self``; ``n`` is a whole number from 1 on."""
        return self if n == 1 else self * self ** (n - 1)

    def __matmul__(self, other: Any) -> Tensor:
        return apply("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return apply("matmul", other, self)


def tensor(tape: Tape, value: Any, name: str = "") -> Tensor:
    """An array, a number or a parameter, put on the tape."""
    return Tensor(tape, enter(tape, value) if isinstance(value, Parameter) else leaf(tape, value, name))


def apply(op: str, *operands: Any, **params: Any) -> Tensor:
    """Record an operation, and return its result as a tensor.

    Args:
        op: the operation, a key of ``FORWARD``.
        operands: in order: tensors, all on one tape, or constants (numbers or arrays), which become leaves there.
        params: of the record, such as ``axis=1``.

    Raises:
        ValueError: the tensors are on different tapes, or there is no tensor, and so no tape.
    """
    tapes = {each.tape for each in operands if isinstance(each, Tensor)}
    if len(tapes) != 1:
        raise ValueError(f"{op}: the operands are on {len(tapes)} tapes, and must be on one")
    tape = tapes.pop()
    ids = [each.i if isinstance(each, Tensor) else leaf(tape, each) for each in operands]
    return Tensor(tape, record(tape, op, *ids, **params))


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return apply("tanh", x)


def exp(x: Tensor) -> Tensor:
    """The exponential."""
    return apply("exp", x)


def log(x: Tensor) -> Tensor:
    """The natural logarithm."""
    return apply("log", x)


def square(x: Tensor) -> Tensor:
    """The square."""
    return apply("square", x)


def walk(*targets: Tensor) -> dict[int, Any]:
    """The cotangents, by id, of all that the sum of the targets depends on."""
    return backward(targets[0].tape, *[target.i for target in targets])
