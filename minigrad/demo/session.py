"""The order of events."""

from __future__ import annotations

import time

import numpy as np

from .interrupt import Interrupt
from .model import CharRNN, save_model
from .page import write_page
from .picture import draw_windows, plot_loss
from .progress import make_progress
from .report import Report, describe, indent, summarize
from .sample import sample
from .settings import DRAWING, MODEL, PAGE, Settings, prepare_folder
from .text import load_corpus
from .threads import one_thread_if_small
from .train import Curve, evaluate, train


def run(settings: Settings) -> Report:
    """Train on a text, print what came of it, and write the files.

    Raises:
        UsageError: something that the user can put right, found before any training.
        DivergedError: the loss is no longer a number.
        OSError: a file cannot be written.
    """
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
    """Write the pictures and the page into the output folder, beside the model, and say so."""
    folder = report.settings.out
    files = [folder / MODEL, *draw_windows(model, report.corpus, folder)]
    loss_curve = None
    note = ""
    try:
        loss_curve = plot_loss(report.curve, report.corpus.unigram_bits, report.held_out_after, folder)
        files.append(loss_curve)
    except ImportError:
        note = "\nNo loss curve without matplotlib: pip install 'minigrad[plot]'"
    page = folder / PAGE
    write_page(page, report, folder / DRAWING, loss_curve)
    print(f"\nOpen {page}\nBeside it: {', '.join(file.name for file in files)}{note}")
