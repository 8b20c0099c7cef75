"""Films: what is there at each moment, what is strong, how long they may be, and the files they become."""

from __future__ import annotations

import os
import re
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import minigrad as mg
from minigrad.draw import DrawingError, draw, draw_diff
from minigrad.draw.player.story import Story
from minigrad.draw.scene import Box, Frame, Path as Line_, Scene, Text
from minigrad.draw.text import line
from minigrad.draw.theme import LIGHT
from minigrad.draw.write.film import MOST, Moment, numbered, scenes, spans
from tests.draw.tapes import KINDS, at_random, chain, empty, scalars, window
from tests.draw.tools import without

BLUE, PURPLE = LIGHT.parameters[0].stroke, LIGHT.strokes["gradient"].colour


def story(source: Any) -> tuple[Any, list[Moment], Story]:
    drawing = draw(source)
    return drawing, drawing._film()[1], drawing._story()


# -- the moments of a story ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_moment_for_each_frame_and_only_gradients_vanish(kind: str) -> None:
    drawing, moments, told = story(KINDS[kind]())
    names = {box.name for box in drawing.scene.boxes}
    total = len(told.frames)
    captions = [f"{number} of {total}   {frame.title}" for number, frame in enumerate(told.frames, 1)]
    assert [moment.caption for moment in moments] == captions or total > MOST
    for before, after in pairwise(moments):
        vanished = before.visible - after.visible
        assert all(told.appears[part].walk or told.appears[part].until for part in vanished)
    assert names <= moments[-1].visible
    for moment in moments:
        assert moment.highlighted | moment.receiving <= moment.visible <= told.appears.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_shows_what_the_player_shows(kind: str) -> None:
    drawing, moments, told = story(KINDS[kind]())
    scene = drawing._film()[0]
    assert scene == told.scene
    for at, (moment, shown) in enumerate(zip(moments, scenes(scene, moments), strict=True)):
        if len(moments) < len(told.frames):
            break
        visible = {part for part in told.appears if told.there(part, at)}
        assert moment.visible == visible
        assert {box.name for box in shown.boxes} == {box.name for box in scene.boxes} & visible
        assert len(shown.paths) == sum(part.startswith("path ") for part in visible)
        words = [text for text in shown.texts if text.y <= scene.height]  # its caption lies below
        assert len(words) == sum(part.startswith("text ") for part in visible)
        assert sum(frame.caption is not None for frame in shown.frames) == sum(
            part.startswith("caption ") for part in visible
        )
        for box in shown.boxes:
            if box.has_gradient and box.kind != "norm":
                assert f"gradient {box.name}" in visible


@pytest.mark.parametrize("seed", range(10))
def test_what_is_not_yet_recorded_is_not_there(seed: int) -> None:
    _, moments, told = story(at_random(seed))
    for moment, frame in zip(moments, told.frames, strict=True):
        if frame.kind == "record":
            assert {*frame.boxes} <= moment.highlighted
            later = {box for each in told.frames[told.frames.index(frame) + 1 :] for box in each.boxes}
            fresh = {box for box in later if told.appears[box].first > told.frames.index(frame)}
            assert not fresh & moment.visible


def test_the_walk_goes_back_from_what_is_strong_to_what_receives() -> None:
    drawing, moments, _ = story(scalars())
    pulls = [moment for moment in moments if moment.backward and moment.highlighted]
    records = [f"n{record.out}" for record in drawing.graph.tape.records]
    assert [moment.highlighted for moment in pulls] == [{name} for name in reversed(records)]
    for moment in pulls:
        sources = {path.source for path in drawing.scene.paths if {path.target} == moment.highlighted}
        assert moment.receiving == {source for source in sources if not is_constant(drawing, source)}
    assert not any(moment.receiving for moment in moments if not moment.backward)


def is_constant(drawing: Any, box: str) -> bool:
    """Whether a box stands for a leaf that wants no gradient."""
    leaf = drawing.graph.leaves.get(int(box[1:].split("_")[0]))
    return leaf is not None and not leaf.parameter


def test_an_input_that_is_asked_for_receives_at_its_copy_too() -> None:
    tape = mg.Tape(inspect=True)
    x = mg.tensor(0.5, name="x")
    with tape:
        for _ in range(2):
            tape.mark()
            y = mg.tanh(x)
        tape.gradient(y, x)
    drawing, moments, _ = story(tape)
    (copy,) = {path.source for path in drawing.scene.paths if path.target == f"n{tape.records[-1].out}"}
    assert "_" in copy
    assert [copy in moment.receiving for moment in moments if moment.highlighted and moment.backward] == [True]


def test_memory_comes_with_its_step_and_is_hollow_once_it_is_freed() -> None:
    drawing, moments, told = story(window(6, 3))
    second = {box.name for box in drawing.scene.boxes if box.frame == "window1" and box.kind == "freed"}
    assert len(second) == 3
    cut = next(place for place, frame in enumerate(told.frames) if frame.kind == "cut")
    walk = next(place for place, frame in enumerate(told.frames) if frame.kind == "walk" and place > cut)
    kept = {f"{name}-kept" for name in second}
    assert not kept & moments[cut].visible
    assert kept <= moments[walk].visible
    assert not second & moments[walk].visible
    assert second <= moments[-1].visible
    assert not kept & moments[-1].visible


# -- one picture for each moment -------------------------------------------------------------------


def picture() -> Scene:
    """Two boxes in a frame each, a line from the first to the second, and a word in the frame of each."""
    scene = Scene("", LIGHT, 400, 100)
    style = LIGHT.boxes["op"]
    for place, name in enumerate(("a", "b")):
        x = 100 + 200 * place
        scene.frames.append(Frame(f"in {name}", style, x - 50, 10, x + 50, 90, parent="" if place else "around"))
        scene.boxes.append(Box(name, style, "box", (), 20, 20, x=x, y=50, frame=f"in {name}"))
        scene.texts.append(Text(line(f"word {name}"), x, 80))
    scene.frames.append(Frame("around", style, 40, 0, 160, 100))
    scene.frames.append(Frame("empty", style, 0, 0, 400, 100))
    scene.paths.append(Line_(LIGHT.strokes["flow"], [(110, 50), (290, 50)], source="a", target="b"))
    scene.paths.append(Line_(LIGHT.strokes["cut"], [(200, 0), (200, 100)]))
    return scene


def one(moment: Moment) -> Scene:
    (shown,) = scenes(picture(), [moment])
    return shown


BOTH = frozenset({"a", "b", "path 0", "path 1"})


def test_only_what_is_there_is_shown_and_frames_lose_their_captions() -> None:
    shown = one(Moment("only a", frozenset({"a", "path 1", "text 0", "caption 2"})))
    assert [box.name for box in shown.boxes] == ["a"]
    assert [path.source for path in shown.paths] == [""]
    assert [frame.name for frame in shown.frames] == [frame.name for frame in picture().frames]
    assert [text.line.plain for text in shown.texts] == ["word a", "only a"]
    captioned = picture()
    for frame in captioned.frames:
        frame.caption = line(frame.name)
    (shown,) = scenes(captioned, [Moment("", frozenset({"caption 2"}))])
    assert [frame.name for frame in shown.frames if frame.caption] == [captioned.frames[2].name]


def test_a_gradient_in_a_box_is_there_with_its_walk() -> None:
    scene = picture()
    scene.boxes[0].lines = (line("2"), line("∇ 3", ink="gradient"))
    before, after = scenes(scene, [Moment("", BOTH), Moment("", BOTH | {"gradient a"})])
    assert [each.plain for each in before.boxes[0].lines] == ["2", ""]
    assert [each.plain for each in after.boxes[0].lines] == ["2", "∇ 3"]
    assert before.boxes[0].content_height == after.boxes[0].content_height


def test_a_total_has_its_look_once_its_walk_starts() -> None:
    scene = picture()
    scene.boxes[0].kind, scene.boxes[0].style = "total", LIGHT.boxes["total"]
    before, after = scenes(scene, [Moment("", BOTH), Moment("", BOTH | {"total a"})])
    assert before.boxes[0].style == LIGHT.boxes["loss"]
    assert after.boxes[0].style == LIGHT.boxes["total"]


def test_recording_is_strong_from_the_operands_to_the_result() -> None:
    a, b = one(Moment("b", BOTH, highlighted=frozenset("b"))).boxes
    assert (a.style, b.style.stroke) == (LIGHT.boxes["op"], BLUE)
    flow = one(Moment("b", BOTH, highlighted=frozenset("b"))).paths[0]
    assert (flow.stroke.colour, flow.points) == (BLUE, [(110, 50), (290, 50)])


def test_a_gradient_goes_the_other_way() -> None:
    moment = Moment("b", BOTH, frozenset("b"), frozenset("a"), backward=True)
    shown = one(moment)
    assert [box.style.stroke for box in shown.boxes] == [PURPLE, PURPLE]
    flow = shown.paths[0]
    assert (flow.stroke.colour, flow.points) == (PURPLE, [(290, 50), (110, 50)])
    unasked = one(Moment("b", BOTH, frozenset("b"), backward=True))
    assert unasked.paths[0] == picture().paths[0]


def test_the_picture_itself_is_left_as_it_was() -> None:
    scene, before = picture(), picture()
    list(scenes(scene, [Moment("b", frozenset("ab"), frozenset("b"), frozenset("a"), backward=True)]))
    assert scene == before


def test_captions_lie_below_and_within_the_picture() -> None:
    moments = [Moment("short", frozenset()), Moment("a long caption of many words " * 20, frozenset())]
    short, long = scenes(picture(), moments)
    assert short.height == long.height > 100
    words = [text for text in long.texts if text.y > 100]
    assert len(words) == 3
    assert words[-1].line.plain.endswith("…")
    for text in words:
        assert text.x - text.line.width / 2 > 0
        assert text.x + text.line.width / 2 < 400
        assert text.y + text.line.height / 2 < long.height
    (endless,) = scenes(picture(), [Moment("x" * 500, frozenset())])
    assert all(text.x + text.line.width / 2 < 400 for text in endless.texts)


# -- no more than 200 moments ----------------------------------------------------------------------


def test_a_short_story_is_told_as_it_is() -> None:
    assert spans([False] * MOST) == [range(n, n + 1) for n in range(MOST)]
    assert numbered(range(6, 7), 200, ["what"]) == "7 of 200   what"


@pytest.mark.parametrize(("count", "turn"), [(201, 10**9), (1000, 300), (1000, 7), (450, 2), (1, 1), (50_000, 10_000)])
def test_a_long_story_is_joined_in_order_and_never_across_a_turn(count: int, turn: int) -> None:
    backward = [n // turn % 2 == 1 for n in range(count)]
    told = spans(backward)
    turns = len({n // turn for n in range(count)})
    assert len(told) <= max(MOST, turns)
    assert [n for span in told for n in span] == list(range(count))
    assert all(len({backward[n] for n in span}) == 1 for span in told)
    longest = max(map(len, told))
    shorter = [-(-len(stretch) // (longest - 1)) for stretch in stretches(backward)] if longest > 1 else []
    assert not shorter or sum(shorter) > max(MOST, turns)  # no more are joined than must be


def stretches(backward: list[bool]) -> list[list[bool]]:
    return [list(stretch) for _, stretch in groupby(backward)]


def test_a_picture_of_several_moments_says_which() -> None:
    assert numbered(range(6, 9), 700, ["one", "two", "three"]) == "7 to 9 of 700   one … three"


def test_a_long_story_shows_everything_that_happens() -> None:
    drawing, moments, told = story(window(12, None))
    assert len(told.frames) > MOST >= len(moments)
    for each in moments:
        first, last = re.match(r"(\d+)(?: to (\d+))? of ", each.caption).groups()
        frames = told.frames[int(first) - 1 : int(last or first)]
        assert each.highlighted == {box for frame in frames for box in frame.boxes}
    assert moments[-1].visible >= {box.name for box in drawing.scene.boxes}
    assert " to " in moments[0].caption


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.1, 1.0, 2.5])
def test_a_gif_shows_each_moment_as_long_as_is_asked(tmp_path: Path, seconds: float) -> None:
    drawing, moments, _ = story(scalars())
    path = drawing.save(tmp_path / "walk.gif", seconds=seconds)
    with Image.open(path) as film:
        assert film.size == pytest.approx((drawing.scene.width, drawing.scene.height), rel=0.2)
        assert film.info["loop"] == 0
        durations = []
        pictures = set()
        for place in range(film.n_frames):
            film.seek(place)
            durations.append(film.info["duration"])
            pictures.add(film.convert("RGB").tobytes())
    assert durations == [round(1000 * seconds)] * len(moments)
    assert len(pictures) == len(moments)  # each has its caption


def test_a_gif_has_the_colours_of_what_happens(tmp_path: Path) -> None:
    drawing, moments, _ = story(scalars())
    path = drawing.save(tmp_path / "walk.gif")
    boxes = {box.name: box for box in drawing.scene.boxes}
    with Image.open(path) as film:
        for place, moment in enumerate(moments):
            film.seek(place)
            shown = film.convert("RGB")
            for name in moment.visible & {f"n{n}" for n in range(9)}:
                box = boxes[name]
                border = "#{:02x}{:02x}{:02x}".format(*shown.getpixel((round(box.left), round(box.y))))
                expected = PURPLE if moment.backward else BLUE
                assert (border == expected) == (name in moment.highlighted | moment.receiving), (name, moment.caption)


def test_numbered_pictures(tmp_path: Path) -> None:
    drawing, moments, _ = story(scalars())
    paths = drawing.frames(tmp_path / "film" / "of a walk", scale=0.5)
    assert [path.name for path in paths] == [f"{n:04}.png" for n in range(1, len(moments) + 1)]
    assert sorted(os.listdir(paths[0].parent)) == [path.name for path in paths]
    with Image.open(paths[0]) as first, Image.open(paths[-1]) as last:
        assert first.size == last.size
        assert first.tobytes() != last.tobytes()
    assert drawing.frames(paths[0].parent, scale=0.5) == paths  # again


def test_pictures_of_another_film_are_not_mixed_with_these(tmp_path: Path) -> None:
    (tmp_path / "0099.png").write_bytes(b"of another")
    (tmp_path / "photo.png").write_bytes(b"mine")
    with pytest.raises(DrawingError, match=r"holds 0099\.png, which this film of 16 pictures does not have"):
        draw(scalars()).frames(tmp_path, scale=0.5)
    assert sorted(os.listdir(tmp_path)) == ["0099.png", "photo.png"]
    (tmp_path / "0099.png").unlink()
    assert len(draw(scalars()).frames(tmp_path, scale=0.5)) == 16


def test_a_story_of_one_moment(tmp_path: Path) -> None:
    assert len(draw(empty()).frames(tmp_path, scale=0.5)) == 1
    assert draw(empty()).save(tmp_path / "one.gif").read_bytes().startswith(b"GIF8")


def test_frames_need_resvg_and_a_scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="scale=0"):
        draw(scalars()).frames(tmp_path, scale=0)
    without(monkeypatch, "resvg_py")
    with pytest.raises(DrawingError, match=r"pip install 'minigrad\[image\]'"):
        draw(scalars()).frames(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_film_that_is_too_large_is_refused_before_it_is_painted(tmp_path: Path) -> None:
    drawing = draw(chain(400), steps=None)
    with pytest.raises(DrawingError, match="pixels, more than"):
        drawing.save(tmp_path / "film.gif", scale=50)
    assert os.listdir(tmp_path) == []


def test_all_pictures_of_a_film_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = draw(scalars())
    area = drawing.scene.width * drawing.scene.height
    monkeypatch.setattr("minigrad.draw.write.gif.MOST_PIXELS_OF_ALL", int(10 * area))  # of sixteen
    with pytest.raises(DrawingError, match="pixels, more than"):
        drawing.frames(tmp_path, scale=1)
    assert len(drawing.frames(tmp_path, scale=0.5)) == 16


def test_a_film_of_a_difference(tmp_path: Path) -> None:
    tape = mg.Tape(inspect=True)
    with tape:
        mg.tanh(mg.parameter(1.0, name="x"))
    before = draw(tape)
    tape.cut()
    assert draw_diff(before, tape).save(tmp_path / "cut.gif").exists()
