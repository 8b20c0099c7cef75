"""The text: read, checked, and divided into what is trained on and what is held out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

import minigrad as mg

from .settings import Settings, UsageError

HELD_OUT = 0.05  # the share of the text, at its end, that training never sees
FEWEST_HELD_OUT = 500  # characters; a smaller tail would say little
PICTURED_STEPS = 6  # the recording that is drawn needs as many steps


class Corpus:
    """A text dealt into rows to train on, and a tail that is held out.

    Args:
        text: the text.
        k: steps in a window.
        batch: rows wanted; a text too short for so many rows of one window gets fewer.
        source: where the text comes from, for messages.

    Attributes:
        chars: the vocabulary. rows: the stream to train on. held_out: the tail, or ``None`` when the
        text is too short to spare one. length: of the whole text, in characters.

    Raises:
        UsageError: the text is shorter than one window.
    """

    def __init__(self, text: str, k: int, batch: int, source: str) -> None:
        needed = max(k, PICTURED_STEPS) + 1
        if len(text) < needed:
            what = f"one window of --k {k}" if k >= PICTURED_STEPS else f"the picture of {PICTURED_STEPS} steps"
            raise UsageError(f"{source}: has {len(text)} characters; {what} needs at least {needed}")
        if len(set(text)) < 2:
            raise UsageError(f"{source}: has only one distinct character, and so nothing to predict")
        self.source = source
        self.length = len(text)
        self.chars = mg.bptt.CharText(text)
        tail = int(len(text) * HELD_OUT)
        tail = tail if tail >= FEWEST_HELD_OUT and len(text) - tail >= needed else 0
        self.training = self.chars.tokens[: len(text) - tail]
        self.held_out = mg.bptt.TokenRows(self.chars.tokens[len(text) - tail :], batch=8) if tail else None
        self.rows = mg.bptt.TokenRows(self.training, min(batch, (len(self.training) - 1) // k))

    @property
    def unigram_bits(self) -> float:
        """The entropy of single characters: the best that a model without any memory can do."""
        return self.chars.unigram_entropy()

    @property
    def uniform_bits(self) -> float:
        """What guessing among all characters alike costs."""
        return math.log2(len(self.chars.vocabulary))

    def first_rows(self, batch: int) -> mg.bptt.TokenRows:
        """The beginning of the text, one pictured recording long, dealt into at most ``batch`` rows."""
        rows = min(batch, (len(self.training) - 1) // PICTURED_STEPS)
        return mg.bptt.TokenRows(np.asarray(self.training[: rows * PICTURED_STEPS + 1]), rows)


def load_corpus(settings: Settings) -> Corpus:
    """The corpus that the settings ask for.

    Raises:
        UsageError: the file is missing, unreadable, empty, no text, or shorter than one window.
    """
    if settings.text is None:
        return Corpus(python_text(), settings.k, settings.batch, "Python's own documentation")
    return Corpus(read_text(settings.text), settings.k, settings.batch, str(settings.text))


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        UsageError: the file is missing, unreadable, empty, or holds something other than text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as failure:
        raise UsageError(f"--text {path}: is not text in UTF-8 (byte {failure.start} cannot be decoded)") from failure
    except OSError as failure:
        raise UsageError(f"--text {path}: cannot be read: {failure.strerror}") from failure
    if "\0" in text:
        raise UsageError(f"--text {path}: is not text (character {text.index(chr(0))} is NUL)")
    if not text.strip():
        raise UsageError(f"--text {path}: is empty")
    return text


def python_text() -> str:
    """The prose of the language reference that every CPython carries for ``help()``, a paragraph a line.

    Grammar, tables and code are left out. Many topics repeat paragraphs of others; each is taken once, so
    that what is held out at the end has not been seen before.
    """
    from pydoc_data.topics import topics

    paragraphs = (paragraph for topic in topics.values() for paragraph in topic.split("\n\n"))
    prose = (" ".join(paragraph.split()) for paragraph in paragraphs if _is_prose(paragraph))
    return "\n".join(dict.fromkeys(prose)) + "\n"


def _is_prose(paragraph: str) -> bool:
    """Whether a paragraph begins and ends like a sentence, and draws no lines."""
    text = paragraph.strip().removeprefix("* ")
    sentence = text[:1].isupper() or text[:1] in ('"', "“")
    drawn = ("****", "====", "----", "|", "::=", ">>>")
    return sentence and text.endswith((".", ":")) and not any(line in text for line in drawn)
