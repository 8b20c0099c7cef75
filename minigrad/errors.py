"""Every error a user can meet, and the helper that names the user's own line.

Each class also derives from the builtin that Python users expect (``ValueError`` for shapes,
``TypeError`` for dtypes and devices, ``RuntimeError`` for a tape in the wrong state), so both
``except mg.errors.ShapeError`` and ``except ValueError`` work.

One kind of mistake has one class, whoever finds it:

- something of another kind than what is taken, text for a number, say, or 2.5 for an integer: ``MisuseError``; if it is
  an array, of a dtype that cannot be computed with: ``DTypeError``, which is one;
- of the right kind, but out of range, not one of the choices, or in contradiction to another: ``ArgumentError``;
- arrays that do not fit together, or an axis that is not there: ``ShapeError``, ``AxisError``;
- an index that picks nothing: ``SubscriptError``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy

from .words import listed, shown

# NumPy may stand between: its functions call those of a tensor.
_LIBRARIES = tuple(str(Path(file).parent) + os.sep for file in (__file__, numpy.__file__))
_COURSE = str(Path(__file__).parent / "tutorials" / "course") + os.sep  # in a wheel; it uses minigrad as users do


class _Inside(dict[str, bool]):
    """Whether a file is one of minigrad's or NumPy's, by its name."""

    def __missing__(self, file: str) -> bool:
        inside = self[file] = file.startswith(_LIBRARIES) and not file.startswith(_COURSE)
        return inside


_inside = _Inside()


class MinigradError(Exception):
    """Base of every error that minigrad raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: no frames of minigrad and NumPy, unless ``%xmode --show`` is set.

        Nor does it show a cause that lies in them as a whole: the message has its words.
        """
        formatter = sys.modules["IPython"].get_ipython().InteractiveTB
        cause, traceback = self.__cause__, self.__traceback__
        if formatter.skip_hidden:
            traceback = _folded(traceback)
            if cause is not None and _folded(cause.__traceback__) is None:
                self.__cause__ = None
        try:
            lines: list[str] = formatter.structured_traceback(type(self), self, traceback)
        finally:
            if cause is not None:
                self.__cause__ = cause
        return lines


class CallError(MinigradError):
    """A call that cannot work; the message ends with the line of the user's code that made it.

    Attributes:
        line: that line, as ``file:line``.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.line = user_line()

    def __str__(self) -> str:
        return f"{self.args[0]} (at {self.line})"


class ArgumentError(CallError, ValueError):
    """A setting that is outside its range, or not one of those that there are."""


class MisuseError(CallError, TypeError):
    """A thing that cannot be used so: something of another kind, or a function that has no derivative."""


class ShapeError(CallError, ValueError):
    """Shapes that do not fit: of operands, of a seed, of a rule's result, of a checkpoint."""


class AxisError(ShapeError, IndexError):
    """An axis that the array does not have; both kinds of error, as in NumPy."""


class SubscriptError(CallError, IndexError):
    """An index that is outside of the array, or cannot be one."""


class DTypeError(MisuseError):
    """A dtype that cannot be used, such as an integer leaf that wants a gradient."""


class DeviceError(CallError, TypeError):
    """Host and device arrays in one operation, or a device that is not there."""


class TapeError(CallError, RuntimeError):
    """A tape in the wrong state: none active, entered twice, or not the one that was meant."""


class ForeignTensorError(TapeError):
    """A tensor that another tape recorded, or that none did though it was computed from a parameter."""


class CutError(TapeError):
    """A gradient was asked for through a cut."""


class ConsumedError(TapeError):
    """A backward walk needs residuals that an earlier walk has freed."""


class RecomputeError(TapeError):
    """A checkpointed function computed something else when it was run again."""


class CaptureError(TapeError):
    """A computation that cannot be a program: it reads a value, say, or is another one at each call."""


class UnusedError(CallError, ValueError):
    """The target does not depend on a source whose gradient was asked for."""


class RuleError(CallError, ValueError):
    """A vjp rule is missing, or returned something that is not a cotangent of its argument."""


class AnomalyError(MinigradError, FloatingPointError):
    """A NaN or an infinity, found by ``detect_anomaly`` where it first appeared."""


class GradientError(MinigradError, AssertionError):
    """``gradcheck`` found a gradient that differs from the finite difference."""


class ExtraError(MinigradError, ImportError):
    """An optional dependency is missing; the message names the extra to install."""


class CheckpointError(MinigradError, ValueError):
    """A checkpoint whose keys, shapes or dtypes are not the expected ones."""


def user_frame() -> FrameType | None:
    """The innermost frame outside minigrad and NumPy, where the user's code stands."""
    inside = _inside
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and inside[frame.f_code.co_filename]:
        frame = frame.f_back
    return frame


def user_line() -> str:
    """``file:line`` of that frame."""
    frame = user_frame()
    if frame is None:
        return "an unknown line"
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _folded(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames inside minigrad and NumPy."""
    shown = []
    while traceback is not None:
        if not _inside[traceback.tb_frame.f_code.co_filename]:
            shown.append(traceback)
        traceback = traceback.tb_next
    for each in reversed(shown):
        traceback = TracebackType(traceback, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return traceback


def forward_error(name: str, operands: list[Any], params: dict[str, Any], cause: Exception, given: bool) -> Exception:
    """The error to raise when a forward function failed: operation, shapes, dtypes, the user's line.

    ``given``: the user gave some of the parameters, which may be at fault.
    """
    described = listed(operands, _describe)
    settings = "".join(f", {key}={shown(value)}" for key, value in params.items())
    message = f"{name}({described}{settings}) failed: {str(cause).strip()}"
    if isinstance(cause, MinigradError):
        return cause
    if isinstance(cause, IndexError):
        return AxisError(message) if isinstance(cause, ValueError) else SubscriptError(message)
    if type(cause).__name__ == "LinAlgError":  # NumPy's or CuPy's: a singular matrix, say, not a shape
        return type(cause)(f"{message} (at {user_line()})")
    if isinstance(cause, ValueError):
        return ShapeError(message)
    if isinstance(cause, OverflowError):
        return ArgumentError(message)
    if isinstance(cause, TypeError):
        return MisuseError(message) if given else DTypeError(message)
    cause.add_note(f"{message} (at {user_line()})")
    return cause


def _describe(operand: Any) -> str:
    shape = getattr(operand, "shape", None)
    return shown(operand) if shape is None else f"{operand.dtype}{list(shape)}"
