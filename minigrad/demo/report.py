"""What a run found out, in numbers and in words."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import dataclass

from ..words import printable
from .settings import Settings
from .text import Corpus
from .train import Curve


@dataclass(frozen=True)
class Report:
    """The outcome of a run.

    Attributes:
        settings, corpus, curve: what was asked for, read, and seen while training.
        parameters: how many numbers were learned.
        seconds: training took.
        interrupted: whether Ctrl-C ended training early.
        before, after: samples, written before and after training.
        held_out_before, held_out_after: bits per character on the held-out tail, if there is one.
    """

    settings: Settings
    corpus: Corpus
    curve: Curve
    parameters: int
    seconds: float
    interrupted: bool
    before: str
    after: str
    held_out_before: float | None
    held_out_after: float | None

    def rows(self) -> list[tuple[str, float]]:
        """(what, bits per character), from the worst model to the trained one."""
        rows = [
            ("every character equally likely", self.corpus.uniform_bits),
            ("unigram entropy: frequencies known, no memory", self.corpus.unigram_bits),
            (f"trained, mean of the last {min(100, len(self.curve))} windows", self.curve.recent_bits()),
        ]
        if self.held_out_after is not None:
            rows.append(("trained, on text held out from training", self.held_out_after))
        return rows


def describe(settings: Settings, corpus: Corpus, parameters: int) -> str:
    """What is about to be trained, in two lines."""
    reach = "" if settings.k2 in (None, settings.k) else f" with gradients reaching back {settings.k2}"
    rows = f"{corpus.rows.batch} rows" if corpus.rows.batch > 1 else "1 row"
    fewer = f" (the text is too short for {settings.batch})" if corpus.rows.batch < settings.batch else ""
    return (
        f"text   {corpus.source}: {corpus.length:,} characters, {len(corpus.chars.vocabulary)} distinct\n"
        f"model  {settings.cell}, {settings.hidden} hidden units, {parameters:,} parameters, on {settings.device}\n"
        f"train  {settings.steps:,} windows of {settings.k} steps{reach}, {rows} side by side{fewer}"
    )


def summarize(report: Report) -> str:
    """The result as text for a terminal."""
    windows = f"{len(report.curve):,} windows in {report.seconds:.1f} s"
    ended = f"stopped by Ctrl-C after {windows}; what was trained so far is kept" if report.interrupted else windows
    width = max(len(what) for what, _ in report.rows())
    table = "\n".join(f"  {what:<{width}}  {bits:5.2f}" for what, bits in report.rows())
    return f"{ended}\n\nThe trained model writes:\n\n{indent(report.after)}\n\nBits per character:\n{table}"


def indent(text: str) -> str:
    """``text`` behind a bar, so that it is seen where a sample begins and ends, wrapped to the terminal."""
    width = min(shutil.get_terminal_size().columns, 110) - 5
    wrapped: list[str] = []
    for line in printable(text).expandtabs().split("\n"):
        wrapped += textwrap.wrap(line, max(width, 20), drop_whitespace=False) or [""]
    return "\n".join(f"  │ {line}".rstrip() for line in wrapped)
