"""The format of checkpoints: a ``.npz`` archive of plain arrays, with a list of them that is compared.

``numpy.load`` reads it too: a member ``<name>.npy`` for each array, uncompressed, and ``manifest.json``, which holds
the dtype, the shape and the checksum of each. The comment of the archive says that there is a manifest, so that no
member gets lost without a word. Archives without that comment, such as those of ``numpy.savez``, are read as well.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ..errors import CheckpointError
from .atomic import file_name

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

PLAIN = "fiubU"  # kinds of dtypes
MANIFEST, COMMENT = "manifest.json", b"minigrad"

NDArray = np.ndarray[Any, Any]


def write(file: IO[bytes], arrays: Mapping[str, NDArray]) -> None:
    """Write named arrays; unlike ``np.savez``, any name will do, ``file`` among them."""
    import json  # at the first use, as the others here, because they take long to import
    import zipfile

    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = COMMENT
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
        archive.writestr(MANIFEST, json.dumps(_manifest(archive, arrays)))


def read(path: str | os.PathLike[str], limit: int) -> dict[str, NDArray]:
    """Read what ``write`` wrote.

    Raises:
        CheckpointError: the file is no archive of plain arrays, lacks one, or unpacks to more than ``limit`` bytes.
        OSError: the file cannot be read.
    """
    import zipfile

    with open(file_name(path), "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _arrays(archive, limit)
        except CheckpointError as wrong:
            raise CheckpointError(f"{path}: {wrong}") from None
        except MemoryError as failure:
            raise CheckpointError(f"{path} does not fit into memory") from failure
        except Exception as failure:  # what zipfile and NumPy make of bytes that are none of theirs is anything
            if isinstance(failure, OSError) and failure.errno != errno.EINVAL:
                raise
            raise CheckpointError(f"{path} is no checkpoint of plain arrays: {failure}") from failure


def _arrays(archive: ZipFile, limit: int) -> dict[str, NDArray]:
    import json

    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > limit:
        raise CheckpointError(f"it unpacks to {unpacked:,} bytes, more than the limit of {limit:,}")
    arrays: dict[str, NDArray] = {}
    manifest = None
    for member in members:
        if member.filename == MANIFEST:
            manifest = json.loads(archive.read(member))
            continue
        name = member.filename.removesuffix(".npy")
        if name == member.filename or name in arrays:
            raise CheckpointError(
                f"its member {member.filename!r} is {'there twice' if name in arrays else 'no array'}"
            )
        arrays[name] = _array(archive, member)
    if manifest is None:
        if archive.comment == COMMENT:
            raise CheckpointError("its list of members is missing")
    elif manifest != _manifest(archive, arrays):
        raise CheckpointError(f"its members {', '.join(arrays)} are not those of its list, {', '.join(manifest)}")
    return arrays


def _manifest(archive: ZipFile, arrays: Mapping[str, NDArray]) -> dict[str, list[Any]]:
    """The list of members."""
    infos = [archive.getinfo(f"{name}.npy") for name in arrays]
    return {
        name: [array.dtype.str, [*array.shape], info.CRC]
        for (name, array), info in zip(arrays.items(), infos, strict=True)
    }


def _array(archive: ZipFile, member: ZipInfo) -> NDArray:
    """One array; memory is taken for as many bytes as the directory says that there are."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(file)
        size, there = math.prod(shape) * dtype.itemsize, member.file_size - file.tell()
        if dtype.kind not in PLAIN:
            raise CheckpointError(f"{member.filename!r} has dtype {dtype}; a checkpoint holds plain numbers")
        if size != there:
            raise CheckpointError(f"{member.filename!r} has {there:,} bytes for an array of {size:,}")
        file.seek(0)
        array: NDArray = np.lib.format.read_array(file)
        return array
