"""Names with subscripts and superscripts as plain characters."""

from __future__ import annotations

from collections.abc import Iterable

from .text import Run

_SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))

_SUPERSCRIPTS = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")


def subscript(text: str) -> str:
    """``text`` as a subscript: ``ₕ``, or ``_y`` where Unicode lacks a character."""
    if all(character in _SUBSCRIPTS for character in text):
        return "".join(_SUBSCRIPTS[character] for character in text)
    return f"_{text}"


def superscript(text: str) -> str:
    """``text`` as a superscript: ``⁽²⁾``."""
    return text.translate(_SUPERSCRIPTS)


def plain(runs: Iterable[Run]) -> str:
    """Runs as plain characters."""
    spelled = {"sub": subscript, "sup": superscript}
    return "".join(spelled[run.shift](run.text) if run.shift else run.text for run in runs)
