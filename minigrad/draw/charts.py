"""Charts: pictures of numbers about a tape, each from the same reading as the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, MisuseError
from .drawing import Drawing, theme_of
from .write.failure import DrawingError

if TYPE_CHECKING:
    from ..bptt.lags import Lags
    from ..statements import Statement
    from .graph.model import Graph, Source
    from .reading.reading import Reading
    from .scene import Scene
    from .theme import Theme
    from .write.film import Moment


class Chart(Drawing):
    """A picture of numbers. It is written like any other one, but tells no story: there is no player and no film.

    Args:
        scene: the picture.
        statements: what it claims.
        text: makes the same of characters, in so many columns.

    Attributes:
        scene: everything in the picture with its position.
    """

    def __init__(self, scene: Scene, statements: Iterable[Statement], text: Callable[[int], str]) -> None:
        from .reading.description import description

        self.scene = scene
        self._statements = list(statements)
        self._text = text
        scene.description = description(self._statements)

    def statements(self) -> list[Statement]:
        """All that the picture claims, each a value that can be checked: see ``docs/statements.md``."""
        return list(self._statements)

    def text(self, width: int | None = None) -> str:
        """The same of characters, for a terminal.

        Args:
            width: in characters, by default that of the terminal.
        """
        from shutil import get_terminal_size

        return self._text(width or get_terminal_size((100, 24)).columns)

    def html(self) -> str:
        """A chart has no player.

        Raises:
            DrawingError: always.
        """
        raise DrawingError(f"{self.scene.title!r} is a chart, which has no player; save it as .svg, or draw the tape")

    def _moments(self) -> list[Moment]:
        raise DrawingError(f"{self.scene.title!r} is a chart, which has no moments; save it as .svg, or draw the tape")


def flow(
    source: Source | Lags,
    *,
    state: str | None = None,
    k: int | tuple[int, int] | None = None,
    title: str | None = None,
    theme: Theme | str = "light",
) -> Drawing:
    """Draw how far the gradient reaches back: a heat map by step and lag, or of ``Lags`` by lag.

    A cell is ``‖∂ℓ_t/∂h_{t−j}‖``, the derivative of the loss of step t by the state j steps before, over what the tape
    held when a walk first counted that loss. It is found by one more reverse pass for each loss, also where a walk has
    freed the residuals. Of more than 200 steps the last 200 are shown.

    Args:
        source: a tape with ``inspect=True`` after its walks, a window of one, or the ``Lags`` that were measured.
        state: of a tape the name of one state; by default up to four, each with a panel of its own.
        k: of ``Lags`` also draw the weights ``w(j)`` of windows of k steps, or of (k1, k2).
        title: the heading; "" for none.
        theme: as for ``draw``.

    Raises:
        TypeError: ``source`` is none of these, or a setting does not fit it.
        ValueError: the tape was not inspected, has no steps, no state or no loss that a walk counted, there is no state
            of that name, or what a derivative needs was freed and is kept nowhere.
    """
    from ..bptt.lags import Lags
    from .uncollected import uncollected

    colours = theme_of("flow", theme)
    if isinstance(source, Lags):
        if state is not None:
            raise MisuseError("flow(state=...): Lags say nothing of single states")
        from .layout.lag_rows import place_lags
        from .reading.lag_rows import lag_rows
        from .write.heat_text import lags_text

        rows = lag_rows(source, k)
        scene = place_lags(rows, colours, title)
        return Chart(scene, rows.statements(), lambda width: lags_text(rows, scene.title, width))
    if k is not None:
        raise MisuseError("flow(k=...): weights of lags are drawn with Lags; a tape shows its own windows")
    from .layout.heat import place_flow
    from .reading.flow import find_flow
    from .write.heat_text import flow_text

    with uncollected():
        found = find_flow(_reading("flow", source), state)
        scene = place_flow(found, colours, title)
    return Chart(scene, found.statements(), lambda width: flow_text(found, scene.title, width))


def memory(source: Source, *, title: str | None = None, theme: Theme | str = "light") -> Drawing:
    """Draw the bytes that a tape kept over a run, record by record, with its walks and cuts.

    A bar is what the records up to there kept alive, measured when the next walk or cut came, or now. A walk frees what
    it went over, a cut drops what is older: the saw-tooth of truncation. Of many records a bar stands for several, of
    very many walks and cuts the last ones are shown. The values that an inspected tape keeps to be drawn do not count;
    what ``mg.checkpoint`` would save does, as it saves nothing on an inspected tape.

    Args:
        source: a tape with ``inspect=True``, or a window of one.
        title: the heading; "" for none.
        theme: as for ``draw``.

    Raises:
        TypeError: ``source`` is neither a tape nor a window.
        ValueError: the tape was not inspected.
    """
    from .layout.bars import place_bars
    from .reading.kept_bytes import find_kept_bytes
    from .uncollected import uncollected
    from .write.bars_text import bars_text

    colours = theme_of("memory", theme)
    with uncollected():
        kept = find_kept_bytes(_reading("memory", source, steps=False))
        scene = place_bars(kept, colours, title)
    return Chart(scene, kept.statements(), lambda width: bars_text(kept, scene.title, width))


def _reading(name: str, source: Any, *, steps: bool = True) -> Reading:
    """What is said of an inspected tape; without marks its steps are found by what repeats, if it needs some."""
    from .graph.model import Graph
    from .graph.periods import with_found_steps
    from .graph.steps import with_marked_steps
    from .reading.reading import Reading
    from .reading.view import in_loop

    tape = getattr(source, "tape", source)
    if not hasattr(tape, "records"):
        raise MisuseError(f"{name}() takes a Tape or a Window of truncated_bptt, not {type(source).__name__}")
    if not tape.inspect:
        raise ArgumentError(
            f"{name}(): this tape keeps no values; record it with Tape(inspect=True), or with truncated_bptt(..., "
            "inspect=True)"
        )
    graph: Graph = with_found_steps(with_marked_steps(Graph(source)))
    if steps and not any(in_loop(key) for key in graph.columns):
        raise ArgumentError(f"{name}(): this tape has no steps; call tape.mark() where each of them begins")
    return Reading(graph)
