"""Values behind tensors, and axes: what many files of primitives need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..checks import check_real, integer
from ..engine.backend import find_module
from ..engine.capture import capturing, setting_of
from ..engine.tensor import Tensor
from ..errors import AxisError


def raw(x: Any) -> Any:
    """The array of a tensor that is a setting, and anything else as it is."""
    return setting_of(x) if isinstance(x, Tensor) else x


def constant(x: Any) -> Any:
    """The value of a tensor as a constant to compute with: its array, or while a program is captured a tensor.

    What is computed from the array would be the same in every run of the program. Anything else is returned as it is.
    """
    if not isinstance(x, Tensor):
        return x
    return x._value if capturing.get() is None else x.detach()


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a tensor, an array, a number, or nested lists of numbers."""
    shape: tuple[int, ...] = x.shape if hasattr(x, "shape") else np.shape(x)
    return shape


def module_behind(x: Any) -> Any:
    """The array module of a tensor or an array; NumPy for anything else."""
    return find_module(getattr(x, "_value", x)) or np


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """``axis`` (``None``, an integer or several) as sorted axes in [0, ndim).

    Raises:
        AxisError: an axis is outside [-ndim, ndim), or is named twice.
    """
    return tuple(sorted(several_axes(range(ndim) if axis is None else axis, ndim)))


def several_axes(axis: Any, ndim: int) -> list[int]:
    """``axis`` (an integer or several) as axes in [0, ndim), in the order given.

    Raises:
        AxisError: an axis is outside [-ndim, ndim), or is named twice.
    """
    axes = [one_axis(each, ndim) for each in (raw(axis) if is_several(axis) else (axis,))]
    if len(set(axes)) < len(axes):
        raise AxisError(f"an axis is named twice in axis={axis!r}")
    return axes


def is_several(x: Any) -> bool:
    """Whether ``x`` holds integers, rather than to be one."""
    return isinstance(x, Iterable) and getattr(x, "shape", None) != ()


def one_axis(axis: Any, ndim: int) -> int:
    """``axis`` in [0, ndim).

    Raises:
        AxisError: it is outside [-ndim, ndim).
    """
    number = integer("axis", axis)
    if not -ndim <= number < ndim:
        raise AxisError(f"axis {number} is out of bounds for an array of {ndim} dimensions")
    return number % ndim


def behind(axis: Any, ndim: int) -> Any:
    """``axis`` of an array of ``ndim`` dimensions where that is an element of a batch: behind a further leading axis.

    The axes 0 and -1 of a 0-d array, which NumPy's reductions take for none, become none.
    """
    if axis is None:
        return tuple(range(1, ndim + 1))
    if is_several(axis):
        return tuple(k + 1 for k in several_axes(axis, ndim))
    return one_axis(axis, ndim) + 1 if ndim else ()


def axis_on(xp: Any, x: Any, axis: Any) -> Any:
    """``axis`` for a reduction by ``xp``: a 0-d array has the axes 0 and -1 in NumPy, and none on a device."""
    return None if xp is not np and axis in (0, -1) and x.ndim == 0 else axis


def number(what: str, value: Any) -> float:
    """A setting that is a number, or an array or a tensor of one.

    Raises:
        TypeError: it is none.
    """
    value = raw(value)
    value = value.item() if getattr(value, "shape", None) == () else value
    check_real(what, value)
    return float(value)


def with_dtype(x: Any) -> Any:
    """``x`` itself if it is a tensor or an array; numbers and lists as an array."""
    return x if hasattr(x, "dtype") else np.asarray(x)


def floating(x: Any) -> Any:
    """``x`` itself if it is a floating-point tensor or array; integers, booleans and lists as float64."""
    x = with_dtype(x)
    return x if x.dtype.kind == "f" else x.astype("float64")


def beside(x: Any, value: Any) -> Any:
    """``value``; if it is a number or a list, as an array with the dtype of ``x`` and where ``x`` is."""
    return value if hasattr(value, "dtype") else module_behind(x).asarray(value, dtype=x.dtype)
