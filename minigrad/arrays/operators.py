"""Python's operators and the methods under NumPy's names: each calls the primitive of that name.

Operators of two operands call the unrolled function itself, which is quicker than to call an instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors

if TYPE_CHECKING:
    from ..engine.tensor import Tensor


class Operators:
    """The operators and methods of a tensor."""

    __slots__ = ()

    __hash__ = object.__hash__

    # -- NumPy's functions ---------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from .protocol import call_ufunc

        return call_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        from .protocol import call_function

        return call_function(function, args, options)

    # -- operators -----------------------------------------------------------------------------

    def __add__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.add, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.add, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.subtract, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.subtract, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.multiply, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.multiply, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.divide, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.divide, other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.floor_divide, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.remainder, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.remainder, other, self)

    def __divmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return other // self, other % self

    def __pow__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.power, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.power, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.matmul, other, self)

    def __neg__(self) -> Tensor:
        return ops.negative(self)

    def __pos__(self) -> Tensor:
        return ops.identity(self)

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    def __round__(self, decimals: int = 0) -> Tensor:
        return ops.round(self, decimals=decimals)

    def __invert__(self) -> Tensor:
        return ops.invert(self)

    def __and__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.bitwise_and, self, other)

    def __rand__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.bitwise_and, other, self)

    def __or__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.bitwise_or, self, other)

    def __ror__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.bitwise_or, other, self)

    def __xor__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.bitwise_xor, self, other)

    def __rxor__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.bitwise_xor, other, self)

    def __getitem__(self, index: Any) -> Tensor:
        return ops.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise errors.MisuseError(
            "a tensor is not written into, because a record may hold its value; assign a new array to .value "
            "of a leaf, or make a new tensor with mg.where, mg.at_set or mg.at_add"
        )

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return calls.binary_only(ops.equal, self, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return calls.binary_only(ops.not_equal, self, other)

    def __lt__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.less, self, other)

    def __le__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.less_equal, self, other)

    def __gt__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.greater, self, other)

    def __ge__(self, other: Any) -> Tensor:
        return calls.binary_only(ops.greater_equal, self, other)

    # -- methods under NumPy's names -----------------------------------------------------------

    @property
    def T(self) -> Tensor:
        """The tensor with its axes reversed."""
        return ops.transpose(self)

    @property
    def mT(self) -> Tensor:
        """The tensor with its last two axes exchanged."""
        return ops.swapaxes(self, axis1=-1, axis2=-2)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.sum(self, axis, keepdims)``."""
        return ops.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.mean(self, axis, keepdims)``."""
        return ops.mean(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Tensor:
        """``mg.var(self, axis, ddof, keepdims)``."""
        return ops.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Tensor:
        """``mg.std(self, axis, ddof, keepdims)``."""
        return ops.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def prod(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.prod(self, axis, keepdims)``."""
        return ops.prod(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.max(self, axis, keepdims)``; the cotangent is split evenly among ties."""
        return ops.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.min(self, axis, keepdims)``; the cotangent is split evenly among ties."""
        return ops.min(self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.argmax(self, axis, keepdims)``."""
        return ops.argmax(self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.argmin(self, axis, keepdims)``."""
        return ops.argmin(self, axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.any(self, axis, keepdims)``."""
        return ops.any(self, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """``mg.all(self, axis, keepdims)``."""
        return ops.all(self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis: int | None = None) -> Tensor:
        """``mg.cumsum(self, axis)``."""
        return ops.cumsum(self, axis)

    def cumprod(self, axis: int | None = None) -> Tensor:
        """``mg.cumprod(self, axis)``."""
        return ops.cumprod(self, axis)

    def reshape(self, *shape: Any) -> Tensor:
        """``mg.reshape(self, shape)``; the sizes may be given one by one."""
        return ops.reshape(self, shape=shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Tensor:
        """``mg.transpose(self, axes)``; the axes may be given one by one."""
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = axes[0]
        return ops.transpose(self, axes=axes or None)

    def ravel(self) -> Tensor:
        """The elements as a vector."""
        return ops.ravel(self)

    flatten = ravel

    def squeeze(self, axis: Any = None) -> Tensor:
        """``mg.squeeze(self, axis)``."""
        return ops.squeeze(self, axis=axis)

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """``mg.swapaxes(self, axis1, axis2)``."""
        return ops.swapaxes(self, axis1=axis1, axis2=axis2)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """``mg.diagonal(self, offset, axis1, axis2)``."""
        return ops.diagonal(self, offset=offset, axis1=axis1, axis2=axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """``mg.trace(self, offset, axis1, axis2)``."""
        return ops.trace(self, offset, axis1, axis2)

    def take(self, indices: Any, axis: int | None = None) -> Tensor:
        """``mg.take(self, indices, axis)``."""
        return ops.take(self, indices, axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Tensor:
        """``mg.repeat(self, repeats, axis)``."""
        return ops.repeat(self, repeats, axis)

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """``mg.clip(self, min, max)``."""
        return ops.clip(self, min, max)

    def round(self, decimals: int = 0) -> Tensor:
        """``mg.round(self, decimals)``."""
        return ops.round(self, decimals=decimals)

    def dot(self, other: Any) -> Tensor:
        """``mg.dot(self, other)``."""
        return ops.dot(self, other)

    def astype(self, dtype: Any) -> Tensor:
        """The value converted to ``dtype``; the cotangent is converted back."""
        return ops.astype(self, dtype=dtype)


from .. import primitives as ops  # noqa: E402  (primitives make tensors, which have operators)
from ..engine import calls  # noqa: E402
