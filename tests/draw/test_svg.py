"""SVG: well-formed, complete, and safe to put into a page."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from minigrad.draw import draw
from minigrad.draw.scene import Box, Path, Scene
from minigrad.draw.theme import LIGHT
from minigrad.draw.write.svg import to_svg
from tests.draw.tapes import KINDS, evil, window

NAMESPACE = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(text.itertext()) for text in root.iter(f"{NAMESPACE}text")]


@pytest.mark.parametrize("kind", KINDS)
def test_well_formed(kind: str) -> None:
    drawing = draw(KINDS[kind]())
    root = ElementTree.fromstring(drawing.svg())
    assert root.tag == f"{NAMESPACE}svg"
    groups = {group.get("id") for group in root.iter(f"{NAMESPACE}g")}
    assert {box.name for box in drawing.scene.boxes if not box.name.startswith("legend")} <= groups
    assert float(root.get("width", "nan")) > 0


def test_names_are_text_and_nothing_else() -> None:
    svg = draw(evil()).svg()
    tags = {element.tag.removeprefix(NAMESPACE) for element in ElementTree.fromstring(svg).iter()}
    assert tags <= {"svg", "title", "desc", "rect", "g", "path", "text", "tspan", "ellipse", "circle"}
    shown = texts(svg)
    assert "]]>&amp;" in shown
    assert "\\" in shown
    assert any(text.startswith("<b>bold") for text in shown)


def test_labels_of_the_textbook() -> None:
    shown = texts(draw(window(6, 3)).svg())
    for text in ("Wh", "x1", "y6", "h0 = 0", "cut 1", "parameters", "(3, 3)", "t = 4"):
        assert text in shown, text
    assert any(text.startswith("‖∂L2/∂h4‖ ") for text in shown)
    assert any(text.startswith("window 2  ·  steps 4 to 6  ·  27 records") for text in shown)


def test_a_subscript_returns_to_the_baseline() -> None:
    svg = draw(window(2, 1)).svg()
    for text in ElementTree.fromstring(svg).iter(f"{NAMESPACE}text"):
        shifts = [float(span.get("dy", "0")) for span in text]
        assert all(abs(shift) < 10 for shift in shifts)
        runs = list(text)
        if len(runs) > 1 and "font-size" in runs[0].attrib and "font-size" not in runs[-1].attrib:
            assert sum(shifts) == pytest.approx(0, abs=0.11)


def test_the_legend_names_what_is_there_and_nothing_else() -> None:
    full = texts(draw(window(6, 3)).svg())
    plain = texts(draw(window(3, None, inspect=False)).svg())
    cut = "cut: the value passes, the gradient stops"
    assert cut in full
    assert "gradient" in full
    assert cut not in plain
    assert "gradient" not in plain
    assert "recorded by a backward walk" not in full
    assert "recorded by a backward walk" in texts(draw(KINDS["second order"]()).svg())


def test_a_description_is_read_out_after_the_title() -> None:
    scene = replace(draw(window(2, 1)).scene, title="a < b", description='Two steps & "one" <cut>')
    root = ElementTree.fromstring(to_svg(scene))
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{NAMESPACE}title", f"{NAMESPACE}desc")
    assert (title.text, description.text) == ("a < b", 'Two steps & "one" <cut>')
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.get("id") != description.get("id")


def test_other_words_have_other_ids() -> None:
    scene = draw(window(2, 1)).scene
    first, second = (ElementTree.fromstring(to_svg(replace(scene, description=text))) for text in ("one", "two"))
    assert not {first[0].get("id"), first[1].get("id")} & {second[0].get("id"), second[1].get("id")}


def test_without_a_description_nothing_refers_to_one() -> None:
    svg = to_svg(replace(draw(window(2, 1)).scene, description=""))
    assert "<desc" not in svg
    assert "aria-labelledby" not in svg


def test_parts_say_what_they_stand_for() -> None:
    style = LIGHT.boxes["op"]
    scene = Scene("", LIGHT, 100, 100)
    scene.boxes += [Box("n1", style, "box", (), 10, 10, kind='a"b', ids=(1, 12)), Box("n2", style, "box", (), 10, 10)]
    scene.paths.append(Path(LIGHT.strokes["flow"], [(0, 0), (9, 9)], source="n1", target="n2", kind="flow", ids=(3,)))
    groups = list(ElementTree.fromstring(to_svg(scene)).iter(f"{NAMESPACE}g"))
    told = {group.get("id") or "edge": (group.get("data-kind"), group.get("data-ids")) for group in groups[::-1]}
    assert told["n1"] == ('a"b', "1 12")
    assert told["n2"] == (None, None)
    edges = [group for group in groups if group.get("class") == "edge"]
    assert [(edge.get("data-kind"), edge.get("data-ids")) for edge in edges] == [("flow", "3")]
