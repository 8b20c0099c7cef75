"""The contact sheet: every program in every view, to be looked at.

python -m tests.draw.sheet [FOLDER] [--only NAME ...] [--theme light|dark|print ...] [--width PIXELS ...]

It writes each picture as SVG, each text view, a page for each program, and ``index.html`` with all of them. Where
Chromium is installed, there is a screenshot of each page at each width beside it.
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import minigrad as mg
from tests.draw.programs import OPTIONS, PROGRAMS

VIEWS = ("unfolded", "folded", "both")
THEMES = ("light", "dark", "print")
WIDTHS = (1600, 400)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TALLEST = 16_000  # pixels of a screenshot: a browser draws no more, and what lies below is not in it
STYLE = """
body { font: 14px sans-serif; margin: 0 8px; background: #f4f4f4; color: #111; overflow-wrap: anywhere }
figure { margin: 0 0 12px; padding: 6px; background: #fff } figure.dark { background: #10151c; color: #eee }
img { max-width: 100%; display: block } pre { margin: 0; font-size: 11px; overflow-x: auto } .wrong { color: #b00 }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(370px, 1fr)); gap: 8px }
.sheet section { background: #fff; padding: 6px } .sheet img { max-height: 260px; margin: 4px 0 }
h1 { font-size: 18px } h2 { font-size: 15px; margin: 0 0 4px } p { margin: 0 0 6px }
"""


class Picture(NamedTuple):
    """One picture of the sheet.

    Attributes:
        view, theme: how it was drawn; ``"text"`` for the view as text.
        file: its name in the folder; "" if it could not be drawn.
        height, width: in pixels, or 0.
        words: the text, or why there is no picture.
    """

    view: str
    theme: str
    file: str
    height: float
    width: float
    words: str


class Entry(NamedTuple):
    """One program of the sheet: its name, what is true of it, and its pictures."""

    name: str
    truth: str
    pictures: list[Picture]

    @property
    def page(self) -> str:
        """The name of its page."""
        return f"{slug(self.name)}.html"


def slug(name: str) -> str:
    """A name as part of a file's."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def drawn(name: str, folder: Path, themes: Sequence[str]) -> Entry:
    """A program's pictures, written into the folder."""
    source = PROGRAMS[name]()
    pictures = [_picture(name, source, folder, view, theme) for view in VIEWS for theme in themes]
    pictures += [_text(name, source, folder, view) for view in VIEWS]
    return Entry(name, PROGRAMS[name].__doc__ or "", pictures)


def _picture(name: str, source: Any, folder: Path, view: Any, theme: str) -> Picture:
    try:
        svg = mg.draw(source, view=view, theme=theme, **OPTIONS.get(name, {})).svg()
    except Exception as failure:  # the sheet shows all that there is, and what is not
        return Picture(view, theme, "", 0, 0, _why(failure))
    file = f"{slug(name)}-{view}-{theme}.svg"
    folder.joinpath(file).write_text(svg, "utf-8")
    return Picture(view, theme, file, _side(svg, "height"), _side(svg, "width"), "")


def _side(svg: str, side: str) -> float:
    found = re.search(rf'<svg[^>]*\s{side}="([\d.]+)', svg)
    return float(found.group(1)) if found else 0.0


def _text(name: str, source: Any, folder: Path, view: Any) -> Picture:
    try:
        words = mg.draw(source, view=view, **OPTIONS.get(name, {})).text(160)
    except Exception as failure:
        return Picture(view, "text", "", 0, 0, _why(failure))
    file = f"{slug(name)}-{view}.txt"
    folder.joinpath(file).write_text(words, "utf-8")
    return Picture(view, "text", file, 14.0 * (words.count("\n") + 1), 0, words)


def _why(failure: Exception) -> str:
    return traceback.format_exception_only(failure)[-1].strip()


# -- pages -----------------------------------------------------------------------------------------


def page(entry: Entry) -> str:
    """The page of one program."""
    figures = []
    for picture in entry.pictures:
        size = f", {picture.width:g} × {picture.height:g}" if picture.width else ""
        said = f"<figcaption>{picture.view}, {picture.theme}{size}</figcaption>"
        figures.append(f'<figure class="{picture.theme}">{said}{_shown(picture)}</figure>')
    return _html(entry.name, f"<h1>{html.escape(entry.name)}</h1><p>{html.escape(entry.truth)}</p>{''.join(figures)}")


def index(entries: Sequence[Entry]) -> str:
    """The contact sheet."""
    cards = []
    for entry in entries:
        head = f'<h2><a href="{entry.page}">{html.escape(entry.name)}</a></h2><p>{html.escape(entry.truth)}</p>'
        first = next((p.theme for p in entry.pictures), "")
        cards.append(f"<section>{head}{''.join(_shown(p) for p in entry.pictures if p.theme == first)}</section>")
    return _html("Contact sheet", f'<h1>{len(entries)} programs</h1><div class="sheet">{"".join(cards)}</div>')


def _shown(picture: Picture) -> str:
    if not picture.file:
        return f'<p class="wrong">{picture.view}, {picture.theme}: {html.escape(picture.words)}</p>'
    if picture.theme == "text":
        return f"<pre>{html.escape(picture.words)}</pre>"
    return f'<img src="{picture.file}" alt="{picture.view}, {picture.theme}">'


def _html(title: str, body: str) -> str:
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return f"{head}<title>{html.escape(title)}</title><style>{STYLE}</style>{body}"


# -- screenshots -----------------------------------------------------------------------------------


def shots(entries: Sequence[Entry], folder: Path, widths: Sequence[int], browser: str) -> Iterator[Path]:
    """Screenshots of all pages, two at a time, and of the contact sheet, at each width."""
    wanted = [(entry.page, width, _height(entry, width)) for entry in entries for width in widths]
    wanted += [("index.html", width, 1100 * -(-len(entries) // max(1, width // 385))) for width in widths]
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda each: _shot(browser, folder, *each), wanted)


def _height(entry: Entry, width: int) -> int:
    """About how tall a page is."""
    heights = [p.height * (min(1.0, (width - 28) / p.width) if p.width else 1.0) + 48 for p in entry.pictures]
    return int(sum(heights)) + 140


def _shot(browser: str, folder: Path, page: str, width: int, height: int) -> Path:
    file = folder / f"{Path(page).stem}-{width}.png"
    with tempfile.TemporaryDirectory() as profile:
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}")
        size = f"--window-size={width},{min(height, TALLEST)}"
        command = [browser, *flags, size, f"--screenshot={file}", folder.joinpath(page).as_uri()]
        subprocess.run(command, capture_output=True, timeout=120, check=True)
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sheet; returns 1 if a picture could not be drawn."""
    parser = argparse.ArgumentParser(prog="python -m tests.draw.sheet", description="Draw all programs, to look at.")
    parser.add_argument("folder", nargs="?", default="build/sheet", type=Path)
    parser.add_argument("--only", action="append", metavar="NAME", help="programs with this in their name")
    parser.add_argument("--theme", action="append", choices=THEMES, help="light and dark by default")
    parser.add_argument("--width", action="append", type=int, metavar="PIXELS", help="of a screenshot: 1600 and 400")
    parser.add_argument("--no-shots", action="store_true", help="no screenshots")
    given = parser.parse_args(arguments)
    names = [name for name in PROGRAMS if not given.only or any(part.lower() in name.lower() for part in given.only)]
    if not names:
        parser.error(f"no program has {' or '.join(given.only)} in its name; there are {', '.join(PROGRAMS)}")
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    entries = [drawn(name, folder, given.theme or THEMES[:2]) for name in names]
    for entry in entries:
        folder.joinpath(entry.page).write_text(page(entry), "utf-8")
    folder.joinpath("index.html").write_text(index(entries), "utf-8")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser and not given.no_shots:
        print(f"{len([*shots(entries, folder, given.width or WIDTHS, browser)])} screenshots")
    failed = [
        f"{entry.name}: {p.view}, {p.theme}: {p.words}" for entry in entries for p in entry.pictures if not p.file
    ]
    print(*failed, f"{len(entries)} programs: {folder / 'index.html'}", sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
