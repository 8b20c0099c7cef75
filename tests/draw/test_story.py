"""The story of a tape: its order, its walks, its cuts, and what it does not know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.graph.model import Graph
from minigrad.draw.graph.walks import find_walks
from minigrad.draw.player.frames import Frame
from minigrad.draw.player.seen import MOST_WALKS
from minigrad.draw.player.story import Story
from tests.draw.tapes import KINDS, Recurrence, at_random, by_hand, stream, window, zeros


def story(source: Any, **options: Any) -> Story:
    return draw(source, **options)._story()


def of(told: Story, kind: str) -> list[Frame]:
    return [frame for frame in told.frames if frame.kind == kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_of_the_picture_once_and_in_order(kind: str) -> None:
    source = KINDS[kind]()
    told = story(source)
    graph = Graph(source)
    ids = [int(frame.boxes[0][1:]) for frame in of(told, "record")]
    assert ids == sorted(set(ids))
    assert set(ids) <= set(graph.nodes)
    rows = [row for row in told.rows if row.kind == "record"]
    assert [told.frames[row.frame].boxes for row in rows] == [[f"n{i}"] for i in ids]
    for frame in told.frames:
        assert -1 <= frame.row < len(told.rows)


@pytest.mark.parametrize("seed", range(40))
def test_any_tape_has_a_story(seed: int) -> None:
    tape = at_random(seed)
    told = story(tape)
    known = {f"n{node.id}" for node in Graph(tape).nodes.values()}
    assert {box for frame in told.frames for box in frame.boxes} <= known
    assert all(frame.title for frame in told.frames)


def test_the_windows_follow_each_other() -> None:
    kinds = [frame.kind for frame in story(window(6, 3)).frames]
    order = [kind for kind, before in zip(kinds, ["", *kinds]) if kind != before]
    assert order == ["start", "record", "walk", "pull", "done", "cut", "record", "walk", "pull", "done", "end"]


def test_a_walk_goes_back_over_its_window_only() -> None:
    told = story(window(6, 3))
    first, second = find_walks(window(6, 3).tape)
    assert list(first.reached) == sorted(first.reached, reverse=True)
    assert max(first.reached) < min(second.reached)
    stopped = [rule.remark for frame in of(told, "pull") for rule in frame.rules if "cut" in rule.remark]
    assert stopped == ["computed before the cut: the gradient stops here"]


def test_overlapping_windows_go_back_over_older_records() -> None:
    tape = window(6, 2, 4).tape
    walks = find_walks(tape)
    assert [len({next(r.step for s in (*(p.records for p in tape.history), tape.records) for r in s if r.out == i)
                 for i in walk.reached}) for walk in walks] == [2, 4, 4]  # fmt: skip
    told = of(story(window(6, 2, 4)), "pull")
    assert len(told) == sum(len(walk.reached) for walk in walks)


@pytest.mark.parametrize("k2", [None, 4])
def test_what_follows_from_the_records_is_what_an_inspecting_tape_saw(k2: int | None) -> None:
    seen = find_walks(window(6, 2, k2).tape)[-1]
    concluded = find_walks(window(6, 2, k2, inspect=False).tape)[-1]
    assert concluded.reached == seen.reached
    assert concluded.received >= seen.received
    leaves = window(6, 2, k2, inspect=False).tape.leaves
    assert concluded.received & leaves.keys() == seen.received & leaves.keys()


def test_the_reached_records_are_those_with_a_cotangent() -> None:
    tape = by_hand()
    reached = {i for walk in find_walks(tape) for i in walk.reached}
    assert reached == {i for i in tape.cotangents if i in Graph(tape).nodes}


def test_norms_are_those_of_the_cotangents() -> None:
    source = window(6, 3)
    cotangents = source.tape.cotangents
    for frame in of(story(source), "pull"):
        size = float(np.linalg.norm(cotangents[int(frame.boxes[0][1:])]))
        assert float(frame.norm) == pytest.approx(size, rel=0.005)


def several_walks() -> mg.Tape:
    """Two losses of one window, each walked by itself; then the gradient at what they share; then a recorded walk."""
    tape = mg.Tape(inspect=True)
    x = mg.parameter(0.5, name="x")
    with tape:
        tape.mark()
        h = mg.tanh(x)
        first, second = h * 3.0, h * h
        tape.backward(first, retain=True)
        tape.backward(second, retain=True)
        tape.gradient(first + second, h, retain=True)
        tape.gradient(second, x, create_graph=True)
    return tape


def test_every_walk_is_told_with_its_own_norms() -> None:
    told = story(several_walks())
    assert [name.partition(",")[0] for name, _ in told.chapters] == [
        *("start", "recording", "walk 1", "walk 2", "recording", "walk 3", "walk 4", "recording", "the end"),
    ]
    h = np.tanh(0.5)
    arrived = [float(frame.norm) for frame in of(told, "pull") if "tanh" in frame.title]
    assert arrived == pytest.approx([3.0, 2 * h, 3.0 + 2 * h, 2 * h], abs=0.005)


def test_a_walk_ends_at_what_was_asked_for() -> None:
    last = [frame for frame in of(story(several_walks()), "pull") if "tanh" in frame.title][2]
    assert "the walk ends here" in last.text
    assert [(rule.formula, rule.remark) for rule in last.rules] == [("", "not asked for")]


def test_walks_through_some_steps_only_say_where_they_stop() -> None:
    steps = 5
    start = mg.tensor(zeros(1, 3))
    masked = mg.truncated_bptt(Recurrence().step, stream(steps), start, steps, 2, scheme="lag mask", inspect=True)
    told = story(next(iter(masked)))
    remarks = [rule.remark for frame in of(told, "pull") for rule in frame.rules]
    assert remarks.count("this walk does not go back to it: the gradient stops here") == steps - 2
    assert len(of(told, "walk")) == steps


def test_very_many_walks_are_counted() -> None:
    tape = mg.Tape(inspect=True)
    x = mg.parameter(0.5, name="x")
    with tape:
        y = mg.tanh(x)
        for _ in range(MOST_WALKS + 7):
            tape.backward(y, retain=True)
    told = story(tape)
    assert len(of(told, "walk")) == MOST_WALKS
    assert of(told, "skip")[0].title == "7 walks more"
    assert of(told, "walk")[-1].title.startswith(f"Walk {MOST_WALKS + 7} of {MOST_WALKS + 7} ")


def test_nothing_is_told_about_a_walk_that_was_never_done() -> None:
    tape = mg.Tape()
    with tape:
        mg.tanh(mg.parameter(1.0, name="x"))
    assert {frame.kind for frame in story(tape).frames} == {"start", "record", "end"}


def test_a_gradient_of_an_intermediate_ends_there() -> None:
    tape = mg.Tape(inspect=True)
    x = mg.parameter(1.0, name="x")
    with tape:
        h = mg.tanh(x)
        y = h * h
        tape.gradient(y, h)
    assert next(frame.title for frame in of(story(tape), "pull")).startswith("Back through %2")


def test_hidden_steps_are_counted() -> None:
    told = story(window(40, 3))
    (gap,) = [row for row in told.rows if row.kind == "gap"][:1]
    assert "records" in gap.cells[0]
    assert len(told.frames) < 400


def test_constants_and_inputs_receive_nothing() -> None:
    remarks = {rule.remark for frame in of(story(KINDS["perceptron"]()), "pull") for rule in frame.rules}
    assert remarks == {"", "an input: not asked for", "a constant"}


def test_a_fold_is_played_too() -> None:
    folded = story(window(6, 3), view="folded")
    assert {box for frame in of(folded, "record") for box in frame.boxes} == {f"fold-1-op-{k}-0" for k in range(9)}
    assert len(of(folded, "record")) == len(of(story(window(6, 3)), "record"))
    both = story(window(6, 3), view="both")
    assert all(len(frame.boxes) == 2 for frame in of(both, "record"))


def test_calls_show_their_parameters_where_they_are_not_the_default() -> None:
    tape = mg.Tape(inspect=True)
    with tape:
        x = mg.parameter(np.ones((2, 3)), name="x")
        tape.backward(mg.logsumexp(x[:, 1:], axis=1).sum())
    titles = [frame.title.partition(" = ")[2] for frame in of(story(tape), "record")]
    assert titles == ["getitem(x, index=:, 1:)", "logsumexp(%1, axis=1)", "sum(%2)"]


def test_names_with_signs_of_equality_stay_apart() -> None:
    first, second = mg.parameter(0.5, name="a = b"), mg.parameter(0.7, name="a = c")
    with mg.Tape(inspect=True) as tape:
        tape.backward(first * second)
    told = story(tape)
    assert of(told, "record")[0].title == "%2 = multiply(a = b, a = c)"
    assert [rule.name for rule in of(told, "pull")[0].rules] == ["a = b", "a = c"]
    assert told.rows[0].cells == ("%2", "multiply(a = b, a = c)", "0.350")
