"""A tensor: a value and an id.

A tensor holds no history: that is the tape's. Leaves, made by ``mg.tensor`` and ``mg.parameter``, have
no record and belong to no tape; they alone have a ``.grad``.
"""

from __future__ import annotations

import threading
from copy import deepcopy
from typing import Any

import numpy as np

from .. import errors, late
from ..arrays.operators import Operators
from ..checks import check_name
from .backend import FLOATS, Array, find_module, module_of, plain, to_device, to_host
from .capture import Traced, capturing, value_of
from .context import active_tape, current_tape
from .leaving import said_float
from .record import NOWHERE, Place


class Tensor(Operators):
    """A value on a tape. Operators and methods record what they compute.

    The value of a tensor never changes while it is on a tape, and ``.value`` cannot be written into.
    """

    __slots__ = ("_place", "_shape", "_value")

    def __init__(self, value: Array, place: Place = NOWHERE) -> None:
        self._value = value
        self._place = place
        self._shape: tuple[int, ...] = value.shape  # NumPy makes a new one at each look

    # -- what it is ----------------------------------------------------------------------------

    @property
    def value(self) -> Array:
        """The array, read-only where the array library can make it so (NumPy can, CuPy cannot)."""
        value = owner = self._value
        if module_of(value) is not np:
            return value
        while type(owner) is np.ndarray:  # a view could be made writable while what it is a view of is
            owner.flags.writeable = False
            owner = owner.base
        view = np.asarray(value).view()
        view.flags.writeable = False
        return view

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def ndim(self) -> int:
        return len(self._value.shape)

    @property
    def size(self) -> int:
        return int(self._value.size)

    @property
    def dtype(self) -> Any:
        return self._value.dtype

    @property
    def name(self) -> str | None:
        """The name given to a leaf; ``tape.name`` names a recorded tensor."""
        return None

    @property
    def wants_grad(self) -> bool:
        """True for parameters only."""
        return False

    @property
    def recorded(self) -> bool:
        """True for what an operation put on a tape, false for leaves and constants."""
        return self._place[2] >= 0

    @property
    def grad(self) -> Array:
        """The accumulated gradient of a leaf, an array of its shape and dtype, or ``None``.

        Raises:
            AttributeError: this is no leaf; ask ``tape.gradient(target, this)`` instead.
        """
        raise AttributeError(
            "only parameters accumulate .grad; ask tape.gradient(target, tensor) for the gradient of "
            f"another tensor (at {errors.user_line()})"
        )

    def numpy(self) -> np.ndarray[Any, Any]:
        """A copy of the value as a NumPy array on the host."""
        self._check_readable()
        return to_host(self._value).copy()

    def item(self) -> float | int | bool:
        """The value of a one-element tensor as a Python number."""
        if self._value.size != 1:
            raise errors.ShapeError(f"item() needs one element, the shape is {self.shape}")
        self._check_readable()
        late.settle()
        number: float | int | bool = self._value.item()
        return number

    def _check_readable(self) -> None:
        """Refuse to be read while a program is captured, which would know this value only."""

    def detach(self) -> Tensor:
        """The same value as a constant that is on no tape."""
        return Tensor(value_of(self))

    def to(self, device: str) -> Tensor:
        """The value on ``"cpu"`` or ``"cuda"``; a constant leaf, not recorded.

        Raises:
            TapeError: this tensor is on the active tape, whose gradient would be lost on the way.
        """
        if is_on_active_tape(self):
            raise errors.TapeError(
                f".to({device!r}) is not recorded and would lose the gradient; move leaves before they are "
                "used, or detach() first"
            )
        return Tensor(to_device(self._value, device))

    def backward(self, seed: Any = None, retain: bool = False) -> None:
        """``tape.backward(self)`` on the active tape."""
        current_tape().backward(self, seed, retain)

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        body = np.array2string(to_host(self._value), separator=", ", prefix="tensor(", threshold=20, precision=5)
        shape = "" if self._value.size else f", shape={self._shape}"
        return f"tensor({body}{shape}, dtype={self.dtype}{name})"

    def __format__(self, spec: str) -> str:
        """The number in that format; without a format, the tensor as ``repr`` shows it.

        Raises:
            TypeError: a tensor of several numbers was given a format.
        """
        if not spec:
            return repr(self)
        if self._shape:
            raise errors.MisuseError(
                f"a tensor of shape {self._shape} has no format {spec!r}, which is for one number: format its "
                "elements, or print .numpy() under np.printoptions"
            )
        return format(self.item(), spec)

    def __len__(self) -> int:
        if not self.shape:
            raise errors.MisuseError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self._value.size != 1:
            raise errors.ArgumentError(f"a tensor of shape {self.shape} has no single truth value")
        return bool(self.item())

    def __float__(self) -> float:
        """The value of one element, a constant.

        Raises:
            TypeError: its gradient would be lost in silence, as in ``math.sqrt(tensor)`` or ``array[0] = tensor``.
        """
        if self.wants_grad or self.recorded:
            frame = errors.user_frame()
            if active_tape.get() is not None and frame is not None and not said_float(frame):
                raise errors.MisuseError(
                    "a tensor on a tape was turned into a number, and its gradient would be lost. Compute with mg.sqrt "
                    "and the like in place of Python's math, and with mg.stack in place of assignments to an array; "
                    "where the value alone is meant, write float(tensor) or .item()"
                )
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise errors.MisuseError(f"a tensor of dtype {self.dtype} cannot be an index")
        return int(self.item())

    def __copy__(self) -> Tensor:
        return self

    def __reduce__(self) -> Any:
        if self.recorded and is_on_active_tape(self):
            raise errors.TapeError(
                f"a copy of a tensor of shape {self.shape} on the active tape would lose its gradient; use the tensor "
                "as it is, or .detach() it for a constant"
            )
        return Tensor, (self._value,)  # a place means nothing in another process, nor on the copy of a tape

    # -- NumPy ---------------------------------------------------------------------------------

    __array_priority__ = 1000

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self.recorded or self.wants_grad:
            raise errors.MisuseError(
                "a tensor on a tape is not turned into a NumPy array silently, nor a list that holds one, because its "
                "gradient would be lost; write mg.stack([...]) or mg.concatenate for the list, .numpy() for the value "
                "alone"
            )
        if module_of(self._value) is not np:
            raise errors.DeviceError("a tensor on a device is not copied silently; write .numpy()")
        return np.array(self.value, dtype=dtype, copy=True if copy is None else copy)


_accumulating = threading.Lock()


class Leaf(Tensor):
    """A tensor without a record: data, or a parameter that wants a gradient.

    ``mg.tensor`` and ``mg.parameter`` make one of a copy; ``Leaf`` itself keeps the array that it is given, which
    nothing else may write into.

    Attributes:
        name: shown on the tape and in drawings; a module names its parameters.
        wants_grad: whether backward walks accumulate into ``.grad``.
    """

    __slots__ = ("__weakref__", "_grad", "_name", "_wants_grad")

    def __init__(self, value: Array, name: str | None = None, wants_grad: bool = False) -> None:
        module_of(value)  # refuses what is no array
        if value.dtype.kind not in "iub" and value.dtype.name not in FLOATS:
            raise errors.DTypeError(
                f"a leaf was given dtype {value.dtype}; it holds {', '.join(FLOATS)}, integers or booleans"
            )
        super().__init__(value)
        self._grad: Array = None
        self.name = name
        self._wants_grad = wants_grad

    @property
    def value(self) -> Array:
        """The array, read-only; assign a new array to change the leaf.

        What is recorded already keeps the value that it was computed with.

        Raises:
            CaptureError: a program is being captured, and would know that value only.
        """
        if capturing.get() is not None:
            raise _unseen("value")
        return Tensor.value.fget(self)  # type: ignore[attr-defined]

    @value.setter
    def value(self, value: Any) -> None:
        if capturing.get() is not None:
            raise _unseen("value")
        self._value = self._fitting("value", value)

    @property
    def name(self) -> str | None:
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None:
            check_name("a leaf", name)
        self._name = name

    @property
    def wants_grad(self) -> bool:
        return self._wants_grad

    @property
    def grad(self) -> Array:
        """The accumulated gradient, an array of the leaf's shape and dtype, or ``None`` before any."""
        if capturing.get() is not None:
            raise _unseen("gradient")
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        if capturing.get() is not None:
            raise _unseen("gradient")
        self._grad = None if grad is None else self._fitting("gradient", grad)

    def _fitting(self, what: str, value: Any) -> Array:
        """A fresh array of the leaf's dtype, refused if it has another shape or is on another device."""
        array = copied(value, self.dtype)
        if array.shape != self.shape:
            raise errors.ShapeError(f"a {what} of shape {array.shape} was assigned to a leaf of shape {self.shape}")
        if module_of(array) is not module_of(self._value):
            raise errors.DeviceError(
                f"a {what} on another device was assigned to a leaf; write .to(device) on the leaf"
            )
        return array

    def _check_readable(self) -> None:
        if capturing.get() is not None:
            raise _unseen("value")

    def accumulate(self, cotangent: Array) -> None:
        """Add a cotangent into ``.grad``; the sum shares its memory with nothing else."""
        if isinstance(cotangent, Traced):
            capturing.get().accumulate(self, cotangent)  # type: ignore[union-attr]
            return
        xp = module_of(self._value)
        with _accumulating:  # threads, each with a tape of its own, may share a parameter
            if self._grad is None:
                self._grad = xp.array(cotangent, dtype=self.dtype, copy=True)
            else:
                self._grad = xp.asarray(self._grad + cotangent, dtype=self.dtype)  # no 0-d scalar

    def to(self, device: str) -> Leaf:
        """The leaf itself, its value and gradient moved to ``"cpu"`` or ``"cuda"``."""
        self._value = to_device(self._value, device)
        if self._grad is not None:
            self._grad = to_device(self._grad, device)
        return self

    def __copy__(self) -> Leaf:
        return Leaf(value_of(self), self._name, self._wants_grad)

    def __reduce__(self) -> Any:
        return Leaf, (self._value, self._name, self._wants_grad), self._grad

    def __setstate__(self, grad: Array) -> None:
        self._grad = grad

    def __deepcopy__(self, memo: dict[int, Any]) -> Leaf:
        copy = Leaf(deepcopy(value_of(self), memo), self._name, self._wants_grad)
        copy._grad = deepcopy(self._grad, memo)
        return copy


def _unseen(what: str) -> errors.CaptureError:
    return errors.CaptureError(
        f"the {what} of a leaf was read or assigned while a program was captured, and would be the same in every run. "
        "Compute with the leaf itself, and leave its update to an optimiser, whose step is part of the program"
    )


def is_tensor(value: object) -> bool:
    """Whether ``value`` is a tensor."""
    return isinstance(value, Tensor)


def is_on_active_tape(tensor: Tensor) -> bool:
    """Whether the active tape knows ``tensor``, so that a value that leaves it would lose its gradient."""
    tape = active_tape.get()
    return tape is not None and tape.holds(tensor)


def copied(value: Any, dtype: Any) -> Array:
    """A fresh array of ``value``, which may be a tensor, an array, or nested lists."""
    if isinstance(value, Tensor):
        value = value_of(value)
    xp = find_module(value) or np
    if dtype is not None and xp.iscomplexobj(value):
        raise errors.DTypeError(f"complex numbers were given for {dtype}: take .real, or their parts side by side")
    return xp.array(plain(value), dtype=dtype, copy=True)
