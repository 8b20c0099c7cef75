"""The texts of a chapter: the sections of its page, and the hints of its holes."""

from __future__ import annotations

import re

from .course import Chapter, Hole

KNOWN = "What you now know"
QUESTION = "A question without a test"


def section(chapter: Chapter, title: str) -> str:
    """A section of the chapter's page, without its title; empty if there is none."""
    page = (chapter.folder / "README.md").read_text("utf-8")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    return found.group(1).strip() if found else ""


def hints(chapter: Chapter, hole: Hole) -> list[str]:
    """The hints of a hole: where to look, the idea, nearly the code."""
    page = (chapter.folder / "hints.md").read_text("utf-8")
    found = re.search(rf"^## Hole {hole.number}: .*?\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    parts = re.split(r"^\d+\. ", found.group(1) if found else "", flags=re.MULTILINE)[1:]
    return [re.sub(r"\n {2,}", "\n", part).strip() if "\n\n" not in part else part.strip() for part in parts]
