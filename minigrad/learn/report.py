"""``mine/report.html``, the page that one hands in: what an engine is, what was proven of it, and its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from .. import __version__
from ..storage.atomic import write_whole
from ..tutorials.assembly import Engine
from ..tutorials.course import Chapter
from .folder import Folder
from .proving import Claim
from .sandbox import Sandbox
from .session import exercise_of
from .show import OPEN, PASSED, WRONG, ticks

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --line: #d5dbe3; --good: #1e7a45; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --paper: #16191d; --line: #3a424c; --good: #6fcf97; --bad: #ff8a80; }
}
body { font: 16px/1.5 Arial, Helvetica, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.good { color: var(--good); } .bad { color: var(--bad); }
pre { overflow-x: auto; font-size: 13px; line-height: 1.4; border: 1px solid var(--line); padding: 1rem; }
figure { margin: 2rem 0; } figure img { max-width: 100%; background: #fff; } figcaption { font-weight: bold; }
td.mark { white-space: nowrap; }
"""


def write_report(folder: Folder, sandbox: Sandbox) -> tuple[Path, Engine, list[Claim]]:
    """Prove the learner's engine, draw the pictures of the chapters that are done, and write the page.

    Args:
        folder: of the learner.
        sandbox: that runs the engine.

    Returns:
        the file, the engine and what was tried on it.
    """
    engine = folder.write_engine()
    folder.save()
    claims = sandbox.prove(engine.text, folder.path / "mine" / "engine.py")
    done = [each for each in folder.chapters() if each.number in folder.finished()]
    pictures = [(each, *sandbox.picture(exercise_of(folder, each))) for each in done]
    path = folder.path / "mine" / "report.html"
    write_whole(path, page(folder, engine, claims, pictures).encode())
    return path, engine, claims


def page(
    folder: Folder, engine: Engine, claims: Sequence[Claim], pictures: Iterable[tuple[Chapter, str | None, str]]
) -> str:
    """The page as HTML.

    Args:
        folder: of the learner.
        engine: the learner's.
        claims: that were tried on it.
        pictures: of chapters, as SVG, or ``None`` and why there is none.
    """
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    held = sum(claim.holds is True for claim in claims)
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'><title>An engine, and its proof</title>",
        f"<style>{_STYLE}</style></head><body><h1>An engine, and its proof</h1>",
        f"<p>{engine.lines} lines, {engine.yours} of them the learner's own; the rest was given, or is marked "
        f"<code># from the solution</code>. {held} of {len(claims)} claims hold. "
        f"Made by minigrad {escape(__version__)} on {now}, seed {folder.state.seed}.</p>",
        "<h2>What was tried on it</h2><table>",
        *(_claim(claim) for claim in claims),
        "</table><h2>The chapters</h2><table><tr><th>chapter</th><th>holes</th><th>hints</th><th>minutes</th></tr>",
        *_chapters(folder),
        "</table><h2>Its pictures</h2>",
        *(_figure(*picture) for picture in pictures),
        f"<h2>The engine</h2><pre>{escape(engine.text)}</pre></body></html>\n",
    ]
    return "\n".join(parts)


def _claim(claim: Claim) -> str:
    kind, mark = {True: ("good", PASSED), False: ("bad", WRONG), None: ("", OPEN)}[claim.holds]
    return f"<tr><td class='mark {kind}'>{mark}</td><td>{escape(claim.words)}</td><td>{escape(claim.found)}</td></tr>"


def _chapters(folder: Folder) -> Iterator[str]:
    for chapter in folder.chapters():
        hints = sum(folder.state.hints.get(str(chapter.number), {}).values())
        minutes = folder.state.seconds.get(str(chapter.number), 0.0) / 60
        title = f"{chapter.number}. {escape(chapter.title)}"
        marks = f"<td class='mark'>{ticks(folder, chapter)}</td>"
        yield f"<tr><td>{title}</td>{marks}<td>{hints}</td><td>{minutes:.0f}</td></tr>"


def _figure(chapter: Chapter, picture: str | None, why: str) -> str:
    """A picture as an image of its own, so that the names inside it meet no others."""
    title = f"<figcaption>{chapter.number}. {escape(chapter.title)}</figcaption>"
    if picture is None:
        return f"<figure>{title}<p>{escape(why)}</p></figure>"
    source = f"data:image/svg+xml,{quote(picture)}"
    return f"<figure>{title}<img alt='the picture of chapter {chapter.number}' src='{source}'></figure>"
