"""Other programs that write pictures: Graphviz' ``dot``, and librsvg's ``rsvg-convert``."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from ..text import shorten
from .failure import DrawingError

INSTALL = "`apt install graphviz` (Linux), `brew install graphviz` (macOS) or `winget install graphviz` (Windows)"
INSTALL_RSVG = "`apt install librsvg2-bin` (Linux) or `brew install librsvg` (macOS)"
_DOT, _RSVG = "Graphviz' `dot`", "librsvg's `rsvg-convert`"


def has_dot() -> bool:
    """Whether Graphviz is installed."""
    return shutil.which("dot") is not None


def has_rsvg() -> bool:
    """Whether librsvg's converter is installed."""
    return shutil.which("rsvg-convert") is not None


def by_dot(text: str, kind: str, timeout: float, scale: float | None = None) -> bytes:
    """What Graphviz makes of a DOT text.

    Args:
        text: of the picture.
        kind: the format, in Graphviz' words.
        timeout: the seconds that it may take.
        scale: pixels per point, for a format that has pixels.

    Raises:
        DrawingError: it is missing, fails, or takes longer.
    """
    from graphviz.backend.dot_command import command

    fine = [] if scale is None else [f"-Gdpi={72 * scale:g}"]
    return _piped([*command("dot", kind), *fine], text, _DOT, kind, timeout)


def by_rsvg(svg: str, timeout: float) -> bytes:
    """The PDF that librsvg makes of an SVG: a unit of the one is a point of the other.

    Args:
        svg: the text of the picture.
        timeout: the seconds that it may take.

    Raises:
        DrawingError: it is missing, fails, or takes longer.
    """
    arguments = ["rsvg-convert", "--format=pdf", "--dpi-x=72", "--dpi-y=72", "--unlimited"]
    return _piped(arguments, svg, _RSVG, "pdf", timeout)


def _piped(arguments: Sequence[str], text: str, program: str, kind: str, timeout: float) -> bytes:
    try:
        done = subprocess.run(arguments, input=text.encode(), capture_output=True, timeout=timeout, check=False)
    except FileNotFoundError:
        raise DrawingError(f"writing .{kind} needs {program}, which is not installed") from None
    except subprocess.TimeoutExpired:
        raise DrawingError(f"{program} took more than {timeout:g} s to write .{kind}") from None
    if done.returncode or not done.stdout:
        said = " ".join(done.stderr.decode(errors="replace").split()) or f"exit status {done.returncode}"
        raise DrawingError(f"{program} failed to write .{kind}: {shorten(said, 200)}")
    return done.stdout
