"""A stand-in for a device array: NumPy underneath, as unforgiving as CuPy on the outside.

``DeviceArray`` refuses every implicit way to the host: ``np.asarray``, NumPy's functions and ufuncs, NumPy
arrays as operands, indices or assigned values. Numbers and NumPy scalars are accepted, as CuPy does, and
every result stays an array, 0-d ones too. The only ways across are ``strict.asarray(host)`` and
``strict.asnumpy(device)``, both explicit.
"""

from __future__ import annotations

import functools
import operator
from types import ModuleType
from typing import Any

import numpy as np

from minigrad import Tensor
from minigrad.engine import backend


class DeviceArray:
    """An array that lives on a pretended device."""

    __slots__ = ("__weakref__", "_host")
    __array_ufunc__ = None  # NumPy's operators defer to ours, and its ufuncs refuse us
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, host: np.ndarray) -> None:
        assert type(host) is np.ndarray, type(host)
        self._host = host

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("implicit conversion of a device array to NumPy")

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        raise TypeError(f"np.{function.__name__} was given a device array")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._host, name)
        if name == "item":
            return found
        if name in ("shape", "dtype", "ndim", "size", "nbytes", "itemsize", "strides", "flags"):
            return found
        if callable(found):
            return _crossing(found if self._host.ndim else _without_axes(found))
        return _wrap(found)

    def __getitem__(self, index: Any) -> Any:
        return _wrap(self._host[_unwrap(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._host[_unwrap(index)] = _unwrap(value)

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._host)

    def __float__(self) -> float:
        return float(self._host)

    def __int__(self) -> int:
        return int(self._host)

    def __index__(self) -> int:
        return operator.index(self._host)

    def __repr__(self) -> str:
        return f"DeviceArray({self._host!r})"


def _binary(name: str) -> Any:
    def method(self: DeviceArray, other: Any) -> Any:
        if isinstance(other, Tensor):
            return NotImplemented
        result = getattr(np.ndarray, name)(self._host, _unwrap(other))
        if result is NotImplemented:
            return result
        if name.startswith("__i") and name != "__invert__":
            self._host = np.asarray(result)
            return self
        return _wrap(result)

    return method


def _unary(function: Any) -> Any:
    return lambda self: _wrap(function(self._host))


for _name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]:
    for _prefix in ("", "r", "i"):
        setattr(DeviceArray, f"__{_prefix}{_name}__", _binary(f"__{_prefix}{_name}__"))
for _name in ["eq", "ne", "lt", "le", "gt", "ge"]:
    setattr(DeviceArray, f"__{_name}__", _binary(f"__{_name}__"))
for _name in ["neg", "pos", "abs", "invert"]:
    setattr(DeviceArray, f"__{_name}__", _unary(getattr(operator, _name)))


def _wrap(result: Any) -> Any:
    if isinstance(result, (np.ndarray, np.generic)):
        return DeviceArray(np.asarray(result))
    if isinstance(result, (list, tuple)):
        items = [_wrap(item) for item in result]
        return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
    return result


def _unwrap(value: Any) -> Any:
    if type(value) is DeviceArray:
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array was mixed with device arrays")
    if isinstance(value, (list, tuple)):
        return type(value)(_unwrap(item) for item in value)
    if isinstance(value, dict):
        return {key: _unwrap(item) for key, item in value.items()}
    return value


def _crossing(function: Any) -> Any:
    @functools.wraps(function)
    def on_device(*args: Any, **kwargs: Any) -> Any:
        return _wrap(function(*_unwrap(args), **_unwrap(kwargs)))

    return on_device


def _without_axes(method: Any) -> Any:
    """A method of a 0-d array: NumPy's knows the axes 0 and -1, CuPy's does not."""

    def called(*args: Any, **options: Any) -> Any:
        if isinstance(options.get("axis"), int):
            raise np.exceptions.AxisError(options["axis"], 0)
        return method(*args, **options)

    return called


class _Ufunc:
    def __init__(self, ufunc: np.ufunc) -> None:
        self._ufunc = ufunc
        self.__name__ = ufunc.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _wrap(self._ufunc(*_unwrap(args), **_unwrap(kwargs)))

    def reduce(
        self, array: DeviceArray, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        """As in CuPy, for two ufuncs only."""
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.__name__}.reduce` is not supported yet")
        return _wrap(self._ufunc.reduce(_unwrap(array), axis=axis, dtype=dtype, keepdims=keepdims))

    def at(self, target: DeviceArray, index: Any, values: Any) -> None:
        self._ufunc.at(_unwrap(target), _unwrap(index), _unwrap(values))


class Namespace:
    """The pretended device's module: NumPy's names, for device arrays."""

    __name__ = "strict"
    ndarray = DeviceArray

    def __init__(self, module: ModuleType = np) -> None:
        self._module = module

    def asarray(self, value: Any, dtype: Any = None, **options: Any) -> DeviceArray:
        """To the device, explicitly."""
        host = value._host if type(value) is DeviceArray else value
        converted = np.asarray(host, dtype=dtype, **options)
        return value if converted is host and type(value) is DeviceArray else DeviceArray(converted)

    def array(self, value: Any, dtype: Any = None, copy: bool = True, **options: Any) -> DeviceArray:
        """A copy on the device, explicitly."""
        host = value._host if type(value) is DeviceArray else value
        return DeviceArray(np.array(host, dtype=dtype, copy=copy, **options))

    def asnumpy(self, value: DeviceArray) -> np.ndarray:
        """To the host, explicitly."""
        return value._host.copy()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if isinstance(found, np.ufunc):
            return _Ufunc(found)
        if isinstance(found, ModuleType):
            return Namespace(found)
        return _crossing(found) if callable(found) and not isinstance(found, type) else found


strict: Any = Namespace()
backend.register(DeviceArray, strict)
