"""The graph model against the tape that it was made from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.graph.model import Graph
from minigrad.engine.record import Record
from minigrad.engine.tape import Tape
from tests.draw.tapes import KINDS, at_random, attention, ramp, second_order, window, zeros
from tests.draw.tools import across, read


def kept(tape: Tape) -> Iterator[Record]:
    for records in (*(past.records for past in tape.history), tape.records):
        yield from records


@pytest.mark.parametrize("kind", KINDS)
def test_nodes_and_uses_are_the_records(kind: str) -> None:
    source = KINDS[kind]()
    graph = Graph(source)
    records = list(kept(graph.tape))
    assert list(graph.nodes) == [record.out for record in records]
    for record in records:
        node = graph.nodes[record.out]
        assert (node.op, node.shape, node.key.step, node.key.order) == (
            record.op,
            record.shape,
            record.step,
            record.order,
        )
        assert [operand.source for operand in node.operands] == list(record.inputs)
    uses = [(use.source, use.target, use.position) for each in graph.uses.values() for use in each]
    expected = [(i, r.out, place) for r in records for place, i in enumerate(r.inputs) if i is not None]
    assert sorted(uses) == sorted(expected)


@pytest.mark.parametrize("seed", range(30))
def test_every_operand_is_an_operation_a_leaf_or_lost(seed: int) -> None:
    graph = Graph(at_random(seed))
    for i in graph.uses:
        assert (i in graph.nodes) + (i in graph.leaves) + (i in graph.lost) == 1
    if graph.tape.inspect:
        assert not graph.lost


def test_two_windows_with_their_cut() -> None:
    graph = Graph(window(6, 3))
    assert [(s.number, s.steps, s.current) for s in graph.segments] == [(1, (1, 3), False), (2, (4, 6), True)]
    assert sum(segment.size for segment in graph.segments) == len(graph.nodes)
    assert graph.forgotten == 0
    assert not read(window(6, 3)).overlapping


def test_states_are_carried_and_one_of_them_passes_the_cut() -> None:
    graph = Graph(window(6, 3))
    carried = [(graph.nodes[use.source], graph.nodes[use.target]) for use in across(graph)]
    assert [(a.op, a.key.step, b.op, b.key.step) for a, b in carried] == [
        ("tanh", t, "matmul", t + 1) for t in range(1, 6)
    ]
    assert [a.key.step for a, b in carried if a.key.segment != b.key.segment] == [3]


def test_without_inspection_the_earlier_windows_are_lost() -> None:
    graph = Graph(window(6, 3, inspect=False))
    assert graph.forgotten == 1
    assert [segment.number for segment in graph.segments] == [2]
    assert len(graph.lost) == 1


@pytest.mark.parametrize("from_window", [True, False])
def test_overlapping_windows_are_recognised(from_window: bool) -> None:
    last = window(6, 2, 4)
    graph = Graph(last if from_window else last.tape)
    assert read(last if from_window else last.tape).overlapping
    assert [(s.number, s.steps) for s in graph.segments] == [(2, (1, 2)), (3, (3, 6))]


def test_a_cut_in_the_middle_of_a_step_splits_it() -> None:
    w = mg.parameter(1.0)
    with mg.Tape(inspect=True) as tape:
        tape.mark()
        y = w * 2.0
        tape.cut()
        tape.backward(y * w)
    assert [key.step for key in Graph(tape).columns] == [1, 1]


def test_a_recorded_walk_is_apart() -> None:
    graph = Graph(second_order())
    orders = {key.order for key in graph.columns}
    assert orders == {0, 1}
    assert all(record.order == graph.nodes[record.out].key.order for record in graph.tape)


def test_values_of_leaves_are_those_that_were_recorded() -> None:
    x, y = mg.tensor(ramp(2), name="x"), mg.tensor(ramp(2)).detach()
    for inspect, known in ((True, True), (False, False)):
        with mg.Tape(inspect=inspect) as tape:
            _ = x * 2.0 + y
        x.value = zeros(2)  # type: ignore[misc]
        graph = Graph(tape)
        values = [graph.value(i) for i in graph.leaves]
        assert np.array_equal(values[1], ramp(2))  # type: ignore[arg-type]  # nothing can change it
        if known:
            assert np.array_equal(values[0], ramp(2))  # type: ignore[arg-type]
        else:
            assert values[0] is None  # it may have been another one
        x.value = ramp(2)  # type: ignore[misc]


def test_numbers_are_known_where_the_tape_kept_them() -> None:
    with mg.Tape(inspect=True) as tape:
        tape.backward(mg.square(mg.parameter(1.0) + 2.0) * 3.0)
    numbers = [o.number for node in Graph(tape).nodes.values() for o in node.operands if o.source is None]
    assert numbers == [2.0, 3.0]


def test_what_a_badge_names_by_its_number_says_its_number() -> None:
    scene = draw(attention()).scene
    said = {box.name: [line.plain for line in box.lines] for box in scene.boxes}
    badges = {badge.line.plain for box in scene.boxes for badge in box.badges}
    numbers = {badge for badge in badges if badge.startswith("%")}
    assert len(numbers) == 1
    for number in numbers:
        assert said[f"n{number[1:]}"] == [f"{number} = @"]
    assert "constant" not in {text.line.plain for text in scene.texts}
