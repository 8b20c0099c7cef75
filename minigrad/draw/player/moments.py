"""The moments of a story for a film: the only place that knows both."""

from __future__ import annotations

from ..scene import Scene
from ..write.film import Moment, numbered, spans
from .story import Story

_BACK = ("walk", "pull", "skip", "done")


def moments(story: Story, scene: Scene) -> list[Moment]:
    """For each picture of a film of the story what is there, what it happens to, and what receives a gradient."""
    appears = _appearances(story, scene)
    found = []
    for span in spans([frame.kind in _BACK for frame in story.frames]):
        frames = [story.frames[place] for place in span]
        visible = frozenset(name for name, first in appears.items() if first <= span[-1])
        boxes = {name for frame in frames for name in frame.boxes}
        receives = {name for frame in frames for name in frame.receives}
        found.append(
            Moment(
                numbered(span, len(story.frames), [frame.title for frame in frames]),
                visible,
                visible & boxes,
                frozenset(name for name in visible if name in receives or name.partition("_")[0] in receives),
                backward=frames[0].kind in _BACK,
            )
        )
    return found


def _appearances(story: Story, scene: Scene) -> dict[str, int]:
    """When each box appears; one that the story does not name is there with the first of its frame, else always."""
    first: dict[str, int] = {}
    for box in scene.boxes:
        if box.frame and box.name in story.appears:
            first[box.frame] = min(first.get(box.frame, len(story.frames)), story.appears[box.name])
    parents: dict[str, int] = {}
    for frame in scene.frames:
        if frame.name in first and frame.parent:
            parents[frame.parent] = min(parents.get(frame.parent, len(story.frames)), first[frame.name])
    for name, number in parents.items():
        first[name] = min(first.get(name, number), number)
    return {box.name: story.appears.get(box.name, first.get(box.frame, 0)) for box in scene.boxes}
