"""Names with subscripts and superscripts as plain characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from .text import Run

_SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))

_DIGITS = "₀₁₂₃₄₅₆₇₈₉"
_DIGITS_OF = str.maketrans(_DIGITS, "0123456789")
_SUPERSCRIPTS = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")


def subscript(text: str) -> str:
    """``text`` as a subscript: ``ₕ``, or ``_y`` where Unicode lacks a character."""
    if all(character in _SUBSCRIPTS for character in text):
        return "".join(_SUBSCRIPTS[character] for character in text)
    return f"_{text}"


def superscript(text: str) -> str:
    """``text`` as a superscript: ``⁽²⁾``."""
    return text.translate(_SUPERSCRIPTS)


def symbols(text: str, *, bold: bool = False) -> Iterator[Run]:
    """Plain characters as runs: fonts that lack ``₁`` have a 1."""
    for below, part in groupby(text, _DIGITS.__contains__):
        characters = "".join(part)
        yield Run(characters.translate(_DIGITS_OF) if below else characters, bold=bold, shift="sub" if below else "")


def plain(runs: Iterable[Run]) -> str:
    """Runs as plain characters."""
    spelled = {"sub": subscript, "sup": superscript}
    return "".join(spelled[run.shift](run.text) if run.shift else run.text for run in runs)
