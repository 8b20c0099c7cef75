"""The directive ``house``: the rooms of minigrad and what they import from each other, drawn from the source."""

import ast
import sys
from collections import Counter
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.rooms import MODULES, OUTSIDE, ROOMS, UPWARDS, imports, room

ROW, CELL, NAME, PURPOSE, TOP = 30, 24, 12, 104, 84
MATRIX = 500  # where its columns begin
GROUND = "Errors and the checks that raise them, words, the start."


def purpose(name: str) -> str:
    """The first sentence of a room's package."""
    if name == "ground":
        return GROUND
    text = ast.get_docstring(ast.parse(MODULES[name].read_text("utf-8"))) or ""
    return text.split("\n")[0].replace("``", "")


def house() -> str:
    """The picture as SVG: rooms from the ground up, beside each the rooms that it imports, by number of imports."""
    counts: Counter[tuple[int, int]] = Counter()
    lines: Counter[int] = Counter()
    for module, path in MODULES.items():
        if module and module not in OUTSIDE:
            lines[room(module)] += path.read_text("utf-8").count("\n")
            counts.update((room(module), room(other)) for other in imports(module) if other and other not in OUTSIDE)
    excepted = {(room(module), room(other)) for module, other in UPWARDS}
    last = len(ROOMS) - 1
    row = lambda number: TOP + ROW * (last - number) + ROW / 2  # its middle
    column = lambda number: MATRIX + CELL * number + CELL / 2
    width, height = MATRIX + CELL * len(ROOMS) + 40, TOP + ROW * len(ROOMS) + 8
    parts = [
        f'<svg class="house" viewBox="0 0 {width} {height}" role="img" aria-labelledby="house-title" '
        'font-family="sans-serif" font-size="11" fill="currentColor">',
        '<title id="house-title">The rooms of minigrad from the ground up, and which rooms each imports</title>',
    ]
    for number, name in enumerate(ROOMS):
        y = row(number)
        parts += [
            f'<rect x="1" y="{y - ROW / 2 + 2}" width="{MATRIX - 14}" height="{ROW - 4}" rx="4" fill="#4c78a8" '
            'fill-opacity="0.14"/>',
            f'<text x="{NAME}" y="{y + 4}" font-size="13" font-weight="bold">{name}</text>',
            f'<text x="{PURPOSE}" y="{y + 4}">{escape(_short(purpose(name)))}</text>',
            f'<text x="{MATRIX - 20}" y="{y + 4}" text-anchor="end" fill-opacity="0.7">{lines[number]:,}</text>',
            f'<text transform="translate({column(number) + 3} {TOP - 8}) rotate(-50)">{name}</text>',
        ]
        for other in range(len(ROOMS)):
            x, count = column(other), counts[number, other]
            if other == number:
                parts.append(f'<rect x="{x - 7}" y="{y - 7}" width="14" height="14" fill-opacity="0.12"/>')
            elif count:
                radius = min(10.0, 2.0 + count**0.5)
                colour = "#d62728" if (number, other) in excepted else "#4c78a8"
                parts.append(
                    f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" fill="{colour}"><title>{name} imports {ROOMS[other]}: '
                    f"{count} imports</title></circle>"
                )
    return "".join([*parts, "</svg>"])


def _short(text: str) -> str:
    return text if len(text) <= 62 else text[:60].rsplit(" ", 1)[0] + " …"


class House(SphinxDirective):
    """The picture, where the directive stands."""

    def run(self) -> list[nodes.Node]:
        """Called by docutils."""
        for path in MODULES.values():
            self.env.note_dependency(str(path))
        return [nodes.raw("", f'<figure class="align-center">{house()}</figure>', format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("house", House)
    return {"parallel_read_safe": True}
