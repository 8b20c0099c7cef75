"""What a lecturer adds: notes at steps and boxes, and a way by which the derivative flows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.statements import Statement
from tests.draw.audit import Auditor
from tests.draw.programs import PROGRAMS
from tests.draw.test_geometry import faults


def _of(drawing: mg.draw.Drawing, kind: str) -> list[Statement]:
    return [statement for statement in drawing.statements() if statement.kind == kind]


def _words(drawing: mg.draw.Drawing) -> list[str]:
    return [text.line.plain for text in drawing.scene.texts]


# -- highlight -------------------------------------------------------------------------------------


def test_the_product_of_the_only_way_is_the_derivative() -> None:
    w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0, name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(4):
            tape.mark()
            h = mg.tanh(w * h)
        loss = mg.square(h - 0.3)
        true = float(tape.gradient(loss, next(leaf for leaf in tape.leaves.values() if leaf.name == "h0")))
    drawing = mg.draw(tape, highlight=("h0", loss))
    (path,), (ways,) = _of(drawing, "path"), _of(drawing, "ways")
    assert path.said == pytest.approx(true, rel=1e-12)
    assert ways.said == 1
    assert any("the only way of the derivative from" in words for words in _words(drawing))
    ink = drawing.scene.theme.inks["gradient"]
    painted = {box.ids[0] for box in drawing.scene.boxes if box.style.stroke == ink and box.kind != "norm"}
    assert painted == set(path.ids)
    assert faults(drawing.scene) == {}


def test_of_several_ways_the_state_is_followed_and_their_number_is_said() -> None:
    w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0, name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = mg.tanh(w * h)
        tape.backward(mg.square(h))
    drawing = mg.draw(tape, highlight=("w", "h3"))
    (ways,), (path,) = _of(drawing, "ways"), _of(drawing, "path")
    assert ways.said == 3
    assert len(path.ids) == 7
    assert any("one of 3 ways" in words for words in _words(drawing))


def test_an_operand_that_stands_twice_is_one_way_with_both_its_derivatives() -> None:
    x = mg.parameter(3.0, name="x")
    with mg.Tape(inspect=True) as tape:
        tape.backward(x * x)
    (path,) = _of(mg.draw(tape, highlight=(x, _last(tape))), "path")
    assert path.said == pytest.approx(6.0)


def _last(tape: mg.Tape) -> Any:
    """The tensor that was recorded last, as a user has it."""
    record = tape.records[-1]
    return mg.Tensor(tape.values[record.out], (tape._key, record.out, record.step))


def test_the_conveyor_of_an_lstm_is_followed() -> None:
    source = PROGRAMS["LSTM cell"]()
    drawing = mg.draw(source, highlight=("c4", "h6"))
    ink = drawing.scene.theme.inks["gradient"]
    words = [box.lines[0].plain for box in drawing.scene.boxes if box.style.stroke == ink and box.style.width == 3.0]
    assert [word for word in words if word[0] == "c"] == ["c4 = +", "c5 = +", "c6 = +"]
    assert not any("sigmoid" in word for word in words)
    assert not _of(drawing, "path")  # arrays: no product is said


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("plain", ("h0", "h4")),
        ("plain", ("w", "L")),
        ("lags of one and three", ("h1", "h6")),
        ("walks overlap", ("h5", "h8")),
        ("micrograd", ("a", "g")),
        ("micrograd", ("b", "g")),
        ("swapped pair", ("A", "L")),
        ("seed of a hundred", ("h1", "h6")),
    ],
)
def test_what_is_said_of_a_way_is_true(name: str, ends: tuple[str, str]) -> None:
    source = PROGRAMS[name]()
    drawing = mg.draw(source, highlight=ends)
    auditor = Auditor(source, PROGRAMS[name], drawing.statements())
    said = [*_of(drawing, "ways"), *_of(drawing, "path")]
    assert said
    assert [auditor.audit(statement) for statement in said] == [None] * len(said)
    assert faults(drawing.scene) == {}


def test_where_nothing_flows_nothing_is_highlighted() -> None:
    for name, ends in (("stop gradient", ("h1", "h4")), ("windows of three", ("h3", "h5")), ("plain", ("h4", "h1"))):
        with pytest.raises(ValueError, match="no derivative flows"):
            mg.draw(PROGRAMS[name](), highlight=ends)


def test_steps_that_are_not_shown_are_said_to_be_missing() -> None:
    drawing = mg.draw(PROGRAMS["marks at the end, 100 steps"](), highlight=("h1", "h99"))
    assert any("on it not shown" in words for words in _words(drawing))


# -- notes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "LSTM cell", "walks overlap", "two losses a step", "even and odd"])
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_notes_stand_where_there_is_room(name: str, theme: str) -> None:
    long = "a note that goes on for a while, " * 8
    notes: Any = {1: "the first step", 2: long, 3: "x", "h2": "a box", "h3": "another one"}
    drawing = mg.draw(PROGRAMS[name](), notes=notes, theme=theme)
    assert faults(drawing.scene) == {}
    marks = [box for box in drawing.scene.boxes if box.kind == "note"]
    assert [box.lines[0].plain for box in marks] == ["1", "2", "3", "4", "5"]
    assert sum(words.startswith("(") and ")  " in words for words in _words(drawing)) == 5


@pytest.mark.parametrize("name", ["LSTM cell", "GRU cell", "micrograd", "encoder and decoder"])
def test_notes_at_every_box_that_has_a_name_cover_nothing(name: str) -> None:
    source = PROGRAMS[name]()
    plain = mg.draw(source).scene
    shown = {i for box in plain.boxes if box.kind in ("op", "state", "loss", "total") for i in box.ids}
    tape = getattr(source, "tape", source)
    records = {record.out: record for past in tape.history for record in past.records}
    records |= {record.out: record for record in tape.records}
    every = [mg.Tensor(tape.values[i], (tape._key, i, records[i].step)) for i in sorted(shown)]
    drawing = mg.draw(source, notes=dict.fromkeys(every, "a note"))
    assert faults(drawing.scene) == faults(plain)
    assert sum(box.kind == "note" for box in drawing.scene.boxes) == len(every) > 9


def test_a_note_belongs_to_its_box() -> None:
    drawing = mg.draw(PROGRAMS["plain"](), notes={"h3": "here"})
    (mark,) = (box for box in drawing.scene.boxes if box.kind == "note")
    (box,) = (box for box in drawing.scene.boxes if box.lines and box.lines[0].plain == "h3 = tanh")
    assert abs(mark.x - box.x) < box.width / 2 + 60
    assert abs(mark.y - box.y) < box.height / 2 + 60


def test_a_tensor_is_a_subject_too() -> None:
    x = mg.parameter(np.ones(3), name="x")
    with mg.Tape(inspect=True) as tape:
        y = mg.tanh(x)
        tape.backward(y.sum())
    drawing = mg.draw(tape, notes={y: "its values lie between −1 and 1"})
    assert "(1)  its values lie between −1 and 1" in _words(drawing)


def test_what_cannot_be_noted_is_refused() -> None:
    tape = PROGRAMS["plain"]()
    with pytest.raises(ValueError, match="step 9 is not shown"):
        mg.draw(tape, notes={9: "?"})
    with pytest.raises(ValueError, match="nothing on this tape is called 'q'"):
        mg.draw(tape, notes={"q": "?"})
    with pytest.raises(ValueError, match=r"a tensor of shape .* is not on this tape"):
        mg.draw(tape, notes={mg.tensor(1.0): "?"})
    with pytest.raises(TypeError, match="give a dict"):
        mg.draw(tape, notes=["?"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"give \(source, target\)"):
        mg.draw(tape, highlight="h0")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="view='unfolded'"):
        mg.draw(tape, notes={1: "?"}, view="folded")
    with pytest.raises(TypeError, match="name a tensor or give it, not float"):
        mg.draw(tape, highlight=(1.0, "h1"))  # type: ignore[arg-type]
