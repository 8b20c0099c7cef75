"""Truncated back-propagation whose windows run as a program: steps and walk recorded once, see ``mg.replay``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from itertools import chain, islice
from typing import Any

from .. import errors
from ..engine.backend import numbers
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from ..engine.watch import here
from ..programs.passes import Pass
from ..programs.replaying import Replayed
from ..programs.signature import is_data
from ..transforms.trees import tree_leaves, tree_map
from .clips import noting_clips
from .overlap import copied
from .state import constants, detached
from .unroll import Step, Unroll
from .window import Window

_MOST = 8  # programs that are kept: of full windows, of the last one, of other shapes
Walk = Callable[[Tape, dict[int, Tensor], Any, float, None, bool], None]
Eager = Callable[[Iterator[Any], Any, int, int, str], Iterator[Window]]


class _Windows(Replayed):
    """The windows as programs. Where two differ the second stays as it was computed, and the loop goes on without.

    Attributes:
        unlike: why, or ``None``.
    """

    unlike: str | None = None

    def _differs(self, error: errors.CaptureError, result: Any) -> Any:
        self.unlike = str(error)
        return result


def why_not(settings: Any, resume: Any) -> str | None:
    """Why the windows of a loop cannot be programs of their own, or ``None`` if they can."""
    if settings.kept or settings.depth is not None:
        return "windows overlap, so the records of one are walked in the next"
    if settings.inspect:
        return "inspect=True keeps every record"
    return "a resumed overlap brings records with it" if resume is not None else None


class Windows:
    """The windows of a loop that do not overlap, each run as a program where one was recorded.

    Args:
        step, state: see ``truncated_bptt``.
        k1: steps in a window, ``None`` for the whole stream.
        reduction: ``"mean"`` or ``"sum"``.
        passes: what is done to a program before it runs.
        walk: walks back from the losses of a window, see ``schedule.walk``.
        eager: the loop without programs, given (stream, state, index of the next window, steps before it, reason).
    """

    def __init__(
        self,
        step: Step,
        state: Any,
        k1: int | None,
        reduction: str,
        passes: Sequence[Pass],
        walk: Walk,
        eager: Eager,
    ) -> None:
        self._unroll = Unroll(step, state)
        self._k1 = k1
        self._sum = reduction == "sum"
        self._walk = walk
        self._eager = eager
        self._last = 0  # the step before the window
        self._key = 0  # of the tape that recorded a window last
        self._run = _Windows(self._window, passes, _MOST)

    def over(self, stream: Iterator[Any]) -> Iterator[Window]:
        """The windows of a stream."""
        index, ended = 0, False
        while not ended:
            started = time.perf_counter()
            entering = self._unroll.state
            inputs = [tree_map(_as_it_is_now, each) for each in islice(stream, self._k1)]
            if not inputs:
                return
            ended = self._k1 is None or len(inputs) < self._k1
            try:
                reason = _unsuited(inputs)
                if reason is None:
                    losses, state, kept, scale = self._run(inputs, entering)
            except errors.CaptureError as refused:
                reason = str(refused)
            if reason is not None:
                yield from self._eager(chain(inputs, stream), entering, index, self._last, reason)
                return
            first, self._last = self._last + 1, self._last + len(inputs)
            self._unroll.state = state
            tape = Tape()
            tape.step = self._last
            found = dict(zip((first + t for t in losses), numbers([x._value for x in losses.values()]), strict=True))
            window = Window(
                index,
                first,
                self._last,
                first,
                found,
                detached(state),
                tape,
                kept,
                time.perf_counter() - started,
                scale,
            )
            window.reason = self._run.unlike or self._run.reason
            window.replayed = window.reason is None
            yield from noting_clips(window, self._keys())
            index += 1
            if self._run.unlike is not None and not ended:
                yield from self._eager(stream, state, index, self._last, self._run.unlike)
                return

    def _keys(self) -> frozenset[int]:
        """The keys of the tapes by which the parameters that got a gradient are known."""
        used = [leaf._place[0] for program in self._run.programs[-1:] for leaf in program.parameters]
        return frozenset([self._key, *used])

    def _window(self, inputs: list[Any], state: Any) -> tuple[dict[int, Tensor], Any, int, float]:
        """The losses of a window by step from its first, the state after it, the bytes kept, and the losses' scale."""
        tape = Tape()
        tape.step = self._last
        self._key = tape._key
        self._unroll.state = state
        with tape:
            for each in inputs:
                self._unroll.advance(tape, each)
            losses = self._unroll.take_losses()
            kept = tape.nbytes
            scale = 1.0 if self._sum or not losses else 1.0 / (self._k1 or len(losses))
            if losses:
                self._walk(tape, losses, state, scale, None, False)
        return {t - self._last - 1: loss for t, loss in losses.items()}, constants(self._unroll.state), kept, scale


def _as_it_is_now(leaf: Any) -> Any:
    """An input that the stream may fill or assign anew before the window runs."""
    return copy(leaf) if isinstance(leaf, Tensor) and is_data(leaf) else copied(leaf)


def _unsuited(inputs: Any) -> str | None:
    """Why a window of these inputs is not recorded, if it is not."""
    if here():
        return "every record is looked at, as in mg.detect_anomaly"
    for leaf in tree_leaves(inputs):
        if not is_data(leaf):
            return f"an input is {type(leaf).__name__}, which would be part of the program; give arrays"
    return None
