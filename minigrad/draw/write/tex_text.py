"""Text for LaTeX: whatever a name consists of, it is printed, and nothing in it is a command.

The result is ASCII. Symbols are the commands of LaTeX for them, letters with accents are composed, and a character that
plain LaTeX cannot print is named by its number.
"""

from __future__ import annotations

import re
import unicodedata

from ..text import Line, Run

# What LaTeX gives a meaning to, or prints as something else.
_ASCII = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
}
_SYMBOLS = {
    "ℓ": r"\ell", "∂": r"\partial", "∇": r"\nabla", "‖": r"\Vert", "∞": r"\infty", "√": r"\surd", "Σ": r"\Sigma",
    "·": r"\cdot", "×": r"\times", "÷": r"\div", "±": r"\pm", "−": "-", "≠": r"\ne", "≤": r"\le", "≥": r"\ge",
    "⋯": r"\cdots", "←": r"\leftarrow", "→": r"\rightarrow", "⊙": r"\odot", "⊗": r"\otimes", "∘": r"\circ",
    "∈": r"\in", "∑": r"\sum", "∏": r"\prod", "¬": r"\neg", "≈": r"\approx", "½": r"\frac{1}{2}",
    **dict(zip("αβγδεζηθικλμνξπρστυφχψω", (
        *(r"\alpha", r"\beta", r"\gamma", r"\delta", r"\varepsilon", r"\zeta", r"\eta", r"\theta", r"\iota", r"\kappa"),
        *(r"\lambda", r"\mu", r"\nu", r"\xi", r"\pi", r"\rho", r"\sigma", r"\tau", r"\upsilon", r"\varphi", r"\chi"),
        *(r"\psi", r"\omega"),
    ), strict=True)),
    **dict(zip("ΓΔΘΛΞΠΥΦΨΩ", (
        *(r"\Gamma", r"\Delta", r"\Theta", r"\Lambda", r"\Xi", r"\Pi", r"\Upsilon", r"\Phi", r"\Psi", r"\Omega"),
    ), strict=True)),
}  # fmt: skip
_WORDS = {
    "…": r"\ldots{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "✂": r"\ding{34}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "\N{NO-BREAK SPACE}": "~",
    "§": r"\S{}",
    "°": r"\textdegree{}",
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0323": "d",
    "\u0327": "c",
    "\u0328": "k",
}


def to_tex(line: Line) -> str:
    """A line as LaTeX text, each of its runs in its style."""
    return "".join([_styled(run) for run in line.runs if run.text])


def _styled(run: Run) -> str:
    text = escaped(run.text)
    if run.italic:
        text = rf"\textit{{{text}}}"
    if run.bold:
        text = rf"\textbf{{{text}}}"
    if run.shift:
        return rf"${'_' if run.shift == 'sub' else '^'}{{\text{{{text}}}}}$"
    return text


def escaped(text: str) -> str:
    """A text as LaTeX that prints it."""
    pieces: list[str] = []
    for character in text:
        if character in _ACCENTS and pieces:  # of the letter before
            pieces[-1] = _accented(pieces[-1], character)
        else:
            pieces.append(_escaped(character))
    # A space at an end or beside another one would be lost, and -- would be a dash, ,, a quotation mark.
    spaced = re.sub(r"^ | $| (?= )", "~", "".join(pieces))
    return re.sub(r"(?<![^-])-|(?<![^,]),", lambda match: f"{{{match[0]}}}", spaced)


def _escaped(character: str) -> str:
    if character in _ASCII:
        return _ASCII[character]
    if character.isspace():
        return _WORDS.get(character, " ")
    if " " < character < "\x7f":
        return character
    if character in _SYMBOLS:
        return f"${_SYMBOLS[character]}$"
    if character in _WORDS:
        return _WORDS[character]
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return ""
    form = unicodedata.decomposition(character).split()
    if form and form[0] in ("<sub>", "<super>"):
        shift = "_" if form[0] == "<sub>" else "^"
        return rf"${shift}{{\text{{{escaped(''.join(chr(int(code, 16)) for code in form[1:]))}}}}}$"
    if len(form) == 2 and chr(int(form[1], 16)) in _ACCENTS:
        return _accented(_escaped(chr(int(form[0], 16))), chr(int(form[1], 16)))
    return rf"\character{{{ord(character):04X}}}"


def _accented(letter: str, accent: str) -> str:
    return rf"\{_ACCENTS[accent]}{{{letter}}}"
