"""NumPy or CuPy: the array decides.

Every forward function receives ``xp``, the module of its operands. Looking it up is one dict access
on the array's type. CuPy is imported only when a ``cuda`` device is asked for (``cuda.py``); a CuPy array
can only exist once its user has imported CuPy, and is recognised on its first use.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from .. import cuda, late
from ..errors import DeviceError, DTypeError

Array = Any  # a NumPy or CuPy array, or a NumPy scalar standing for a 0-d array

MODULES: dict[type, ModuleType] = {np.ndarray: np}
_BESIDE: dict[str, Any] = {}
MODULES.update(dict.fromkeys(np.sctypeDict.values(), np))

# What NumPy computes on as it is: its operations on 0-d arrays return scalars.
HOST = frozenset({np.ndarray, np.float16, np.float32, np.float64})

FLOATS = ("float16", "float32", "float64")
REAL = "fiub"  # the kinds of dtypes that are computed with: real numbers and booleans


def register(array_type: type, module: ModuleType, beside: Any = None) -> None:
    """Let arrays of ``array_type`` be computed with ``module``, a namespace with NumPy's names; see ``beside``."""
    MODULES[array_type] = module
    _BESIDE[module.__name__] = beside


def beside(module: ModuleType) -> Any:
    """What a device's module has beside NumPy's names: ``cupyx``, or what stands for it."""
    return _BESIDE[module.__name__]


def module_of(array: Array) -> ModuleType:
    """The module whose functions compute on ``array``.

    Raises:
        DTypeError: ``array`` is not an array of a known kind.
    """
    found = find_module(array)
    if found is None:
        raise DTypeError(f"expected a NumPy or CuPy array, got {type(array).__name__}")
    return found


def find_module(value: Any) -> ModuleType | None:
    """Like ``module_of``, but ``None`` for what is no array, such as a Python number or a list."""
    found = MODULES.get(type(value))
    if found is not None:
        return found
    cupy = sys.modules.get("cupy")
    if cupy is not None and isinstance(value, cupy.ndarray):
        cuda.check_version(cupy)
        register(type(value), cupy, cuda.companion())
        return cupy
    return np if isinstance(value, np.ndarray) else None


def plain(value: Any) -> Array:
    """An array of a class derived from NumPy's as NumPy's own: a matrix, say, multiplies otherwise.

    Raises:
        DTypeError: it is a masked array, whose mask would be lost.
    """
    if not isinstance(value, np.ndarray) or type(value) is np.ndarray:
        return value
    if hasattr(value, "mask"):
        raise DTypeError("a masked array was given, whose mask would be lost: use .filled(...), and mg.where to choose")
    return np.asarray(value)


def as_array(value: Any) -> Array:
    """``value`` as an array: arrays unchanged, but for derived classes, and numbers and nested lists through NumPy."""
    return plain(value) if find_module(value) is not None else np.asarray(value)


def coerced(value: Any) -> tuple[Any, Any]:
    """An operand that is no tensor as something a forward function can take, and its module."""
    if isinstance(value, (bool, int, float)):
        return value, None
    module = find_module(value)
    if module is not None:
        return plain(value), module
    array = np.asarray(value)
    if array.dtype.kind not in REAL:
        raise DTypeError(f"an operand is {type(value).__name__}, which is no array of real numbers")
    return array, np


def device_of(array: Array) -> str:
    """``"cpu"``, or ``"cuda"`` for a CuPy array, or the name of a registered module."""
    return _device(module_of(array))


def _device(module: ModuleType) -> str:
    return {"numpy": "cpu", "cupy": "cuda"}.get(module.__name__, module.__name__)


def get_module(device: str) -> ModuleType:
    """The array module of a device name.

    Args:
        device: ``"cpu"``, ``"cuda"``, or the name of a registered module.

    Raises:
        ExtraError: ``"cuda"`` without CuPy installed, or with one that is too old.
        DeviceError: an unknown name, or no GPU that CuPy can use.
    """
    if device == "cuda":
        return cuda.computing()
    for module in set(MODULES.values()):
        if _device(module) == device:
            return module
    raise DeviceError(f"unknown device {device!r}: use 'cpu' or 'cuda'")


def to_device(array: Array, device: str) -> Array:
    """A copy of ``array`` on ``device``, or ``array`` itself when it is there already."""
    if device_of(array) == device:
        return array
    return get_module(device).asarray(to_host(array))


def to_host(array: Array) -> np.ndarray[Any, Any]:
    """``array`` as a NumPy array; the one place where device memory is copied to the host."""
    module = module_of(array)
    if module is np:
        return np.asarray(array)
    late.settle()
    host: np.ndarray[Any, Any] = module.asnumpy(array)
    return host


def numbers(scalars: Sequence[Array]) -> list[float]:
    """0-d arrays as Python's numbers; from one device in one copy, together with what was to be refused late."""
    if not scalars or module_of(scalars[0]) is np:
        return [float(scalar) for scalar in scalars]
    xp: Any = module_of(scalars[0])
    if any(module_of(scalar) is not xp for scalar in scalars):
        late.settle()
        return [float(scalar) for scalar in scalars]
    found: list[float] = late.settled(xp, xp.stack(scalars)).tolist()
    return found
