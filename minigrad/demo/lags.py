"""``minigrad lags``: how far back the gradient of the demo's model reaches on a text."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

from ..bptt import describe, measure_lags, plot
from ..bptt.streams import CharText, TokenRows
from .model import CELLS, CharRNN, load_model
from .settings import UsageError
from .text import python_text, read_text

DESCRIPTION = (
    "Measure, on a stretch of text, how the gradient of the demo's model is spread over the steps before each loss, "
    "and say which truncation keeps enough of it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("--text", type=Path, metavar="FILE", help="a UTF-8 text (default: Python's own documentation)")
    add("--model", type=Path, metavar="FILE", help="a model.npz that the demo wrote (default: an untrained one)")
    add("--cell", choices=tuple(CELLS), default="rnn", help="of an untrained model (default: %(default)s)")
    add("--hidden", type=int, default=64, metavar="N", help="of an untrained model (default: %(default)s)")
    add("--batch", type=int, default=8, metavar="N", help="rows of text read side by side (default: %(default)s)")
    add("--steps", type=int, default=100, metavar="N", help="length of the stretch (default: %(default)s)")
    add("--lags", type=int, default=50, metavar="N", help="how many lags to measure (default: %(default)s)")
    add("--seed", type=int, default=0, metavar="N", help="seed of an untrained model (default: %(default)s)")
    add("--plot", type=Path, metavar="FILE", help="also draw it, to a PNG, SVG or PDF file; needs the plot extra")


def run(options: dict[str, Any]) -> None:
    """Measure, and print the table and the verdict.

    Raises:
        UsageError: an option is out of range, the text too short, or a character unknown to the model.
    """
    for option in ("hidden", "batch", "steps", "lags"):
        if options[option] < 1:
            raise UsageError(f"--{option} {options[option]}: must be at least 1")
    if options["seed"] < 0:
        raise UsageError(f"--seed {options['seed']}: must be at least 0")
    text = python_text() if options["text"] is None else read_text(options["text"])
    tokens = CharText(text)
    if options["model"] is None:
        model = CharRNN(len(tokens.vocabulary), options["hidden"], options["cell"], rng=options["seed"])
        numbers = tokens.tokens
    else:
        model, vocabulary = load_model(options["model"])
        known = CharText(vocabulary)
        try:
            numbers = known.encode(text)
        except ValueError as unknown:
            raise UsageError(f"--model {options['model']}: was trained on another text: {unknown}") from unknown
    if len(numbers) < 2 * options["batch"]:
        raise UsageError(f"the text has {len(numbers)} characters, too few for --batch {options['batch']}")
    rows = TokenRows(numbers, options["batch"])
    stretch = list(islice(rows, options["steps"]))
    lags = measure_lags(model.step, stretch, model.initial_state(rows.batch), model.parameters(), lags=options["lags"])
    print(describe(lags))
    if options["plot"] is not None:
        plot(lags, options["plot"])
        print(f"\nDrawn to {options['plot']}")
