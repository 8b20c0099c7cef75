"""One window of truncated back-propagation: its ledger, and what it did in plain words."""

from __future__ import annotations

import math
from typing import Any

from ..engine.tape import Tape
from ..statements import Statement
from ..watchers.clipping import Clip, ValueClip


class Window:
    """One window after its backward walk. The gradients of its losses lie in ``.grad``.

    Attributes:
        index: number of the window, from 0.
        first_step, last_step: the new steps, from 1, whose losses this window counted.
        border: the oldest step that the gradient reached; before it lies the cut.
        losses: the new losses, by step, as numbers.
        state: the carried state after the last step, as constants that are on no tape.
        tape: the tape, with the records of the window until the loop goes on.
        bytes_kept: bytes that the residuals took before the walk.
        seconds: time that the window's steps and its walk took.
        scale: what each loss was multiplied with before the walk.
        depth: how many steps one loss may reach back, itself included; ``None`` for as far as the border.
        overlap: ``"keep"`` or ``"recompute"``, what became of the steps before the first new one.
        clips: what each ``clip_grad_norm`` and ``clip_grad_value`` in the loop body did to these gradients.
        replayed: whether a program ran in place of the steps and the walk.
        reason: with ``replay=True``, why none did.
    """

    def __init__(
        self,
        index: int,
        first_step: int,
        last_step: int,
        border: int,
        losses: dict[int, float],
        state: Any,
        tape: Tape,
        bytes_kept: int,
        seconds: float,
        scale: float = 1.0,
        depth: int | None = None,
        overlap: str = "keep",
    ) -> None:
        self.index = index
        self.first_step = first_step
        self.last_step = last_step
        self.border = border
        self.losses = losses
        self.state = state
        self.tape = tape
        self.bytes_kept = bytes_kept
        self.seconds = seconds
        self.scale = scale
        self.depth = depth
        self.overlap = overlap
        self.clips: list[Clip | ValueClip] = []
        self.replayed = False
        self.reason: str | None = None

    def __repr__(self) -> str:
        steps = f"steps {self.first_step} to {self.last_step}"
        return f"<Window {self.index}: {steps}, border {self.border}, loss {self.loss:.4g}>"

    @property
    def steps(self) -> int:
        """The number of new steps."""
        return self.last_step - self.first_step + 1

    @property
    def loss(self) -> float:
        """The mean of the new losses; NaN when no step had one."""
        return sum(self.losses.values()) / len(self.losses) if self.losses else math.nan

    @property
    def clipped(self) -> bool:
        """Whether clipping has changed this window's gradients."""
        return any(clip.shortened for clip in self.clips)

    def reaches(self, step: int) -> int:
        """The oldest step that the gradient of the loss at ``step`` reached."""
        return self.border if self.depth is None else max(self.border, step - self.depth + 1)

    @property
    def largest_lag(self) -> int:
        """The largest lag that any loss reached; 0 without losses."""
        return max((step - self.reaches(step) for step in self.losses), default=0)

    @property
    def mean_lag(self) -> float:
        """The mean over the losses of the largest lag that each reached; 0 without losses."""
        return sum(step - self.reaches(step) for step in self.losses) / len(self.losses) if self.losses else 0.0

    def statements(self) -> list[Statement]:
        """What ``explain`` says of the steps, the lags and the memory, as data; kinds are in ``docs/statements.md``.

        ``window``: its index, its first and its last new step, and the oldest step that the gradient reached. ``lag``:
        the largest that a loss reached, and their mean. ``scheme``: ``"window"`` or ``"lag mask"``, and the overlap.
        ``memory``: the bytes that the residuals took before the walk.
        """
        return [
            Statement("window", (), (self.index, self.first_step, self.last_step, self.border)),
            *([Statement("lag", (), (self.largest_lag, self.mean_lag))] if self.losses else []),
            Statement("scheme", (), ("window" if self.depth is None else "lag mask", self.overlap)),
            Statement("memory", (), self.bytes_kept),
        ]

    def explain(self) -> str:
        """What was differentiated and what was cut, in plain words."""
        sentences = [f"Window {self.index} added {_steps(self.first_step, self.last_step)} to the tape."]
        sentences += self._differentiated() if self.losses else ["No step had a loss: there was nothing to walk."]
        if self.border < self.first_step:
            old = _steps(self.border, self.first_step - 1)
            if self.overlap == "recompute":
                sentences.append(
                    f"The overlap, {old}, was run again with the parameters of this window, from the stored "
                    f"state before step {self.border}."
                )
            else:
                sentences.append(
                    f"The overlap, {old}, was kept from earlier windows: each of its steps holds the parameter "
                    "values of its own time."
                )
        if self.depth is not None and any(self.reaches(step) > 1 for step in self.losses):
            sentences.append("For each loss, the state that enters the first of these steps counts as a constant.")
        elif self.border > 1:
            sentences.append(
                f"Everything before step {self.border} was cut: the state that enters step {self.border} "
                "counts as a constant, whatever it was computed from."
            )
        else:
            sentences.append("Nothing was cut: the walk reached the beginning of the stream.")
        sentences.append(f"Before the walk the residuals took {self.bytes_kept:,} bytes.")
        if self.replayed:
            sentences.append("A program that earlier windows had recorded ran in place of the steps and the walk.")
        elif self.reason is not None:
            sentences.append(f"No program was replayed: {self.reason}.")
        sentences += [clip.explain() for clip in self.clips]
        return " ".join(sentences)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture."""
        from ..draw.notebook import bundle

        return bundle(self, include, exclude)

    def _differentiated(self) -> list[str]:
        count = len(self.losses)
        losses = "Its loss was" if count == 1 else f"Its {count} losses were"
        scaled = "" if self.scale == 1.0 else f", times {self.scale:.4g}"
        each = "walked back from" if count == 1 else "walked back from, each exactly once"
        if self.depth is None:
            reach = f"down to step {self.border}"
        else:
            reach = f"each through the last {self.depth} uses of the parameters at most"
        return [f"{losses} {each}{scaled}, {reach}: lags up to {self.largest_lag}, {self.mean_lag:.4g} on average."]


def _steps(first: int, last: int) -> str:
    return f"step {first}" if first == last else f"steps {first} to {last}"
