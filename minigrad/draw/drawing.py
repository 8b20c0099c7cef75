"""Drawings: what ``draw`` returns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import MinigradError
from .dot import to_dot
from .model import Graph, Source
from .place import place
from .scene import Scene
from .svg import to_svg
from .theme import LIGHT, Theme
from .view import Steps

_BY_GRAPHVIZ = ("png", "pdf")
_INSTALL = "`apt install graphviz` (Linux), `brew install graphviz` (macOS) or `winget install graphviz` (Windows)"


class DrawingError(MinigradError):
    """A drawing cannot be written, because a program is missing or the format is unknown."""


class Drawing:
    """A picture of a tape as it was when ``draw`` was called. Notebooks show it.

    Attributes:
        graph: the graph model that was drawn.
        scene: everything in the picture with its position.
    """

    def __init__(self, graph: Graph, scene: Scene) -> None:
        self.graph = graph
        self.scene = scene

    def svg(self) -> str:
        """The picture as SVG text, written without any other program."""
        return to_svg(self.scene)

    def to_dot(self) -> str:
        """The picture as DOT text with pinned positions, for Graphviz."""
        return to_dot(self.scene)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file; the suffix decides: .svg, .dot or .gv, .png, .pdf.

        Returns:
            The path.

        Raises:
            DrawingError: another suffix, or Graphviz' ``dot`` is needed and not installed.
        """
        path = Path(path)
        kind = path.suffix.lower().removeprefix(".")
        if kind == "svg":
            path.write_text(self.svg(), encoding="utf-8")
        elif kind in ("dot", "gv"):
            path.write_text(self.to_dot(), encoding="utf-8")
        elif kind in _BY_GRAPHVIZ:
            path.write_bytes(self._rendered(kind))
        else:
            raise DrawingError(f"save({str(path)!r}): the suffix must be .svg, .dot, .gv, .png or .pdf")
        return path

    def _rendered(self, kind: str) -> bytes:
        import graphviz

        source = graphviz.Source(self.to_dot(), engine="dot", encoding="utf-8")
        try:
            image: bytes = source.pipe(format=kind, quiet=True)
        except graphviz.ExecutableNotFound:
            raise DrawingError(
                f"writing .{kind} needs Graphviz' `dot`, which is not installed: {_INSTALL}; .svg and .dot need nothing"
            ) from None
        except graphviz.CalledProcessError as failure:
            raise DrawingError(f"Graphviz' `dot` failed to write .{kind}: {failure}") from failure
        return image

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows. Needs no other program and never raises."""
        bundle = {"text/plain": repr(self)}
        try:
            bundle["image/svg+xml"] = self.svg()
        except Exception as failure:  # a notebook must show the rest of its cell
            bundle["text/plain"] = f"{self!r}: {failure}"
        if include:
            bundle = {kind: text for kind, text in bundle.items() if kind in include}
        return {kind: text for kind, text in bundle.items() if kind not in (exclude or ())}

    def __repr__(self) -> str:
        return f"<Drawing: {self.scene.title}>"


def draw(source: Source, *, steps: Steps = None, title: str | None = None, theme: Theme = LIGHT) -> Drawing:
    """Draw a tape, or a window of ``truncated_bptt``: columns are time steps, rows are operations.

    What is drawn is the state of the tape at the time of the call. Values, gradients of intermediate
    results, and windows before a cut are there if the tape was made with ``inspect=True``.

    Args:
        source: the tape or the window.
        steps: the steps to show, as a range, a slice of step numbers, or any iterable of them. Without
            it more than 12 columns lose their middle, and the picture says how many.
        title: the heading; "" for none.
        theme: the colours.

    Raises:
        TypeError: ``source`` is neither a tape nor a window.
    """
    if not hasattr(getattr(source, "tape", source), "records"):
        raise TypeError(f"draw() takes a Tape or a Window of truncated_bptt, not {type(source).__name__}")
    graph = Graph(source)
    return Drawing(graph, place(graph, theme, steps=steps, title=title))
