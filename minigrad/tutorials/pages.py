"""The texts of a chapter: the sections of its page, and the hints of its holes."""

from __future__ import annotations

import re
import textwrap

from .course import Chapter, Hole

KNOWN = "What you now know"
QUESTION = "A question without a test"
INDENT = "    "  # of code
ITEM = re.compile(r" *([-*+]|\d+\.) +")
FENCE = re.compile(r" *(```|~~~)")


def section(chapter: Chapter, title: str) -> str:
    """A section of the chapter's page, without its title; empty if there is none."""
    page = (chapter.folder / "README.md").read_text("utf-8")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    return unwrapped(found.group(1).strip("\n")) if found else ""


def hints(chapter: Chapter, hole: Hole) -> list[str]:
    """The hints of a hole: where to look, the idea, nearly the code."""
    page = (chapter.folder / "hints.md").read_text("utf-8")
    found = re.search(rf"^## Hole {hole.number}: .*?\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    parts = re.split(r"^\d+\. ", found.group(1) if found else "", flags=re.MULTILINE)[1:]
    return [unwrapped(textwrap.dedent(f"   {part}").strip()) for part in parts]


def unwrapped(text: str) -> str:
    """A text of Markdown in which each paragraph and each item of a list is one line; all else keeps its lines.

    Args:
        text: whose lines are broken where the page's author broke them.
    """
    lines: list[str] = []
    goes_on = fenced = False  # whether the next line may belong to the last one; whether it is code between fences
    for line in text.splitlines():
        fence = FENCE.match(line) is not None
        code = fenced or fence or (line.startswith(INDENT) and not goes_on)
        fenced ^= fence
        own = code or not line.strip() or line.startswith(("#", "|", ">"))
        if goes_on and not own and not ITEM.match(line):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line)
        goes_on = not own and not line.endswith(("  ", "\\"))
    return "\n".join(line.rstrip() for line in lines)
