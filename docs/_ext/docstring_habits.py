"""Two habits of our docstrings, which read well in the source, put into terms that Sphinx knows.

An indented block after a blank line is code. ``first, last: text`` in a section describes two names.
"""

import re
from collections.abc import Iterator

from sphinx.application import Sphinx

PAIR = re.compile(r"( {4})(\w+(?:, \w+)+): (.*)")


def translated(lines: list[str]) -> Iterator[str]:
    """The lines of a docstring, before napoleon reads its sections."""
    previous = ""  # the last line that was neither blank nor indented
    for above, line in zip(["", *lines], lines, strict=False):
        pair = PAIR.match(line)
        if line.startswith("    ") and not above and previous and not previous.endswith("::"):
            yield from ("::", "")
            previous = ""
        if line and not line.startswith(" "):
            previous = line
        if pair and above:
            yield from (f"{pair[1]}{name}: {pair[3]}" for name in pair[2].split(", "))
        else:
            yield line


def process(app: Sphinx, what: str, name: str, documented: object, options: object, lines: list[str]) -> None:
    """Called by autodoc for each docstring."""
    lines[:] = translated(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", process, priority=100)
    return {"parallel_read_safe": True}
