"""The outcome of a run: its numbers, in words for a terminal, in pictures, and as a page that loads nothing."""

from __future__ import annotations

import re
import shutil
import textwrap
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

import minigrad as mg
from minigrad.words import printable

from .model import CharRNN
from .settings import LOSS_CURVE, Settings
from .text import PICTURED_STEPS, Corpus
from .train import Curve

INK = "#1e293b"  # of text and axes in the loss curve; the page replaces it by the colour of its own text
SMOOTHED = 50  # windows in the running mean


@dataclass(frozen=True)
class Report:
    """The outcome of a run.

    Attributes:
        settings, corpus, curve: what was asked for, read, and seen while training.
        parameters: how many numbers were learned.
        seconds: training took.
        interrupted: whether Ctrl-C ended training early.
        before, after: samples, written before and after training.
        held_out_before, held_out_after: bits per character on the held-out tail, if there is one.
    """

    settings: Settings
    corpus: Corpus
    curve: Curve
    parameters: int
    seconds: float
    interrupted: bool
    before: str
    after: str
    held_out_before: float | None
    held_out_after: float | None

    def rows(self) -> list[tuple[str, float]]:
        """(what, bits per character), from the worst model to the trained one."""
        rows = [
            ("every character equally likely", self.corpus.uniform_bits),
            ("unigram entropy: frequencies known, no memory", self.corpus.unigram_bits),
            (f"trained, mean of the last {min(100, len(self.curve))} windows", self.curve.recent_bits()),
        ]
        if self.held_out_after is not None:
            rows.append(("trained, on text held out from training", self.held_out_after))
        return rows


def describe(settings: Settings, corpus: Corpus, parameters: int) -> str:
    """The training that is about to begin, in three lines."""
    reach = "" if settings.k2 in (None, settings.k) else f" with gradients reaching back {settings.k2}"
    rows = f"{corpus.rows.batch} rows" if corpus.rows.batch > 1 else "1 row"
    fewer = f" (the text is too short for {settings.batch})" if corpus.rows.batch < settings.batch else ""
    return (
        f"text   {corpus.source}: {corpus.length:,} characters, {len(corpus.chars.vocabulary)} distinct\n"
        f"model  {settings.cell}, {settings.hidden} hidden units, {parameters:,} parameters, on {settings.device}\n"
        f"train  {settings.steps:,} windows of {settings.k} steps{reach}, {rows} side by side{fewer}"
    )


def summarize(report: Report) -> str:
    """The result as text for a terminal."""
    windows = f"{len(report.curve):,} windows in {report.seconds:.1f} s"
    ended = f"stopped by Ctrl-C after {windows}; what was trained so far is kept" if report.interrupted else windows
    width = max(len(what) for what, _ in report.rows())
    table = "\n".join(f"  {what:<{width}}  {bits:5.2f}" for what, bits in report.rows())
    return f"{ended}\n\nThe trained model writes:\n\n{indent(report.after)}\n\nBits per character:\n{table}"


def indent(text: str) -> str:
    """``text`` behind a bar, so that it is seen where a sample begins and ends, wrapped to the terminal."""
    width = min(shutil.get_terminal_size().columns, 110) - 5
    wrapped: list[str] = []
    for line in printable(text).expandtabs().split("\n"):
        wrapped += textwrap.wrap(line, max(width, 20), drop_whitespace=False) or [""]
    return "\n".join(f"  │ {line}".rstrip() for line in wrapped)


# -- pictures --------------------------------------------------------------------------------------


def draw_windows(model: CharRNN, corpus: Corpus) -> mg.Drawing:
    """Two short windows of the trained model, recorded and drawn, unfolded in time."""
    rows = corpus.first_rows(batch=8)
    windows = mg.bptt.truncated_bptt(
        model.step,
        islice(rows, PICTURED_STEPS),
        model.initial_state(rows.batch),
        k1=PICTURED_STEPS // 2,
        inspect=True,
    )
    next(windows)
    forget_gradients(model)
    window = next(windows)
    drawing = mg.draw(window)
    forget_gradients(model)
    return drawing


def forget_gradients(model: CharRNN) -> None:
    """Clear the gradients of a walk that is looked at and not used for an update."""
    for parameter in model.parameters():
        parameter.grad = None


def plot_loss(curve: Curve, unigram_bits: float, held_out_bits: float | None, folder: Path) -> Path:
    """Draw the loss of every window, its running mean, and the unigram entropy, as ``loss.svg``.

    Raises:
        ImportError: matplotlib is not installed.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "svg.fonttype": "none",
        "svg.hashsalt": "minigrad",
        "font.size": 11,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        axes = figure.add_subplot()
        windows = range(1, len(curve) + 1)
        axes.plot(windows, curve.bits, color="#60a5fa", alpha=0.45, linewidth=0.8, label="each window")
        smooth = running_mean(curve.bits, SMOOTHED)
        axes.plot(windows, smooth, color="#2563eb", linewidth=2, label=f"mean of {SMOOTHED} windows")
        axes.axhline(unigram_bits, color="#ea580c", linestyle="--", label=f"unigram entropy {unigram_bits:.2f}")
        if held_out_bits is not None:
            axes.plot(len(curve), held_out_bits, "o", color="#16a34a", label=f"held-out text {held_out_bits:.2f}")
        axes.set(xlabel="window", ylabel="bits per character", ylim=(0, None), xlim=(0, len(curve) * 1.02))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
        figure.legend(loc="outside upper right", ncols=4, frameon=False, fontsize=10)
        path = folder / LOSS_CURVE
        figure.savefig(path, transparent=True, metadata={"Date": None})
    return path


def running_mean(values: list[float], width: int) -> list[float]:
    """For each position the mean of the ``width`` values that end there, or of as many as there are."""
    means = []
    total = 0.0
    for position, value in enumerate(values):
        total += value
        if position >= width:
            total -= values[position - width]
        means.append(total / min(position + 1, width))
    return means


# -- page ------------------------------------------------------------------------------------------


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
        f"--seed {settings.seed} --device {settings.device}{' --eager' if settings.eager else ''}"
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


# -- style of the page, in light and in dark -------------------------------------------------------


STYLE = """
:root {
  --paper: #ffffff; --ground: #f4f6fa; --ink: #1e293b; --soft: #55637a; --line: #dbe2ec;
  --accent: #2563eb; --good: #15803d; --bar: #93b4f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #172033; --ground: #0d1422; --ink: #e5eaf3; --soft: #a3b1c6; --line: #2c3950;
    --accent: #7fb0ff; --good: #5fd08a; --bar: #3b5b96;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 17px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 70rem; margin: 0 auto; padding: 3.5rem 1.5rem 4rem; }
header { max-width: 48rem; margin-bottom: 2.5rem; }
.kicker { margin: 0; color: var(--accent); font-weight: 650; letter-spacing: .02em; }
h1 { margin: .2rem 0 1rem; font-size: clamp(1.9rem, 4.5vw, 2.8rem); line-height: 1.15; letter-spacing: -.02em; }
h2 { margin: 0 0 1rem; font-size: 1.3rem; letter-spacing: -.01em; }
.lead { margin: 0; font-size: 1.1rem; color: var(--soft); }
.lead strong { color: var(--ink); }
section {
  margin-top: 1.5rem; padding: 1.6rem 1.8rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: 14px;
}
section > p { max-width: 48rem; color: var(--soft); }
section > p:last-child { margin-bottom: 0; }
table { width: 100%; border-collapse: collapse; }
th { padding: .35rem 1rem .35rem 0; font-weight: 450; text-align: left; }
.number { padding-right: 1rem; font-weight: 650; font-variant-numeric: tabular-nums; text-align: right; }
.track { width: 45%; }
.track span { display: block; height: .85rem; border-radius: 4px; background: var(--bar); }
tr:nth-child(n+3) .track span { background: var(--good); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
figure { margin: 0; min-width: 0; }
figcaption { color: var(--soft); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.2rem; }
.pair figcaption { margin-bottom: .4rem; font-weight: 600; }
.good figcaption { color: var(--good); }
pre {
  margin: 0; padding: 1rem 1.1rem; border-radius: 9px; background: var(--ground); color: var(--ink);
  font: 14px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
pre.code { overflow-x: auto; white-space: pre; overflow-wrap: normal; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; }
.picture figcaption { max-width: 48rem; margin-top: 1rem; }
.scroll { overflow-x: auto; border-radius: 9px; }
.scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.scroll svg { display: block; width: 100%; min-width: 40rem; height: auto; margin: 0 auto; }
.wide { width: min(100vw - 3rem, 108rem); margin-left: 50%; transform: translateX(-50%); }
.wide svg { min-width: 64rem; max-width: 104rem; }
@media (max-width: 46rem) {
  main { padding: 2rem 1rem; }
  .wide { width: auto; margin-left: 0; transform: none; }
  section { padding: 1.2rem; }
  .pair { grid-template-columns: 1fr; }
  .track { display: none; }
}
"""
