"""Run every reproduction and write a page with what came out: ``python docs/reproductions/run.py --out DIR``."""

from __future__ import annotations

import argparse
import html
import sys
import tempfile
import time
from pathlib import Path

import copying
import echo
import exploding
import influence
import sunspots
from reproduced import Outcome

from minigrad.bptt.plots import pyplot
from minigrad.errors import ExtraError

ALL = (influence, echo, exploding, copying, sunspots)
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.1rem .8rem;border-bottom:1px solid #ccc;text-align:right}"
    "li.no{color:#b00020;font-weight:bold}img{max-width:100%}"
)


def section(outcome: Outcome, seconds: float, folder: Path) -> str:
    """One result as HTML; its picture is written into the folder."""
    figure = pyplot()(figsize=(7, 3), layout="constrained")
    outcome.draw(figure)
    name = outcome.title.lower().replace(" ", "-") + ".svg"
    figure.savefig(folder / name)
    escape = html.escape
    claims = "".join(
        f'<li class="{"yes" if ok else "no"}">{"✓" if ok else "✗ NOT SO:"} {escape(claim)}</li>'
        for claim, ok in outcome.claims
    )
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in outcome.rows)
    return (
        f"<h2>{escape(outcome.title)}</h2><p>{escape(outcome.about)}</p><ul>{claims}</ul><table>{rows}</table>"
        f'<p><img src="{name}" alt="{escape(outcome.title)}"></p><p>{seconds:.1f} s</p>'
    )


def main(argv: list[str] | None = None) -> int:
    """Run them all; the exit code is 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("reproductions"), help="folder to write to")
    parser.add_argument("--quick", action="store_true", help="reduced sizes, seconds in place of minutes")
    options = parser.parse_args(argv)
    try:
        pyplot()  # which says what to install
        options.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=options.out):
            pass
    except ExtraError as missing:
        parser.error(str(missing))
    except OSError as failure:
        parser.error(f"--out {options.out}: cannot write there: {failure.strerror}")
    sections, fine = [], True
    for module in ALL:
        started = time.perf_counter()
        outcome = module.run(options.quick)
        seconds = time.perf_counter() - started
        fine &= outcome.holds
        print(f"{outcome.title} ({seconds:.1f} s)")
        for claim, ok in outcome.claims:
            print(f"  {'ok' if ok else 'NOT SO'}: {claim}")
        sections.append(section(outcome, seconds, options.out))
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Reproductions</title><style>{STYLE}</style>'
    (options.out / "index.html").write_text(page + "<h1>Reproductions</h1>" + "".join(sections), "utf-8")
    print(f"written to {options.out / 'index.html'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
