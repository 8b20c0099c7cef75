"""A cell as a picture: drawn from one recorded step, with what is carried on as a line from left to right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import minigrad as mg
from minigrad.draw.scene import Box
from tests.draw.test_geometry import faults

pytestmark = pytest.mark.unwitnessed("no walk is made")

CELLS: dict[str, Any] = {
    "RNN": lambda **options: mg.nn.RNNCell(3, 4, rng=0, **options),
    "GRU": lambda **options: mg.nn.GRUCell(3, 4, rng=0, **options),
    "LSTM": lambda **options: mg.nn.LSTMCell(3, 4, rng=0, **options),
}


def _boxes(drawing: mg.draw.Drawing) -> dict[str, Box]:
    return {box.name: box for box in drawing.scene.boxes}


def _line(drawing: mg.draw.Drawing, first: str) -> list[Box]:
    """The boxes of the conveyor, from the one with that name on: those that straight carried lines lead to."""
    boxes, found = _boxes(drawing), [first]
    while True:
        following = [
            path.target
            for path in drawing.scene.paths
            if path.kind == "carried" and path.source == found[-1] and len({round(y, 1) for _, y in path.points}) == 1
        ]
        if not following:
            return [boxes[name] for name in found]
        found += following[:1]


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("learn", [False, True])
def test_a_cell_is_drawn_cleanly(name: str, theme: str, learn: bool) -> None:
    drawing = mg.draw(CELLS[name](learn_state=learn), theme=theme)
    assert faults(drawing.scene) == {}
    assert drawing.text(80)
    for kind in ("svg", "dot", "tex", "html"):
        assert drawing.encoded(kind)


def test_the_cell_state_of_an_lstm_is_one_straight_line_and_its_gates_stand_side_by_side() -> None:
    drawing = mg.draw(CELLS["LSTM"]())
    boxes = _boxes(drawing)
    leaf = next(s.ids[0] for s in drawing.statements() if s.kind == "next" and s.said == "c")
    line = _line(drawing, f"d{leaf}")
    assert [box.lines[0].plain for box in line] == ["ct−1", "×", "ct = +", "ct"]
    assert len({box.y for box in line}) == 1
    assert [box.x for box in line] == sorted(box.x for box in line)
    gates = [box for box in boxes.values() if box.lines and box.lines[0].plain in {f"{g}t = sigmoid" for g in "fio"}]
    gates += [box for box in boxes.values() if box.lines and box.lines[0].plain == "gt = tanh"]
    assert len(gates) == 4
    assert len({box.y for box in gates}) == 1
    assert [box.lines[0].plain[0] for box in sorted(gates, key=lambda box: box.x)] == ["f", "i", "g", "o"]
    (x,) = (box for box in boxes.values() if box.kind == "data" and box.lines[0].plain == "xt")
    assert x.y > gates[0].y


@pytest.mark.parametrize(("name", "passed"), [("RNN", ["@ +", "+", "ht = tanh"]), ("GRU", ["−", "×", "ht = +"])])
def test_the_state_of_other_cells_is_one_straight_line(name: str, passed: list[str]) -> None:
    drawing = mg.draw(CELLS[name]())
    leaf = next(s.ids[0] for s in drawing.statements() if s.kind == "next")
    assert [box.lines[0].plain for box in _line(drawing, f"d{leaf}")] == ["ht−1", *passed, "ht"]


@pytest.mark.parametrize("name", CELLS)
def test_what_the_picture_calls_the_next_state_is_what_the_cell_returns(name: str) -> None:
    cell = CELLS[name]()
    rng = np.random.default_rng(0)
    x = mg.tensor(rng.normal(size=(2, 3)).astype("float32"))
    state: Any = mg.tensor(rng.normal(size=(2, 4)).astype("float32"))
    if name == "LSTM":
        state = mg.nn.LSTMState(state, mg.tensor(rng.normal(size=(2, 4)).astype("float32")))
    true = cell(x, state)
    drawing = mg.draw.cell(cell, x, state)
    values = drawing.graph.tape.values
    said = {s.said: s.ids for s in drawing.statements() if s.kind == "next"}
    for part in ("h", "c") if name == "LSTM" else ("h",):
        before, after = (getattr(tree, part) if name == "LSTM" else tree for tree in (state, true))
        np.testing.assert_array_equal(values[said[part][0]], before.value)
        np.testing.assert_array_equal(values[said[part][1]], after.value)


def test_what_is_given_stays_as_it_was() -> None:
    cell, h = CELLS["RNN"](), mg.tensor(np.zeros((1, 4), "float32"), name="mine")
    x = mg.tensor(np.ones((1, 3), "float32"))
    with mg.Tape() as tape:
        mg.draw.cell(cell, x, h)
        assert not tape.records
    assert (x.name, h.name, x.recorded, h.recorded) == (None, "mine", False, False)
    assert all(p.grad is None for p in cell.parameters())


def test_cells_on_top_of_each_other_have_a_frame_each() -> None:
    drawing = mg.draw(mg.nn.Stacked([CELLS["LSTM"](), mg.nn.GRUCell(4, 4, rng=1)]))
    frames = [frame for frame in drawing.scene.frames if frame.name.startswith("stage")]
    assert len(frames) == 2
    assert frames[0].bottom < frames[1].top or frames[1].bottom < frames[0].top
    assert faults(drawing.scene) == {}
    names = [s.said for s in drawing.statements() if s.kind == "next"]
    assert sorted(names) == ["c", "h", "h"]


def test_a_step_with_a_loss_is_drawn_with_what_comes_after() -> None:
    w = mg.parameter(0.5, name="w")

    def step(x: Any, h: Any) -> tuple[Any, Any]:
        h = mg.tanh(w * h + x)
        return mg.square(h - 1.0), h

    drawing = mg.draw.cell(step, mg.tensor(0.3), mg.tensor(0.1, name="h0"))
    assert drawing.scene.title == "step: one step"
    assert faults(drawing.scene) == {}
    assert "The step takes h of t − 1, and returns the same of t." in drawing.scene.description


def test_an_lstm_by_hand_with_a_dict_for_its_state() -> None:
    rng = np.random.default_rng(0)
    weights = {gate: mg.parameter(rng.normal(size=(5, 2)), name=f"W_{gate}") for gate in "ifgo"}

    def step(x: Any, state: dict[str, Any]) -> dict[str, Any]:
        both = mg.concatenate([x, state["h"]], axis=1)
        i, f, o = (mg.sigmoid(both @ weights[gate]) for gate in "ifo")
        c = f * state["c"] + i * mg.tanh(both @ weights["g"])
        return {"h": o * mg.tanh(c), "c": c}

    state = {"h": mg.tensor(np.zeros((1, 2))), "c": mg.tensor(np.zeros((1, 2)))}
    drawing = mg.draw.cell(step, mg.tensor(np.ones((1, 3))), state)
    assert faults(drawing.scene) == {}
    leaf = next(s.ids[0] for s in drawing.statements() if s.kind == "next" and s.said == "c")
    assert [box.lines[0].plain for box in _line(drawing, f"d{leaf}")] == ["ct−1", "×", "ct = +", "ct"]


def test_sums_and_products_carry_a_state_on_even_where_another_way_is_shorter() -> None:
    f, g = mg.parameter(0.5, name="f"), mg.parameter(0.4, name="g")
    drawing = mg.draw.cell(lambda x, h: (h * f) * g + mg.tanh(h) * x, mg.tensor(1.0), mg.tensor(0.5))
    leaf = next(s.ids[0] for s in drawing.statements() if s.kind == "next")
    assert [box.lines[0].plain for box in _line(drawing, f"d{leaf}")] == ["ht−1", "×", "×", "ht = +", "ht"]
    drawing = mg.draw.cell(lambda x, h: (h * f) * g + mg.tanh(h), mg.tensor(1.0), mg.tensor(0.5))
    leaf = next(s.ids[0] for s in drawing.statements() if s.kind == "next")
    assert [box.lines[0].plain for box in _line(drawing, f"d{leaf}")] == ["ht−1", "×", "×", "ht = +", "ht"]


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_random_steps_are_drawn_cleanly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    w = mg.parameter(0.5, name="w")
    count = int(rng.integers(1, 4))

    def step(x: Any, state: tuple[Any, ...]) -> Any:
        known, random = [x, *state], np.random.default_rng(seed + 1)
        for _ in range(int(random.integers(1, 14))):
            a, b = (known[k] for k in random.integers(0, len(known), 2))
            made = [mg.tanh(a), a * b, a + b, a - b, w * a, mg.sigmoid(a) * b, 1.0 - a][int(random.integers(0, 7))]
            known.append(made)
        following = tuple(
            known[-1 - int(k)] for k in random.integers(0, min(4, len(known) - 1 - len(state)), len(state))
        )
        return (mg.square(known[-1]), following) if random.integers(0, 2) else following

    state = tuple(mg.tensor(0.1 * k, name=f"s{k}") for k in range(count))
    try:
        drawing = mg.draw.cell(step, mg.tensor(0.2), state)
    except mg.errors.MisuseError:
        return  # a pair of two scalars is a state of two parts, too
    assert faults(drawing.scene) == {}
    assert drawing.svg()


def test_what_is_no_step_is_refused() -> None:
    with pytest.raises(TypeError, match="returned neither the next state nor a pair"):
        mg.draw.cell(lambda x, h: [x * h, h, h], mg.tensor(1.0), mg.tensor(1.0))
    with pytest.raises(ValueError, match="recorded nothing"):
        mg.draw.cell(lambda x, h: h, mg.tensor(1.0), mg.tensor(1.0))
    with pytest.raises(TypeError, match="function"):
        mg.draw.cell(3, 1.0, 1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draw\(cell, view=...\): only title and theme"):
        mg.draw(CELLS["RNN"](), view="folded")

    def long(x: Any, h: Any) -> Any:
        for _ in range(200):
            h = mg.tanh(h * x)
        return h

    with pytest.raises(ValueError, match="recorded 400 operations, and a picture of a cell holds 150 at most"):
        mg.draw.cell(long, mg.tensor(1.0), mg.tensor(1.0))


# -- names that cells give -------------------------------------------------------------------------


def _run(cell: Any, inspect: bool) -> mg.Tape:
    state = cell.initial_state(1)
    with mg.Tape(inspect=inspect) as tape:
        for _ in range(2):
            tape.mark()
            state = cell(mg.tensor(np.ones((1, 3), "float32")), state)
    return tape


def test_gates_have_their_names_on_a_tape_that_inspects_and_none_elsewhere() -> None:
    names = set(_run(CELLS["LSTM"](), True).names.values())
    assert names >= {"i", "f", "g", "o", "a_i", "a_f", "a_g", "a_o"}
    assert set(_run(CELLS["GRU"](), True).names.values()) >= {"r", "z", "n", "a_r", "a_z", "x_n", "h_n"}
    assert not {"i", "f", "a_i"} & set(_run(CELLS["LSTM"](), False).names.values())


def test_an_ordinary_picture_shows_the_names_of_gates() -> None:
    boxes = mg.draw(_run(CELLS["LSTM"](), True)).scene.boxes
    words = {box.lines[0].plain for box in boxes if box.lines}
    assert {"f1 = sigmoid", "f2 = sigmoid", "af,1 = […, 4:8]"} <= words
