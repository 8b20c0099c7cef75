"""Charts: pictures of numbers about a tape, each from the same reading as the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, MisuseError
from .asked import theme_of
from .drawing import Drawing
from .write.failure import DrawingError

if TYPE_CHECKING:
    from ..bptt.lags import Lags
    from ..statements import Statement
    from .graph.model import Graph, Source
    from .graph.one_step import OneStep
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


class CellDrawing(Drawing):
    """A picture of one step of a recurrence, of which it also says which part of the state became which."""

    def __init__(self, reading: Reading, scene: Scene, one: OneStep) -> None:
        super().__init__(reading, scene)
        self._one = one

    def statements(self) -> list[Statement]:
        """All that the picture claims, each a value that can be checked: see ``docs/statements.md``."""
        from ..statements import Statement

        ends = [(each.name, each.before, each.after) for each in self._one.states]
        return [*super().statements(), *(Statement("next", (i, k), name) for name, i, k in ends if k is not None)]


def cell(
    step: Callable[..., Any], inputs: Any, state: Any, *, title: str | None = None, theme: Theme | str = "light"
) -> Drawing:
    """Draw one step of a recurrence: what is carried on as a line from left to right, the gates side by side.

    The step is run once on a tape of its own, with copies of what is given, and the picture shows what that recorded.

    Args:
        step: takes inputs and a state, and returns the next state, or a pair of anything and the next state, as the
            steps of ``truncated_bptt``; a cell is one.
        inputs: an example of its inputs: a tensor, or a tuple, list or dict with some.
        state: an example of its state, in the same way.
        title: the heading; "" for none.
        theme: as for ``draw``.

    Raises:
        TypeError: the step is no function, or returns no state like the one that it took.
        ValueError: it recorded nothing, or more than 150 operations.
    """
    from .graph.model import Graph
    from .graph.one_step import record_step
    from .graph.steps import with_marked_steps
    from .layout.conveyor import place_cell
    from .reading.description import description
    from .reading.reading import Reading

    colours = theme_of("cell", theme)
    called = getattr(step, "__name__", type(step).__name__)
    one = record_step(step, inputs, state, "step" if called == "<lambda>" else called)
    reading = Reading(with_marked_steps(Graph(one.tape)), show=("op", "name", "shape"))
    scene = place_cell(reading, one, colours, title)
    drawing = CellDrawing(reading, scene, one)
    scene.description = description(drawing.statements())
    return drawing


def _reading(name: str, source: Any, *, steps: bool = True) -> Reading:
    """What is said of an inspected tape; without marks its steps are found by what repeats, if it needs some."""
    from .graph.model import Graph, in_loop
    from .graph.periods import with_found_steps
    from .graph.steps import with_marked_steps
    from .reading.reading import Reading

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
