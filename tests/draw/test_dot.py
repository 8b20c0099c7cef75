"""DOT: pinned goldens, the same bytes every time, and nothing that a name could break.

To renew the goldens, look at the pictures first: ``MINIGRAD_RENEW_GOLDENS=1 pytest tests/draw/test_dot.py``
writes the DOT and, where Graphviz is installed, ``dot -Tpng -O tests/draw/golden/*.dot`` draws it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.write.dot import _escaped, _quoted
from tests.draw import module_tapes
from tests.draw.tapes import KINDS, at_random, by_hand, evil, lstm, scalars, window
from tests.draw.tools import across, needs_dot, run_dot

GOLDENS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "scalars": (scalars, {}),
    "two-windows": (lambda: window(2, 1), {}),
    "sum-by-hand": (lambda: by_hand(2, ()), {}),
    "overlap": (lambda: window(3, 1, 2), {}),
    "lstm": (lambda: lstm(2), {}),
    "lstm-folded": (lstm, {"view": "folded"}),
    "modules": (lambda: module_tapes.cell(mg.nn.LSTMCell, 2, 1), {"depth": 1}),
    "both-dark": (lambda: window(2, 1), {"view": "both", "theme": "dark"}),
    "values-print": (lambda: window(2, 1), {"show": ("op", "name", "dtype", "value", "grad"), "theme": "print"}),
}
FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", GOLDENS)
def test_golden(name: str) -> None:
    path = FOLDER / f"{name}.dot"
    source, options = GOLDENS[name]
    text = draw(source(), **options).to_dot()
    if os.environ.get("MINIGRAD_RENEW_GOLDENS") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_golden_is_tested() -> None:
    assert {path.stem for path in FOLDER.glob("*.dot")} == set(GOLDENS)


def test_two_drawings_of_one_tape_are_equal() -> None:
    last = window(6, 3)
    assert draw(last).to_dot() == draw(last).to_dot()
    assert draw(last).svg() == draw(last).svg()


def test_another_process_writes_the_same_bytes() -> None:
    program = (
        "import sys, hashlib; from minigrad.draw import draw; from tests.draw.tapes import at_random, window;"
        "texts = [draw(t).to_dot() + draw(t).svg() for t in (window(6, 3), *map(at_random, range(8)))];"
        "sys.stdout.write(hashlib.sha256('|'.join(texts).encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=root, env=environment, check=True, capture_output=True, text=True
        )
        digests.add(done.stdout)
    assert len(digests) == 1
    assert re.fullmatch(r"[0-9a-f]{64}", digests.pop())


def test_windows_and_steps_are_nested_clusters() -> None:
    text = draw(window(2, 1)).to_dot()
    assert re.findall(r'^ *subgraph "cluster_(\w+)"', text, re.MULTILINE) == [
        "window0",
        "step0",
        "window1",
        "step1",
        "parameters",
    ]


def test_every_node_and_every_edge_is_pinned() -> None:
    for line in draw(window(6, 3)).to_dot().splitlines():
        if " -> " in line:
            position = re.search(r'pos="(?:e,[-\d.]+,[-\d.]+ )?([^"]*)"', line)
            assert position is not None
            assert len(position[1].split()) % 3 == 1  # a start and whole Bézier curves
        elif re.match(r' +"?\w[\w ]*"? \[', line) and not re.match(" +(graph|node|edge) ", line):
            assert 'pos="' in line


def test_edges_join_the_operations_of_the_tape() -> None:
    drawing = draw(window(6, 3))
    drawn = {(int(a), int(b)) for a, b in re.findall(r'"n(\d+)" -> "n(\d+)"', drawing.to_dot())}
    gates = {int(b) for b in re.findall(r'"cut\d+_\d+" -> "n(\d+)"', drawing.to_dot())}
    graph = drawing.graph
    expected = {(o.source, node.id) for node in graph.nodes.values() for o in node.operands if o.source in graph.nodes}
    through = {(u.source, u.target) for u in across(graph)
               if graph.nodes[u.source].key.segment != graph.nodes[u.target].key.segment}  # fmt: skip
    assert drawn == expected - through
    assert gates == {target for _, target in through}


@pytest.mark.parametrize("text", ['a"b', "back\\slash", "\\", "\\N\\G", '\\"', "<b>&amp;</b>", "line\nbreak"])
def test_quoting(text: str) -> None:
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', _quoted(text), re.DOTALL)
    escaped = _escaped(text)
    assert not re.search(r'[<>"\\]', escaped)


@needs_dot
def test_graphviz_shows_names_as_they_are() -> None:
    svg = run_dot(draw(evil()).to_dot(), "svg").decode()
    assert "<script" not in svg
    assert "<b>" not in svg
    shown = re.sub(r"<[^>]*>", "", svg)
    assert "\\N" in shown  # not replaced by a node's name
    assert "&lt;b&gt;bold" in shown


@needs_dot
@pytest.mark.parametrize("kind", KINDS)
def test_graphviz_reads_every_kind_without_a_warning(kind: str) -> None:
    assert b"</svg>" in run_dot(draw(KINDS[kind]()).to_dot(), "svg")


@needs_dot
def test_graphviz_reads_random_tapes_without_a_warning() -> None:
    for seed in range(10):
        run_dot(draw(at_random(seed)).to_dot(), "xdot")


@needs_dot
def test_graphviz_keeps_the_positions() -> None:
    drawing = draw(window(2, 1))
    plain = run_dot(drawing.to_dot(), "plain").decode()
    found = {
        name: (float(x) * 72, float(y) * 72)
        for name, x, y in re.findall(r'^node "?([^"\s]+)"? ([-\d.e]+) ([-\d.e]+)', plain, re.MULTILINE)
    }
    boxes = [box for box in drawing.scene.boxes if box.name.startswith("n")]
    x0, y0 = found[boxes[0].name]
    for box in boxes:
        x, y = found[box.name]
        assert x - x0 == pytest.approx(box.x - boxes[0].x, abs=0.1)
        assert y - y0 == pytest.approx(boxes[0].y - box.y, abs=0.1)
