"""When each part of a picture is there in its player and in its film: not before what it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw, draw_diff
from minigrad.draw.drawing import Drawing
from minigrad.draw.player.story import Story
from minigrad.draw.scene import Box, Frame, Path, Scene, Text
from tests.draw import module_tapes
from tests.draw.programs import OPTIONS, PROGRAMS
from tests.draw.tapes import KINDS, at_random, by_hand, scalars, two_walks, window

ALL = {**PROGRAMS, **KINDS}
VIEWS = ("unfolded", "folded", "both")
FROM_THE_START = {"title", "legend", "panel"}
OF_A_WALK = {"norm", "stops", "gradient"}  # kinds of what is there only while its walk is shown

Part = Box | Path | Text | Frame


def compared(name: str) -> Drawing:
    """What a full cut changes."""
    source = ALL[name]()
    before = draw(source)
    getattr(source, "tape", source).cut()
    return draw_diff(before, source)


MORE: dict[str, Callable[[], Drawing]] = {
    **{f"random {seed}": partial(lambda seed: draw(at_random(seed)), seed) for seed in range(30)},
    **{
        f"modules, {name}, {depth}": partial(lambda kind, depth: draw(kind(), depth=depth, view="both"), kind, depth)
        for name, kind in module_tapes.KINDS.items()
        for depth in (1, 2)
    },
    **{
        f"show, {name}": partial(lambda name: draw(ALL[name](), show={"op", "value", "grad"}), name)
        for name in ("two walks", "walks overlap", "micrograd")
    },
    **{f"cut, {name}": partial(compared, name) for name in ("plain", "two walks", "walks overlap")},
}


@cache
def drawn(name: str, view: Any) -> tuple[Drawing, Story]:
    drawing = MORE[name]() if name in MORE else draw(ALL[name](), view=view, **OPTIONS.get(name, {}))
    return drawing, drawing._story()


def parts(scene: Scene) -> Iterator[tuple[str, Part]]:
    """All that may appear, by the name of its appearance."""
    yield from ((box.name, box) for box in scene.boxes)
    yield from ((f"path {k}", path) for k, path in enumerate(scene.paths))
    yield from ((f"text {k}", text) for k, text in enumerate(scene.texts))
    yield from ((f"caption {k}", frame) for k, frame in enumerate(scene.frames) if frame.caption)


def seen_at(told: Story, part: str) -> list[int]:
    return [at for at in range(len(told.frames)) if told.there(part, at)]


def first_at(told: Story, part: str) -> int:
    return next((at for at in range(len(told.frames)) if told.there(part, at)), len(told.frames))


def told_at(told: Story) -> dict[int, int]:
    """The frame in which each record is told that is not hidden."""
    return {int(row.cells[0][1:]): row.frame for row in told.rows if row.kind == "record"}


def begins(told: Story) -> dict[int, int]:
    """The frame with which each walk begins."""
    return {frame.walk: at for at, frame in enumerate(told.frames) if frame.kind == "walk"}


CASES = [pytest.param(name, view, id=f"{name} {view}") for name in ALL for view in VIEWS]
CASES += [pytest.param(name, "", id=name) for name in MORE]


@pytest.mark.parametrize(("name", "view"), CASES)
def test_everything_has_a_moment_and_is_there_in_the_end(name: str, view: str) -> None:
    drawing, told = drawn(name, view)
    names = {part for part, _ in parts(told.scene)}
    assert len(names) == sum(1 for _ in parts(told.scene))
    inner = {part for part in told.appears if part.startswith(("gradient ", "total "))}
    assert told.appears.keys() == names | inner
    assert inner >= {f"gradient {box.name}" for box in told.scene.boxes if box.has_gradient and box.kind != "norm"}
    last = len(told.frames) - 1
    for part, _ in parts(drawing.scene):
        assert told.there(part, last), part
    assert all(told.there(part, last) for part in inner)


@pytest.mark.parametrize(("name", "view"), CASES)
def test_nothing_is_there_at_the_start(name: str, view: str) -> None:
    drawing, told = drawn(name, view)
    if not drawing.graph.nodes:
        return
    for part, what in parts(told.scene):
        if told.there(part, 0):
            in_the_panel = isinstance(what, Box) and what.kind == "parameter" and what.frame.endswith("parameters")
            forgotten = 0 < what.cut <= drawing.graph.forgotten
            assert what.kind in FROM_THE_START or in_the_panel or forgotten, (part, what)
    assert not any(told.there(part, 0) for part in told.appears if part.startswith(("gradient ", "total ")))


@pytest.mark.parametrize(("name", "view"), CASES)
def test_nothing_about_a_walk_is_there_before_it_and_each_shows_its_own_numbers(name: str, view: str) -> None:
    _, told = drawn(name, view)
    began, last = begins(told), len(told.frames) - 1
    for part, what in parts(told.scene):
        if not what.walk or what.kind in ("freed", "kept", "memory"):
            continue
        gradient = part if what.kind in OF_A_WALK else f"gradient {part}"
        if gradient not in told.appears:
            gradient = part
        there = seen_at(told, gradient)
        assert min(there, default=last) >= began.get(what.walk, 0), (gradient, what)
        if gradient != part or what.kind in OF_A_WALK:
            assert {told.frames[at].walk for at in there} <= {0, what.walk}, gradient
    for at, frame in enumerate(told.frames):
        assert not frame.walk or frame.walks == [frame.walk]
        assert all(began.get(number, 0) <= at for number in frame.walks)


@pytest.mark.parametrize(("name", "view"), CASES)
def test_records_come_with_their_boxes_and_edges_with_both_ends(name: str, view: str) -> None:
    drawing, told = drawn(name, view)
    recorded, nodes = told_at(told), drawing.graph.nodes
    for box in told.scene.boxes:
        if box.kind in ("op", "state", "walk") and box.ids[0] in recorded and not nodes[box.ids[0]].module:
            assert first_at(told, box.name) == min(recorded[i] for i in box.ids if i in recorded)
    for k, path in enumerate(told.scene.paths):
        for end in filter(None, (path.source, path.target)):
            assert first_at(told, f"path {k}") >= first_at(told, end), path
    for frame in told.frames:
        at = told.frames.index(frame)
        assert all(told.there(box, at) for box in frame.boxes if frame.kind in ("record", "pull"))


@pytest.mark.parametrize(("name", "view"), CASES)
def test_cuts_and_what_they_freed_come_with_them(name: str, view: str) -> None:
    drawing, told = drawn(name, view)
    made = [at for at, frame in enumerate(told.frames) if frame.kind == "cut"]
    assert len(made) == len(drawing.graph.tape.history)
    for part, what in parts(told.scene):
        if what.cut > drawing.graph.forgotten:
            at = made[what.cut - drawing.graph.forgotten - 1]
            if what.kind == "kept":
                assert max(seen_at(told, part), default=0) < at
            elif not (isinstance(what, Text) and what.kind == "freed"):
                assert first_at(told, part) >= at, (part, what)
        if what.kind == "freed" and isinstance(what, Box):
            kept = seen_at(told, f"{what.name}-kept")
            assert kept == list(range(min(kept, default=0), max(kept, default=-1) + 1))
            assert max(kept, default=-1) < first_at(told, what.name)


@pytest.mark.parametrize("name", ALL)
def test_what_is_written_of_a_walk_is_its_own_cotangent(name: str) -> None:
    drawing, told = drawn(name, "unfolded")
    for box in told.scene.boxes:
        if box.kind == "norm":
            size = float(np.linalg.norm(drawing.graph.tape.walks[box.walk - 1].cotangents[box.ids[0]]))
            text = box.lines[0].runs[-1].text.removeprefix("‖ ").replace("−", "-").replace("∞", "inf")
            assert float(text) == pytest.approx(size, rel=0.005, nan_ok=True)


# -- single cases ----------------------------------------------------------------------------------


def test_the_second_walk_does_not_begin_with_the_numbers_of_the_first() -> None:
    told = draw(two_walks())._story()
    pills = {box.name: box for box in told.scene.boxes if box.kind == "norm"}
    (first, second) = begins(told).values()
    assert {pills[name].walk for name in pills} == {1, 2}
    assert not any(told.there(name, second) for name in pills)
    done = next(at for at in range(first, second) if told.frames[at].kind == "done")
    tape, there = two_walks(), [box for box in pills.values() if told.there(box.name, done)]
    states = {record.out for record in tape.records if record.op == "tanh"}
    assert {i for box in there for i in box.ids} == states & tape.walks[0].cotangents.keys()
    ways = {
        path.ids for k, path in enumerate(told.scene.paths) if path.kind == "gradient" and told.there(f"path {k}", done)
    }
    assert ways == {(i, j) for i in states for j in states if i - j == 3}  # each is three records from the one before
    assert {pills[name].walk for name in pills if told.there(name, len(told.frames) - 1)} == {2}


def test_a_cut_that_keeps_steps_comes_after_what_it_keeps() -> None:
    w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0, name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(4):
            tape.mark()
            h = mg.tanh(w * h)
        tape.cut(keep=2)
    told = draw(tape)._story()
    kinds = [frame.kind for frame in told.frames]
    assert kinds.index("cut") > max(told_at(told).values())
    gone = [row.cells[0] for row in told.rows if row.gone]
    assert gone == [f"%{record.out}" for record in tape.history[0].records]


def test_walks_and_cuts_of_one_moment_keep_their_order() -> None:
    x = mg.parameter(0.5, name="x")
    with mg.Tape(inspect=True) as tape:
        y = mg.tanh(x)
        tape.backward(y, retain=True)
        tape.cut(keep=1)
        tape.cut(keep=1)
        tape.mark()
        tape.backward(mg.square(y * x))
        tape.cut()
    kinds = [frame.kind for frame in draw(tape)._story().frames]
    order = [kind for kind, before in zip(kinds, ["", *kinds]) if kind != before or kind == "cut"]
    walk = ["walk", "pull", "done"]
    assert order == ["start", "record", *walk, "cut", "cut", "record", *walk, "cut", "end"]


def test_gradients_of_parameters_come_in_the_end() -> None:
    told = draw(window(6, 3))._story()
    grads = [f"text {k}" for k, text in enumerate(told.scene.texts) if text.kind == "grad"]
    assert len(grads) >= 4
    for part in grads:
        assert seen_at(told, part) == [len(told.frames) - 1]


def test_gradients_within_a_box_come_with_the_walk() -> None:
    told = draw(scalars())._story()
    for at, frame in enumerate(told.frames):
        if frame.kind == "pull":
            (name,) = frame.boxes
            assert first_at(told, f"gradient {name}") == at
            assert first_at(told, name) < begins(told)[1]


def test_memory_is_solid_until_it_is_freed() -> None:
    drawing = draw(window(6, 3))
    told = drawing._story()
    bars = [box for box in told.scene.boxes if box.kind == "kept"]
    assert len(bars) == 6
    recorded = told_at(told)
    for bar in bars:
        there = seen_at(told, bar.name)
        assert there[0] == max(recorded[i] for i in bar.ids)
        freed = first_at(told, bar.name.removesuffix("-kept"))
        pulled = [at for at, frame in enumerate(told.frames) if frame.kind == "pull" and frame.walk == bar.walk]
        assert there[-1] + 1 == freed in pulled


def test_a_total_looks_like_one_when_its_walk_starts() -> None:
    told = draw(by_hand())._story()
    totals = [box.name for box in told.scene.boxes if box.kind == "total"]
    assert totals
    for name in totals:
        assert first_at(told, name) < first_at(told, f"total {name}") in begins(told).values()


def test_a_difference_of_two_tapes_tells_the_second_only() -> None:
    drawing = draw_diff(draw(scalars()), window(4, 2))
    told = drawing._story()
    above = [part for part, what in parts(told.scene) if what.kind == "before"]
    assert above
    assert all(told.there(part, 0) for part in above)
    assert not {box for frame in told.frames for box in frame.boxes} & set(above)
