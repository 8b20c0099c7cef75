"""A learner's tape is run again, compared number by number, and drawn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ArgumentError, MisuseError
from minigrad.tutorials import adopt
from tests.tutorials.engine import Record, Tape, backward


def recurrence(steps: int = 3) -> tuple[Tape, int]:
    """h = tanh(h w + x) over some steps, and the sum of its squares."""
    tape = Tape()
    w = tape.leaf([[0.5, -0.3], [0.2, 0.4]], "w")
    h = tape.leaf([[0.1, 0.2]], "h0")
    for t in range(steps):
        tape.mark()
        x = tape.leaf([[0.3 * t, 1.0]])
        h = tape.apply("tanh", tape.apply("add", tape.apply("matmul", h, w), x))
        tape.names[h] = f"h{t + 1}"
    return tape, tape.apply("sum", tape.apply("square", h))


def test_a_right_engine_is_right() -> None:
    tape, loss = recurrence()
    mine = adopt(tape, loss, backward(tape, loss), parameters=[0])
    assert mine
    assert mine.differences == ()
    assert str(mine) == "every value and every cotangent is right"
    assert [record.op for record in mine.tape.records] == [record.op for record in tape.records]
    assert [record.step for record in mine.tape.records] == [record.step for record in tape.records]
    assert mine.tape.names[mine.ids[5]._place[1]] == "h1"
    (walked,) = mine.tape.walks
    assert walked.targets == (mine.ids[loss]._place[1],)
    drawing = mine.draw()
    assert not [box for box in drawing.scene.boxes if box.style.stroke == drawing.scene.theme.boxes["cut"].stroke]
    assert "differs" not in {each.kind for each in drawing.statements()}


def test_an_engine_that_overwrites_is_found_at_the_value_used_twice() -> None:
    """y = x · x + x: dy/dx = 2 x + 1; the last contribution to arrive is that of one factor."""
    tape = Tape()
    x = tape.leaf(3.0, "x")
    y = tape.apply("add", tape.apply("multiply", x, x), x)
    mine = adopt(tape, y, backward(tape, y, overwrite=True))
    (found,) = mine.differences
    assert (found.kind, found.id, found.name) == ("cotangent", x, "x")
    assert found.right == 7.0
    assert found.yours == 3.0
    assert found.users == ("%1 = multiply(%0, %0)", "%2 = add(%1, %0)")
    assert str(mine) == ("cotangent of %0 x: yours 3, right 7; it is used by %1 = multiply(%0, %0), %2 = add(%1, %0)")
    with pytest.raises(AssertionError, match="yours 3, right 7"):
        assert mine, str(mine)


def test_a_wrong_rule_is_named_where_it_is_used_first_in_the_walk() -> None:
    tape, loss = recurrence()
    wrong = {"tanh": lambda g, out, x: [g * (1 - out)]}
    mine = adopt(tape, loss, backward(tape, loss, rules=wrong))
    first = mine.differences[0]
    newest = max(record.out for record in tape.records if record.op == "tanh")
    assert first.users == (f"%{newest} = tanh(%{first.id})",)
    assert "more that follow from it, or may" in str(mine)


def test_a_wrong_value_is_found_for_the_values_that_its_record_takes() -> None:
    """What follows from it is no difference of its own."""
    tape, loss = recurrence()
    square = next(record for record in tape.records if record.op == "square")
    tape.values[square.out] = tape.values[square.out] * 2
    tape.values[loss] = tape.values[loss] * 2
    (found,) = adopt(tape, loss).differences
    assert (found.kind, found.id) == ("value", square.out)
    assert found.record == f"%{square.out} = square(%{square.inputs[0]})"
    np.testing.assert_allclose(found.yours, 2 * found.right)


def test_what_is_missing_counts_as_nothing() -> None:
    """A cotangent that was lost is wrong; one of what the target does not depend on may be missing, or 0."""
    tape = Tape()
    x, z = tape.leaf(2.0, "x"), tape.leaf(5.0, "z")
    y = tape.apply("square", x)
    aside = tape.apply("tanh", z)
    right = backward(tape, y)
    assert z not in right
    assert adopt(tape, y, right)
    assert adopt(tape, y, {**right, z: 0.0, aside: np.zeros(())})
    (lost,) = adopt(tape, y, {i: g for i, g in right.items() if i != x}).differences
    assert (lost.id, lost.yours, lost.right) == (x, None, 4.0)
    assert "yours none, right 4" in str(lost)
    (made_up,) = adopt(tape, y, {**right, z: 1.0}).differences
    assert (made_up.id, made_up.right) == (z, None)


def test_a_shape_that_would_broadcast_is_wrong() -> None:
    tape = Tape()
    b = tape.leaf([1.0, 2.0], "b")
    y = tape.apply("sum", tape.apply("square", b))
    mine = adopt(tape, y, {**backward(tape, y), b: [[2.0, 4.0]]})
    assert [each.id for each in mine.differences] == [b]
    assert "[2, 4] of shape (1, 2), right [2, 4] of shape (2,)" in str(mine)


def test_several_targets_and_targets_that_are_no_scalars() -> None:
    """As a window of truncation has them: the sum of all entries of all targets is differentiated."""
    tape, _ = recurrence()
    states = [record.out for record in tape.records if record.op == "tanh"]
    assert adopt(tape, states, backward(tape, *states))
    assert not adopt(tape, states[-1:], backward(tape, *states))


def test_the_records_after_a_cut_are_a_tape_too() -> None:
    """What they take from before is a value without a record: a constant."""
    tape, loss = recurrence()
    tape.records = [record for record in tape.records if record.step > 1]
    mine = adopt(tape, loss, backward(tape, loss), parameters=[0])
    assert mine
    assert 5 in mine.ids
    assert mine.ids[5]._place[1] in mine.tape.leaves


def test_constants_are_no_parameters() -> None:
    tape, loss = recurrence()
    kinds = {name: leaf.wants_grad for leaf in adopt(tape, loss).tape.leaves.values() if (name := leaf.name or "")}
    assert kinds == {"w": True, "h0": True}
    leaves = adopt(tape, loss, parameters=[0]).tape.leaves.values()
    assert [leaf.name for leaf in leaves if leaf.wants_grad] == ["w"]


def test_the_wrong_box_has_a_red_frame_and_yours_and_right_below() -> None:
    tape, loss = recurrence()
    states = [record.out for record in tape.records if record.op == "tanh"]
    wrong = {**backward(tape, loss)}
    wrong[states[1]] = wrong[states[1]] * 3
    mine = adopt(tape, loss, wrong, parameters=[0])
    drawing = mine.draw()
    red = drawing.scene.theme.boxes["cut"].stroke
    i = mine.ids[states[1]]._place[1]
    framed = {box.ids for box in drawing.scene.boxes if box.style.stroke == red and box.kind != "legend"}
    assert framed == {(i,)}
    words = " ".join(text.line.plain for text in drawing.scene.texts)
    assert "cotangent of" in words
    assert "yours" in words
    assert [(each.ids, each.said) for each in drawing.statements() if each.kind == "differs"] == [((i,), "cotangent")]
    for view in ("folded", "both"):
        assert mine.draw(view=view).svg()


def test_an_empty_tape_is_adopted() -> None:
    assert adopt(Tape(), cotangents={})
    assert adopt(Tape()).draw().svg()


@pytest.mark.parametrize(
    ("tape", "kind", "words"),
    [
        ([], MisuseError, r"adopt\(\[\]\): a tape needs a list .records"),
        (SimpleNamespace(records=[], values=[]), MisuseError, "a dict .values"),
        (SimpleNamespace(records=[("add", (0,), 1)], values={}), MisuseError, "record 0 of the tape is"),
        (SimpleNamespace(records=[Record("add", ("x",), 1, 0, {})], values={}), MisuseError, "where an id"),  # type: ignore[arg-type]
        (SimpleNamespace(records=[Record("mull", (0, 0), 1, 0, {})], values={0: 1.0, 1: 1.0}), ArgumentError, "'mull'"),
        (SimpleNamespace(records=[Record("tanh", (0,), 1, 0, {})], values={1: 1.0}), ArgumentError, "nothing for %0"),
        (
            SimpleNamespace(records=[Record("tanh", (0,), 1, 0, {})], values={0: "x", 1: 1.0}),
            MisuseError,
            "value of %0",
        ),
        (SimpleNamespace(records=[Record("tanh", (0,), 0, 0, {})], values={0: 1.0}), ArgumentError, "a later record"),
        (
            SimpleNamespace(records=[Record("tanh", (0,), 1, 0, {})] * 2, values={0: 1.0, 1: 1.0}),
            ArgumentError,
            "%1 a second time",
        ),
        (
            SimpleNamespace(records=[Record("matmul", (0, 0), 1, 0, {})], values={0: [1.0, 2.0, 3.0], 1: [[1.0]]}),
            None,
            "",
        ),
        (
            SimpleNamespace(records=[Record("matmul", (0, 1), 2, 0, {})], values={0: [1.0, 2.0], 1: [1.0], 2: 1.0}),
            ArgumentError,
            r"%2 = matmul\(%0, %1\) cannot be run",
        ),
        (
            SimpleNamespace(records=[Record("sum", (0,), 1, 0, {"axes": 0})], values={0: [1.0], 1: 1.0}),
            ArgumentError,
            "cannot be run",
        ),
    ],
)
def test_what_is_no_tape_is_refused_with_what_is_wrong(tape: Any, kind: type[Exception] | None, words: str) -> None:
    if kind is None:
        assert not adopt(tape)  # the value has another shape than x · x
    else:
        with pytest.raises(kind, match=words):
            adopt(tape)


def test_strange_settings_are_refused() -> None:
    tape, loss = recurrence()
    with pytest.raises(ArgumentError, match=r"targets=...\): there is no id %99"):
        adopt(tape, 99)
    with pytest.raises(ArgumentError, match=r"parameters=...\): there is no leaf %99"):
        adopt(tape, loss, parameters=[99])
    with pytest.raises(MisuseError, match="give the dict from ids to arrays"):
        adopt(tape, loss, [1.0])  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="the cotangent of %0 is 'much'"):
        adopt(tape, loss, {**backward(tape, loss), 0: "much"})


def test_it_is_public() -> None:
    assert mg.tutorials.adopt is adopt
