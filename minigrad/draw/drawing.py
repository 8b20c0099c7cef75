"""Drawings: what ``draw`` returns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MisuseError
from ..storage.atomic import write_whole
from .asked import Added, annotated, check_for_cell, check_source, checked, checked_depth, theme_of
from .write.failure import DrawingError

# Whoever only computes should not wait for what draws: the rest of the package is imported at its first use.
if TYPE_CHECKING:
    from ..engine.tensor import Tensor
    from ..nn.cells import Cell
    from ..statements import Statement
    from .graph.model import Graph, Source
    from .layout.place import Folding
    from .player.story import Story
    from .reading.reading import Reading
    from .reading.view import Steps
    from .scene import Scene
    from .theme import Theme
    from .write.film import Moment

__all__ = ["Drawing", "DrawingError", "draw", "draw_diff"]


class Drawing:
    """A picture of a tape as it was when ``draw`` was called. Notebooks show it.

    Attributes:
        graph: the graph model that was drawn.
        scene: everything in the picture with its position.
    """

    def __init__(
        self,
        reading: Reading,
        scene: Scene,
        steps: Steps = None,
        added: Added | None = None,
        *,
        view: Folding = "unfolded",
        panel: bool = True,
    ) -> None:
        from .player.seen import Seen

        self.graph: Graph = reading.graph
        self.scene = scene
        self._reading = reading
        self._steps = steps
        self._added = added or Added()
        self._view = view
        self._panel = panel
        self._seen = Seen(reading, scene)

    def svg(self) -> str:
        """The picture as SVG text, written without any other program."""
        from .write.svg import to_svg

        return to_svg(self.scene)

    def to_dot(self) -> str:
        """The picture as DOT text with pinned positions, for Graphviz."""
        from .write.dot import to_dot

        return to_dot(self.scene)

    def tex(self) -> str:
        """The picture as a LaTeX document in TikZ, whose labels, colours and positions can be edited.

        Raises:
            DrawingError: the picture is longer than LaTeX can measure: 5.6 metres.
        """
        from .write.tex import to_document

        return to_document(self.scene)

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as a PNG, painted by resvg (``pip install "minigrad[image]"``), else by Graphviz.

        Args:
            scale: pixels per point.

        Raises:
            DrawingError: neither is installed, no font is found, or the picture would be too large.
        """
        return self.encoded("png", scale=scale)

    def html(self) -> str:
        """One page that plays the recording and the backward walks, step by step. It loads nothing."""
        from .player.html_page import to_html

        return to_html(self._story(), self._seen.about)

    def statements(self) -> list[Statement]:
        """All that the picture claims, each a value that can be checked: see ``docs/statements.md``."""
        from .reading.statements import statements_of

        return [*statements_of(self._reading), *self._added.statements]

    def with_claims(self, claims: Iterable[Statement]) -> Drawing:
        """The same drawing, which also claims what somebody painted into its scene."""
        added = self._added._replace(statements=(*self._added.statements, *claims))
        return Drawing(self._reading, self.scene, self._steps, added, view=self._view, panel=self._panel)

    def text(self, width: int | None = None) -> str:
        """The picture in box characters, for a terminal: numbers as they are now.

        There are values and norms of gradients, and no bytes, dtypes, arrays, colours or legend.

        Args:
            width: in characters, by default that of the terminal; steps that do not fit are left out.
        """
        from shutil import get_terminal_size

        from .write.folded_text import to_folded_text
        from .write.text_view import to_text

        reading, title, panel = self._reading, self.scene.title, self._panel
        room = width or get_terminal_size((100, 24)).columns
        if self._view == "unfolded" or not reading.view.loops:
            return to_text(reading, title, self._steps, room, panel=panel, below=self._added.lines)
        folded = to_folded_text(reading, title, room, panel=panel and self._view == "folded")
        return (
            folded if self._view == "folded" else f"{folded}\n\n{to_text(reading, '', self._steps, room, panel=panel)}"
        )

    def save(
        self, path: str | Path, *, scale: float | None = None, seconds: float = 1.0, timeout: float = 60.0
    ) -> Path:
        """Write the picture to a file, in the format that its suffix names.

        ``.svg``, ``.html`` (the player), ``.dot`` or ``.gv`` and ``.tex`` need nothing else. ``.png`` needs resvg
        (``pip install "minigrad[image]"``) or Graphviz; ``.pdf`` needs librsvg's ``rsvg-convert`` or Graphviz;
        ``.gif``, a film of the recording and the walks, needs ``minigrad[image]``. A film has 200 moments at most: of
        a longer story it shows several that follow each other as one, and their numbers.

        Args:
            path: the file, which appears whole or not at all.
            scale: pixels per point of .png and .gif; by default 2, and 1 for .gif.
            seconds: for each moment of .gif.
            timeout: the seconds that another program may take.

        Returns:
            The path.

        Raises:
            DrawingError: another suffix, what the format needs is missing, fails or takes longer, no font is found, or
                the picture is too large for the format.
            OSError: the file cannot be written.
        """
        from .write.files import kind_of

        path = Path(path)
        encoded = self.encoded(kind_of(path), scale=scale, seconds=seconds, timeout=timeout)
        write_whole(path, encoded)
        return path

    def encoded(self, kind: str, *, scale: float | None = None, seconds: float = 1.0, timeout: float = 60.0) -> bytes:
        """What ``save`` writes to a file.

        Args:
            kind: the suffix, such as ``"png"``.
            scale: as in ``save``.
            seconds: as in ``save``.
            timeout: as in ``save``.

        Raises:
            DrawingError: as in ``save``.
        """
        from .write.files import content

        kind = kind.lower().removeprefix(".")
        return content(kind, self.scene, self.html, self._film, scale=scale, seconds=seconds, timeout=timeout)

    def frames(self, folder: str | Path, *, scale: float = 2.0) -> list[Path]:
        """Write a PNG for each moment of the recording and of the walks: ``0001.png``, ``0002.png`` and so on.

        What is not yet recorded is not there; what is just recorded, and where the gradient goes, is painted strongly.
        There are 200 moments at most, as in a ``.gif``.

        Args:
            folder: that is made if it is not there, and must hold no other numbered pictures.
            scale: pixels per point.

        Returns:
            The paths, in order.

        Raises:
            DrawingError: resvg is not installed (``pip install "minigrad[image]"``), no font is found, the pictures
                would be too large, or the folder holds pictures of something longer.
            OSError: the folder or a picture cannot be written.
        """
        from .write.gif import write_frames

        return write_frames(Path(folder), *self._film(), scale)

    def _story(self) -> Story:
        from .player.story import Story

        return Story(self._reading, self.scene, self._seen)

    def _film(self) -> tuple[Scene, list[Moment]]:
        """The scene of a film, and its moments."""
        from .player.moments import moments

        story = self._story()
        return story.scene, moments(story)

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


def draw(
    source: Source | Cell,
    *,
    view: Folding = "unfolded",
    steps: Steps = None,
    depth: int | None = None,
    show: Collection[str] | None = None,
    notes: Mapping[int | str | Tensor, str] | None = None,
    highlight: tuple[Tensor | str, Tensor | str] | None = None,
    lane: int | bool = True,
    memory: bool = True,
    compact: bool = False,
    width: float | str | None = None,
    font: float | str | None = None,
    legend: bool = True,
    panel: bool = True,
    title: str | None = None,
    theme: Theme | str = "light",
) -> Drawing:
    """Draw a tape, or a window of ``truncated_bptt``: columns are time steps, rows are operations; or a recurrent cell.

    What is drawn is the state of the tape at the time of the call. Values, gradients of intermediate
    results, and windows before a cut are there if the tape was made with ``inspect=True``.

    Args:
        source: the tape or the window; or a cell such as ``nn.LSTMCell``, of which one step is recorded, see
            ``draw.cell``.
        view: ``"unfolded"``, one column for each step; ``"folded"``, one column that stands for all of
            them, with a delay at what is carried on; or ``"both"``. Without marks the steps of these two are
            found by what repeats on the tape.
        steps: the steps to show, as a range, a slice of step numbers, or any iterable of them. Without
            it more than 12 columns lose their middle, and the picture says how many.
        depth: how deep to look into modules: 1 makes each of them one box, 2 opens it and makes the modules inside
            boxes, and so on. Without it every operation is drawn.
        show: what is said about operations, of ``"op"``, ``"name"``, ``"shape"``, ``"dtype"``, ``"value"``,
            ``"grad"`` and ``"bytes"``. A few numbers are written out, more become a heat map, very many a
            histogram. Without it every box says what fits its role. A folded step stands for many values, so
            ``"value"`` and ``"bytes"`` need the steps.
        notes: by the number of a step, or by a tensor or its name on the tape or in the picture (``"h3"``), what is to
            be said about it: a number stands there, and the note below the picture.
        highlight: (source, target), tensors or names: paint a way by which the derivative of the target flows to the
            source, of several the one on which states are carried on most often, and of these the shortest. Below the
            picture stand how many there are and, of scalars, the product of the local derivatives.
        lane: the walk whose gradients are shown, by its number; by default the newest one, and older ones that went
            over other records. ``False`` leaves the lane below the steps out.
        memory: whether the bytes that each step keeps are shown.
        compact: one box for each cell and step: what computes states that need each other, and one for each loss.
        width: print the picture so wide: a number of pixels, or text such as ``"12cm"`` with px, pt, mm, cm or in. What
            is wider is broken into rows, at the borders of windows if it can be.
        font: the size of the smallest letters, in points, or text with a unit; 6 points if a width is given.
        legend: whether there is a legend.
        panel: whether there is a panel of parameters.
        title: the heading; "" for none.
        theme: the colours: ``"light"``, ``"dark"``, ``"print"``, which also works without colour, or a ``Theme`` of
            your own.

    Raises:
        TypeError: ``source`` is neither a tape nor a window, or a setting is of another kind than those above.
        ValueError: another ``view``, an unknown theme, an unknown word in ``show`` or one that the view cannot show,
            none of ``steps`` is there or the tape has no steps, one folded step for which ``steps`` or a ``lane`` is
            chosen, a ``depth`` below 1 or of a tape that was not inspected, a ``lane`` that is no
            walk, ``compact`` without steps, no length, or one at which nothing legible has room.
    """
    from ..nn.cells import Cell
    from .charts import cell
    from .graph.cells import with_cells
    from .graph.collapse import collapse
    from .graph.model import Graph
    from .graph.one_step import example_of
    from .graph.periods import with_found_steps
    from .graph.steps import with_marked_steps
    from .layout.page import page_of
    from .layout.place import FEWEST, WIDEST, place
    from .reading.description import description
    from .reading.reading import Reading
    from .reading.statements import statements_in_words
    from .uncollected import uncollected

    if isinstance(source, Cell):
        of_tapes = {"view": view, "steps": steps, "depth": depth, "show": show, "notes": notes, "highlight": highlight}
        page_like = {"compact": compact, "width": width, "font": font, "legend": legend, "panel": panel}
        check_for_cell(**of_tapes, lane=lane, memory=memory, **page_like)
        return cell(source, *example_of(source), title=title, theme=theme)
    check_source("draw", source, "a recurrent cell")
    colours = theme_of("draw", theme)
    shown = checked(view, steps, show, lane, memory=memory, compact=compact, legend=legend, panel=panel)
    page = page_of(width, font, legend=legend, panel=panel)
    with uncollected():
        graph = Graph(source)
        if depth is not None:
            graph = collapse(graph, checked_depth(depth, graph.tape, compact))
        graph = with_marked_steps(graph)
        if view != "unfolded" or compact:
            graph = with_found_steps(graph)
        cells = with_cells(graph) if compact else None
        graph, unfolded = cells.graph if cells else graph, view != "folded"
        reading = Reading(graph, cells=cells, steps=steps, unfolded=unfolded, show=shown, lane=lane, memory=memory)
        scene = place(reading, colours, title=title, fold=view, page=page)
        fitting = max(FEWEST, int(len(reading.view.columns) * WIDEST / max(scene.width, 1.0)))
        if steps is None and page.width is None and fitting < len(reading.view.columns):
            reading.show_at_most(fitting)
            scene = place(reading, colours, title=title, fold=view, page=page)
        added = annotated(scene, reading, notes, highlight, view)
        scene.description = description([*statements_in_words(reading), *added.statements])
        return Drawing(reading, scene, steps, added, view=view, panel=panel)


def draw_diff(before: Drawing | Source, after: Drawing | Source, *, title: str | None = None) -> Drawing:
    """Draw two states of a tape above each other: what left it is dashed above, what is new is framed below.

    A tape changes, so draw it before it does:

        before = mg.draw(tape)
        tape.cut()
        mg.draw_diff(before, tape).save("cut.svg")

    Args:
        before: a drawing made before, or another tape or window.
        after: a drawing, a tape or a window.
        title: the heading; "" for none.

    Raises:
        TypeError: what is given is no drawing, tape or window.
    """
    from .charts import Chart
    from .difference import difference

    if isinstance(before, Chart) or isinstance(after, Chart):
        raise MisuseError("draw_diff() compares pictures of tapes; a chart is a picture of numbers")
    for each in (before, after):
        if not isinstance(each, Drawing):
            check_source("draw_diff", each, "a Drawing of one")
    themes = [each.scene.theme for each in (before, after) if isinstance(each, Drawing)]
    theme: Theme | str = themes[0] if themes else "light"
    depths = [each.graph.depth for each in (before, after) if isinstance(each, Drawing)]
    depth = depths[0] if depths else None
    first, second = (
        each if isinstance(each, Drawing) else draw(each, theme=theme, depth=depth) for each in (before, after)
    )
    return Drawing(second._reading, difference(first, second, title))


draw.diff = draw_diff  # type: ignore[attr-defined]  # `mg.draw.diff`, beside `mg.draw_diff`
