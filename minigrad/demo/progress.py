"""Progress while training: a live bar with rich on a terminal, plain lines everywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, TextIO

from .train import Curve

PLAIN_LINES = 20  # in a whole run


class PlainProgress:
    """A line now and then, for logs, pipes, and terminals without rich."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self.total = total
        self.stream = stream
        self.started = time.perf_counter()

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stream.flush()

    def update(self, curve: Curve) -> None:
        """Show the newest window."""
        done = len(curve)
        if done * PLAIN_LINES // self.total > (done - 1) * PLAIN_LINES // self.total or done == 1:
            rate = done / (time.perf_counter() - self.started)
            print(f"window {done:>{len(str(self.total))}}/{self.total}  {_numbers(curve, rate)}", file=self.stream)
            self.stream.flush()


class RichProgress:
    """A live bar with loss, gradient norm, windows per second and the time left."""

    def __init__(self, total: int, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("[bold]training"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[numbers]}"),
            TimeRemainingColumn(compact=True),
            console=Console(file=stream),
            expand=True,
            refresh_per_second=8,
        )
        self.task = self.bar.add_task("training", total=total, numbers="")
        self.started = time.perf_counter()

    def __enter__(self) -> RichProgress:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def update(self, curve: Curve) -> None:
        """Show the newest window."""
        rate = len(curve) / (time.perf_counter() - self.started)
        self.bar.update(self.task, completed=len(curve), numbers=_numbers(curve, rate))


def make_progress(total: int, stream: TextIO | None = None) -> Any:
    """The best progress display for ``stream`` (stderr by default): a bar if it is a terminal and rich is there."""
    stream = stream or sys.stderr
    if stream.isatty():
        try:
            return RichProgress(total, stream)
        except ImportError:
            pass
    return PlainProgress(total, stream)


def _numbers(curve: Curve, rate: float) -> str:
    return f"{curve.recent_bits(20):.3f} bits/char  ‖∇‖ {curve.norms[-1]:.2f}  {rate:.0f} windows/s"
