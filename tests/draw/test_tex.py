"""TikZ: a document that LaTeX can read, with every label in it, and in which no name is a command."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from minigrad.draw import DrawingError, draw
from minigrad.draw.scene import Scene, Text
from minigrad.draw.text import Line, Run, line
from minigrad.draw.theme import LIGHT
from minigrad.draw.write.image import lines_of
from minigrad.draw.write.tex import to_document
from minigrad.draw.write.tex_looks import Looks
from minigrad.draw.write.tex_text import escaped, to_tex
from tests.draw.tapes import KINDS, at_random, evil, lstm, window

PRINTED = {
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotedbl": '"',
    "textquotesingle": "'",
    "textasciigrave": "`",
}
ACTIVE = set("\\{}$&#^_~%")


def read(text: str) -> str:
    """What LaTeX prints of escaped ASCII: every command must be one of those that print a character."""
    out = []
    tokens = re.compile(r"\\([a-zA-Z]+)\{\}|\\([{}$&#%_])|\{([-,])\}|(~)|([^\\{}$&#^_~%])|(.)", re.DOTALL)
    for command, symbol, single, tie, plain, wrong in tokens.findall(text):
        assert not wrong, f"{wrong!r} means something to LaTeX, in {text!r}"
        out.append(PRINTED[command] if command else symbol or single or (" " if tie else plain))
    return "".join(out)


def balanced(text: str) -> bool:
    """Whether the braces that are no characters match, and no comment hides one."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_ascii_is_printed_as_it_is(text: str) -> None:
    assert read(escaped(text)) == text


@given(st.text())
def test_any_name_is_ascii_on_one_line_with_balanced_braces(text: str) -> None:
    result = escaped(text)
    assert result.isascii()
    assert result.isprintable()
    assert balanced(result)
    assert not re.search(r"(?<!\\)[%&#]", result)
    assert len(re.findall(r"(?<!\\)\$", result)) % 2 == 0
    named = set(re.findall(r"\\([a-zA-Z]+)", result))
    assert not named & {"input", "write", "def", "let", "csname", "catcode", "end", "begin", "immediate", "openout"}


@given(st.text("-, ", min_size=1))
def test_nothing_is_joined_or_lost(text: str) -> None:
    result = escaped(text)
    assert not re.search("--|,,|  |^ | $", result)
    assert read(result) == text


def test_nothing_is_joined_across_runs() -> None:
    assert to_tex(Line((Run("-"), Run("-"), Run(",", bold=True), Run(",")))) == r"{-}{-}\textbf{{,}}{,}"


@pytest.mark.parametrize(
    ("character", "command"),
    [
        *zip("ℓ∂∇‖·×−∞θ", (r"\ell", r"\partial", r"\nabla", r"\Vert", r"\cdot", r"\times", "-", r"\infty", r"\theta")),
        ("₁", r"_{\text{1}}"),
        ("²", r"^{\text{2}}"),
    ],
)
def test_symbols_are_mathematics(character: str, command: str) -> None:
    assert escaped(character) == f"${command}$"


@pytest.mark.parametrize(
    ("character", "text"),
    [("…", r"\ldots{}"), ("é", r"\'{e}"), ("ḡ", r"\={g}"), ("e\u0301", r"\'{e}"), ("ǭ", r"\={\k{o}}"), ("Ł", r"\L{}")],
)
def test_letters_and_words(character: str, text: str) -> None:
    assert escaped(character) == text


@pytest.mark.parametrize("character", ["ש", "中", "😀", "\u0301"])
def test_what_cannot_be_printed_is_named(character: str) -> None:
    assert escaped(character) == rf"\character{{{ord(character):04X}}}"


@pytest.mark.parametrize("character", ["\x00", "\u200b", "\ud800"])
def test_what_is_no_text_is_left_out(character: str) -> None:
    assert escaped(f"a{character}b") == "ab"


def test_styles_of_runs() -> None:
    words = Line((Run("W", bold=True), Run("h_1", italic=True, shift="sub"), Run(" = 2"), Run("T", shift="sup")))
    assert to_tex(words) == r"\textbf{W}$_{\text{\textit{h\_1}}}$~= 2$^{\text{T}}$"


@pytest.mark.parametrize("kind", KINDS)
def test_structure(kind: str) -> None:
    drawing = draw(KINDS[kind]())
    text = drawing.tex()
    assert text.isascii()
    assert balanced(text)
    assert text.count(r"\begin{document}") == text.count(r"\end{document}") == 1
    body = text.split(r"\begin{tikzpicture}")[1].splitlines()[1:-3]
    for row in body:
        assert row.startswith(("\\", "% "))
        assert row.startswith("% ") or row.endswith(";")
    for each in lines_of(drawing.scene):
        assert f"{{{to_tex(each)}}};" in text or not each.plain
    named = re.findall(r"\] \(([\w-]+)\) at ", text)
    assert named == [box.name for box in drawing.scene.boxes if not box.name.startswith("legend")]
    assert sum(" -- " in row for row in body) >= len(drawing.scene.paths)
    arrows = sum(row.startswith("\\path") and ", ->" in row for row in body)
    assert arrows == sum(path.arrow for path in drawing.scene.paths)
    assert sum("rounded corners=12pt" in row for row in body) == len(drawing.scene.frames)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_colours_and_styles_are_defined_once_before_they_are_used(theme: str) -> None:
    source, show = lstm(2), ("op", "name", "value", "grad")
    head, body = draw(source, theme=theme, show=show).tex().split(r"\begin{document}")
    colours = re.findall(r"\\definecolor\{([\w-]+)\}\{HTML\}\{[0-9A-F]{6}\}", head)
    styles = re.findall(r"^  ([\w. ]+)/\.style=", head, re.MULTILINE)
    assert len(colours) == len({*colours})
    assert len(styles) == len({*styles})
    used = {*re.findall(r"(?:text|draw|fill)=([\w-]+)", head + body), *re.findall(r"\\fill\[([\w-]+)\]", body)}
    assert used == {*colours}
    options = re.findall(r"^\\\w+\[([^]]*)\]", body, re.MULTILINE)
    looks = {word for each in options for word in each.split(", ") if "=" not in word}
    assert looks - {"->", "solid", *colours} <= {*styles}
    assert {*styles} <= {*looks, "words", "oval shape"}
    assert not re.search(r"#[0-9a-f]{6}", body)


def test_colours_are_those_of_the_scene() -> None:
    text = draw(window(2, 1)).tex()
    assert r"\definecolor{state-fill}{HTML}{DCF1E3}" in text
    assert r"\definecolor{parameter-1-stroke}{HTML}{1D5FA8}" in text
    assert "state box/.style={fill=state-fill, draw=state-stroke, line width=2pt}" in text


def test_positions_are_those_of_the_scene() -> None:
    drawing = draw(window(2, 1))
    at = {
        name: (float(x), float(y))
        for name, x, y in re.findall(r"\] \(([\w-]+)\) at \(([-\d.]+), ([-\d.]+)\)", drawing.tex())
    }
    boxes = [box for box in drawing.scene.boxes if box.name in at]
    assert len(boxes) > 10
    for box in boxes:
        middle = (box.left + sum(badge.width for badge in box.before) + box.head_width / 2, box.y)
        assert at[box.name] == pytest.approx(middle, abs=0.01)


def test_words_stand_on_a_baseline_below_their_middle() -> None:
    scene = Scene("", LIGHT, 100, 100)
    scene.texts.append(Text(line("x", size=10), 50, 20))
    x, y = re.search(r"\] at \(([\d.]+), ([\d.]+)\) \{x\};", to_document(scene)).groups()
    assert (float(x), float(y)) == pytest.approx((50, 20 + 10 * 0.7 / 2))  # a capital is 0.7 of the size high


def test_what_is_dashed_stays_so() -> None:
    looks = Looks(LIGHT)
    plain, dashed = looks.box(LIGHT.boxes["op"]), looks.box(LIGHT.boxes["gap"])
    solid, broken = looks.line(LIGHT.strokes["flow"]), looks.line(LIGHT.strokes["cut"])
    definitions = "\n".join(looks.definitions())
    found = {name: f"{name}/.style=" in definitions for name in (plain, dashed, solid, broken)}
    assert all(found.values())
    dashes = {
        name for name in found for row in definitions.splitlines() if f" {name}/" in row and "dash pattern" in row
    }
    assert dashes == {dashed, broken}


def test_looks_of_one_name_are_two() -> None:
    first, second = replace(LIGHT.boxes["op"], width=7.0), replace(LIGHT.boxes["op"], width=8.0)
    looks = Looks(replace(LIGHT, boxes={**LIGHT.boxes, "a b": first, "a}{b": second}))
    assert looks.box(first) == "a b box"
    assert looks.box(second) not in ("a b box", looks.box(LIGHT.boxes["op"]))
    assert looks.box(second) == looks.box(second)


def test_a_theme_of_ones_own_may_have_any_role() -> None:
    style = LIGHT.boxes["op"]
    strange = replace(style, fill="#abc")
    boxes = {**LIGHT.boxes, "op": strange, "a}{b": replace(style, width=7.0), "a b": replace(style, width=8.0)}
    text = draw(window(2, 1), theme=replace(LIGHT, boxes=boxes)).tex()
    assert r"\definecolor{op-fill}{HTML}{AABBCC}" in text
    assert balanced(text)
    with pytest.raises(DrawingError, match="colour 'red' cannot be written in LaTeX: give it as #rrggbb"):
        draw(window(2, 1), theme=replace(LIGHT, background="red")).tex()


def test_what_is_longer_than_tex_can_measure_is_refused() -> None:
    with pytest.raises(DrawingError, match=r"16,001 points long, and TeX measures no more than 16,000"):
        to_document(Scene("", LIGHT, 16_001.0, 10.0))
    assert to_document(Scene("", LIGHT, 16_000.0, 10.0))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
@pytest.mark.parametrize("source", [evil, lambda: window(4, 2), lambda: at_random(3)])
def test_latex_reads_it(source: Any, tmp_path: Path) -> None:
    draw(source(), view="both").save(tmp_path / "picture.tex")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "picture.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "picture.pdf").read_bytes().startswith(b"%PDF")
