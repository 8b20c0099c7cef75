"""The moments of a story for a film: the only place that knows both."""

from __future__ import annotations

from ..write.film import Moment, numbered, spans
from .frames import BACK
from .story import Story


def moments(story: Story) -> list[Moment]:
    """For each picture of a film of the story what is there, what it happens to, and what receives a gradient."""
    found = []
    for span in spans([frame.kind in BACK for frame in story.frames]):
        frames = [story.frames[place] for place in span]
        visible = frozenset(part for part in story.appears if story.there(part, span[-1]))
        boxes = {name for frame in frames for name in frame.boxes}
        receives = {name for frame in frames for name in frame.receives}
        found.append(
            Moment(
                numbered(span, len(story.frames), [frame.title for frame in frames]),
                visible,
                visible & boxes,
                visible & receives,
                backward=frames[0].kind in BACK,
            )
        )
    return found
