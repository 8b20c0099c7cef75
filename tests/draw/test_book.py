"""Pictures for books: of a given width, with letters of a given size, in rows, with one box for a cell."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.layout.across import LEAD, Piece, broken
from minigrad.draw.scene import Scene
from minigrad.draw.text import Line, Run, broken as broken_line, line
from minigrad.errors import ArgumentError, MisuseError
from tests.draw.audit import Auditor
from tests.draw.programs import OPTIONS, PROGRAMS
from tests.draw.tapes import window
from tests.draw.test_geometry import faults

pytestmark = pytest.mark.unwitnessed("some values of a run are changed, so that its derivative rules are not right")
FORMS: dict[str, dict[str, Any]] = {
    "18 cm": {"width": "18cm"},
    "18 cm, both": {"width": "18cm", "view": "both", "font": 5},
    "14 cm, compact": {"width": "14cm", "compact": True},
    "14 cm, compact, both": {"width": "14cm", "compact": True, "view": "both"},
    "dark, without": {"width": 900, "theme": "dark", "legend": False, "panel": False, "memory": False, "lane": False},
}
WITHOUT_STEPS = ("micrograd", "graph without a loop", "sixty operations at random", "nothing")
POINT = 96 / 72


def letters(svg: str) -> list[float]:
    """The sizes of all letters of an SVG in CSS pixels, as a browser would show them."""
    found = re.search(r'<svg [^>]*width="([\d.]+)"[^>]*viewBox="0 0 ([\d.]+) ', svg)
    assert found is not None
    zoom = float(found[1]) / float(found[2])
    return [zoom * float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]


def width_of(svg: str) -> float:
    found = re.search(r'<svg [^>]*width="([\d.]+)"', svg)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in WITHOUT_STEPS])
def test_a_program_has_its_width_and_its_letters_and_nothing_lies_on_something_else(name: str, form: str) -> None:
    options = {**OPTIONS.get(name, {}), **FORMS[form]}
    drawing = draw(PROGRAMS[name](), **options)
    svg = drawing.svg()
    asked = options["width"] if isinstance(options["width"], int) else float(options["width"][:2]) / 2.54 * 96
    assert width_of(svg) == pytest.approx(asked, abs=0.06)
    assert min(letters(svg)) >= options.get("font", 6) * POINT - 0.02
    assert faults(drawing.scene) == {}


@pytest.mark.parametrize("view", ["unfolded", "folded", "both"])
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in WITHOUT_STEPS])
def test_one_box_for_each_cell_says_nothing_false(name: str, view: Any) -> None:
    source = PROGRAMS[name]()
    statements = list(draw(source, **{**OPTIONS.get(name, {}), "compact": True, "view": view}).statements())
    assert Auditor(source, PROGRAMS[name], statements, ends=name.startswith("marks at the end")).faults() == []


def test_nothing_is_lost_in_rows() -> None:
    """The same boxes as in one row, the same captions, and each line as long as it was."""
    wide, narrow = (draw(window(6, 3, 3), title="", width=width).scene for width in ("100cm", "12cm"))
    assert _words(narrow) == _words(wide)
    for kind in ("carried", "gradient", "loss"):
        assert {(p.source, p.target) for p in narrow.paths if p.kind == kind} == {
            (p.source, p.target) for p in wide.paths if p.kind == kind
        }
    rows = {frame.top for frame in narrow.frames if frame.kind == "window"}
    assert len({frame.top for frame in wide.frames if frame.kind == "window"}) == 1
    assert len(rows) > 1


def _words(scene: Scene) -> list[str]:
    return sorted("|".join(line.plain for line in box.lines) for box in scene.boxes if box.kind != "legend")


def test_rows_break_at_windows_if_one_has_room() -> None:
    window_of = [0, 0, 0, 1, 1, 1]
    pieces = [
        Piece(100.0 * k, 100.0 * (k + 1), opens=k == 0 or window_of[k] != window_of[k - 1])
        for k in range(len(window_of))
    ]
    assert broken(pieces, 600) == []
    assert broken(pieces, 400 + LEAD) == [3]  # four have room, but a window ends after three
    assert broken(pieces, 200 + 2 * LEAD) == [2, 3, 5]
    assert broken(pieces, 50) == [1, 2, 3, 4, 5]  # what has no room has a row of its own


def test_a_window_that_goes_on_below_says_so() -> None:
    captions = [
        frame.caption.plain
        for frame in draw(window(6, 3, 3), width="12cm").scene.frames
        if frame.kind == "window" and frame.caption is not None
    ]
    heads = [each.split("  ")[0] for each in captions]
    assert len(heads) > 2
    for k, head in enumerate(heads):
        number = head.removeprefix("window ").removesuffix(", continued")
        assert head.endswith(", continued") == (k > 0 and heads[k - 1].startswith(f"window {number}"))


def test_columns_are_as_wide_as_their_own_content() -> None:
    """Only the second step has long names; without a width all columns would be as wide."""
    w = mg.parameter(0.5, name="w")
    tape = mg.Tape()
    with tape:
        h = mg.tensor(1.0)
        for t in range(4):
            tape.mark()
            h = mg.tanh(h * w)
            if t == 1:
                h = h * mg.tensor(2.0, name="a_long_name") * mg.tensor(3.0, name="a_longer_one")
    plain, book = (
        [round(frame.right - frame.left, 6) for frame in draw(tape, **options).scene.frames if frame.kind == "step"]
        for options in ({}, {"width": "40cm"})
    )
    assert len(set(plain)) == 1
    assert max(book[0], *book[2:]) < 0.8 * book[1]


@pytest.mark.parametrize(
    ("length", "pixels"),
    [(600, 600), ("600px", 600), ("12cm", 453.54), ("120 mm", 453.54), ("5in", 480), ("360pt", 480), (480.5, 480.5)],
)
def test_lengths(length: Any, pixels: float) -> None:
    drawing = draw(PROGRAMS["plain"](), width=length, compact=True, panel=False)
    assert width_of(drawing.svg()) == pytest.approx(pixels, abs=0.06)


def test_a_font_without_a_width_fixes_the_smallest_letters() -> None:
    for font, pixels in ((9, 9 * POINT), ("9pt", 9 * POINT), ("20px", 20.0)):
        assert min(letters(draw(PROGRAMS["plain"](), font=font).svg())) == pytest.approx(pixels, abs=0.02)


def test_what_fits_is_not_blown_up() -> None:
    """A small picture in a wide page is as large as without one, and in the middle."""
    alone = draw(PROGRAMS["one step"](), panel=False).scene
    page = draw(PROGRAMS["one step"](), width=1500, panel=False).scene
    assert page.zoom == 1.0
    left, right = min(f.left for f in page.frames), max(f.right for f in page.frames)
    assert abs(left + right - 1500) < alone.width / 2
    assert max(letters(draw(PROGRAMS["one step"](), width=1500).svg())) == 19


def test_too_narrow_says_what_would_do() -> None:
    with pytest.raises(
        ArgumentError, match=r"draw\(width=\.\.\.\): with letters of 12 points this graph needs"
    ) as caught:
        draw(PROGRAMS["LSTM cell"](), width="8cm", font=12)
    words = str(caught.value)
    assert "compact=True" in words
    fitting = float(re.search(r"font=([\d.]+)", words)[1])  # type: ignore[index]
    draw(PROGRAMS["LSTM cell"](), width="8cm", font=fitting)
    pixels = int(re.search(r"needs ([\d,]+) pixels", words)[1].replace(",", ""))  # type: ignore[index]
    draw(PROGRAMS["LSTM cell"](), width=pixels, font=12)
    with pytest.raises(ArgumentError) as caught:
        draw(PROGRAMS["LSTM cell"](), width="2cm", compact=True)
    assert "compact" not in str(caught.value)
    with pytest.raises(ArgumentError) as caught:
        draw(PROGRAMS["LSTM cell"](), width="1mm")
    assert "give that width, or compact=True" in str(caught.value)  # no letters are that small


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"width": "12"}, ArgumentError, "width='12'"),
        ({"width": "12 inches"}, ArgumentError, "px, pt, mm, cm, in"),
        ({"width": -1}, ArgumentError, "width=-1"),
        ({"width": math.nan}, ArgumentError, "width=nan"),
        ({"width": math.inf}, ArgumentError, "width=inf"),
        ({"width": True}, MisuseError, "width=True"),
        ({"width": [3]}, MisuseError, r"width=\[3\]"),
        ({"width": np.array([500.0, 3.0])}, MisuseError, "give a number, such as 600, in pixels"),
        ({"width": 10**400}, ArgumentError, "give a positive number, such as 600, in pixels"),
        ({"font": 0}, ArgumentError, "font=0"),
        ({"font": "big"}, ArgumentError, "font='big'"),
        ({"legend": 1}, MisuseError, "legend=1"),
        ({"panel": None}, MisuseError, "panel=None"),
        ({"memory": "no"}, MisuseError, "memory='no'"),
        ({"compact": "yes"}, MisuseError, "compact='yes'"),
        ({"lane": "two"}, MisuseError, "lane='two'"),
        ({"lane": 7}, ArgumentError, "there are walks 1 to 2"),
        ({"lane": 0}, ArgumentError, "there are walks 1 to 2"),
        ({"compact": True, "depth": 1}, ArgumentError, "give one of both"),
    ],
)
def test_wrong_settings(options: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        draw(PROGRAMS["RNN cell"](), **options)


def test_cells_of_a_tape_on_which_nothing_is() -> None:
    with pytest.raises(ArgumentError, match="nothing is recorded on this tape"):
        draw(PROGRAMS["nothing"](), compact=True)


def test_the_arrow_to_the_steps_points_to_where_they_are() -> None:
    """To the right if they are beside the folded one, down if they have rows of their own."""
    for width, down in ((2000, False), ("14cm", True)):
        scene = draw(PROGRAMS["plain"](), width=width, view="both").scene  # type: ignore[arg-type]
        (arrow,) = [path for path in scene.paths if path.kind == "fold"]
        (x, y), (u, v) = arrow.points
        first = min((frame for frame in scene.frames if frame.kind == "window"), key=lambda each: each.top)
        assert (first.top > v > y, x == u) == (down, down)
        assert down or (first.left > u > x and y == v)


def test_settings_of_a_tape_do_not_fit_a_cell() -> None:
    cell = mg.nn.LSTMCell(2, 3)
    for options in ({"width": "12cm"}, {"font": 8}, {"compact": True}):
        with pytest.raises(MisuseError, match="only title and theme"):
            draw(cell, **options)  # type: ignore[arg-type]


def test_a_lane_needs_gradients_that_were_kept() -> None:
    tape = mg.Tape()
    with tape:
        tape.mark()
        loss = mg.tanh(mg.parameter(0.5)).sum()
    tape.backward(loss)
    with pytest.raises(ArgumentError, match="inspect=True"):
        draw(tape, lane=1)


def test_a_lane_shows_the_walk_that_was_asked_for() -> None:
    """The same numbers as the walk has in the cotangents that the tape kept."""
    window = PROGRAMS["walks overlap"]()
    tape = window.tape if hasattr(window, "tape") else window
    for number, walked in enumerate(tape.walks, 1):
        drawing = draw(window, lane=number)
        norms = [each for each in drawing.statements() if each.kind == "norm"]
        assert {each.walk for each in norms} <= {number}
        for each in norms:
            assert each.said == pytest.approx(float((walked.cotangents[each.ids[0]] ** 2).sum()) ** 0.5)
    assert not [each for each in draw(window, lane=False).statements() if each.kind in ("norm", "gradient", "stops")]
    assert not [box for box in draw(window, lane=False).scene.boxes if box.kind == "norm"]


def test_legend_panel_and_memory_can_be_left_out() -> None:
    def kinds(**options: Any) -> set[str]:
        scene = draw(PROGRAMS["RNN cell"](), **options).scene
        return {each.kind for each in (*scene.boxes, *scene.texts, *scene.frames)}

    assert {"legend", "panel", "freed"} <= kinds()
    assert "legend" not in kinds(legend=False)
    assert kinds(panel=False).isdisjoint({"panel"})
    assert kinds(memory=False).isdisjoint({"memory", "freed"})
    assert not [each for each in draw(PROGRAMS["RNN cell"](), memory=False).statements() if each.kind == "kept"]


def test_show_is_honoured_in_the_folded_view_or_refused() -> None:
    source = PROGRAMS["RNN cell"]()
    said = {
        words: {text.plain for box in draw(source, view="folded", show=words.split()).scene.boxes for text in box.lines}
        for words in ("op", "op shape", "op dtype", "name")
    }
    assert "(1, 3)" in said["op shape"]
    assert "(1, 3)" not in said["op"]
    assert "float32" in " ".join(said["op dtype"]) or "float64" in " ".join(said["op dtype"])
    assert not any("tanh" in each for each in said["name"])
    for words in ("value", "bytes"):
        with pytest.raises(ArgumentError, match=f"it has no {words}"):
            draw(source, view="folded", show={"op", words})


def test_lines_are_broken_between_words() -> None:
    whole = line(Run("one two"), Run("three ", bold=True), Run("k = 3"), size=10)
    parts = broken_line(whole, 110)
    assert " ".join(part.plain for part in parts) == whole.plain
    assert any("k = 3" in part.plain for part in parts)  # an equals sign stays with its sides
    assert all(part.width <= 110 for part in parts)
    assert broken_line(whole, 1000) == [whole]
    assert isinstance(parts[0], Line)


def test_a_word_that_has_no_room_is_broken() -> None:
    """Japanese has no spaces, and a long title has to fit too."""
    word = line(Run("行列" * 20, bold=True), Run("x", shift="sub"))
    parts = broken_line(word, 100)
    assert "".join(part.plain for part in parts) == word.plain
    assert all(part.width <= 100 for part in parts)
    assert parts[-1].runs[-1] == Run("x", shift="sub")
    assert width_of(draw(PROGRAMS["plain"](), width="10cm", title="行列" * 50).svg()) == pytest.approx(377.95, abs=0.06)


def test_what_is_left_out_lies_inside_its_window() -> None:
    """A gap with steps of one window on both sides, at the end of a row."""
    for width in ("12cm", "14cm", "18cm"):
        frames = draw(PROGRAMS["attention, 20 steps"](), width=width, compact=width == "12cm").scene.frames
        (gap,) = [frame for frame in frames if frame.name.startswith("gap")]
        (around,) = [f for f in frames if f.kind == "window" and f.top < gap.top < f.bottom]
        assert around.left < gap.left < gap.right < around.right


def test_notes_and_a_highlight_keep_the_width() -> None:
    source = PROGRAMS["RNN cell"]()
    drawing = draw(source, width="12cm", notes={2: "a note " * 30}, highlight=("h1", "h2"))
    assert width_of(drawing.svg()) == pytest.approx(453.54, abs=0.06)
    assert faults(drawing.scene) == {}


def test_the_player_and_the_film_have_the_rows_too() -> None:
    drawing = draw(PROGRAMS["two walks"](), width="12cm", compact=True)
    page = drawing.html()
    assert "data-part" in page
    scene = drawing._story().scene
    assert faults(Scene("", scene.theme, scene.width, scene.height, scene.frames, scene.paths, [], scene.texts)) == {}
    across = [p for p in scene.paths if p.kind == "gradient"]
    assert all(abs(a[1] - b[1]) < 60 for p in across for a, b in zip(p.points, p.points[1:]))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_paints_the_width_that_was_asked_for(tmp_path: Path) -> None:
    file = draw(PROGRAMS["plain"](), width="12cm").save(tmp_path / "a.dot")
    svg = subprocess.run(["dot", "-Tsvg", str(file)], capture_output=True, check=True, text=True).stdout
    found = re.search(r'<svg width="([\d.]+)pt"', svg)
    assert found is not None
    assert float(found[1]) == pytest.approx(12 / 2.54 * 72, abs=2)


def test_tex_has_the_width_that_was_asked_for() -> None:
    drawing = draw(PROGRAMS["plain"](), width="12cm")
    found = re.search(r"\\scalebox\{([\d.]+)\}", drawing.tex())
    assert found is not None
    assert float(found[1]) * drawing.scene.width == pytest.approx(12 / 2.54 * 72.27, abs=0.1)
    assert "scalebox" not in draw(PROGRAMS["plain"]()).tex()


def test_cells_are_what_computes_states_that_need_each_other() -> None:
    """h and c of an LSTM written by hand are one cell, two layers are two; a loss is a box of its own."""
    w = [mg.parameter(0.1 * k, name=f"w{k}") for k in range(4)]
    with mg.Tape() as tape:
        h, c, above = (mg.tensor(0.1 * k, name=name) for k, name in enumerate("hca"))
        for _ in range(3):
            tape.mark()
            gate = mg.sigmoid(h * w[0])
            c = gate * c + mg.tanh(h * w[1])
            h = gate * mg.tanh(c)
            above = mg.tanh(above * w[2] + h)
            mg.square(above * w[3]).sum()
    drawing = draw(tape, compact=True)
    boxes = [node for node in drawing.graph.nodes.values() if node.key.step == 2 and not node.place]
    assert [node.op for node in boxes] == ["cell", "cell", "loss"]
    inside = [tuple(drawing.graph.whole.nodes[i].op for i in node.module.members) for node in boxes if node.module]
    assert inside == [
        ("multiply", "sigmoid", "multiply", "multiply", "tanh", "add", "tanh", "multiply"),
        ("multiply", "add", "tanh"),
        ("multiply", "square", "sum"),
    ]
    assert all(len(text.line.plain) < 200 for text in drawing.scene.texts)
    assert "(1) cell h, c, w₀, w₁" in drawing.text(120)
