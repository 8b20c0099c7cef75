"""What the runner says, as plain text: of a check, of the course, of what comes next."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

from ..tutorials.course import Chapter
from ..tutorials.pages import FENCE, INDENT, ITEM, KNOWN, QUESTION, section
from .folder import Folder
from .session import Report, Session

_ROOT = Path(__file__).resolve().parents[2]
PASSED, OPEN, WRONG = "✔", "○", "✘"


def told(report: Report, full: bool = False) -> str:
    """The words of a check: what passes, and the first failure in four lines.

    Args:
        report: of the check.
        full: whether the whole traceback is wanted.
    """
    return "\n".join(_lines(report, full))


def _lines(report: Report, full: bool) -> Iterator[str]:
    chapter, hole, outcome = report.chapter, report.hole, report.outcome
    for name in report.passed:
        yield f"{PASSED} {name}"
    if hole is not None and outcome.state == "open":
        yield f"{OPEN} {hole.name}: hole {hole.number} in {chapter.name}/exercise.py, about {hole.minutes} minutes"
    elif hole is not None:
        yield f"{WRONG} {hole.name}"
        yield from (f"  {line}" for line in str(outcome).splitlines())
        if full and outcome.trace:
            yield from ("", *outcome.trace.rstrip().splitlines())
    if report.printed:
        yield from ("", "printed:", *(f"  {line}" for line in report.printed.rstrip().splitlines()))
    if report.passed and chapter.engine:
        yield from ("", report.engine)


def after(session: Session) -> str:
    """What is said when a chapter is done: the prediction, what is known now, and a question."""
    chapter = session.chapter
    parts = []
    expected, right = session.predicted()
    if right:
        yours = f"you expected  {expected}\n" if expected else ""
        parts.append(f"{chapter.predict}\n{yours}it is          {right}")
    for title in (KNOWN, QUESTION):
        if words := section(chapter, title):
            parts.append(f"{title}\n{words}")
    parts.append(f"minigrad does the same in\n{INDENT}{_ROOT / chapter.source}")
    return "\n\n".join(parts)


def wrapped(text: str, columns: int | None = None) -> str:
    """A text in lines of the terminal's width, broken between words; code keeps its lines.

    Args:
        text: whose paragraphs and items of lists are one line each.
        columns: that a line may have, if not the terminal's.
    """
    width = columns or shutil.get_terminal_size().columns
    lines, fenced = [], False
    for line in text.splitlines():
        fenced ^= FENCE.match(line) is not None
        if fenced or line.startswith((INDENT, "|")):
            lines.append(line)
        else:
            item = ITEM.match(line)
            hang = " " * (item.end() if item else 0)
            lines += textwrap.wrap(
                line, width, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
            ) or [""]
    return "\n".join(lines)


def then(session: Session) -> str:
    """What can be done when a chapter is done."""
    following = session.following()
    if following is None:
        return "You are at the end of the course: `minigrad learn prove` writes mine/report.html."
    optional = ", which is optional" if following.optional else ""
    return f"Next is {following.name}/README.md{optional}, then `minigrad learn check {following.number}`."


def table(folder: Folder) -> str:
    """The chapters, a line each: what passed of them, how long they take and took."""
    rows = []
    part = ""
    for chapter in folder.chapters():
        if chapter.part != part:
            part = chapter.part
            rows.append(f"{part}{' (optional)' if chapter.optional else ''}")
        rows.append(f"  {_row(folder, chapter)}")
    return "\n".join(rows)


def ticks(folder: Folder, chapter: Chapter) -> str:
    """A mark for each hole of a chapter: whether it passed."""
    passed = folder.work(chapter).passed
    return "".join(PASSED if hole.name in passed else OPEN for hole in chapter.holes)


def _row(folder: Folder, chapter: Chapter) -> str:
    here = ">" if chapter.number == folder.state.current else " "
    spent = folder.state.seconds.get(str(chapter.number), 0.0) / 60
    took = f", {spent:.0f} spent" if spent >= 1 else ""
    return f"{here} {chapter.number:2}  {chapter.title:<52} {ticks(folder, chapter):<5} {chapter.minutes} min{took}"
