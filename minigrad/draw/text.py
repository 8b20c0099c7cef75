"""Text in a picture: runs with subscripts, cleaned names, estimated widths.

Nothing here measures a font. The widths are those of Arial, whose metrics Helvetica and Liberation Sans
share, so that a picture comes out the same on every machine.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

FONT_SIZE = 14.0
SMALL = 11.0
LONGEST_NAME = 14  # characters of a user's name that are shown

SHIFTED = 0.72  # size of a subscript or superscript beside its base

# Widths of Arial for the characters from space to tilde, in thousandths of the size.
_ASCII = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
_OTHER = {"·": 300, "…": 1000, "⋯": 1000, "∇": 700, "‖": 500, "ℓ": 420, "∂": 520, "−": 584, "×": 584, "÷": 584}
_BOLD = 1.09
_MARGIN = 1.03  # the font that is found in the end may be a little wider

Shift = Literal["", "sub", "sup"]


class Run(NamedTuple):
    """A piece of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    shift: Shift = ""


class Line(NamedTuple):
    """A line of text: runs, a size, and the name of its ink in the theme ("" for its surroundings' own)."""

    runs: tuple[Run, ...]
    size: float = FONT_SIZE
    ink: str = ""

    @property
    def plain(self) -> str:
        """The text without any style."""
        return "".join([run.text for run in self.runs])

    @property
    def width(self) -> float:
        """The estimated width."""
        return sum([run_width(run, self.size) for run in self.runs])

    @property
    def height(self) -> float:
        """The distance to the next line."""
        return self.size * 1.25


def line(*parts: Run | str, size: float = FONT_SIZE, ink: str = "") -> Line:
    """A line of runs and plain strings."""
    return Line(tuple([Run(part) if isinstance(part, str) else part for part in parts]), size, ink)


def broken(text: Line, room: float) -> list[Line]:
    """A line as lines of no more than a width, broken between words; a longer word is broken where its line ends."""
    if text.width <= room:
        return [text]
    words: list[list[Run]] = [[]]
    for run in text.runs:
        first, *more = run.text.split(" ")
        words[-1].append(run._replace(text=first))
        words += [[run._replace(text=word)] for word in more]
    words = [part for word in _glued(words) for part in _parts(word, text.size, room)]
    lines: list[list[Run]] = []
    for word in words:
        longer = [*lines[-1], Run(" "), *word] if lines else word
        if lines and Line(tuple(longer), text.size).width <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [Line(tuple(run for run in runs if run.text), text.size, text.ink) for runs in lines]


def _parts(word: list[Run], size: float, room: float) -> list[list[Run]]:
    """A word, or its parts of no more than a width if it is wider; a single character is never broken."""
    if Line(tuple(word), size).width <= room:
        return [word]
    parts: list[list[Run]] = [[]]
    for run in word:
        for character in run.text:
            longer = [*parts[-1], run._replace(text=character)]
            if parts[-1] and Line(tuple(longer), size).width > room:
                parts.append([run._replace(text=character)])
            elif parts[-1] and parts[-1][-1]._replace(text="") == run._replace(text=""):
                parts[-1][-1] = run._replace(text=parts[-1][-1].text + character)
            else:
                parts[-1] = longer
    return parts


def _glued(words: list[list[Run]]) -> list[list[Run]]:
    """The words, of which an equals sign is one with its neighbours."""
    found: list[list[Run]] = []
    signs = ["".join(run.text for run in word) == "=" for word in words]
    for k, word in enumerate(words):
        if found and (signs[k] or (k > 1 and signs[k - 1])):
            found[-1] = [*found[-1], Run(" "), *word]
        else:
            found.append(word)
    return found


@lru_cache(maxsize=4096)
def run_width(run: Run, size: float) -> float:
    """The estimated width of a run on a line of ``size``."""
    scale = size * (SHIFTED if run.shift else 1.0) * (_BOLD if run.bold else 1.0) * _MARGIN
    return sum(map(_character_width, run.text)) * scale / 1000


@lru_cache(maxsize=1024)
def _character_width(character: str) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return _ASCII[code - 32]
    if character in _OTHER:
        return _OTHER[character]
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return 0
    return 1000 if code > 0x2FFF or unicodedata.east_asian_width(character) in "WF" else 700


@lru_cache(maxsize=4096)
def clean(text: object) -> str:
    """``text`` on one line without characters that XML forbids or that reorder their surroundings.

    A name that is written from right to left is isolated, so that it cannot reorder what stands beside it.
    """
    characters = []
    for character in str(text):
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            characters.append(" ")
        elif category in ("Cs", "Cn", "Co"):
            characters.append("\N{REPLACEMENT CHARACTER}")
        elif category != "Cf":
            characters.append(character)
    name = " ".join("".join(characters).split())
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in name):
        return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
    return name


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """``name`` with its middle replaced by … if it is longer than ``longest`` characters."""
    isolated = name.startswith("\N{FIRST STRONG ISOLATE}")
    body = name[1:-1] if isolated else name
    if len(body) <= longest:
        return name
    head = (longest + 1) // 2
    body = f"{body[:head].rstrip()}…{body[len(body) - (longest - head - 1) :].lstrip()}"
    return f"\N{FIRST STRONG ISOLATE}{body}\N{POP DIRECTIONAL ISOLATE}" if isolated else body


def base_and_index(name: str) -> tuple[str, str]:
    """A name as a symbol with its subscript: ``W_h`` is W with h, ``h0`` is h with 0; other names have none."""
    match = re.fullmatch(r"([^\W\d_]{1,2}'*)(?:_(\w{1,6})|(\d{1,4}))", name)
    return (match[1], match[2] or match[3]) if match else (name, "")


@lru_cache(maxsize=4096)
def _parts_of(name: str) -> tuple[str, str]:
    """What is shown of a name on its line, and the subscript that it has of its own."""
    owner, dot, last = clean(name).rpartition(".")
    base, own = base_and_index(last)
    return shorten(owner + dot + base) or "?", own


def symbol(name: str, index: object = "", *, bold: bool = False, italic: bool = False) -> tuple[Run, ...]:
    """``name`` as the field writes it: a short one with its subscript, and ``index`` behind that."""
    base, own = _parts_of(name)
    below = f"{own},{index}" if own and index != "" else own or str(index)
    runs = (Run(base, bold=bold, italic=italic),)
    return (*runs, Run(below, bold=bold, italic=italic, shift="sub")) if below else runs


def without_index(name: str) -> str:
    """A name without the number at its end."""
    return re.sub(r"_?\d+$", "", name)


def number(value: float) -> str:
    """A number with three significant digits."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value:.3g}" if value == round(value) else f"{value:#.3g}".removesuffix(".")
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def is_rounded(value: float) -> bool:
    """Whether ``number`` leaves digits of a number out."""
    return math.isfinite(value) and float(f"{value:.3g}") != value


@lru_cache(maxsize=256)
def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as Python writes it, or ``scalar``."""
    return str(tuple(map(int, shape))) if shape else "scalar"


dtype_text = lru_cache(maxsize=32)(str)  # NumPy takes microseconds to name a dtype


def many(count: int, what: str) -> str:
    """``3 records`` or ``1 record``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
