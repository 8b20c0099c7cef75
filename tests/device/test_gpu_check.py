"""The check for a real GPU, run on the double: no GPU has to be there for it to be kept in order."""

from __future__ import annotations

import pytest

from minigrad import errors
from tests import gpu_check
from tests.benchmarks.window import Problem
from tests.device.comparing import Case
from tests.strict import strict

pytestmark = pytest.mark.unwitnessed("what is counted and timed is the device")


def test_what_is_promised_is_kept():
    assert gpu_check.rules(strict) == []


def test_a_promise_that_is_broken_is_found(monkeypatch):
    monkeypatch.setattr("minigrad.bptt.schedule.numbers", lambda scalars: [float(strict.asnumpy(s)) for s in scalars])
    monkeypatch.setattr("minigrad.engine.scatter._add_in_order", lambda xp, *rest: xp.add.at(*rest))
    monkeypatch.setattr("minigrad.late.refuse_outside", lambda *_: None)
    waits, order, late = gpu_check.rules(strict)
    assert "50 copies" in waits
    assert "from run to run" in order
    assert "not refused" in late


def test_the_demo_has_equal_losses(monkeypatch, capsys, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("a short text to learn from, " * 40, "utf-8")
    monkeypatch.setattr(gpu_check, "DEMO", {"steps": 2, "hidden": 8, "batch": 4, "text": text})
    assert gpu_check.demo(strict) == []
    assert "2 windows" in capsys.readouterr().out


def test_a_window_is_timed(monkeypatch, capsys):
    monkeypatch.setattr(gpu_check, "PROBLEMS", [Problem("tiny", 5, 4, 2, 3)])
    assert gpu_check.window(strict) == []
    assert "tiny minigrad: " in capsys.readouterr().out


def test_the_sections_are_run_and_what_differs_is_said(monkeypatch, capsys):
    monkeypatch.setattr(gpu_check.cuda, "computing", lambda: strict)
    monkeypatch.setattr(gpu_check, "_named", lambda cupy: "a double")
    different = Case("halves", lambda xp: {"half": 0.5 if xp is strict else 0.25})
    monkeypatch.setitem(gpu_check.SECTIONS, "index", gpu_check.compared(lambda: iter([different])))
    assert gpu_check.main(["index", "rules"]) == 1
    out = capsys.readouterr().out
    assert "minigrad on a double" in out
    assert "== index: 1 differ" in out
    assert "halves: half: 0.25 on NumPy, 0.5 on the device" in out
    assert "== rules: 0 differ" in out
    assert gpu_check.main(["rules"]) == 0
    monkeypatch.setattr(gpu_check, "LATEST", -1)
    assert gpu_check.main(["rules"]) == 0
    assert "left out" in capsys.readouterr().out


def test_without_a_gpu_one_line_says_why(monkeypatch, capsys):
    def computing():
        raise errors.ExtraError("device 'cuda' needs CuPy")

    monkeypatch.setattr(gpu_check.cuda, "computing", computing)
    assert gpu_check.main([]) == 2
    assert capsys.readouterr().err == "device 'cuda' needs CuPy\n"
    assert gpu_check.main(["nothing"]) == 2
