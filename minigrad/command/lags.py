"""``minigrad lags``: how far back the gradient of the demo's model reaches on a text."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

from ..bptt import describe, measure_lags, plot
from ..bptt.plots import pyplot
from ..bptt.streams import CharText, TokenRows
from ..demo.model import CELLS, CharRNN, load_model
from ..demo.settings import UsageError, named_path
from ..demo.text import python_text, read_text
from ..errors import CheckpointError
from ..words import printable

DESCRIPTION = (
    "Measure, on a stretch of text, how the gradient of the demo's model is spread over the steps before each loss, "
    "and say which truncation keeps enough of it."
)


PICTURES = (".png", ".svg", ".pdf")
UNTRAINED = {"cell": "rnn", "hidden": 64, "seed": 0}  # what an untrained model is like, if nothing is said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("--text", type=named_path, metavar="FILE", help="a UTF-8 text (default: Python's own documentation)")
    add("--model", type=named_path, metavar="FILE", help="a model.npz that the demo wrote (default: an untrained one)")
    add("--cell", choices=tuple(CELLS), help=f"of an untrained model (default: {UNTRAINED['cell']})")
    add("--hidden", type=int, metavar="N", help=f"of an untrained model (default: {UNTRAINED['hidden']})")
    add("--batch", type=int, default=8, metavar="N", help="rows of text read side by side (default: %(default)s)")
    add("--steps", type=int, default=100, metavar="N", help="length of the stretch (default: %(default)s)")
    add("--lags", type=int, default=50, metavar="N", help="how many lags to measure (default: %(default)s)")
    add("--seed", type=int, metavar="N", help=f"seed of an untrained model (default: {UNTRAINED['seed']})")
    add("--plot", type=named_path, metavar="FILE", help="also draw it, to a .png, .svg or .pdf; needs the plot extra")


def run(options: dict[str, Any]) -> None:
    """Measure, and print the table and the verdict.

    Raises:
        UsageError: an option is out of range or does not go with another, a file cannot be read or written, the
            text is too short, or a character is unknown to the model.
        ExtraError: a plot is asked for without Matplotlib.
    """
    _check(options)
    source = "Python's own documentation" if options["text"] is None else f"--text {options['text']}"
    text = python_text() if options["text"] is None else read_text(options["text"])
    if len(set(text)) < 2:
        raise UsageError(f"{source}: has only one distinct character, and so nothing to predict")
    model, numbers = _untrained(text, options) if options["model"] is None else _trained(text, options["model"])
    if len(numbers) < 2 * options["batch"]:
        raise UsageError(f"{source}: has {len(numbers)} characters, too few for --batch {options['batch']}")
    rows = TokenRows(numbers, options["batch"])
    stretch = list(islice(rows, options["steps"]))
    lags = measure_lags(model.step, stretch, model.initial_state(rows.batch), model.parameters(), lags=options["lags"])
    print(describe(lags))
    if options["plot"] is not None:
        try:
            plot(lags, options["plot"])
        except OSError as failure:
            raise UsageError(f"--plot {options['plot']}: cannot be written: {failure.strerror}") from failure
        print(f"\nDrawn to {printable(options['plot'])}")


def _check(options: dict[str, Any]) -> None:
    """Refuse what cannot work, before any time is spent on it."""
    given = {option: options[option] for option in UNTRAINED if options[option] is not None}
    if options["model"] is not None:
        for option, value in given.items():
            raise UsageError(f"--{option} {value}: describes an untrained model, and --model gives a trained one")
    options.update({**UNTRAINED, **given})
    for option in ("hidden", "batch", "steps", "lags"):
        if options[option] < 1:
            raise UsageError(f"--{option} {options[option]}: must be at least 1")
    if options["seed"] < 0:
        raise UsageError(f"--seed {options['seed']}: must be at least 0")
    picture = options["plot"]
    if picture is None:
        return
    if picture.suffix.lower() not in PICTURES:
        raise UsageError(f"--plot {picture}: the name must end in {', '.join(PICTURES[:-1])} or {PICTURES[-1]}")
    if not picture.parent.is_dir():
        raise UsageError(f"--plot {picture}: there is no folder {picture.parent}")
    pyplot()


def _untrained(text: str, options: dict[str, Any]) -> tuple[CharRNN, Any]:
    """A model as the options describe it, and the text as numbers."""
    tokens = CharText(text)
    model = CharRNN(len(tokens.vocabulary), options["hidden"], options["cell"], rng=options["seed"])
    return model, tokens.tokens


def _trained(text: str, path: Path) -> tuple[CharRNN, Any]:
    """The model of a file, and the text as numbers in its vocabulary."""
    try:
        model, vocabulary = load_model(path)
    except OSError as failure:
        raise UsageError(f"--model {path}: cannot be read: {failure.strerror}") from failure
    except CheckpointError as failure:
        raise UsageError(f"--model {path}: is no model of the demo: {failure}") from failure
    try:
        return model, CharText(vocabulary).encode(text)
    except ValueError as unknown:
        raise UsageError(f"--model {path}: was trained on another text: {unknown}") from unknown
