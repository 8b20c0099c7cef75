"""One HTML page that plays a story beside its picture. It loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, replace
from html import escape
from importlib.resources import files
from typing import Any, TypeVar

from ..layout.legend import legend_of, place_sample
from ..scene import Box, Path, Scene, Text
from ..write.svg import to_svg
from .frames import Frame, Row
from .story import Story

HEADING = 46.0  # height of the heading in a picture
LEGEND = 14.0  # between a legend and what is above it
SAMPLE = (28.0, 20.0)  # size of a sample in the legend
SCRIPTS = ("player.js", "view.js", "keys.js")
_OF_THE_PAGE = ("title", "legend")  # kinds that the page shows beside the picture

Part = TypeVar("Part", Path, Text, Box)


def to_html(story: Story, about: str) -> str:
    """The page as text; ``about`` says how much there is.

    A name of the user is text wherever it stands: in markup it is escaped, in the data no character can
    end the element that holds it, and the script only ever writes text. The page's own policy forbids any
    other script, and any request.
    """
    scene = story.scene
    script, style = _script(), _asset("player.css")
    policy = f"default-src 'none'; script-src '{_hash(script)}'; style-src 'unsafe-inline'; img-src data:"
    title = escape(scene.title or "A tape")
    page = _asset("player.html")
    picture, names = _bare(scene)
    headed = any(text.kind == "title" for text in scene.texts)
    early = scene.theme.boxes["loss"]
    parts = {
        "policy": escape(policy),
        "title": title,
        "about": escape(about),
        "ground": "dark" if _is_dark(scene.theme.background) else "light",
        "early": f"--early: {early.fill}; --early-line: {early.stroke}",
        "style": style,
        "picture": to_svg(picture, parts=True),
        "legend": _legend(picture),
        "data": as_json(_data(story, names, HEADING if headed else 0.0)),
        "script": script,
    }
    pieces = page.split("%%")  # text, name, text, name, ... text
    return "".join(parts[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def as_json(data: Any) -> str:
    """JSON that may stand inside a ``<script>`` element, whatever the strings in it are."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(story: Story, names: dict[str, str], top: float) -> dict[str, Any]:
    return {
        "frames": [_fields(frame) for frame in story.frames],
        "rows": [_fields(row) for row in story.rows],
        "appears": {names.get(part, part): span for part, span in story.appears.items() if any(span)},
        "uses": story.uses,
        "chapters": story.chapters,
        "top": top,
    }


def _fields(each: Frame | Row) -> dict[str, Any]:
    return {field.name: getattr(each, field.name) for field in fields(each)}


# -- the picture without what the page shows beside it ---------------------------------------------


def _bare(scene: Scene) -> tuple[Scene, dict[str, str]]:
    """The scene without heading and legend, and the new names of its parts."""
    names: dict[str, str] = {}
    paths = _kept(scene.paths, "path", names)
    texts = _kept(scene.texts, "text", names)
    boxes = [box for box in scene.boxes if box.kind not in _OF_THE_PAGE]
    of_legend = [text for text in scene.texts if text.kind == "legend"]
    if not of_legend:
        return replace(scene, paths=paths, texts=texts, boxes=boxes), names
    top, bottom = min(text.y for text in of_legend) - LEGEND, max(text.y for text in of_legend) + LEGEND
    lowest = max([*(frame.bottom for frame in scene.frames), *(box.bottom for box in boxes)], default=top)
    if lowest > bottom:
        return replace(scene, paths=paths, texts=texts, boxes=boxes), names
    texts = [replace(text, y=text.y - (bottom - top)) if text.y > bottom else text for text in texts]
    return replace(scene, paths=paths, texts=texts, boxes=boxes, height=scene.height - (bottom - top)), names


def _kept(parts: Sequence[Part], what: str, names: dict[str, str]) -> list[Part]:
    kept: list[Part] = []
    for place, part in enumerate(parts):
        if part.kind in _OF_THE_PAGE:
            names[f"{what} {place}"] = ""
        else:
            names[f"{what} {place}"] = f"{what} {len(kept)}"
            kept.append(part)
    return kept


def _legend(scene: Scene) -> str:
    """The legend as items of a list, each with a small picture; with what is there at some moments only."""
    scene = replace(scene, boxes=[replace(box, kind="memory") if box.kind == "kept" else box for box in scene.boxes])
    return "".join(f"<li>{_sample(scene, kind, words)}{escape(words)}</li>" for kind, words in legend_of(scene))


def _sample(scene: Scene, kind: str, words: str) -> str:
    width, height = SAMPLE
    sample = Scene(words, scene.theme, width, height)
    place_sample(sample, kind, width / 2, height / 2)
    return f'<span aria-hidden="true">{to_svg(sample)}</span>'


# -- files -----------------------------------------------------------------------------------------


def _script() -> str:
    """The script of the page, in a scope of its own."""
    return f'"use strict";\n(() => {{\n{"".join(map(_asset, SCRIPTS))}}})();\n'


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _is_dark(colour: str) -> bool:
    """Whether a colour such as ``#1f2333`` is darker than a middle grey."""
    digits = colour.lstrip("#")
    return len(digits) == 6 and sum(int(digits[k : k + 2], 16) for k in (0, 2, 4)) < 3 * 128
