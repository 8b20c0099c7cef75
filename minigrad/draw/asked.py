"""What ``draw`` was asked for: settings checked, and what a lecturer adds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

import numpy as np

from ..errors import ArgumentError, MisuseError

if TYPE_CHECKING:
    from ..engine.tape import Tape
    from ..statements import Statement
    from .reading.reading import Reading
    from .scene import Scene
    from .theme import Theme


_PLAIN: dict[str, Any] = {"view": "unfolded", "lane": True, "memory": True, "compact": False}
_PLAIN |= {"legend": True, "panel": True}  # what `draw` does without a setting; of the others it is None


def check_source(name: str, source: Any, otherwise: str) -> None:
    """Check that a function of that name was given a tape or a window.

    Raises:
        TypeError: it was not, and what else the function takes.
    """
    if not hasattr(getattr(source, "tape", source), "records"):
        raise MisuseError(
            f"{name}() takes a Tape or a Window of truncated_bptt, or {otherwise}, not {type(source).__name__}"
        )


def check_for_cell(**settings: Any) -> None:
    """Check that nothing was set that is about a tape.

    Raises:
        TypeError: something was.
    """
    given = []
    for name, value in settings.items():
        plain = _PLAIN.get(name)
        if value is not plain and not (isinstance(value, str) and value == plain):
            given.append(f"{name}=...")
    if given:
        raise MisuseError(
            f"draw(cell, {', '.join(given)}): only title and theme are about a cell, of which one step is drawn; "
            "record several on a tape, and draw that"
        )


def checked(view: Any, steps: Any, show: Any, lane: Any, **switches: Any) -> Collection[str]:
    """What is shown, after a look at what can be wrong without the tape.

    Raises:
        TypeError, ValueError: a setting is of another kind, unknown, or not to be seen in the view.
    """
    from .layout.boxes import SHOWABLE
    from .reading.reading import SHOWN

    if view not in ("unfolded", "folded", "both"):
        raise ArgumentError(f"draw(view={view!r}): use 'unfolded', 'folded' or 'both'")
    if not (steps is None or isinstance(steps, (slice, Iterable))) or isinstance(steps, (str, bytes)):
        raise MisuseError(f"draw(steps={steps!r}): give a slice, a range or a list of step numbers")
    if isinstance(steps, slice):
        _check_slice(steps)
    if not isinstance(lane, (int, np.integer)):
        raise MisuseError(f"draw(lane={lane!r}): give the number of a walk, or False for no lane")
    if view == "folded" and steps is not None:
        raise ArgumentError(
            f"draw(view='folded', steps={steps!r}): one folded step stands for all of them; use view='both' or "
            "'unfolded' to choose some"
        )
    if view == "folded" and not isinstance(lane, bool):
        raise ArgumentError(
            f"draw(view='folded', lane={lane!r}): one folded step stands for many, so it has no gradients of a walk; "
            "use view='both' or 'unfolded'"
        )
    for name, each in switches.items():
        if not isinstance(each, bool):
            raise MisuseError(f"draw({name}={each!r}): use True or False")
    if show is None:
        return SHOWN
    words = ", ".join(sorted(SHOWABLE))
    if isinstance(show, str) or not isinstance(show, Collection):
        raise MisuseError(f"draw(show={show!r}): give a set of words, of {words}")
    if not set(show) <= SHOWABLE:
        raise ArgumentError(f"draw(show={show!r}): use any of {words}")
    of_steps = sorted({"value", "bytes"} & set(show))
    if view == "folded" and of_steps:
        raise ArgumentError(
            f"draw(view='folded', show={show!r}): one folded step stands for many, so it has no {of_steps[0]}; use "
            "view='both' or 'unfolded'"
        )
    return show


def _check_slice(steps: slice) -> None:
    for bound in (steps.start, steps.stop, steps.step):
        if not (bound is None or isinstance(bound, SupportsIndex)):
            raise MisuseError(f"draw(steps={steps!r}): the bounds of a slice are numbers of steps, not {bound!r}")
    if steps.step is not None and index(steps.step) < 1:
        raise ArgumentError(f"draw(steps={steps!r}): steps are shown in the order of time; use a step of 1 or more")


class Added(NamedTuple):
    """What a lecturer added: what it claims, and how it reads below a picture of characters."""

    statements: tuple[Statement, ...] = ()
    lines: tuple[str, ...] = ()


def annotated(scene: Scene, reading: Reading, notes: Any, highlight: Any, view: str) -> Added:
    """Add what a lecturer wants to be seen."""
    from .layout.callouts import add_highlight, add_notes, anchor_of_id, anchor_of_step
    from .reading.highlight import find_highlight
    from .reading.subjects import find_id
    from .subscripts import plain
    from .text import clean

    if (notes or highlight is not None) and view != "unfolded":
        raise ArgumentError(f"draw(view={view!r}): notes and highlight belong to steps, which view='unfolded' shows")
    if not (notes is None or isinstance(notes, Mapping)):
        raise MisuseError(f"draw(notes={notes!r}): give a dict from steps, tensors or names to what is said of them")
    anchors, lines = [], []
    for subject, note in (notes or {}).items():
        step = isinstance(subject, int)
        i = 0 if step else find_id(reading, "notes", subject)
        anchor = anchor_of_step(scene, subject) if step else anchor_of_id(scene, i)
        if anchor is None:
            what = f"step {subject}" if step else "what a note is about"
            raise ArgumentError(f"draw(notes=...): {what} is not shown; choose the steps with steps=")
        anchors.append((anchor, str(note)))
        lines.append(f"{f't = {subject}' if step else plain(reading.names.result(i))}: {clean(note)}")
    statements: list[Statement] = []
    if highlight is not None:
        if not isinstance(highlight, (tuple, list)) or len(highlight) != 2:
            raise MisuseError(f"draw(highlight={highlight!r}): give (source, target)")
        found = find_highlight(reading, *highlight)
        add_highlight(scene, reading, found)
        statements += found.statements()
        lines.append(plain(found.words(reading)))
    if anchors:
        add_notes(scene, anchors)
    return Added(tuple(statements), tuple(lines))


def theme_of(name: str, theme: Any) -> Theme:
    """The theme that a function of that name was given, perhaps by its own name.

    Raises:
        TypeError: it is none.
        ValueError: there is none of that name.
    """
    from .theme import THEMES, Theme

    if isinstance(theme, Theme):
        return theme
    if isinstance(theme, str) and theme in THEMES:
        return THEMES[theme]
    kind = ArgumentError if isinstance(theme, str) else MisuseError
    raise kind(f"{name}(theme={theme!r}): use one of {', '.join(THEMES)}, or a Theme")


def checked_depth(depth: Any, tape: Tape, compact: bool) -> int:
    """How deep to look into modules.

    Raises:
        TypeError, ValueError: it is no such number, the tape does not know its modules, or cells are asked for too.
    """
    if not isinstance(depth, int) or isinstance(depth, bool) or depth < 1:
        kind = ArgumentError if type(depth) is int else MisuseError
        raise kind(f"draw(depth={depth!r}): use 1 for a box a module, 2 to open those, and so on, or None")
    if compact:
        raise ArgumentError("draw(depth=..., compact=True): boxes are modules or cells; give one of both")
    if not tape.inspect:
        raise ArgumentError(
            f"draw(depth={depth}): this tape does not know its modules; record it with Tape(inspect=True), or with "
            "truncated_bptt(..., inspect=True)"
        )
    return depth
