"""Files that appear whole or not at all: written beside their place, and renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import ArgumentError, MisuseError


def replacing(path: str | os.PathLike[str]) -> AbstractContextManager[IO[bytes]]:
    """A binary file that takes the place of ``path`` when the block ends, and nothing if it fails.

    A link stays one, and what it points to is replaced; the permissions of a file that is replaced are kept. What
    writers that were killed on this machine have left beside it is removed.

    Raises:
        ValueError, TypeError: that is no name of a file.
        OSError: the file cannot be written; the error names it.
    """
    return _replacing(file_name(path))


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that it appears whole or not at all, see ``replacing``.

    Raises:
        ValueError, TypeError: that is no name of a file.
        OSError: the file cannot be written; the error names it.
    """
    with replacing(path) as file:
        file.write(content)


@contextmanager
def _replacing(shown: str) -> Iterator[IO[bytes]]:
    path = Path(os.path.realpath(shown))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), shown)
    stem = _stem(path.name)
    _remove_leftovers(path.parent, stem)
    temporary = _part(path.parent, stem)
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            os.chmod(temporary, path.stat().st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException as failure:
        temporary.unlink(missing_ok=True)
        if isinstance(failure, OSError) and (failure.errno is not None) and failure.filename in (None, str(temporary)):
            raise type(failure)(failure.errno, failure.strerror, shown) from failure
        raise


def file_name(path: str | os.PathLike[str]) -> str:
    """The name of a file.

    Raises:
        ValueError: no file has that name: it is empty, or holds NUL or a lone surrogate.
        TypeError: it is no text.
    """
    try:
        name = os.fspath(path)
    except TypeError:
        raise MisuseError(f"the name of a file must be text or a path, not {type(path).__name__}") from None
    try:
        if b"\0" not in os.fsencode(name) and name:
            return os.fsdecode(name)
    except UnicodeEncodeError:
        pass
    raise ArgumentError(f"no file can have the name {name!r}")


@contextmanager
def publishing(folder: Path) -> Iterator[Path]:
    """An empty folder, whose files are moved into ``folder`` one right after the other when the block ends.

    If the block fails, ``folder`` is left as it was.
    """
    import shutil

    stem = _stem("files")
    _remove_leftovers(folder, stem)
    stage = _part(folder, stem)
    stage.mkdir()
    try:
        yield stage
        for file in sorted(stage.iterdir()):
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _stem(name: str) -> str:
    """A name, and that of this machine."""
    import platform

    return f"{name}.{platform.node()}"


def _part(folder: Path, stem: str) -> Path:
    """A name that tells which process of which machine writes there."""
    return folder / f"{stem}.{os.getpid()}.{os.urandom(4).hex()}.part"


def _remove_leftovers(folder: Path, stem: str) -> None:
    """Remove the parts of writers on this machine that are no more."""
    for part in folder.glob(f"{_literal(stem)}.*.part"):
        process = part.name[len(stem) + 1 :].partition(".")[0]
        if process.isdecimal() and not _is_alive(int(process)):
            if part.is_dir():
                import shutil

                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _literal(text: str) -> str:
    """``text`` as a pattern that it alone matches."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # on Windows, signal 0 does not ask: it interrupts
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's, or no number of a process
        pass
    return True
