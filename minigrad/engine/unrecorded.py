"""Tensors that were computed from parameters while no tape was active: in another thread, say, or too early.

To a tape they would be constants, through which the parameters get no gradient, so it refuses them. What is computed
while a tape is paused, and what ``detach`` returns, is a constant on purpose.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

from .. import errors
from .record import Place
from .tensor import Tensor

UNRECORDED = -2  # the key of their places; in place of an id stands where, in which code, the parameter was used


def unrecorded() -> Place:
    """The place of what is computed here from a parameter while no tape is active."""
    frame = errors.user_frame()
    where: Any = (frame.f_code, frame.f_lasti) if frame else None
    return UNRECORDED, where, -1


def refusal(tensor: Tensor) -> errors.ForeignTensorError:
    """The error for a tape that meets such a tensor."""
    where: Any = tensor._place[1]
    return errors.ForeignTensorError(
        f"a tensor of shape {tensor.shape} was computed from a parameter at {_line(*where) if where else 'some line'} "
        "while no tape was active in that thread, so no gradient would go through it. Compute it inside the tape's "
        "block, in the thread of the block; if a constant is meant, write .detach()"
    )


def _line(code: CodeType, instruction: int) -> str:
    """``file:line`` of an instruction."""
    lines = [line for start, end, line in code.co_lines() if start <= instruction < end]
    return f"{code.co_filename}:{lines[0]}"
