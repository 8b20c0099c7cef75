"""Files that appear whole or not at all: written beside their place, and renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file that takes the place of ``path`` when the block ends, and nothing if it fails.

    A link stays one, and what it points to is replaced; the permissions of a file that is replaced are kept. What
    writers that were killed on this machine have left beside it is removed.

    Raises:
        OSError: the file cannot be written; the error names it.
    """
    if not os.fspath(path):
        raise FileNotFoundError(errno.ENOENT, "the name of the file is empty", "")
    shown, path = os.fspath(path), Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), shown)
    stem = f"{path.name}.{os.uname().nodename}"
    _remove_leftovers(path.parent, stem)
    temporary = _part(path.parent, stem)
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
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


@contextmanager
def publishing(folder: Path) -> Iterator[Path]:
    """An empty folder, whose files are moved into ``folder`` one right after the other when the block ends.

    If the block fails, ``folder`` is left as it was.
    """
    import shutil

    stem = f"files.{os.uname().nodename}"
    _remove_leftovers(folder, stem)
    stage = _part(folder, stem)
    stage.mkdir()
    try:
        yield stage
        for file in sorted(stage.iterdir()):
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


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
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's, or no number of a process
        return True
    return True
