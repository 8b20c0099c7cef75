"""The picture that a notebook shows for a tape, or for a window."""

from __future__ import annotations

from typing import Any

from .drawing import Drawing, draw
from .graph.model import Source

MOST_RECORDS = 50_000  # a longer tape is drawn only when that is asked for


def bundle(source: Source, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """The picture of a tape or a window, with a line of text for where none can be shown. Never raises."""
    try:
        tape: Any = getattr(source, "tape", source)
        drawing: Drawing | None = draw(source) if len(tape) <= MOST_RECORDS else None
    except Exception as failure:  # a notebook must show the rest of its cell
        return {"text/plain": f"{source!r}: {failure}"}
    if drawing is None:
        return {"text/plain": repr(source)}
    shown = drawing._repr_mimebundle_(include, exclude)
    return {**shown, "text/plain": repr(source)} if "text/plain" in shown else shown
