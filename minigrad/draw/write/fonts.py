"""The fonts of this machine, in the order in which a renderer should take them.

A renderer that misses a character in the font of a label takes the whole label from the first font that has it. So
the order decides whether a norm is set in letters like those around it: without serifs, and about as wide.
"""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from pathlib import Path

# Those of the theme, others of their widths, and what most systems have for mathematics and for other scripts.
FAMILIES = ("Arial", "Helvetica", "Liberation Sans", "Nimbus Sans", "DejaVu Sans", "Noto Sans", "Open Sans", "Roboto")
_FACE = "(condensed)?(regular|book)?(bold|bd|b)?(italic|oblique|i)?"
_SUFFIXES = (".ttf", ".otf", ".ttc")


def folders() -> tuple[Path, ...]:
    """Where this system keeps its fonts, and its user theirs."""
    home = Path.home()
    if sys.platform == "darwin":
        return (home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    if sys.platform == "win32":
        own = Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft/Windows/Fonts"
        return (own, Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    return (own / "fonts", home / ".fonts", *(Path(each) / "fonts" for each in shared.split(":") if each))


@lru_cache(maxsize=16)
def files(places: tuple[Path, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The font files below some folders: those of the families of the list, in its order, and all the others."""
    found = [path for place in places for path in place.rglob("*") if path.suffix.lower() in _SUFFIXES]
    ranked = sorted((_rank(path), str(path)) for path in found)
    known = tuple(path for (place, *_), path in ranked if place < len(FAMILIES))
    return known, tuple(path for (place, *_), path in ranked if place == len(FAMILIES))


def _rank(path: Path) -> tuple[int, bool, bool, str]:
    name = re.sub(r"[\s_-]", "", path.stem.lower())
    for place, family in enumerate(FAMILIES):
        match = re.fullmatch(re.escape(family.lower().replace(" ", "")) + _FACE, name)
        if match:
            return place, bool(match[3] or match[4]), not match[1], name
    return len(FAMILIES), False, False, name
