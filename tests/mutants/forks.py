"""Work in a forked process, which may break whatever it likes: its parent stays as it was."""

from __future__ import annotations

import os
import pickle
import select
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

Send = Callable[[Any], None]


@dataclass
class _Failure:
    text: str


def forked(work: Callable[[Send], None], limit: float | None = None) -> Iterator[Any]:
    """What ``work(send)`` sends from a process of its own, until it ends, or sends nothing for ``limit`` seconds."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        _do(work, write)
    os.close(write)
    try:
        with os.fdopen(read, "rb") as pipe, suppress(EOFError):
            while pipe.peek(1) if limit is None else select.select([pipe], [], [], limit)[0]:
                message = pickle.load(pipe)
                if isinstance(message, _Failure):
                    raise RuntimeError(f"in a forked process:\n{message.text}")
                yield message
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _do(work: Callable[[Send], None], write: int) -> None:
    os.setpgid(0, 0)  # so that what it starts ends with it
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    try:
        with os.fdopen(write, "wb") as pipe:

            def send(message: Any) -> None:
                pickle.dump(message, pipe)
                pipe.flush()

            try:
                work(send)
            except BaseException as failure:
                send(_Failure("".join(traceback.format_exception(failure))))
    finally:
        os._exit(0)
