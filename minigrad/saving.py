"""Checkpoints: named arrays in one ``.npz`` file, never pickle."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from .backend import find_module, to_host
from .checks import check_named
from .errors import CheckpointError
from .tensor import Tensor

SIZE_LIMIT = 16 << 30  # bytes that an archive may unpack to


class Archive(dict[str, np.ndarray[Any, Any]]):
    """The arrays of a file by name, which know their file, so that a message can name it."""

    def __init__(self, path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        super().__init__(arrays)
        self.path = os.fspath(path)


def origin(what: str, arrays: Mapping[str, Any]) -> str:
    """What ``arrays`` are and, if they were read from a file, from which."""
    return f"{what} from {arrays.path}" if isinstance(arrays, Archive) else what


def save(path: str | os.PathLike[str], arrays: Mapping[str, Any]) -> None:
    """Write named arrays or tensors to ``path`` as an uncompressed ``.npz``.

    The file appears whole or not at all: it is written beside its place and renamed.

    Raises:
        CheckpointError: a value is no array of numbers.
        TypeError: ``arrays`` is no dict; pass ``module.state_dict()``, not the module.
        OSError: the file cannot be written.
    """
    check_named("save", arrays)
    host = {name: _plain(name, value) for name, value in arrays.items()}
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    import tempfile  # at the first use, because it takes long to import

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, host)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Read what ``save`` wrote. Nothing in the file is executed.

    Raises:
        CheckpointError: the file is no archive of plain arrays, or unpacks to more than 16 GiB.
        OSError: the file cannot be read.
    """
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > SIZE_LIMIT:
            raise CheckpointError(f"{path} unpacks to {unpacked:,} bytes, more than the limit of {SIZE_LIMIT:,}")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        for name, array in arrays.items():
            if not isinstance(array, np.ndarray):
                raise CheckpointError(f"{path} is no checkpoint of plain arrays: its member {name!r} is no array")
        return Archive(path, arrays)
    except (zipfile.BadZipFile, ValueError, EOFError) as failure:
        if isinstance(failure, CheckpointError):
            raise
        raise CheckpointError(f"{path} is no checkpoint of plain arrays: {failure}") from failure


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


def _write(file: IO[bytes], arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """The ``.npz`` format; unlike ``np.savez``, any name will do, ``file`` among them."""
    import zipfile

    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _plain(name: str, value: Any) -> np.ndarray[Any, Any]:
    array = value._value if isinstance(value, Tensor) else value
    array = to_host(array) if find_module(array) is not None else np.asarray(array)
    if array.dtype.kind not in "fiubU":
        raise CheckpointError(f"{name!r} has dtype {array.dtype}; a checkpoint holds plain numbers")
    return array
