"""Ctrl-C while the command ``minigrad`` is still importing: a line, as later, in place of a traceback."""

from __future__ import annotations

import os
import sys
from types import TracebackType


def is_command() -> bool:
    """Whether this process is the command, and not a program that imports minigrad."""
    return sys.orig_argv[1:3] == ["-m", "minigrad"] or os.path.basename(sys.argv[0]) == "minigrad"


def say_aborted(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
    """An ``excepthook``."""
    if issubclass(kind, KeyboardInterrupt):
        print("minigrad: aborted", file=sys.stderr)
    else:
        sys.__excepthook__(kind, value, trace)


if is_command():
    sys.excepthook = say_aborted
