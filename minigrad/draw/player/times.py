"""When what happened is told: the frames of a story, for whatever asks about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..graph.model import Graph


@dataclass(slots=True)
class Times:
    """The numbers of frames.

    Attributes:
        graph: what was recorded, with a node for every record.
        recorded: in which each record is told, by id; of hidden records that of their gap.
        pulled: in which a walk goes back through a record, by the number of the walk and the id.
        begun, done: the first and the last frame of each walk.
        cuts: of each cut, by its number.
        last: the last frame.
    """

    graph: Graph
    recorded: dict[int, int] = field(default_factory=dict)
    pulled: dict[tuple[int, int], int] = field(default_factory=dict)
    begun: dict[int, int] = field(default_factory=dict)
    done: dict[int, int] = field(default_factory=dict)
    cuts: dict[int, int] = field(default_factory=dict)
    last: int = 0

    def first(self, ids: Iterable[int]) -> int | None:
        """When the first of some records is told."""
        return min((self.recorded[i] for i in ids if i in self.recorded), default=None)

    def all(self, ids: Iterable[int]) -> int | None:
        """When the last of some records is told."""
        return max((self.recorded[i] for i in ids if i in self.recorded), default=None)

    def arrived(self, walk: int, i: int) -> int:
        """When the whole cotangent of an id has arrived in a walk."""
        found = self.pulled.get((walk, i))
        if found is None:
            uses = (self.pulled.get((walk, use.target)) for use in self.graph.uses.get(i, ()))
            found = max((at for at in uses if at is not None), default=None)
        return self.finished(walk) if found is None else found

    def started(self, walk: int) -> int:
        """When a walk starts."""
        return self.begun.get(walk, self.last)

    def finished(self, walk: int) -> int:
        """When a walk is done."""
        return self.done.get(walk, self.last)

    def cut(self, number: int) -> int:
        """When a cut is made; those that were forgotten came before the start."""
        return 0 if number <= self.graph.forgotten else self.cuts.get(number, self.last)
