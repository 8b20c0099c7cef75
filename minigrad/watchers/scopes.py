"""Scopes: names for stretches of a tape, so that a drawing can show each as one box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..engine.context import active_tape
from ..engine.record import Scope


@contextmanager
def scope(title: str) -> Iterator[None]:
    """Name what this block records; ``draw(tape, depth=...)`` can show it as one box.

    The call of a module is such a scope by itself. Only a tape that is inspected keeps them.

    >>> import minigrad as mg
    >>> with mg.Tape(inspect=True) as tape:
    ...     with mg.scope("energy"):
    ...         y = mg.parameter(3.0) * 2.0
    >>> tape.scopes
    [Scope(title='energy', first=0, end=2)]

    Args:
        title: what to call it. Scopes may be nested.
    """
    tape = active_tape.get()
    if tape is None or not tape.watchers:
        yield
        return
    first = tape._next_id
    try:
        yield
    finally:
        for watcher in tape.watchers:
            watcher.scoped(tape, Scope(title, first, tape._next_id))
