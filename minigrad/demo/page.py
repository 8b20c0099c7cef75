"""The page: one HTML file with everything in it, which loads nothing."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from ..words import printable
from .picture import INK
from .report import Report
from .style import STYLE


def write_page(path: Path, report: Report, drawing: Path, loss_curve: Path | None) -> None:
    """Write ``index.html``: numbers, samples, the unfolded drawing and the loss curve, explained.

    Args:
        path: the file to write.
        report: what to show.
        drawing: the SVG of the recorded windows.
        loss_curve: the SVG of the loss, or ``None`` if there is none.
    """
    loss = loss_curve.read_text("utf-8") if loss_curve else None
    path.write_text(page(report, drawing.read_text("utf-8"), loss), "utf-8")


def page(report: Report, drawing: str, loss_curve: str | None) -> str:
    """The page as text; see ``write_page``."""
    settings = report.settings
    sections = [
        _summary(report),
        _samples(report),
        _figure(
            "What the tape recorded",
            inline_svg(drawing, "Two recorded windows of three steps each, with the cut between them"),
            f"""The trained model reads six characters in two windows of three steps. Each column is a time step,
            each box an operation that the tape recorded. Values run from left to right through the cut; the
            gradient of the second window runs back from its losses and stops at the cut. That is truncated
            back-propagation through time: training did the same with windows of {settings.k} steps.""",
            kind="picture wide",
        ),
    ]
    if loss_curve:
        sections.append(
            _figure(
                "How the loss fell",
                inline_svg(loss_curve.replace(INK, "currentColor"), "Loss in bits per character for every window"),
                """Each step is one window: what the next character cost the model, in bits, on text that it had
                not yet been trained on in this round. Below the dashed line it has learned something that
                counting characters cannot tell.""",
            )
        )
    sections.append(_again(report))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>minigrad demo</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{"".join(sections)}
</main>
</body>
</html>
"""


def _summary(report: Report) -> str:
    settings, corpus = report.settings, report.corpus
    longest = corpus.uniform_bits
    bars = "".join(
        f"""<tr><th scope="row">{escape(what)}</th><td class="number">{bits:.2f}</td>
        <td class="track" aria-hidden="true"><span style="width:{min(100, 100 * bits / longest):.1f}%"></span></td></tr>
        """
        for what, bits in report.rows()
    )
    reach = settings.k2 or settings.k
    stopped = " Ctrl-C ended training early." if report.interrupted else ""
    return f"""
<header>
<p class="kicker">minigrad demo</p>
<h1>A network learned to write, one character at a time</h1>
<p class="lead">A recurrent network with {settings.hidden:,} hidden units ({report.parameters:,} parameters) read
<strong>{escape(printable(corpus.source))}</strong>, {corpus.length:,} characters long. In
{len(report.curve):,} windows and {report.seconds:.0f} seconds it learned to predict the next character from those
before. Its state was carried through the whole text, while gradients reached back at most {reach} steps.{stopped}</p>
</header>
<section aria-labelledby="bits">
<h2 id="bits">Bits per character</h2>
<table>
<thead class="hidden"><tr><th scope="col">model</th><th scope="col">bits per character</th><th></th></tr></thead>
<tbody>{bars}</tbody>
</table>
<p>A bit is one yes-or-no question. The fewer a model needs, on average, to name the next character, the better it
knows the text.</p>
</section>
"""


def _samples(report: Report) -> str:
    return f"""
<section aria-labelledby="samples">
<h2 id="samples">What it writes</h2>
<div class="pair">
<figure><figcaption>before training</figcaption><pre>{escape(printable(report.before))}</pre></figure>
<figure class="good"><figcaption>after {len(report.curve):,} windows</figcaption>
<pre>{escape(printable(report.after))}</pre></figure>
</div>
</section>
"""


def _figure(title: str, picture: str, caption: str, kind: str = "picture") -> str:
    name = re.sub(r"\W+", "-", title.lower())
    return f"""
<section class="{kind}" aria-labelledby="{name}">
<h2 id="{name}">{title}</h2>
<figure><div class="scroll" tabindex="0" role="group" aria-labelledby="{name}">{picture}</div>
<figcaption>{caption}</figcaption></figure>
</section>
"""


def _again(report: Report) -> str:
    settings = report.settings
    options = (
        f"--k {settings.k}{f' --k2 {settings.k2}' if settings.k2 else ''} --hidden {settings.hidden} "
        f"--cell {settings.cell} --steps {settings.steps} --batch {settings.batch} --lr {settings.lr:g} "
        f"--seed {settings.seed} --device {settings.device}"
    )
    text = " --text FILE" if settings.text else ""
    return f"""
<section aria-labelledby="again">
<h2 id="again">Use it again</h2>
<p>The parameters and the vocabulary are in <code>model.npz</code>, plain arrays without pickle:</p>
<pre class="code">from minigrad.bptt import CharText
from minigrad.demo import load_model
from minigrad.demo.sample import sample

model, vocabulary = load_model("model.npz")
print(sample(model, CharText(vocabulary), seed=1))</pre>
<p>The same numbers again, on the same machine:</p>
<pre class="code">minigrad demo{text} {options}</pre>
</section>
"""


def inline_svg(text: str, label: str) -> str:
    """The ``<svg>`` element of an SVG file, as HTML takes it: no prolog, namespaces or metadata.

    Args:
        text: the file.
        label: what the picture shows, for those who do not see it.
    """
    element = text[text.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    opening, rest = element.split(">", 1)
    opening = re.sub(r'\s(?:xmlns(?::\w+)?|role|aria-label)="[^"]*"', "", opening)
    return f'{opening} role="img" aria-label="{escape(label)}">{rest}'
