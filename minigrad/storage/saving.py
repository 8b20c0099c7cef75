"""Checkpoints: named arrays in one ``.npz`` file, never pickle."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..checks import check_name, check_named, check_number
from ..engine.backend import find_module, to_host
from ..engine.tensor import Tensor
from ..errors import CheckpointError
from .archive import PLAIN, read, write
from .atomic import replacing

SIZE_LIMIT = 16 << 30  # bytes


class Archive(dict[str, np.ndarray[Any, Any]]):
    """The arrays of a file by name, which know their file, so that a message can name it."""

    def __init__(self, path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        super().__init__(arrays)
        self.path = os.fspath(path)


def origin(what: str, arrays: Mapping[str, Any]) -> str:
    """The name of ``arrays`` in a message and, if they were read from a file, the name of that."""
    return f"{what} from {arrays.path}" if isinstance(arrays, Archive) else what


def save(path: str | os.PathLike[str], arrays: Mapping[str, Any]) -> None:
    """Write named arrays or tensors to ``path`` as an uncompressed ``.npz``, with a list of them to be compared.

    The file appears whole or not at all: it is written beside its place and renamed. A file that is replaced keeps its
    permissions, and a link stays one.

    Raises:
        CheckpointError: a value is no array of numbers, or a name or text holds what the format cuts off.
        TypeError: ``arrays`` is no dict; pass ``module.state_dict()``, not the module.
        OSError: the file cannot be written.
    """
    check_named("save", arrays)
    host = {_name(name): _plain(name, value) for name, value in arrays.items()}
    with replacing(path) as file:
        write(file, host)


def load(path: str | os.PathLike[str], *, limit: int = SIZE_LIMIT) -> Archive:
    """Read what ``save`` wrote. Nothing in the file is executed.

    Args:
        path: the file.
        limit: bytes that it may unpack to; what it says of itself is asked before any memory is taken.

    Raises:
        CheckpointError: the file is no archive of plain arrays, or unpacks to more, or one of its arrays is not what
            was saved.
        OSError: the file cannot be read.
    """
    check_number("load: limit", limit, 0, math.inf)
    return Archive(path, read(path, limit))


def check_arrays(arrays: Mapping[str, Any], expected: Mapping[str, tuple[tuple[int, ...], Any]], source: str) -> None:
    """Compare names, shapes and dtypes with the expected ones.

    Raises:
        CheckpointError: naming the first key that is missing, unknown, or has another shape or dtype.
    """
    for name in expected:
        if name not in arrays:
            raise CheckpointError(f"{source}: the key {name!r} is missing; it has {', '.join(arrays) or 'none'}")
    for name in arrays:
        if name not in expected:
            raise CheckpointError(f"{source}: the key {name!r} is unknown; expected are {', '.join(expected)}")
    for name, (shape, dtype) in expected.items():
        array = arrays[name]
        if not hasattr(array, "shape"):
            raise CheckpointError(f"{source}: {name!r} is {type(array).__name__}, expected an array of shape {shape}")
        if array.shape != shape:
            raise CheckpointError(f"{source}: {name!r} has shape {array.shape}, expected {shape}")
        if array.dtype != dtype:
            raise CheckpointError(f"{source}: {name!r} has dtype {array.dtype}, expected {dtype}")


def _name(name: Any) -> str:
    check_name("save", name)
    if "\0" in name or any("\ud800" <= character <= "\udfff" for character in name):
        raise CheckpointError(f"{name!r} cannot be a name in an archive, for its NUL or lone surrogate")
    return str(name)


def _plain(name: str, value: Any) -> np.ndarray[Any, Any]:
    if isinstance(value, str) and value.endswith("\0"):
        raise CheckpointError(f"{name!r} is text that ends with NUL, which an array of text does not keep")
    array = value._value if isinstance(value, Tensor) else value
    array = to_host(array) if find_module(array) is not None else np.asarray(array)
    if array.dtype.kind not in PLAIN:
        raise CheckpointError(f"{name!r} has dtype {array.dtype}; a checkpoint holds plain numbers")
    return array
