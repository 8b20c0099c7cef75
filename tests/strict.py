"""A double of CuPy, bound to the table of its names: NumPy underneath, as unforgiving as CuPy 14.2 on the outside.

``tests/cupy_table.json`` is frozen from the real library (``python -m tests.cupy_table``). A name, an argument or a
dtype that CuPy lacks is refused, and fails its test even where somebody catches the error (``tests/strict_calls.py``).
Further, as on a device:

- every result is an array, 0-d ones too; reductions know no axis of a 0-d array, and nothing is made read-only;
- no way leads to the host but the explicit ones, which are counted in ``WAITS``, and there is no ``__index__``;
- index arrays out of range wrap around silently, and of values placed or added at one index the order is anybody's;
- linear algebra (``cupyx``, ``tests/strict_linalg.py``) raises nothing that it is not asked for.

Stricter than CuPy: NumPy arrays as operands, indices or values, which CuPy copies in some places, are refused in all.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from minigrad import Tensor
from minigrad.engine import backend
from tests import strict_linalg
from tests.cupy_table import table
from tests.strict_calls import NoNameError, bound, fault, in_loop

WAITS: Counter[str] = Counter()  # what waits for the device to have computed
_ORDER = np.random.default_rng()

_METHODS: dict[str, Any] = table()["ndarray"]
_PLAIN = ("strides", "itemsize", "nbytes")
_REDUCE = ("add", "multiply")  # CuPy's documentation of ufunc.reduce and ufunc.at; the table has no word of them
_AT = ("add", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or", "bitwise_xor")
_ADDED_AT = "ilqILQefdFD"
_OF_AXES = frozenset(
    [
        "sum",
        "prod",
        "mean",
        "std",
        "var",
        "max",
        "min",
        "amax",
        "amin",
        "any",
        "all",
        "argmax",
        "argmin",
        "cumsum",
        "cumprod",
        "nansum",
        "nanprod",
        "nanmax",
        "nanmin",
    ]
)
_SIZED_BY_VALUES = frozenset(
    ["nonzero", "flatnonzero", "argwhere", "unique", "extract", "compress", "tolist", "item", "get"]
)
_JOINED = frozenset(["concatenate", "stack", "hstack", "vstack", "dstack", "column_stack"])
_BY_INDEX = frozenset(["put", "choose", "take_along_axis", "put_along_axis", "compress"])


# -- arrays ----------------------------------------------------------------------------------------


class DeviceArray:
    """An array that lives on a pretended device."""

    __slots__ = ("__weakref__", "_host")
    __array_ufunc__ = None  # NumPy's operators defer to ours, and its ufuncs refuse us
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, host: np.ndarray) -> None:
        assert type(host) is np.ndarray, type(host)
        self._host = host

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)

    @property
    def flags(self) -> Any:
        flags = self._host.flags
        return SimpleNamespace(c_contiguous=flags.c_contiguous, f_contiguous=flags.f_contiguous, owndata=flags.owndata)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("implicit conversion of a device array to NumPy")

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        raise TypeError(f"np.{function.__name__} was given a device array")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in _METHODS:
            raise fault(f"cupy.ndarray has no {name}", NoNameError)
        if name in _PLAIN:
            return getattr(self._host, name)
        found = getattr(self._host, name, None)
        if not callable(found) and name != "get":
            return wrapped(found)

        def method(*args: Any, **kwargs: Any) -> Any:
            bound("ndarray", name, (self, *args), kwargs)
            _count_waits(name)
            if name in ("item", "tolist"):
                return found(*args, **kwargs)
            if name == "get":
                return self._host.copy()
            return _call(found, name, self, args, kwargs)

        return method

    def __getitem__(self, index: Any) -> Any:
        return wrapped(self._host[wrapped_around(index, self.shape)])

    def __setitem__(self, index: Any, value: Any) -> None:
        plain = wrapped_around(index, self.shape)
        if not _repeats(plain):
            self._host[plain] = unwrapped(value)
            return
        places, values = _in_some_order(self._host, plain, unwrapped(value))
        self._host[places] = values

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        WAITS["bool"] += 1
        return bool(self._host)

    def __float__(self) -> float:
        WAITS["float"] += 1
        return float(self._host)

    def __int__(self) -> int:
        WAITS["int"] += 1
        return int(self._host)

    def __repr__(self) -> str:
        return f"DeviceArray({self._host!r})"


def _count_waits(name: str) -> None:
    WAITS[name] += name in _SIZED_BY_VALUES


def wrapped(result: Any) -> Any:
    """NumPy's result on the device; tuples with names are plain ones there."""
    if isinstance(result, (np.ndarray, np.generic)):
        host = np.asarray(result)
        return DeviceArray(host if host.flags.writeable else np.asarray(_Writable(host)))
    if isinstance(result, (list, tuple)):
        return (list if isinstance(result, list) else tuple)(wrapped(item) for item in result)
    return result


class _Writable:
    """The memory of a view that NumPy makes read-only."""

    def __init__(self, view: np.ndarray) -> None:
        self.view = view
        address = view.__array_interface__["data"][0]
        self.__array_interface__ = view.__array_interface__ | {"data": (address, False)}


def unwrapped(value: Any) -> Any:
    """NumPy's arrays behind those of the device, in tuples, lists and dicts too."""
    if type(value) is DeviceArray:
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array was mixed with device arrays")
    if isinstance(value, (list, tuple)):
        return type(value)(unwrapped(item) for item in value)
    if isinstance(value, dict):
        return {key: unwrapped(item) for key, item in value.items()}
    return value


def wrapped_around(index: Any, shape: tuple[int, ...]) -> Any:
    """An index for NumPy: integers in arrays taken modulo the size of their axis, as CuPy takes them."""
    items = index if isinstance(index, tuple) else (index,)
    plain: list[Any] = []
    axis = 0
    for k, item in enumerate(items):
        if item is None or item is Ellipsis:
            plain.append(item)
            axis += 0 if item is None else len(shape) - sum(map(_axes_of, items))
            continue
        if isinstance(item, list):
            item = DeviceArray(np.array(item, dtype=None if item else int))
        host = unwrapped(item)
        if isinstance(host, np.ndarray) and host.dtype == bool:
            WAITS["mask"] += 1
        elif isinstance(host, np.ndarray):
            if host.dtype.kind not in "iu":
                raise IndexError("arrays used as indices must be of integer (or boolean) type")
            size = shape[axis] if axis < len(shape) else 0
            host = host.astype(np.int64) % size if size else host
        elif not isinstance(host, (int, slice, np.integer, np.bool_)):
            raise IndexError(f"index {k} is {type(host).__name__}")
        plain.append(host)
        axis += _axes_of(item)
    return tuple(plain) if isinstance(index, tuple) else plain[0]


def _axes_of(item: Any) -> int:
    if item is None or item is Ellipsis or isinstance(item, (bool, np.bool_)):
        return 0
    return item.ndim if isinstance(item, DeviceArray) and item.dtype == bool else 1


def _repeats(index: Any) -> bool:
    items = index if isinstance(index, tuple) else (index,)
    return any(isinstance(item, np.ndarray) and item.dtype != bool and item.size > 1 for item in items)


def _in_some_order(target: np.ndarray, index: Any, values: Any) -> tuple[Any, Any]:
    """Places in an array and what comes there, in an order that is nobody's promise."""
    places = np.arange(target.size).reshape(target.shape)[index]
    values = np.broadcast_to(values, places.shape).reshape(-1)
    order = _ORDER.permutation(places.size)
    return np.unravel_index(places.reshape(-1)[order], target.shape), values[order]


# -- operators -------------------------------------------------------------------------------------

_UFUNCS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    "neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert",
}  # fmt: skip


def _binary(dunder: str, ufunc: str | None, turned: bool, in_place: bool) -> Any:
    def method(self: DeviceArray, other: Any) -> Any:
        if isinstance(other, Tensor):
            return NotImplemented
        if other is None or isinstance(other, (list, tuple, str)):
            raise TypeError(f"cupy.ndarray.{dunder}: unsupported type {type(other)}")
        result = getattr(np.ndarray, dunder)(self._host, unwrapped(other))
        if result is NotImplemented:
            return result
        if ufunc is not None:
            result = in_loop("cupy", ufunc, (other, self) if turned else (self, other), result)
        return self if in_place else wrapped(result)

    return method


def _unary(function: Callable[[Any], Any], ufunc: str) -> Any:
    return lambda self: wrapped(in_loop("cupy", ufunc, (self,), function(self._host)))


for _name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]:
    for _prefix in ("", "r", "i"):
        if f"__{_prefix}{_name}__" in _METHODS:
            _made = _binary(f"__{_prefix}{_name}__", _UFUNCS.get(_name), _prefix == "r", _prefix == "i")
            setattr(DeviceArray, f"__{_prefix}{_name}__", _made)
for _name in ["eq", "ne", "lt", "le", "gt", "ge"]:
    setattr(DeviceArray, f"__{_name}__", _binary(f"__{_name}__", _UFUNCS[_name], False, False))
for _name in ["neg", "pos", "abs", "invert"]:
    setattr(DeviceArray, f"__{_name}__", _unary(getattr(operator, _name), _UFUNCS[_name]))


# -- functions -------------------------------------------------------------------------------------


def _call(function: Any, name: str, first: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """NumPy's function or method with CuPy's arguments, of which the first, of a method its array, is ``first``."""
    axis = kwargs.get("axis", args[0] if args else None)
    if name in _OF_AXES and getattr(first, "ndim", None) == 0 and axis not in (None, ()):
        raise np.exceptions.AxisError(axis if isinstance(axis, int) else axis[0], 0)
    if name in ("sort", "partition") and function is getattr(first, name, None) and not first.flags.c_contiguous:
        raise fault(f"cupy.ndarray.{name}: of memory that is not in order")
    if name == "take":
        kwargs = kwargs | {"mode": "wrap"}
    elif name in _BY_INDEX:
        raise NotImplementedError(f"the double of cupy.{name} would not wrap around as CuPy does")
    return wrapped(function(*unwrapped(args), **unwrapped(kwargs)))


class _Ufunc:
    def __init__(self, space: str, name: str, ufunc: Callable[..., Any]) -> None:
        self._space, self.__name__, self._ufunc = space, name, ufunc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for key in kwargs.keys() - {"out", "dtype", "casting"}:
            raise fault(f"cupy.{self.__name__}: wrong argument {key}")
        for arg in args:
            if isinstance(arg, (list, tuple)):
                raise fault(f"cupy.{self.__name__}: unsupported type {type(arg)}")
        result = self._ufunc(*unwrapped(args), **unwrapped(kwargs))
        if "out" in kwargs:
            return kwargs["out"]
        return wrapped(result if "dtype" in kwargs else in_loop(self._space, self.__name__, args, result))

    def reduce(self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        if self.__name__ not in _REDUCE:
            raise fault(f"cupy.{self.__name__}.reduce is not supported yet", NotImplementedError)
        return wrapped(getattr(np, self.__name__).reduce(unwrapped(array), axis=axis, dtype=dtype, keepdims=keepdims))

    def at(self, target: DeviceArray, index: Any, values: Any = None) -> None:
        if self.__name__ not in _AT:
            raise fault(f"cupy.{self.__name__}.at is not supported yet", NotImplementedError)
        if self.__name__ in ("add", "subtract") and target.dtype.char not in _ADDED_AT:
            raise fault(f"cupy.{self.__name__}.at: {target.dtype}")
        places, values = _in_some_order(target._host, wrapped_around(index, target.shape), unwrapped(values))
        getattr(np, self.__name__).at(target._host, places, values)


class Namespace:
    """A module of CuPy's names, for arrays on the pretended device."""

    ndarray = DeviceArray

    def __init__(self, space: str, module: Any) -> None:
        self.__name__ = "strict" if space == "cupy" else space
        self._space, self._module = space, module

    def asarray(self, a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, blocking: bool = False) -> Any:
        """To the device, explicitly."""
        if type(a) is DeviceArray and not copy and dtype in (None, a.dtype) and order is None:
            return a
        return self.array(a, dtype, order=order or "K")

    def array(
        self, obj: Any, dtype: Any = None, copy: Any = True, order: Any = "K", subok: bool = False, ndmin: int = 0, *,
        blocking: bool = False,
    ) -> DeviceArray:  # fmt: skip
        """A copy on the device, explicitly."""
        made = np.array(obj._host if type(obj) is DeviceArray else obj, dtype=dtype, order=order, ndmin=ndmin)
        if made.dtype.kind not in "biufc":
            raise fault(f"cupy.array: unsupported dtype {made.dtype}", ValueError)
        return DeviceArray(made)

    def asnumpy(self, a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True) -> Any:
        """To the host, explicitly."""
        WAITS["asnumpy"] += 1
        return a._host.copy()

    def __getattr__(self, name: str) -> Any:
        made = self._made(name)
        setattr(self, name, made)
        return made

    def _made(self, name: str) -> Any:
        entry = table()[self._space].get(name, "missing") if not name.startswith("_") else "missing"
        if entry == "missing":
            raise fault(f"{self._space} has no {name}", NoNameError)
        found = getattr(self._module, name, None)
        if found is None and entry != "value":
            raise NotImplementedError(f"the double has no {self._space}.{name}")
        if isinstance(entry, list):
            return _Ufunc(self._space, name, found)
        if entry in ("value", "class"):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            bound(self._space, name, args, kwargs)
            _count_waits(name)
            if name in _JOINED and not all(type(array) is DeviceArray for array in args[0]):
                raise TypeError(f"cupy.{name}: only arrays of CuPy can be joined")
            if self._space != "cupy":
                return wrapped(found(*unwrapped(args), **unwrapped(kwargs)))
            return _call(
                lambda *rest, **named: found(*unwrapped(args[:1]), *rest, **named), name, *_parted(args), kwargs
            )

        return call


def _parted(args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    return (args[0] if args else None), args[1:]


def _each(function: Callable[[float], float]) -> Callable[..., Any]:
    """A function of numbers, for arrays."""
    return lambda x: np.vectorize(function, otypes=[float])(np.asarray(x, dtype=float))


strict: Any = Namespace("cupy", np)
strict.linalg = Namespace("cupy.linalg", strict_linalg)
cupyx: Any = Namespace("cupyx", strict_linalg)
special = SimpleNamespace(erf=_each(math.erf), erfc=_each(math.erfc))
cupyx.scipy = SimpleNamespace(special=Namespace("cupyx.scipy.special", special))
backend.register(DeviceArray, strict, cupyx)
