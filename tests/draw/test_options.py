"""Options: each one changes the picture of each kind of subject, or is refused, or leaves out what is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.examples import modules
from tests.draw.programs import PROGRAMS
from tests.draw.tapes import scalars, window

SETTINGS: dict[str, list[Any]] = {
    "view": ["folded", "both"],
    "steps": [[2], slice(2, 3)],
    "depth": [1],
    "show": [{"op"}, {"name"}, {"shape"}, {"dtype"}, {"value"}, {"grad"}, {"bytes"}],
    "notes": [{2: "look here"}, {"h2": "this one"}],
    "highlight": [("h1", "h2")],
    "lane": [1, False],
    "memory": [False],
    "compact": [True],
    "width": ["30cm"],
    "font": [9],
    "legend": [False],
    "panel": [False],
    "title": ["A title", ""],
    "theme": ["dark", "print"],
}
SUBJECTS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "steps": (PROGRAMS["plain"], {}),
    "steps, folded": (PROGRAMS["plain"], {"view": "folded"}),
    "steps, both": (PROGRAMS["plain"], {"view": "both"}),
    "steps, compact": (PROGRAMS["plain"], {"compact": True}),
    "windows": (lambda: window(6, 3), {}),
    "modules": (modules, {}),
    "modules, folded": (modules, {"view": "folded"}),
    "several walks": (PROGRAMS["two walks"], {}),
    "several walks, both": (PROGRAMS["two walks"], {"view": "both"}),
    "no marks, folded": (PROGRAMS["unmarked loop"], {"view": "folded"}),
    "no marks, unfolded": (PROGRAMS["unmarked loop"], {}),
    "no steps": (scalars, {}),
    "cell": (lambda: mg.nn.LSTMCell(2, 3, rng=0), {}),
    "plain cell": (lambda: mg.nn.RNNCell(2, 3, rng=0), {}),
}
WAYS_OUT = ("use ", "give ", "record ", "choose ", "call tape.mark()", "shows", "there are", "called")
LEFT_OUT: dict[str, Callable[[mg.draw.Drawing], bool]] = {
    "lane": lambda drawing: all(part.kind not in ("norm", "gradient", "stops") for part in drawing.scene.parts()),
    "memory": lambda drawing: all(part.kind not in ("memory", "freed") for part in drawing.scene.parts()),
    "legend": lambda drawing: all(part.kind != "legend" for part in drawing.scene.parts()),
    "panel": lambda drawing: all(frame.name != "parameters" for frame in drawing.scene.frames),
    "title": lambda drawing: all(text.kind != "title" for text in drawing.scene.texts),
}
AS_ASKED: dict[str, Callable[[mg.draw.Drawing, Any], bool]] = {
    "depth": lambda drawing, depth: not drawing.graph.tape.scopes,  # there is no module to close
    "lane": lambda drawing, walk: {part.walk for part in drawing.scene.parts()} <= {0, walk},
}


def _drawn(source: Any, options: dict[str, Any]) -> mg.draw.Drawing | None:
    """The drawing; ``None`` if it is refused by a message that names what is to be done otherwise."""
    refusal = ""
    try:
        return draw(source, **options)
    except (ValueError, TypeError) as refused:
        refusal = str(refused)
    assert refusal.startswith("draw(")
    assert any(word in refusal for word in WAYS_OUT), refusal
    return None


@pytest.mark.parametrize("option", SETTINGS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_option_changes_the_picture_or_is_refused_or_leaves_out_what_is_not_there(subject: str, option: str) -> None:
    program, fixed = SUBJECTS[subject]
    source = program()
    plain = draw(source, **fixed).svg()
    for value in SETTINGS[option]:
        drawing = _drawn(source, {**fixed, option: value})
        if drawing is None or fixed.get(option) == value:
            continue
        if value in (False, ""):
            assert LEFT_OUT[option](drawing), value
        elif drawing.svg() == plain:
            assert AS_ASKED[option](drawing, value), value


@pytest.mark.parametrize("subject", ["steps", "windows", "no steps", "no marks, folded", "several walks, both"])
@pytest.mark.parametrize(
    "options",
    [
        {"panel": False},
        {"show": {"op"}},
        {"title": ""},
        {"title": "A title"},
        {"lane": False},
        {"steps": [2]},
        {"notes": {2: "look here"}},
        {"highlight": ("h1", "h2")},
        {"compact": True},
    ],
    ids=str,
)
def test_the_text_changes_with_what_it_shows(subject: str, options: dict[str, Any]) -> None:
    program, fixed = SUBJECTS[subject]
    source = program()
    drawing, plain = _drawn(source, {**fixed, **options}), draw(source, **fixed)
    if drawing is None or (options == {"lane": False} and "‖∂" not in plain.text(100)):
        return
    assert drawing.text(100) != plain.text(100) or (options == {"panel": False} and "grad" not in plain.text(100))


def test_a_note_and_a_way_stand_below_the_text() -> None:
    text = draw(PROGRAMS["plain"](), notes={2: "look here", "h3": "and here"}, highlight=("h1", "h2")).text(100)
    below = text[text.index("t = 2: look here") :]
    assert "h₃: and here" in below
    assert "the only way of the derivative" in text


def test_show_decides_what_the_text_says() -> None:
    source = scalars()
    assert "‖∇‖" not in draw(source, show={"op", "value"}).text(100)
    assert "−6" in draw(source, show={"op", "value"}).text(100)
    assert "−6" not in draw(source, show={"op", "grad"}).text(100)


def test_a_cell_refuses_whatever_is_about_a_tape() -> None:
    cell = mg.nn.LSTMCell(2, 3, rng=0)
    for option, values in SETTINGS.items():
        for value in values if option not in ("title", "theme") else ():
            with pytest.raises(TypeError, match=rf"draw\(cell, {option}=\.\.\.\): only title and theme"):
                draw(cell, **{option: value})


@pytest.mark.parametrize("other", [3, None, mg.nn.RNNCell(2, 3, rng=0)])
def test_a_difference_of_something_else_names_itself(other: Any) -> None:
    with pytest.raises(TypeError, match=r"draw_diff\(\) takes a Tape or a Window of truncated_bptt, or a Drawing"):
        draw.diff(scalars(), other)
