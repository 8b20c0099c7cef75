"""What a reproduction returns: claims that hold or do not, a table, and a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Outcome:
    """The result of one reproduction.

    Attributes:
        title: a heading. about: what was done, in a sentence or two.
        claims: sentences, each with whether it holds.
        rows: a table, its first row the heading.
        draw: draws the result into a Matplotlib figure.
    """

    title: str
    about: str
    claims: list[tuple[str, bool]]
    rows: list[list[str]]
    draw: Callable[[Any], None]

    @property
    def holds(self) -> bool:
        """Whether all claims hold."""
        return all(ok for _, ok in self.claims)


def curves(xlabel: str, ylabel: str, lines: dict[str, Any], *, log: bool = False) -> Callable[[Any], None]:
    """A function that draws one line for each entry, of (x, y) or of y alone."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for label, line in lines.items():
            x, y = line if isinstance(line, tuple) else (range(1, len(line) + 1), line)
            axes.plot(x, y, label=label, linewidth=1.2)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if log:
            axes.set_yscale("log")
        axes.legend(fontsize="small")

    return draw
