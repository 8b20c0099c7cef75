"""One HTML page that plays a story beside its picture. It loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, replace
from html import escape
from importlib.resources import files
from typing import Any

from ..scene import Scene
from ..write.svg import to_svg
from .story import Story

HEADING = 46.0  # height of the heading in a picture


def to_html(scene: Scene, story: Story, about: str) -> str:
    """The page as text; ``about`` says how much there is.

    A name of the user is text wherever it stands: in markup it is escaped, in the data no character can
    end the element that holds it, and the script only ever writes text. The page's own policy forbids any
    other script, and any request.
    """
    script, style = _asset("player.js"), _asset("player.css")
    policy = f"default-src 'none'; script-src '{_hash(script)}'; style-src 'unsafe-inline'; img-src data:"
    title = escape(scene.title or "A tape")
    page = _asset("player.html")
    headings = [text for text in scene.texts if text.kind == "title"]  # the page has its own
    parts = {
        "policy": escape(policy),
        "title": title,
        "about": escape(about),
        "ground": "dark" if _is_dark(scene.theme.background) else "light",
        "style": style,
        "picture": to_svg(replace(scene, texts=[text for text in scene.texts if text not in headings])),
        "data": as_json(_data(story, HEADING if headings else 0.0)),
        "script": script,
    }
    pieces = page.split("%%")  # text, name, text, name, ... text
    return "".join(parts[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def as_json(data: Any) -> str:
    """JSON that may stand inside a ``<script>`` element, whatever the strings in it are."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(story: Story, top: float) -> dict[str, Any]:
    return {
        "frames": [asdict(frame) for frame in story.frames],
        "rows": [asdict(row) for row in story.rows],
        "appears": story.appears,
        "uses": story.uses,
        "chapters": story.chapters,
        "top": top,
    }


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _is_dark(colour: str) -> bool:
    """Whether a colour such as ``#1f2333`` is darker than a middle grey."""
    digits = colour.lstrip("#")
    return len(digits) == 6 and sum(int(digits[k : k + 2], 16) for k in (0, 2, 4)) < 3 * 128
