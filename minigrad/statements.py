"""Statements: what a picture, a player, a text or ``window.explain()`` claims, as data that can be checked."""

from __future__ import annotations

from typing import Any, NamedTuple


class Statement(NamedTuple):
    """One claim about a tape.

    Attributes:
        kind: what is claimed; ``docs/statements.md`` lists the kinds.
        ids: what it is claimed of: ids on the tape, in the order that the kind says.
        said: the number or the words, or a tuple of them.
        walk: the number of the backward walk that it belongs to, from 1; 0 for none.
        cut: the number of the cut that it belongs to, from 1; 0 for none.
    """

    kind: str
    ids: tuple[int, ...] = ()
    said: Any = None
    walk: int = 0
    cut: int = 0
