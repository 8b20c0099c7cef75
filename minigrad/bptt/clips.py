"""Notes of clipping: what the body of a loop does to the gradients of its window."""

from __future__ import annotations

from collections.abc import Iterator

from ..engine.watch import Watcher, of_loops
from ..watchers.clipping import Clip, ValueClip
from .window import Window


def noting_clips(window: Window, keys: frozenset[int] = frozenset()) -> Iterator[Window]:
    """Yield the window; while the loop body runs, note in it each clipping of its gradients.

    Args:
        window: which has a tape, by whose key the parameters know it.
        keys: the keys by which they know it in its place, where a program computed the gradients.
    """
    taken = keys or {window.tape._key}
    for key in taken:
        of_loops[key] = _ClipNotes(window)
    try:
        yield window
    finally:
        for key in taken:
            del of_loops[key]


class _ClipNotes(Watcher):
    def __init__(self, window: Window) -> None:
        self._clips = window.clips

    def clipped(self, clip: Clip | ValueClip) -> None:
        self._clips.append(clip)
