"""Records as plain data: JSON beside numbered arrays. Nothing of it is ever executed.

An array comes back with the memory layout that it had, because the order in which NumPy adds up numbers depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.backend import find_module, module_of, to_host
from ..engine.tensor import Leaf, is_tensor
from ..errors import CheckpointError

NDArray = np.ndarray[Any, Any]


class Writer:
    """Turns values into JSON, and collects their arrays.

    Args:
        params: parameters, which are written as their position here.

    Attributes:
        arrays: the memory of the arrays so far; views of the same memory share it.
    """

    def __init__(self, params: Sequence[Leaf]) -> None:
        self.arrays: list[NDArray] = []
        self._memory: dict[int, tuple[NDArray, int]] = {}  # by id, beside the array whose id it is
        self._params = {id(leaf): position for position, leaf in enumerate(params)}

    def write(self, value: Any, what: str) -> Any:
        """A value as JSON.

        Raises:
            CheckpointError: it is no plain data; the message says ``what`` holds it.
        """
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) in (tuple, list):
            return {type(value).__name__: [self.write(item, what) for item in value]}
        if type(value) is dict:
            return {"dict": [[self.write(key, what), self.write(item, what)] for key, item in value.items()]}
        if type(value) is slice:
            return {"slice": [self.write(each, what) for each in (value.start, value.stop, value.step)]}
        if value is Ellipsis:
            return {"ellipsis": None}
        if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
            return {"dtype": np.dtype(value).str}
        if isinstance(value, np.generic):
            return {"scalar": [value.dtype.str, value.item()]}
        if is_tensor(value):
            return (
                {"parameter": self.parameter(value)} if value.wants_grad else {"tensor": self.write(value._value, what)}
            )
        if find_module(value) is not None:
            return {"array": self._array(value)}
        raise CheckpointError(f"{what} holds a {type(value).__name__}, which cannot be saved as plain data")

    def parameter(self, leaf: Any) -> int:
        """The position of a parameter.

        Raises:
            CheckpointError: it was not named at the beginning.
        """
        if id(leaf) not in self._params:
            name = f" {leaf.name!r}" if leaf.name else ""
            raise CheckpointError(
                f"the loop uses a parameter{name} of shape {leaf.shape} that Overlap was not given; give it all "
                "parameters of the model, a learned initial state among them"
            )
        return self._params[id(leaf)]

    def _array(self, array: Any) -> Any:
        if not isinstance(array, np.ndarray):  # on a device
            self.arrays.append(np.ascontiguousarray(to_host(array)))
            return {"device": len(self.arrays) - 1}
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        flat = owner.transpose(np.argsort([-stride for stride in owner.strides]))
        if not flat.flags.c_contiguous:  # made by another library, or with strides of its own
            array = owner = flat = array.copy()
        if id(owner) not in self._memory:
            self._memory[id(owner)] = (owner, len(self.arrays))
            self.arrays.append(flat.reshape(-1))
        offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        return [self._memory[id(owner)][1], array.dtype.str, list(array.shape), list(array.strides), offset]


class Reader:
    """Turns what a ``Writer`` made into the values again.

    Args:
        params: the parameters, in the writer's order.
        arrays: the writer's arrays.
    """

    def __init__(self, params: Sequence[Leaf], arrays: Sequence[NDArray]) -> None:
        self._params = params
        self._arrays = arrays

    def read(self, plain: Any) -> Any:
        """The value that was written.

        Raises:
            KeyError, TypeError, ValueError, IndexError: it was not written by a ``Writer``.
        """
        if not isinstance(plain, dict):
            return plain
        ((kind, content),) = plain.items()
        return _KINDS[kind](self, content)

    def _all(self, items: Any) -> Any:
        return [self.read(item) for item in items]

    def _array(self, content: Any) -> Any:
        if isinstance(content, dict):
            return module_of(self._params[0]._value).asarray(self._arrays[content["device"]])
        number, dtype, shape, strides, offset = content
        return np.ndarray(shape, dtype, self._arrays[number], offset, strides)


_KINDS: dict[str, Callable[[Reader, Any], Any]] = {
    "tuple": lambda reader, items: tuple(reader._all(items)),
    "list": lambda reader, items: reader._all(items),
    "dict": lambda reader, items: {reader.read(key): reader.read(item) for key, item in items},
    "slice": lambda reader, parts: slice(*reader._all(parts)),
    "ellipsis": lambda reader, _: Ellipsis,
    "dtype": lambda reader, name: np.dtype(name),
    "scalar": lambda reader, pair: np.dtype(pair[0]).type(pair[1]),
    "parameter": lambda reader, position: reader._params[position],
    "tensor": lambda reader, content: Leaf(reader.read(content)),
    "array": lambda reader, content: reader._array(content),
}
