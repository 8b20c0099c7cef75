"""The command that measures windows: its tables, its picture, its quantities, and the examples' gradients."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import examples, measured, parts, plot, report, windows
from tests.benchmarks.peers.problem import Window
from tests.benchmarks.window import PROBLEMS, Problem, problem_of

TABLE = report.Table("RNN", "milliseconds", ["S", "M"], {"minigrad": [3.0, 8.0], "NumPy, best": [2.0, 16.0]})


@pytest.mark.filterwarnings("ignore")  # the peers' own
@pytest.mark.parametrize("name", examples.CONTESTANTS)
def test_per_example_gradients_are_the_same(name: str) -> None:
    if find_spec(examples.LIBRARIES[name]) is None:
        assert os.environ.get("MINIGRAD_CI") != "1", name
        pytest.skip(f"{examples.LIBRARIES[name]} is not installed")
    problem = Problem("small", 7, 5, 3, 4)
    expected = examples.arrays(examples.minigrad_loop(problem)())
    gradients = examples.CONTESTANTS[name](problem)
    for _ in range(3):  # the third time a program runs
        got = examples.arrays(gradients())
        assert [array.shape for array in got] == [array.shape for array in expected]
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_a_table_shows_ratios_to_the_mark() -> None:
    table = report.Table(**{**vars(TABLE), "mark": "NumPy, best"})
    assert table.markdown().splitlines()[2:] == [
        "|  | S | M |",
        "| --- | --- | --- |",
        "| minigrad | 3 (1.50) | 8 (0.50) |",
        "| NumPy, best | 2 | 16 |",
    ]
    table.across = True
    assert table.markdown().splitlines()[-1] == "| M | 8 (0.50) | 16 |"
    table.mark = "absent"
    assert table.markdown().splitlines()[-1] == "| M | 8 | 16 |"


def test_results_are_kept_beside_those_of_other_parts(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    for part in ("windows", "memory", "windows"):
        report.save(path, {"turns": "3"}, part, [TABLE], ["a note"])
    assert report.load(path) == {part: ({"turns": "3"}, ["a note"], [TABLE]) for part in ("windows", "memory")}


def test_a_page_gets_the_tables_where_it_has_a_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured: windows -->\nold\n<!-- end -->\nafter\n", "utf-8")
    report.put(page, "windows", r"new \1")
    assert page.read_text("utf-8") == "before\n<!-- measured: windows -->\n\nnew \\1\n\n<!-- end -->\nafter\n"
    with pytest.raises(ValueError, match="0 places for 'memory'"):
        report.put(page, "memory", "new")


def test_the_page_has_a_place_for_every_part() -> None:
    page = windows.PAGE.read_text("utf-8")
    assert [part for part in parts.PARTS if f"<!-- measured: {part} -->" not in page] == []


def test_a_picture_says_how_long_a_bar_that_is_cut_off_would_be(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "picture.svg"
    table = report.Table("RNN", "ms", ["S"], {"minigrad": [3.0], "autograd": [80.0], "mark": [2.0]}, "mark")
    plot.bars([table], path)
    svg = path.read_text("utf-8")
    assert all(f">{shown}</text>" in svg for shown in ("1.50", "40.00 →", "1.00", "RNN, S"))


def test_what_the_first_windows_take_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of 10, 9, 8, 7 seconds, and then of 2."""
    now, took = 0.0, iter([10.0, 9.0, 8.0, 7.0, *[2.0] * 100])
    monkeypatch.setattr("tests.benchmarks.measured.time.perf_counter", lambda: now)

    def run() -> float:
        nonlocal now
        now += next(took)
        return 0.0

    assert measured.capture(run) == 34 - 4 * 2


def test_the_peak_of_memory_is_that_of_the_windows() -> None:
    """80 MB that each window makes and lets go, and 160 MB more that only the first one needs."""

    def make(problem: Problem) -> Window:
        calls = iter(range(1000))
        return lambda: float(np.ones(30_000_000 if next(calls) == 0 else 10_000_000)[0])

    first, later = measured.memory(make, PROBLEMS[0], first=True), measured.memory(make, PROBLEMS[0], first=False)
    assert 230e6 < first < 330e6
    assert 70e6 < later < 130e6


def test_sizes_are_named_or_given() -> None:
    assert problem_of("S") == PROBLEMS[0]
    assert problem_of("3,4,5,6", "GRU") == Problem("3,4,5,6", 3, 4, 5, 6, "GRU")


def test_a_contestant_that_cannot_run_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.benchmarks.window.find_spec", lambda name: None if name == "mygrad" else name)
    monkeypatch.setattr("tests.benchmarks.window.shutil.which", lambda name: None)
    notes: list[str] = []
    assert parts.able(["minigrad", "MyGrad", "torch.compile"], notes) == ["minigrad"]
    assert notes == [
        "MyGrad is left out: mygrad is not installed",
        "torch.compile is left out: there is no C++ compiler (g++, or what CXX names)",
    ]
