"""Functions that make leaves: of a value, or under NumPy's names on any device."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..engine.backend import FLOATS, Array, get_module, module_of
from ..engine.tensor import Leaf, Tensor, copied, is_on_active_tape
from ..primitives.values import shape_of


def tensor(value: Any, *, name: str | None = None, dtype: Any = None) -> Leaf:
    """A leaf that holds data and wants no gradient.

    Args:
        value: an array or nested lists of numbers; it is copied.
        name: shown on the tape and in drawings.
        dtype: converts the value; by default NumPy's choice, so Python floats become float64.

    Raises:
        DTypeError: the values are complex, or no numbers.
        TapeError: the value is a tensor on the active tape, whose gradient would be lost.
    """
    return Leaf(_leaf_value(value, dtype), name)


def parameter(value: Any, *, name: str | None = None, dtype: Any = None) -> Leaf:
    """A leaf that wants a gradient: backward walks add into its ``.grad``.

    Args:
        value: an array or nested lists of floating-point numbers; it is copied.
        name: shown on the tape and in drawings; a module that it is assigned to names it otherwise.
        dtype: converts the value, for example ``"float32"``.

    Raises:
        DTypeError: the values are integers, booleans, complex, or no numbers.
        TapeError: the value is a tensor on the active tape, whose gradient would be lost.
    """
    array = _leaf_value(value, dtype)
    if array.dtype.name not in FLOATS:
        raise errors.DTypeError(
            f"mg.parameter was given dtype {array.dtype}, which has no gradient; it takes {', '.join(FLOATS)}, "
            "for example mg.parameter(value, dtype='float32')"
        )
    return Leaf(array, name, wants_grad=True)


def zeros(shape: Any, dtype: Any = "float64", *, device: str = "cpu") -> Leaf:
    """A leaf of zeros; ``device`` is ``"cpu"`` or ``"cuda"``."""
    return Leaf(get_module(device).zeros(shape, dtype))


def ones(shape: Any, dtype: Any = "float64", *, device: str = "cpu") -> Leaf:
    """A leaf of ones; ``device`` is ``"cpu"`` or ``"cuda"``."""
    return Leaf(get_module(device).ones(shape, dtype))


def full(shape: Any, fill_value: Any, dtype: Any = None, *, device: str = "cpu") -> Leaf:
    """A leaf with ``fill_value``, a number, everywhere; its dtype is that of the value by default."""
    return Leaf(get_module(device).full(shape, fill_value, dtype))


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None, *, device: str = "cpu") -> Leaf:
    """A leaf with the numbers from ``start`` (0 if only one bound is given) up to, without, ``stop``."""
    first, last = (0, start) if stop is None else (start, stop)
    return Leaf(get_module(device).arange(first, last, step, dtype))


def linspace(start: Any, stop: Any, num: int = 50, dtype: Any = None, *, device: str = "cpu") -> Tensor:
    """``num`` numbers in equal steps from ``start`` to, and with, ``stop``: a leaf, unless an end is a tensor.

    Args:
        start, stop: numbers, or tensors or arrays of one shape, which comes behind the first axis of the result.
        num: how many.
        dtype: of the result.
        device: where the leaf is; ends that are tensors stay where they are.
    """
    ends = [end for end in (start, stop) if isinstance(end, Tensor)]
    if not ends:
        return Leaf(get_module(device).linspace(start, stop, num, dtype=dtype))
    whole = ends[0].dtype.kind != "f"
    steps = module_of(ends[0]._value).linspace(0, 1, num, dtype="float64" if whole else ends[0].dtype)
    shape = max(map(shape_of, (start, stop)), key=len)
    between: Tensor = start + (stop - start) * steps.reshape(num, *(1,) * len(shape))
    return between if dtype is None else between.astype(dtype)


def logspace(
    start: Any, stop: Any, num: int = 50, base: Any = 10.0, dtype: Any = None, *, device: str = "cpu"
) -> Tensor:
    """``base`` to the powers that ``linspace`` gives; a leaf, unless an end or the base is a tensor.

    The base is a number, or a tensor or an array, whose shape comes behind the first axis of the result.
    """
    ends = isinstance(start, Tensor) or isinstance(stop, Tensor)
    if not ends and not isinstance(base, Tensor):
        return Leaf(get_module(device).logspace(start, stop, num, base=base, dtype=dtype))
    powers = linspace(start, stop, num) if ends else Leaf(module_of(base._value).linspace(start, stop, num))
    ones = (1,) * max(0, len(shape_of(base)) - (powers.ndim - 1))
    raised: Tensor = base ** powers.reshape(num, *ones, *powers.shape[1:])
    return raised if dtype is None else raised.astype(dtype)


def eye(rows: int, columns: int | None = None, k: int = 0, dtype: Any = "float64", *, device: str = "cpu") -> Leaf:
    """A leaf (rows, columns) with ones on its ``k``-th diagonal, zeros elsewhere."""
    return Leaf(get_module(device).eye(rows, columns, k, dtype))


def zeros_like(x: Any, dtype: Any = None) -> Leaf:
    """A leaf of zeros with the shape, dtype and device of a tensor or an array."""
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Leaf:
    """A leaf of ones with the shape, dtype and device of a tensor or an array."""
    return full_like(x, 1, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Leaf:
    """A leaf with ``fill_value`` everywhere, and the shape, dtype and device of a tensor or an array.

    Raises:
        DTypeError: ``x`` is neither.
    """
    value: Array = x._value if isinstance(x, Tensor) else x
    return Leaf(module_of(value).full(value.shape, fill_value, dtype or value.dtype))


def _leaf_value(value: Any, dtype: Any) -> Array:
    """The array of a new leaf."""
    if isinstance(value, Tensor) and value.recorded and is_on_active_tape(value):
        raise errors.TapeError(
            f"a new leaf was to be made of a tensor of shape {value.shape} on the active tape, and its gradient would "
            "be lost; use the tensor as it is, or .detach() it for a constant"
        )
    return copied(value, dtype)
