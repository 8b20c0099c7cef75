from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from minigrad.demo.report import Report, indent, inline_svg, page, running_mean, summarize
from minigrad.demo.settings import Settings
from minigrad.demo.text import Corpus
from minigrad.demo.train import Curve
from minigrad.words import printable
from tests.demo.conftest import TEXT

SVG = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" role="img" aria-label="x">'
    '<metadata><a href="http://x"/></metadata><rect/></svg>'
)


class Outline(HTMLParser):
    """Checks that elements nest, and collects attributes that load something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def report() -> Report:
    return Report(
        settings=Settings(k=5, k2=9),
        corpus=Corpus(TEXT, k=5, batch=4, source="<b>odd & name</b>"),
        curve=Curve(bits=[4.0, 3.0], norms=[1.0, 1.0], characters=[5, 5]),
        parameters=1234,
        seconds=1.5,
        interrupted=False,
        before="<script>alert('before')</script>\x1b[2J",
        after="</pre><img src=x> & more",
        held_out_before=5.0,
        held_out_after=3.25,
    )


def test_page_is_well_formed_and_loads_nothing(report: Report) -> None:
    html = page(report, SVG, SVG)
    outline = Outline()
    outline.feed(html)
    assert outline.open == []
    assert outline.loads == []
    assert not re.search(r"https?:|@import|url\(", html)
    assert html.count("<svg") == 2
    assert '<html lang="en">' in html
    assert "prefers-color-scheme: dark" in html


def test_page_escapes_what_came_from_the_text(report: Report) -> None:
    html = page(report, SVG, None)
    assert "&lt;script&gt;alert(&#x27;before&#x27;)&lt;/script&gt;�[2J" in html
    assert "&lt;/pre&gt;&lt;img src=x&gt; &amp; more" in html
    assert "&lt;b&gt;odd &amp; name&lt;/b&gt;" in html
    assert "<script" not in html
    assert html.count("<svg") == 1


def test_numbers_on_the_page_and_in_the_terminal(report: Report) -> None:
    for shown in (page(report, SVG, None), summarize(report)):
        assert f"{report.corpus.unigram_bits:.2f}" in shown
        assert "3.50" in shown
        assert "3.25" in shown
    assert "Ctrl-C" not in summarize(report)
    assert "stopped by Ctrl-C after 2 windows" in summarize(replace(report, interrupted=True))
    assert "Ctrl-C ended training early" in page(replace(report, interrupted=True), SVG, None)


def test_inlined_svg_has_one_label_and_no_namespace() -> None:
    svg = inline_svg(SVG, 'a "label" & more')
    assert svg == '<svg viewBox="0 0 1 1" role="img" aria-label="a &quot;label&quot; &amp; more"><rect/></svg>'


def test_samples_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert printable("a\x1b[2J\r\tb\n") == "a�[2J�\tb\n"
    lines = indent("word " * 30 + "\n\nend").split("\n")
    assert all(line.startswith("  │") and len(line) <= 40 for line in lines)
    assert lines[-2:] == ["  │", "  │ end"]


def test_running_mean() -> None:
    assert running_mean([4.0, 2.0, 6.0, 0.0], 2) == [4.0, 3.0, 4.0, 3.0]
