"""The order of events."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from minigrad.draw import DrawingError
from minigrad.storage.atomic import publishing
from minigrad.words import printable

from .interrupt import Interrupt
from .model import CharRNN, save_model
from .page import write_page
from .picture import draw_windows, plot_loss
from .progress import make_progress
from .report import Report, describe, indent, summarize
from .sample import sample
from .settings import DRAWING, DRAWING_PNG, LOSS_CURVE, MODEL, PAGE, Settings, prepare_folder
from .text import load_corpus
from .threads import one_thread_if_small
from .train import Curve, evaluate, train

DOT_SECONDS = 20.0  # for a picture that does without


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
        drawing.save(folder / DRAWING_PNG, seconds=DOT_SECONDS)
        files.append(DRAWING_PNG)
    except DrawingError as failure:
        notes.append(f"No {DRAWING_PNG}: {failure}")
    print("\n".join([f"Beside it: {', '.join(files)}", *notes]))
