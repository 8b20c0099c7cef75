"""The directive ``gallery``: a picture that a command of the page makes while the page is built.

    ```{gallery} minigrad draw --example rnn
    What the picture shows.
    ```

The command is shown, and run twice: once for the picture, once for the page that plays it.
"""

import contextlib
import hashlib
import io
import re
import shlex
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from minigrad.command.cli import main

FOLDER = "_static/gallery"


class GalleryDirective(SphinxDirective):
    """One picture, its command, and a link to its player."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(__file__)
        program, *arguments = shlex.split(self.arguments[0])
        if program != "minigrad":
            raise self.error("the command must be one of minigrad's own")
        name = f"{slug(arguments)}-{hashlib.sha256(self.arguments[0].encode()).hexdigest()[:6]}"
        folder = Path(self.env.app.outdir) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        picture, player = folder / f"{name}.svg", folder / f"{name}.html"
        for out in (picture, player):
            make(arguments, out)
        title = ElementTree.parse(picture).getroot().findtext("{http://www.w3.org/2000/svg}title") or ""
        up = "../" * self.env.docname.count("/")
        target = f"{up}{FOLDER}/{player.name}"
        image = f'<a href="{target}"><img src="{up}{FOLDER}/{picture.name}" alt="{escape(title)}" loading="lazy"></a>'
        shown = nodes.literal_block(self.arguments[0], self.arguments[0], language="console")
        text = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, text)
        link = f'<p class="play"><a href="{target}">Play it, step by step</a></p>'
        return [*text.children, shown, nodes.raw("", image, format="html"), nodes.raw("", link, format="html")]


def slug(arguments: list[str]) -> str:
    """A readable file name for a command."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(arguments).lower().replace("draw", "").replace("--", "")).strip("-")[:40]


def make(arguments: list[str], out: Path) -> None:
    """Run the command with another ``--out``."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        code = main([*arguments, "--out", str(out)])
    if code:
        raise ExtensionError(f"{shlex.join(arguments)} ended with exit code {code}: {said.getvalue()}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("gallery", GalleryDirective)
    return {"parallel_read_safe": True}
