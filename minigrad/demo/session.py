"""A run of the demo, from the settings to the files: the order of events, and what surrounds the training."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, TextIO

import numpy as np

from minigrad.draw import DrawingError
from minigrad.storage.atomic import publishing
from minigrad.words import printable

from .model import CharRNN, save_model
from .report import Report, describe, draw_windows, indent, plot_loss, summarize, write_page
from .sample import sample
from .settings import DRAWING, DRAWING_PNG, LOSS_CURVE, MODEL, PAGE, Settings, prepare_folder
from .text import load_corpus
from .train import Curve, evaluate, train

DOT_SECONDS = 20.0  # for a picture that does without
PLAIN_LINES = 20  # of progress in a whole run
SMALL = 512  # hidden units below which a second thread gains nothing


def run(settings: Settings) -> Report:
    """Train on a text, print what came of it, and write the files.

    Raises:
        KeyboardInterrupt: it was aborted; says what is saved.
        UsageError: something that the user can put right, found before any training.
        DivergedError: the loss is no longer a number.
        OSError: a file cannot be written.
    """
    saved = settings.out / MODEL
    before = _stamp(saved)
    try:
        return _run(settings)
    except KeyboardInterrupt:
        kept = f"the model is in {saved}" if _stamp(saved) != before else "nothing was saved"
        raise KeyboardInterrupt(f"aborted; {kept}") from None


def _stamp(file: Path) -> int:
    """When a file was last written, or 0."""
    return file.stat().st_mtime_ns if file.exists() else 0


def _run(settings: Settings) -> Report:
    settings.check()
    corpus = load_corpus(settings)
    prepare_folder(settings.out)
    model = CharRNN(len(corpus.chars.vocabulary), settings.hidden, settings.cell, settings.seed, settings.device)
    parameters = sum(parameter.size for parameter in model.parameters())
    print(describe(settings, corpus, parameters))

    before = sample(model, corpus.chars, settings.seed)
    held_out_before = evaluate(model, corpus)
    print(f"\nBefore training, the model writes:\n\n{indent(before[:160])}\n", flush=True)

    threads = one_thread_if_small(settings.hidden)
    quiet = np.errstate(over="ignore", invalid="ignore")  # a loss that is no number ends training with a message
    with threads, quiet, Interrupt() as interrupt, make_progress(settings.steps) as progress:

        def after_window(curve: Curve) -> bool:
            progress.update(curve)
            return not interrupt.requested

        started = time.perf_counter()
        curve = train(model, corpus, settings, after_window)
        seconds = time.perf_counter() - started
        save_model(settings.out / MODEL, model, corpus.chars.vocabulary)  # before a second Ctrl-C can abort

    report = Report(
        settings=settings,
        corpus=corpus,
        curve=curve,
        parameters=parameters,
        seconds=seconds,
        interrupted=len(curve) < settings.steps,
        before=before,
        after=sample(model, corpus.chars, settings.seed),
        held_out_before=held_out_before,
        held_out_after=evaluate(model, corpus),
    )
    print(summarize(report))
    write_files(report, model)
    return report


def write_files(report: Report, model: CharRNN) -> None:
    """Write the page and the pictures into the output folder, beside the model, as one set, and say so.

    The picture that needs another program, Graphviz, comes last: it may fail.
    """
    folder, files, notes = report.settings.out, [MODEL, DRAWING], []
    drawing = draw_windows(model, report.corpus)
    with publishing(folder) as stage:
        drawing.save(stage / DRAWING)
        loss_curve = None
        try:
            loss_curve = plot_loss(report.curve, report.corpus.unigram_bits, report.held_out_after, stage)
            files.append(LOSS_CURVE)
        except ImportError:
            notes.append("No loss curve without matplotlib: pip install 'minigrad[plot]'")
        write_page(stage / PAGE, report, stage / DRAWING, loss_curve)
    print(f"\nOpen {printable(folder / PAGE)}", flush=True)
    for name in {DRAWING_PNG, LOSS_CURVE}.difference(files):  # of an earlier run
        (folder / name).unlink(missing_ok=True)
    try:
        drawing.save(folder / DRAWING_PNG, timeout=DOT_SECONDS)
        files.append(DRAWING_PNG)
    except DrawingError as failure:
        notes.append(f"No {DRAWING_PNG}: {failure}")
    print("\n".join([f"Beside it: {', '.join(files)}", *notes]))


# -- progress --------------------------------------------------------------------------------------


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


# -- Ctrl-C ----------------------------------------------------------------------------------------


class Interrupt:
    """While active, the first SIGINT sets ``requested``; from then on SIGINT does what it did before.

    An exception in the middle of an update could leave half of the parameters changed; a flag cannot.
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: object = None

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._first)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _first(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        self._restore()

    def _restore(self) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)  # type: ignore[arg-type]
            self._previous = None


# -- threads ---------------------------------------------------------------------------------------


@contextmanager
def one_thread_if_small(hidden: int) -> Iterator[None]:
    """Let NumPy's OpenBLAS use one thread inside this block, if the matrices are small.

    More threads are no faster then, and where other programs use the cores too they wait for each other:
    on two busy cores training took more than ten times as long. ``OPENBLAS_NUM_THREADS`` overrides this, and a
    NumPy with another BLAS is left alone.
    """
    library = None if hidden >= SMALL or "OPENBLAS_NUM_THREADS" in os.environ else _find_openblas()
    if library is None:
        yield
        return
    get_count, set_count = library
    before = get_count()
    set_count(1)
    try:
        yield
    finally:
        set_count(before)


def _find_openblas() -> tuple[ctypes._NamedFuncPointer, ctypes._NamedFuncPointer] | None:
    """The functions that get and set the number of threads, of the OpenBLAS in NumPy's wheel."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for file in folder.glob("*openblas*"):
            library = ctypes.CDLL(str(file))  # loaded by NumPy already, so this is the same one
            for suffix in ("64_", ""):
                name = f"scipy_openblas_{{}}_num_threads{suffix}"
                if hasattr(library, name.format("set")):
                    return getattr(library, name.format("get")), getattr(library, name.format("set"))
    return None
