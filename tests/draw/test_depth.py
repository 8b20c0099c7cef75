"""Modules as boxes: nothing is lost, nothing is invented, and what is said about a box is true of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

import minigrad as mg
from minigrad import nn
from minigrad.draw import draw, draw_diff
from minigrad.draw.examples import modules
from minigrad.draw.graph.collapse import collapse
from minigrad.draw.graph.memory import kept_bytes
from minigrad.draw.graph.model import Graph
from minigrad.draw.graph.walks import find_walks
from minigrad.draw.scene import Box, Scene
from tests.draw import tapes
from tests.draw.module_tapes import (
    KINDS,
    at_random,
    cell,
    evil,
    judged,
    marked_inside,
    nested,
    nothing_inside,
    walked_again,
)
from tests.draw.test_geometry import faults


def texts(scene: Scene) -> list[str]:
    return [line.plain for box in scene.boxes for line in box.lines]


def boxes(scene: Scene, prefix: str = "n") -> list[Box]:
    return [box for box in scene.boxes if box.name.startswith(prefix)]


def heads(scene: Scene) -> list[str]:
    return [box.lines[0].plain for box in boxes(scene)]


def dependencies(graph: Graph) -> set[tuple[int, int]]:
    """Pairs of shown results of which the first depends on the second, on the tape itself."""
    whole = graph.whole
    behind: dict[int, set[int]] = {}
    for node in whole.nodes.values():
        sources = [o.source for o in node.operands if o.source in whole.nodes]
        behind[node.id] = {s for source in sources if source is not None for s in (source, *behind[source])}
    shown = {node.id for node in graph.nodes.values() if node.has_result}
    return {(i, s) for i in shown for s in behind[i] & shown}


# -- the graph -------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_every_record_is_in_one_node_and_every_dependency_stays(seed: int, depth: int) -> None:
    whole = Graph(at_random(seed))
    graph = collapse(whole, depth)
    assert sum(node.records for node in graph.nodes.values()) == len(whole.nodes)
    inside = [i for node in graph.nodes.values() if not node.place for i in _members(node)]
    assert inside == list(whole.nodes)  # in the order of the tape: no box reaches around another record
    assert graph.node_of.keys() == whole.nodes.keys()
    assert all(graph.nodes[graph.node_of[i]].key == node.key for i, node in whole.nodes.items())
    assert [segment.size for segment in graph.segments] == [segment.size for segment in whole.segments]
    walks = find_walks(whole.tape)
    kept = [[(each.size, each.walk, each.cut) for each in kept_bytes(g, walks).values()] for g in (graph, whole)]
    assert kept[0] == kept[1]
    assert graph.leaves == whole.leaves
    position = {i: k for k, i in enumerate(graph.nodes)}
    known: dict[int, set[int]] = {}
    for node in graph.nodes.values():
        sources = [o.source for o in node.operands if o.source in graph.nodes]
        assert all(position[s] < position[node.id] for s in sources)  # acyclic
        known[node.id] = {s for source in sources for s in (source, *known[source])}
    for i, source in dependencies(graph):
        node = graph.nodes[source]
        assert (node.operands[0].source if node.place else source) in known[i]


def _members(node: Any) -> tuple[int, ...]:
    return node.module.members if node.module else (node.id,)


@pytest.mark.parametrize("kind", KINDS)
def test_what_enters_a_box_is_what_its_operations_take_from_outside(kind: str) -> None:
    graph = collapse(Graph(KINDS[kind]()), 1)
    found = 0
    for node in graph.nodes.values():
        if node.module:
            inside = set(node.module.members)
            entering = {
                o.source
                for i in inside
                for o in graph.whole.nodes[i].operands
                if o.source is not None and o.source not in inside
            }
            assert {o.source for o in node.operands if o.source is not None} == {
                graph.node_of.get(i, i) for i in entering
            }
            found += 1
    assert (found > 0) == (kind != "nothing inside")


def test_a_deeper_look_opens_one_level_at_a_time() -> None:
    titles = [
        [node.op for node in collapse(Graph(nested()), depth).nodes.values() if node.key.step == 1 and node.module]
        for depth in (1, 2, 3, 4)
    ]
    assert titles == [["Net"], ["rnn · Stacked", "out · Linear"], ["cells.0 · RNNCell", "cells.1 · LSTMCell"], []]


def test_modules_that_lie_deeper_than_asked_for_stay_closed_and_the_others_open() -> None:
    graph = collapse(Graph(nested()), 3)
    ops = [node.op for node in graph.nodes.values() if node.key.step == 1 and not node.module and not node.place]
    assert ops == ["linear", "subtract", "square", "mean"]  # of out, and of the loss


def test_the_last_step_has_the_same_results_as_the_others() -> None:
    graph = collapse(Graph(cell(nn.LSTMCell)), 1)
    columns = [[graph.nodes[i].op for i in ids] for ids in graph.columns.values()]
    assert len(columns) == 4
    assert all(column == columns[0] for column in columns)
    assert columns[0][:3] == ["LSTMCell", "result 1", "result 2"]


def test_where_nothing_is_inside_nothing_is_hidden() -> None:
    graph = collapse(Graph(nothing_inside()), 1)
    assert graph.nodes.keys() == graph.whole.nodes.keys()
    assert not any(node.module for node in graph.nodes.values())


def test_one_call_that_marks_steps_is_a_box_in_each() -> None:
    graph = collapse(Graph(marked_inside()), 1)
    assert [[graph.nodes[i].op for i in ids] for ids in graph.columns.values()][:2] == [["Unrolled"]] * 2
    parts = [node.module.part for node in graph.nodes.values() if node.module]
    assert parts == [0] * len(parts)


def test_a_call_that_a_recorded_walk_interrupts_has_parts() -> None:
    w = mg.parameter(2.0, name="w")
    with mg.Tape(inspect=True) as tape:
        tape.mark()
        with mg.scope("step"):
            y = mg.tanh(w * w)
            slope = tape.gradient(y, w, create_graph=True)
            z = mg.tanh(slope * y)
        tape.backward(z)
    graph = collapse(Graph(tape), 1)
    modules = [node.module for node in graph.nodes.values() if node.module]
    assert [(module.path, module.part) for module in modules if module] == [
        (("step",), 1),
        (("step",), 0),  # the walk's own records
        (("step",), 2),
    ]
    tips = [box.tooltip for box in draw(tape, depth=1).scene.boxes if "part" in box.tooltip]
    assert [tip.split(":")[0] for tip in tips] == ["step, part 1", "step, part 2"]


def test_what_a_recorded_walk_takes_from_inside_comes_from_the_box() -> None:
    graph = collapse(Graph(walked_again()), 1)
    box = next(node for node in graph.nodes.values() if node.module)
    walked = [node for node in graph.nodes.values() if node.key.order and node.op == "multiply"]
    assert not box.has_result
    assert any(o.source == box.id for node in walked for o in node.operands)
    badges = [badge.line.plain for b in draw(walked_again(), depth=1).scene.boxes for badge in b.badges]
    assert f"in %{box.id}" in badges


def test_what_an_earlier_walk_started_from_stays_in_sight() -> None:
    class Energy(nn.Module):
        def __call__(self, x: Any) -> Any:
            self.inner = mg.square(x).sum()
            return mg.sqrt(self.inner)

    w, energy = mg.parameter(tapes.ramp(2), name="w"), Energy()
    with mg.Tape(inspect=True) as tape:
        out = energy(w)
        tape.backward(energy.inner, retain=True)
        tape.backward(out)
    nodes = collapse(Graph(tape), 1).nodes
    assert {walk.targets for walk in tape.walks} <= {(i,) for i in nodes}
    assert [node.op for node in nodes.values()] == ["Energy", "result 1", "result 2"]


def test_two_calls_in_one_step_are_two_boxes() -> None:
    twice = nn.Linear(2, 2, rng=0)
    with mg.Tape(inspect=True) as tape:
        y = twice(twice(mg.tensor(tapes.ramp(1, 2))))
        tape.backward(y.sum())
    graph = collapse(Graph(tape), 1)
    assert [node.op for node in graph.nodes.values()] == ["Linear", "Linear", "sum"]


def test_the_work_grows_with_the_tape() -> None:
    looked_up = 0

    class Counted(dict[Any, Any]):
        def get(self, *key: Any) -> Any:
            nonlocal looked_up
            looked_up += 1
            return super().get(*key)

    counts = []
    for steps in (20, 40, 80):
        whole = Graph(cell(nn.LSTMCell, steps, 10))
        whole.uses = Counted(whole.uses)
        looked_up = 0
        collapse(whole, 1)
        counts.append(looked_up)
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


# -- pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("view", ["unfolded", "folded", "both"])
def test_modules_are_drawn_cleanly(kind: str, depth: int, view: Any) -> None:
    drawing = draw(KINDS[kind](), depth=depth, view=view)
    assert faults(drawing.scene) == {}
    assert drawing.svg()
    assert drawing.to_dot()
    assert drawing.text(100)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.sampled_from(["unfolded", "folded", "both"]))
@example(2430994517, 1, "both")  # three delays beside one low box
@example(2176235985, 1, "unfolded")  # more states at a cut than rows
def test_random_modules_are_drawn_cleanly(seed: int, depth: int, view: Any) -> None:
    drawing = draw(at_random(seed), depth=depth, view=view)
    assert faults(drawing.scene) == {}
    assert drawing.html()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_random_tapes_without_modules_look_as_without_depth(seed: int, depth: int) -> None:
    tape = tapes.at_random(seed)
    if tape.inspect:
        assert draw(tape, depth=depth).svg() == draw(tape).svg()


def test_a_cell_is_a_state_that_says_what_is_inside() -> None:
    box = boxes(draw(cell(nn.RNNCell), depth=1).scene)[0]
    assert [line.plain for line in box.lines] == ["h1 = RNNCell", "(1, 3) · 4 operations"]
    assert [badge.line.plain for badge in box.badges][:2] == ["Wx", "Wh"]
    assert box.tooltip == "RNNCell: 4 operations (matmul, linear, add, tanh)"


def test_a_cell_with_two_states_shows_both_above_it() -> None:
    scene = draw(cell(nn.LSTMCell), depth=1).scene
    assert {"LSTMCell", "c1", "h1", "c4", "h4"} <= set(heads(scene))
    box = next(box for box in boxes(scene) if box.lines[0].plain == "LSTMCell")
    assert box.lines[1].plain == "16 operations"
    states = [path for path in scene.paths if path.stroke == scene.theme.strokes["state"]]
    assert sum(path.target == box.name for path in states) == 2  # h0 and c0


def test_gradients_of_states_are_those_of_the_whole_graph() -> None:
    for kind in (nn.RNNCell, nn.GRUCell, nn.LSTMCell):
        window = cell(kind)
        closed, whole = (
            {box.lines[0].plain for box in boxes(draw(window, depth=depth).scene, "g")} for depth in (1, None)
        )
        assert closed == whole
        assert closed


def test_memory_of_a_step_is_the_same_open_or_closed() -> None:
    window = cell(nn.GRUCell)
    closed, whole = ([box.tooltip for box in boxes(draw(window, depth=d).scene, "memory")] for d in (1, None))
    assert closed == whole
    assert len(closed) == 4


def test_a_loss_inside_a_module_stays_a_loss() -> None:
    scene = draw(judged(), depth=1).scene
    found = [box for box in boxes(scene) if box.style == scene.theme.boxes["loss"]]
    assert any(box.lines[0].plain.startswith("ℓ1 = ") for box in found)
    assert len([head for head in heads(scene) if head.startswith("ℓ")]) == 4


def test_a_module_that_is_a_loss_says_both() -> None:
    class Energy(nn.Module):
        def __call__(self, x: Any) -> Any:
            return mg.square(x).sum()

    w, energy = mg.parameter(tapes.ramp(2), name="w"), Energy()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for _ in range(2):
            tape.mark()
            losses.append(energy(w * 2.0))
        tape.backward(losses)
    (first, second) = (box for box in boxes(draw(tape, depth=1).scene) if len(box.lines) == 3)
    assert [line.plain for line in first.lines][1:] == ["Energy", "2 operations"]
    assert second.lines[0].plain.startswith("ℓ2 = ")


def test_show_never_says_of_a_box_what_is_true_of_something_inside() -> None:
    drawing = draw(cell(nn.LSTMCell), depth=1, show=("op", "name", "shape", "value", "grad", "dtype"))
    box = next(box for box in boxes(drawing.scene) if box.lines[0].plain == "LSTMCell")
    assert [line.plain for line in box.lines] == ["LSTMCell", "16 operations"]
    assert box.cells == ()


def test_the_page_goes_through_every_record_with_its_box_lit() -> None:
    window = cell(nn.RNNCell)
    closed, whole = draw(window, depth=1), draw(window)
    stories = [d._story() for d in (closed, whole)]
    assert len(stories[0].frames) == len(stories[1].frames)
    names = {box.name for box in closed.scene.boxes}
    lit = [frame.boxes for frame in stories[0].frames if frame.kind in ("record", "pull")]
    assert all(each and set(each) <= names for each in lit)
    assert sum(row.kind == "record" for row in stories[0].rows) == len(closed.graph.whole.nodes)
    assert any(frame.text.endswith("It is inside RNNCell.") for frame in stories[0].frames)


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell])
def test_the_norm_at_a_box_is_that_of_its_own_result(kind: Any) -> None:
    closed, whole = (draw(cell(kind), depth=depth) for depth in (1, None))
    norms: list[dict[str, str]] = []
    for drawing in (closed, whole):
        frames = drawing._story().frames
        norms.append({box: frame.norm for frame in frames if frame.kind == "pull" for box in frame.sized})
    assert norms[0]
    assert norms[0].items() <= norms[1].items()
    results = {f"n{i}" for i, node in closed.graph.nodes.items() if node.has_result}
    assert norms[0].keys() <= results


def test_names_cannot_break_a_picture_with_modules() -> None:
    drawing = draw(evil(), depth=1)
    for text in (drawing.svg(), drawing.html()):
        assert "<script>alert" not in text
    assert "\x00" not in drawing.to_dot()


def test_text_shows_modules() -> None:
    text = draw(cell(nn.LSTMCell), depth=1).text(120)
    assert "LSTMCell x, h, c" in text
    assert "c of (1)" in text


def test_the_same_tape_gives_the_same_bytes() -> None:
    first, second = (draw(nested(), depth=2, view="both") for _ in range(2))
    assert first.svg() == second.svg()
    assert first.html() == second.html()
    assert first.to_dot() == second.to_dot()


def test_a_difference_is_drawn_as_deep_as_the_drawing_before() -> None:
    window = cell(nn.LSTMCell)
    before = draw(window, depth=1)
    records = len(window.tape.records)
    window.tape.cut()
    scene = draw_diff(before, window.tape).scene
    captions = [text.line.plain for text in scene.texts]
    said = f"before: {records} records, of which {records} leave the tape (dashed)"
    assert any(each.startswith(said) for each in captions)
    assert any(box.style.dashed and box.lines[0].plain == "LSTMCell" for box in boxes(scene, "before-n"))


@pytest.mark.parametrize(
    ("depth", "kind"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError), ("1", TypeError)]
)
def test_an_impossible_depth_is_refused(depth: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="use 1 for a box a module"):
        draw(cell(nn.RNNCell), depth=depth)


def test_without_inspection_modules_are_not_known() -> None:
    with pytest.raises(ValueError, match="inspect=True"):
        draw(cell(nn.RNNCell, inspect=False), depth=1)


@pytest.mark.parametrize("depth", [1, 2])
def test_no_carried_state_crosses_the_arrow_to_the_readout(depth: int) -> None:
    scene = draw(modules(), depth=depth).scene
    state, flow = scene.theme.strokes["state"], scene.theme.strokes["flow"]
    carried = [path for path in scene.paths if path.stroke == state and path.target]
    assert len(carried) == 3 * (1 + 1 + 2 + 1)  # into step 1, to 2, through the cut, to 4
    for path in (path for path in scene.paths if path.stroke == flow):
        (x, low), (u, high) = path.points[0], path.points[-1]
        for other in carried:
            for (a, y), (b, v) in pairwise(other.points):
                assert not (x == u and y == v and min(a, b) < x < max(a, b) and high < y < low)


def test_states_that_enter_side_by_side_do_not_cross() -> None:
    scene = draw(modules(), depth=2).scene
    entering = [path for path in scene.paths if path.source.startswith("d") and path.stroke.width > 2]
    heights = sorted((path.points[0][1], path.points[-1][1], path.points[-2][0]) for path in entering)
    assert len(heights) == 3
    assert [end for _, end, _ in heights] == sorted(end for _, end, _ in heights)
