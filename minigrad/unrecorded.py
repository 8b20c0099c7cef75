"""Tensors that were computed from parameters while no tape was active: in another thread, say, or too early.

A tape that meets one takes it for a constant, so the parameters get no gradient through it, and says so. What is
computed while a tape is paused, and what ``detach`` returns, is a constant on purpose.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from . import errors
from .active import paused
from .backend import Array
from .record import NOWHERE, Place
from .tensor import Tensor

UNRECORDED = -2  # the key of their places; the id is the number of the line that computed with a parameter
_lines: dict[str, int] = {}


def place_of(out: Array, operands: Iterable[Any]) -> Place:
    """The place of ``out``, which was computed from these operands while no tape was active."""
    if out.dtype.kind == "f" and not paused.get():
        for operand in operands:
            if isinstance(operand, Tensor):
                if operand._place[0] == UNRECORDED:
                    return operand._place
                if operand.wants_grad:
                    return UNRECORDED, _lines.setdefault(errors.user_line(), len(_lines)), -1
    return NOWHERE


def warn(tensor: Tensor) -> None:
    """Say that a tape takes ``tensor`` for a constant, and which line computed it: once for each line that uses it.

    Warns:
        ConstantWarning: always; Python shows it once.
    """
    frame = errors.user_frame()
    line = list(_lines)[tensor._place[1]]
    message = (
        f"a tensor of shape {tensor.shape} is a constant to the tape that meets it at {errors.user_line()}. It was "
        f"computed from a parameter at {line}, where no tape was active, so the parameter gets no gradient through it: "
        "compute it inside the tape's block, in the same thread, or write .detach() if a constant is meant"
    )
    names = {} if frame is None else frame.f_globals
    warnings.warn_explicit(
        message,
        errors.ConstantWarning,
        "unknown" if frame is None else frame.f_code.co_filename,
        1 if frame is None else frame.f_lineno,
        registry=names.setdefault("__warningregistry__", {}),
    )
